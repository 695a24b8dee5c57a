import { expect, test } from '@jest/globals';

import type { Files } from '../../adapters/ports.ts';

/** What every Files must do. */
export function filesContract(files: () => Files): void {
  test('gives what was written, byte by byte, and the last of two writes', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
    await files().write('results/one/two.bin', bytes);
    expect(Buffer.from((await files().read('results/one/two.bin'))!)).toEqual(Buffer.from(bytes));
    await files().write('results/one/two.bin', Buffer.from('other'));
    expect(Buffer.from((await files().read('results/one/two.bin'))!).toString()).toBe('other');
  });

  test('says of a file that is not there that it is not', async () => {
    expect(await files().read('results/none')).toBeUndefined();
  });
}
