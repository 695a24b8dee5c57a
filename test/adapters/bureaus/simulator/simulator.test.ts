import { readFileSync } from 'node:fs';

import { afterEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Pull, PullLog } from '../../../../adapters/bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../../../../adapters/bureaus/simulator/simulator.ts';
import { StoreUnavailable } from '../../../../adapters/ports.ts';
import { readBureauAnswer } from '../../../../domain/bureau/mappings/index.ts';
import { creditReport } from '../../../../domain/bureau/report.ts';
import { bureauRequest } from '../../../support/bureau-requests.ts';

let pulls: Pull[] = [];
const log: PullLog = {
  async append(pull) {
    pulls.push(pull);
  },
  async wasRefused(reference) {
    return pulls.some((pull) => pull.reference === reference && !pull.posted);
  },
  async wasPosted(reference) {
    return pulls.some((pull) => pull.reference === reference && pull.posted);
  },
};
const waits: number[] = [];
const bureau = simulatedBureau({ log, wait: async (milliseconds) => waits.push(milliseconds), timeoutMs: 1000 });
const show = async (ssn: string) => {
  const request = bureauRequest(ssn);
  return readBureauAnswer(await bureau.pull(request), request);
};
const syntheticSsn = fc
  .tuple(
    fc.oneof(fc.integer({ min: 900, max: 999 }).map(String), fc.constantFrom('666', '000')),
    fc.integer({ min: 0, max: 999_999 }),
  )
  .map(([area, rest]) => area + String(rest).padStart(6, '0'));

afterEach(() => {
  pulls = [];
});

describe('what the simulated bureau shows', () => {
  const documented = [
    ...readFileSync('docs/simulated-bureau.md', 'utf8').matchAll(
      /^\| `(?<ssn>\d{3}-\d\d-\d{4})` \| (?<shows>[A-Za-z_]+)(?: with (?<alert>[A-Z_]+))? \|/gm,
    ),
  ].map(({ groups }) => [groups?.['ssn'] ?? '', groups?.['shows'] ?? '', groups?.['alert'] ?? ''] as const);

  test('is documented for every scenario', () => {
    expect(new Set(documented.map(([ssn]) => ssn.slice(4, 6)))).toEqual(
      new Set(['01', '10', '20', '30', '40', '41', '50', '60', '70', '71', '72', '73', '74', '80', '81']),
    );
  });

  test.each(documented.filter(([, shows]) => !shows.startsWith('Bureau')))(
    'of %s is %s %s, as documented',
    async (ssn, status, alert) => {
      if (ssn.startsWith('900-41')) await expect(show(ssn)).rejects.toThrow('may be sent again');
      const report = await show(ssn);
      expect(creditReport.parse(report)).toEqual(report);
      expect(report.status).toBe(status);
      expect(report.alerts).toEqual(alert ? [alert] : []);
      expect(report.simulated).toBe(true);
    },
  );

  test.each(documented.filter(([, shows]) => shows.startsWith('Bureau')))(
    'of %s is the error %s, as documented',
    async (ssn, error) => {
      const request = bureauRequest(ssn);
      const pulled = bureau.pull(request).then((answer) => readBureauAnswer(answer, request));
      await expect(pulled).rejects.toMatchObject({ name: error });
    },
  );

  test('is the real row that the last four digits choose, with the invented figures of that row', async () => {
    const report = await show('900-01-0390');
    expect(report.attributes).toEqual({
      delinquencies2y: 2,
      inquiries6m: 0,
      revolvingUtilisationPercent: 81.7,
      accountsNowDelinquent: 1,
      instalmentActive: 2,
      instalmentOpened12m: 0,
      instalmentOpened24m: 3,
      instalmentBalanceCents: 2_224_600,
      allUtilisationPercent: 71,
      financeInquiries: 1,
      inquiries12m: 0,
      delinquentAmountCents: 1_501_000,
      instalmentAccounts: 27,
      instalmentLimitCents: 3_266_500,
      // 0.02 * 22 246 + 3 * 81.7 = 690.02 dollars
      monthlyObligationsCents: 69_000,
      // 36 + 8 * 27 + (37 * 390) % 97 = 36 + 216 + 74
      oldestAccountMonths: 326,
      bankruptcies: 0,
    });
    expect((await show('900-01-0349')).attributes?.bankruptcies).toBe(1);
  });

  test('of a thin file leaves unreported what a young account cannot have', async () => {
    const { attributes } = await show('900-20-0100');
    expect(attributes).toMatchObject({
      delinquencies2y: null,
      instalmentAccounts: null,
      instalmentBalanceCents: null,
      monthlyObligationsCents: null,
      oldestAccountMonths: 1,
    });
    expect(attributes?.revolvingUtilisationPercent).not.toBeNull();
  });

  test('of another person names what is otherwise', async () => {
    expect((await show('900-60-0001')).mismatches).toEqual(['NAME', 'DATE_OF_BIRTH']);
  });

  test.each([
    ['900-80-0000', 'file.insEver: must be a count'],
    ['900-80-0001', 'file.late2y: must be a count'],
    ['900-80-0002', 'file: invalid input'],
    ['900-81-0000', 'head.clientRef is another reference'],
  ])('of %s is unreadable because of %s', async (ssn, fault) => {
    await expect(show(ssn)).rejects.toThrow(fault);
  });

  test('depends on the applicant alone: the same request gives the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(syntheticSsn, async (ssn) => {
        const [first, second] = await Promise.allSettled(
          [bureauRequest(ssn), bureauRequest(ssn)].map((request) => bureau.pull(request)),
        );
        expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      }),
    );
  });

  test('of every row reads back as the figures of that row, in range', async () => {
    for (let row = 0; row < 400; row += 1) {
      const report = await show(`900-01-${String(row).padStart(4, '0')}`);
      expect(creditReport.parse(report).status).toBe('HIT');
      expect(Object.values(report.attributes ?? {})).not.toContain(null);
    }
  });

  test('of any synthetic number outside the table is a readable hit, whatever the name', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => /[\p{L}\p{N}]/u.test(text.normalize('NFKD')));
    const other = syntheticSsn.filter((ssn) => !ssn.startsWith('900'));
    await fc.assert(
      fc.asyncProperty(other, name, name, async (ssn, firstName, lastName) => {
        const base = bureauRequest(ssn);
        const request = { ...base, consumer: { ...base.consumer, firstName, lastName } };
        const report = readBureauAnswer(await bureau.pull(request), request);
        expect(creditReport.parse(report)).toMatchObject({ status: 'HIT', alerts: [], mismatches: [] });
      }),
    );
  });
});

describe('whom the simulated bureau answers', () => {
  test.each(['123456789', '899999999', '665010001', '001010001', '90001000', '9000100011', ''])(
    'is nobody with a number that could be issued or is none: %s',
    async (ssn) => {
      const refusal = await bureau.pull(bureauRequest(ssn)).catch((error: Error) => error);
      expect(refusal).toMatchObject({ name: 'NotASyntheticApplicant' });
      expect((refusal as Error).message.replace('900 to 999, 666 or 000', '')).not.toMatch(/\d/);
      expect(pulls).toEqual([]);
    },
  );
});

describe('the pull log', () => {
  const posted = () => pulls.filter((pull) => pull.posted);

  test('has a pull before its answer is given', async () => {
    const order: string[] = [];
    const watched = simulatedBureau({
      log: {
        ...log,
        async append() {
          order.push('posted');
        },
      },
      wait: async () => {},
      timeoutMs: 1000,
    });
    await watched.pull(bureauRequest('900-01-0001')).then(() => order.push('answered'));
    expect(order).toEqual(['posted', 'answered']);
  });

  test('has a second pull of one reference a second time', async () => {
    await bureau.pull(bureauRequest('900-01-0001'));
    await bureau.pull(bureauRequest('900-01-0001'));
    expect(posted()).toHaveLength(2);
  });

  test('has nothing posted by a bureau that is out of service', async () => {
    for (const _try of [1, 2, 3]) {
      await expect(bureau.pull(bureauRequest('900-40-0001'))).rejects.toMatchObject({ name: 'BureauUnavailable' });
    }
    expect(posted()).toEqual([]);
  });

  test('has one posting where the first try was refused, for each reference by itself', async () => {
    const [one, two] = ['pull-0001', 'pull-0002'].map((reference) => bureauRequest('900-41-0001', { reference }));
    for (const request of [one!, two!]) {
      await expect(bureau.pull(request)).rejects.toMatchObject({ name: 'BureauUnavailable' });
      await bureau.pull(request);
    }
    expect(posted().map((pull) => pull.reference)).toEqual(['pull-0001', 'pull-0002']);
  });

  test('has a pull whose answer came after the caller stopped waiting', async () => {
    waits.length = 0;
    await expect(bureau.pull(bureauRequest('900-50-0001'))).rejects.toMatchObject({ name: 'BureauAmbiguous' });
    expect(posted()).toHaveLength(1);
    expect(waits).toEqual([1000]);
  });

  test('that fails leaves a posting ambiguous and a refusal unavailable', async () => {
    const failing = simulatedBureau({
      log: { ...log, append: () => Promise.reject(new StoreUnavailable('The disk is full.')) },
      wait: async () => {},
      timeoutMs: 1000,
    });
    await expect(failing.pull(bureauRequest('900-01-0001'))).rejects.toMatchObject({ name: 'BureauAmbiguous' });
    await expect(failing.pull(bureauRequest('900-40-0001'))).rejects.toMatchObject({ name: 'BureauUnavailable' });
  });
});
