import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  clearance,
  clearanceInWords,
  clearingFaults,
  RULES_WITH_EVIDENCE,
  type Clearing,
} from '../../../domain/decision/clearance.ts';
import { scaled } from '../../support/scale.ts';

const REPORTED = '2026-11-23T15:00:00.000Z';
const CALLED = '2026-11-23T15:10:00Z';
const REVIEWED = '2026-11-23T15:20:00.000Z';
const report: Clearing['report'] = {
  mismatches: ['NAME', 'ADDRESS'],
  alertContacts: [
    { contact: 1, alert: 'FRAUD_INITIAL', method: 'TELEPHONE' },
    { contact: 2, alert: 'FRAUD_INITIAL', method: 'EMAIL' },
    { contact: 3, alert: 'FRAUD_EXTENDED', method: 'EMAIL' },
  ],
};
const called = { rule: 'FRAUD_ALERT', kind: 'CONTACT', contact: 1, by: 'r.vega', at: CALLED, result: 'CONFIRMED' };
const steps = { ...called, kind: 'STEPS', contact: undefined, steps: ['GOVERNMENT_ID_SEEN', 'APPLICATION_CONFIRMED'] };
const nameDocument = { part: 'NAME', document: 'GOVERNMENT_ID' };

/** The faults, as `path message`, of evidence for the rules that it names. */
function faultsOf(made: readonly object[], more: Partial<Clearing> = {}): string[] {
  const clearances = made.map((each) => clearance.parse(JSON.parse(JSON.stringify(each))));
  const clears = [...new Set(clearances.map(({ rule }) => rule))];
  const clearing = { by: 'r.vega', clears, clearances, reviewedAt: REVIEWED, report, reportedAt: REPORTED, ...more };
  return clearingFaults(clearing).map(({ path, message }) => `${path} ${message}`);
}
const noContacts = { report: { mismatches: [], alertContacts: [] } };

describe('evidence clears', () => {
  test.each([
    ['an initial alert by its telephone number', [called], {}],
    ['an initial alert in person', [{ ...called, kind: 'IN_PERSON', contact: undefined, document: 'PASSPORT' }], {}],
    ['an initial alert without a number by reasonable steps', [steps], noContacts],
    ['an active duty alert without a number by steps', [{ ...steps, rule: 'ACTIVE_DUTY_ALERT' }], {}],
    ['an extended alert by another method', [{ ...called, rule: 'EXTENDED_FRAUD_ALERT', contact: 3 }], {}],
    [
      'a reported death by a record of the living',
      [{ ...called, rule: 'DECEASED_INDICATOR', kind: 'LIVING', contact: undefined, source: 'SSA_RECORD' }],
      {},
    ],
    [
      'a mismatch by a document for each part',
      [
        {
          ...called,
          rule: 'REPORT_MISMATCH',
          kind: 'DOCUMENTS',
          contact: undefined,
          documents: [nameDocument, { part: 'ADDRESS', document: 'LEASE' }],
        },
      ],
      {},
    ],
    ['nothing that needs none', [], { clears: ['POSSIBLE_LIST_MATCH'] }],
  ] as const)('%s', (_, made, more) => {
    expect(faultsOf(made, more as Partial<Clearing>)).toEqual([]);
  });
});

test.each([
  [called, 'FRAUD_ALERT: CONTACT 1, 2026-11-23T15:10:00Z, CONFIRMED'],
  [{ ...called, kind: 'IN_PERSON', contact: undefined, document: 'PASSPORT' }, /: IN_PERSON PASSPORT,/],
  [steps, /: STEPS GOVERNMENT_ID_SEEN \+ APPLICATION_CONFIRMED,/],
  [{ ...called, kind: 'LIVING', contact: undefined, source: 'SSA_RECORD' }, /: LIVING SSA_RECORD,/],
  [
    { ...called, kind: 'DOCUMENTS', contact: undefined, documents: [nameDocument] },
    /: DOCUMENTS NAME by GOVERNMENT_ID,/,
  ],
])('evidence reads in words as %#', (made, words) => {
  const parsed = clearance.parse(JSON.parse(JSON.stringify(made)));
  expect(clearanceInWords(parsed)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
});

describe('evidence is refused', () => {
  test.each([
    ['a note alone', [], { clears: ['FRAUD_ALERT'] }, /^clearances has no evidence for FRAUD_ALERT/],
    ['a rule that is not cleared', [called], { clears: ['POSSIBLE_LIST_MATCH'] }, /^clearances\.0\.rule is no rule/],
    ['a rule that takes none', [{ ...called, rule: 'THIN_FILE' }], {}, /^clearances\.0\.rule is no rule/],
    [
      'a report that was never pulled',
      [called],
      { report: null, reportedAt: null },
      /^clearances\.0\.rule needs a rep/,
    ],
    ['another kind', [{ ...called, rule: 'DECEASED_INDICATOR' }], {}, /^clearances\.0\.kind .* send LIVING$/],
    ['steps for an extended alert', [{ ...steps, rule: 'EXTENDED_FRAUD_ALERT' }], {}, /^clearances\.0\.kind/],
    ['steps where a number is named', [steps], {}, /^clearances\.0\.kind .*call contact 1$/],
    ['another reviewer', [{ ...called, by: 's.lind' }], {}, /^clearances\.0\.by is another person/],
    ['a reviewer who is not named', [{ ...called, by: undefined }], {}, /^clearances\.0\.by/],
    ['a call before the report', [{ ...called, at: '2026-11-23T14:59:59Z' }], {}, /^clearances\.0\.at is before/],
    ['a call in the future', [{ ...called, at: '2026-11-23T15:20:01Z' }], {}, /^clearances\.0\.at is in the future/],
    ['a number that the report does not have', [{ ...called, contact: 4 }], {}, /^clearances\.0\.contact .*send 1$/],
    ["another alert's contact", [{ ...called, contact: 3 }], {}, /^clearances\.0\.contact is no contact/],
    ['an e-mail for an initial alert', [{ ...called, contact: 2 }], {}, /^clearances\.0\.contact .*send 1$/],
    ['a contact where none is named', [called], noContacts, /^clearances\.0\.contact .*names none/],
    ['steps on a report of an earlier release', [steps], { report: { mismatches: [] } }, /^clearances\.0\.kind needs/],
    ['identity steps alone', [{ ...steps, steps: ['GOVERNMENT_ID_SEEN'] }], noContacts, /^clearances\.0\.steps/],
    ['the application alone', [{ ...steps, steps: ['APPLICATION_CONFIRMED'] }], noContacts, /^clearances\.0\.steps/],
    [
      'documents for a part of the differences',
      [{ ...called, rule: 'REPORT_MISMATCH', kind: 'DOCUMENTS', contact: undefined, documents: [nameDocument] }],
      {},
      /^clearances\.0\.documents has no document for ADDRESS/,
    ],
    [
      'documents for no part, where the bureau names none',
      [{ ...called, rule: 'REPORT_MISMATCH', kind: 'DOCUMENTS', contact: undefined, documents: [] }],
      noContacts,
      /^clearances\.0\.documents has no document for NAME, DATE_OF_BIRTH, SSN/,
    ],
    ['a denial', [{ ...called, result: 'DENIED' }], {}, /^clearances\.0\.result does not clear/],
    ['a consumer who was not reached', [{ ...called, result: 'NOT_REACHED' }], {}, /^clearances\.0\.result/],
    ['a doubtful result', [{ ...called, result: 'INCONCLUSIVE' }], {}, /^clearances\.0\.result/],
  ] as const)('for %s', (_, made, more, fault) => {
    expect(faultsOf(made, more as Partial<Clearing>)).toEqual([expect.stringMatching(fault)]);
  });

  test('with other members, such as the telephone number itself', () => {
    expect(clearance.safeParse({ ...called, telephone: '2175550100' }).success).toBe(false);
    expect(clearance.safeParse({ ...called, contact: '2175550100' }).success).toBe(false);
  });
});

test('Random evidence clears an alert only with a confirmed check of the reviewer after the report', () => {
  const rules = fc.subarray([...RULES_WITH_EVIDENCE], { minLength: 1, maxLength: 2 });
  const content = fc.oneof(
    fc.record({ kind: fc.constant('CONTACT'), contact: fc.integer({ min: 1, max: 4 }) }),
    fc.constantFrom(
      { kind: 'IN_PERSON', document: 'PASSPORT' },
      { kind: 'STEPS', steps: steps.steps },
      { kind: 'LIVING', source: 'BUREAU_CORRECTION' },
      { kind: 'DOCUMENTS', documents: [nameDocument, { part: 'ADDRESS', document: 'UTILITY_BILL' }] },
    ),
  );
  const mostly = <T>(usual: T, ...others: T[]) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
  const frame = fc.record({
    rule: fc.constantFrom(...RULES_WITH_EVIDENCE, 'THIN_FILE'),
    by: mostly('r.vega', 's.lind'),
    at: mostly(CALLED, '2026-11-23T14:00:00Z', '2026-11-23T16:00:00Z'),
    result: mostly('CONFIRMED', 'DENIED', 'NOT_REACHED', 'INCONCLUSIVE'),
  });
  const evidence = fc.array(
    fc.tuple(frame, content).map(([framed, filled]) => clearance.parse({ ...framed, ...filled })),
    { maxLength: 3 },
  );
  let cleared = 0;
  fc.assert(
    fc.property(rules, evidence, (clears, clearances) => {
      const clearing = { by: 'r.vega', clears, clearances, reviewedAt: REVIEWED, report, reportedAt: REPORTED };
      if (clearingFaults(clearing).length > 0) return;
      cleared += 1;
      for (const rule of clears) {
        expect(clearances.filter((each) => each.rule === rule)).toContainEqual(
          expect.objectContaining({ result: 'CONFIRMED', by: 'r.vega', at: CALLED }),
        );
      }
    }),
    { numRuns: scaled(200_000, 5_000) },
  );
  expect(cleared).toBeGreaterThan(0);
});
