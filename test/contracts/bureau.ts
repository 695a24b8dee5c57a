import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { LoggedPull } from '../../adapters/bureaus/simulator/pull-log.ts';
import { BureauAmbiguous, BureauUnavailable, type Bureau } from '../../adapters/ports.ts';
import { bureauRequest } from '../support/bureau-requests.ts';

const LIKE_AN_ISSUED_NUMBER = ['899', '01', '0000'].join('-');

export interface BureauUnderTest {
  /** A bureau that answers as docs/simulated-bureau.md says. */
  readonly bureau: Bureau;
  /** What reached it. */
  pulls(): Promise<LoggedPull[]>;
  close(): Promise<void>;
}

/** What every way of asking a bureau does. */
export function describeBureauContract(name: string, make: () => Promise<BureauUnderTest>): void {
  describe(`${name}: bureau`, () => {
    let under: BureauUnderTest;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.close());

    const reached = async (reference: string) =>
      (await under.pulls()).filter((pull) => pull.reference === reference).map(({ posted }) => posted);

    test.each([
      ['900-01-0000', 'a file'],
      ['900-10-0000', 'no file'],
      ['900-30-0000', 'a frozen file'],
      ['900-81-0000', 'an answer to another request'],
    ])('the answer for %s, %s, comes as the bureau gave it, after one request', async (ssn, what) => {
      const request = bureauRequest(ssn, { reference: `answer-${what.replaceAll(' ', '-')}` });
      const answer = await under.bureau.pull(request);
      expect(answer.format).toMatch(/simulated/);
      expect(answer.body).toMatchObject({ simulated: true });
      expect(await reached(request.reference)).toEqual([true]);
    });

    test('an outage is proven: nothing is posted, and it may be sent again', async () => {
      const request = bureauRequest('900-41-0000', { reference: 'outage' });
      await expect(under.bureau.pull(request)).rejects.toThrow(BureauUnavailable);
      await expect(under.bureau.pull(request)).resolves.toHaveProperty('format');
      expect(await reached('outage')).toEqual([false, true]);
    });

    test('a bureau that answers too late leaves doubt, and is not asked again', async () => {
      const request = bureauRequest('900-50-0000', { reference: 'late' });
      const error = await under.bureau.pull(request).catch((thrown: unknown) => thrown as Error);
      expect(error).toBeInstanceOf(BureauAmbiguous);
      expect((error as Error).message).toContain('late');
      expect((error as Error).message).not.toMatch(/900500000|Quill/);
      expect(await reached('late')).toEqual([true]);
    });

    test('the report of a posted inquiry is fetched by its reference, and no inquiry is posted for it', async () => {
      const request = bureauRequest('900-50-0000', { reference: 'late-and-fetched' });
      await expect(under.bureau.posted(request)).resolves.toBeUndefined();
      await expect(under.bureau.pull(request)).rejects.toThrow(BureauAmbiguous);
      const fetched = await under.bureau.posted(request);
      expect(fetched).toMatchObject({ body: { head: { clientRef: 'late-and-fetched' } } });
      expect(await under.bureau.posted(request)).toEqual(fetched);
      expect(await reached('late-and-fetched')).toEqual([true]);
    });

    test('a simulator refuses whoever may be real, and forgets that it was asked', async () => {
      const request = bureauRequest(LIKE_AN_ISSUED_NUMBER, { reference: 'real' });
      const error = await under.bureau.pull(request).catch((thrown: unknown) => thrown as Error);
      expect((error as Error).name).toBe('NotASyntheticApplicant');
      expect((error as Error).message).not.toContain(LIKE_AN_ISSUED_NUMBER.replaceAll('-', ''));
      expect(await reached('real')).toEqual([]);
    });
  });
}
