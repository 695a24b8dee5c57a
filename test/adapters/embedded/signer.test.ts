import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { embeddedSigner } from '../../../adapters/embedded/signer.ts';
import { verificationKey } from '../../../domain/ledger/signature.ts';
import { temporaryDataFolder } from '../../support/data-folder.ts';

test('A signer whose process was killed between its two keys makes the public one again', async () => {
  const data = temporaryDataFolder();
  try {
    await embeddedSigner(data.folder).create();
    const file = join(data.folder, 'seal-public.pem');
    const before = readFileSync(file, 'utf8');
    rmSync(file);
    const signer = embeddedSigner(data.folder);
    await signer.create();
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(verificationKey(await signer.publicKey()).isSigned('text', await signer.sign('text'))).toBe(true);
  } finally {
    data.remove();
  }
});
