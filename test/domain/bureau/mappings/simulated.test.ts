import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { KEPT_AS_TEXT, keptAnswer } from '../../../../domain/bureau/kept-answer.ts';
import { readAlertContacts, readBureauAnswer } from '../../../../domain/bureau/mappings/index.ts';
import { SIMULATED_FORMAT, readSimulatedAnswer } from '../../../../domain/bureau/mappings/simulated.ts';
import { BureauReportUnreadable, creditReport } from '../../../../domain/bureau/report.ts';
import type { Json, JsonObject } from '../../../../domain/json.ts';
import { digestOf } from '../../../../domain/ledger/canonical-json.ts';
import { bureauRequest } from '../../../support/bureau-requests.ts';

const request = bureauRequest('900-01-0001');
const head: JsonObject = {
  bureau: 'simulated',
  clientRef: 'pull-0001',
  fileRef: 'SIM-1',
  inquiry: 'H',
  purpose: 'EC',
  asOf: '03312016',
};
const person: JsonObject = { sur: 'O QUILL VANE', given: 'ZOE', born: '02291984' };
const file: JsonObject = {
  late2y: '001',
  lateNow: '000',
  pastDue: '00000000',
  revUse: '00674',
  allUse: '00480',
  insOpen: '001',
  insNew12: '000',
  insNew24: '000',
  insEver: '003',
  insOwed: '00001099',
  insHigh: '00013193',
  monthly: '00000224',
  oldest: '04012010',
  bankrupt: '000',
};
const hit: JsonObject = { simulated: true, head, result: '01', person, warnings: [], asked: [], file };
const read = (body: Json) => readSimulatedAnswer({ format: SIMULATED_FORMAT, body }, request);
const readFile = (changes: JsonObject) => read({ ...hit, file: { ...file, ...changes } }).attributes;

describe('an answer that can be read', () => {
  test('becomes a report in our terms', () => {
    expect(creditReport.parse(read(hit))).toEqual({
      schemaVersion: 1,
      bureau: 'simulated',
      mapping: 'underwright-simulated-1',
      status: 'HIT',
      inquiry: 'HARD',
      purpose: 'EXTENSION_OF_CREDIT',
      reference: 'pull-0001',
      vendorReference: 'SIM-1',
      reportedAt: null,
      reportedOn: '2016-03-31',
      alerts: [],
      alertContacts: [],
      mismatches: [],
      attributes: {
        delinquencies2y: 1,
        inquiries6m: 0,
        revolvingUtilisationPercent: 67.4,
        accountsNowDelinquent: 0,
        instalmentActive: 1,
        instalmentOpened12m: 0,
        instalmentOpened24m: 0,
        instalmentBalanceCents: 109_900,
        allUtilisationPercent: 48,
        financeInquiries: 0,
        inquiries12m: 0,
        delinquentAmountCents: 0,
        instalmentAccounts: 3,
        instalmentLimitCents: 1_319_300,
        monthlyObligationsCents: 22_400,
        oldestAccountMonths: 71,
        bankruptcies: 0,
      },
      simulated: true,
      rawDigest: digestOf({ format: SIMULATED_FORMAT, body: hit }),
    });
  });

  test('keeps what is not reported as null, never as zero', () => {
    const { late2y: _late, insOwed: _owed, oldest: _oldest, ...rest } = file;
    expect(read({ ...hit, file: rest }).attributes).toMatchObject({
      delinquencies2y: null,
      instalmentBalanceCents: null,
      oldestAccountMonths: null,
    });
    expect(readFile({ pastDue: 'NR', revUse: null, oldest: 'NR' })).toMatchObject({
      delinquentAmountCents: null,
      revolvingUtilisationPercent: null,
      oldestAccountMonths: null,
    });
    expect(Object.values(read({ ...hit, file: {} }).attributes ?? {}).filter((value) => value !== null)).toEqual([
      0,
      0,
      0, // the inquiries, which are counted from a list that was there
    ]);
  });

  test.each([
    ['03312016', 0],
    ['03012016', 0],
    ['02292016', 1],
    ['04012015', 11],
    ['03312015', 12],
    ['01011999', 206],
  ])('counts whole months: an account opened on %s is %d months old on 31 March 2016', (oldest, months) => {
    expect(readFile({ oldest })?.oldestAccountMonths).toBe(months);
  });

  test('counts an inquiry that is listed twice once, and each in its window', () => {
    const once = { on: '02142016', by: 'SUB0001', kind: 'PF' };
    const asked = [
      once,
      { ...once },
      { ...once, by: 'SUB0002', kind: 'OT' },
      { ...once, by: 'SUB0003' },
      { ...once, on: '02152016' },
      { ...once, on: '09302015' }, // 6 whole months back
      { ...once, on: '03302015', kind: 'OT' }, // 12 whole months back
    ];
    expect(read({ ...hit, asked }).attributes).toMatchObject({ inquiries6m: 4, inquiries12m: 5, financeInquiries: 4 });
  });

  test('keeps every alert once, and takes one it does not know for UNKNOWN', () => {
    const warnings = ['FA1', 'FA2', 'AD1', 'DC1', 'FA1', 'fa1', '', 'ZZ9', 'constructor'].map((code) => ({ code }));
    expect(read({ ...hit, warnings }).alerts).toEqual([
      'FRAUD_INITIAL',
      'FRAUD_EXTENDED',
      'ACTIVE_DUTY',
      'DECEASED',
      'UNKNOWN',
    ]);
  });

  test('numbers the contacts of its alerts, and keeps their telephone numbers and addresses out of the report', () => {
    const warnings: Json[] = [
      { code: 'FA1', reach: [{ by: 'TEL', to: '2175550100' }] },
      { code: 'DC1' },
      {
        code: 'FA2',
        reach: [
          { by: 'EML', to: 'alert-01@example.com' },
          { by: 'OTH', to: 'By letter.' },
        ],
      },
    ];
    const body = { ...hit, warnings };
    const report = creditReport.parse(read(body));
    expect(report.alertContacts).toEqual([
      { contact: 1, alert: 'FRAUD_INITIAL', method: 'TELEPHONE' },
      { contact: 2, alert: 'FRAUD_EXTENDED', method: 'EMAIL' },
      { contact: 3, alert: 'FRAUD_EXTENDED', method: 'OTHER' },
    ]);
    expect(JSON.stringify(report)).not.toMatch(/2175550100|example|letter/);
    const contacts = readAlertContacts({ format: SIMULATED_FORMAT, body });
    expect(contacts).toMatchObject(report.alertContacts!);
    expect(contacts.map(({ reach }) => reach)).toEqual(['2175550100', 'alert-01@example.com', 'By letter.']);
  });

  test.each([
    ['TEL', '555-0100', 'to: must be a telephone number of ten digits'],
    ['EML', 'nowhere', 'to: must be an e-mail address'],
    ['FAX', '2175550100', 'by: '],
  ])('cannot be read with a contact %s %j, and its error has no value', (by, to, fault) => {
    const body = { ...hit, warnings: [{ code: 'FA1', reach: [{ by, to }] }] };
    expect(() => read(body)).toThrow(BureauReportUnreadable);
    expect(() => read(body)).toThrow(`warnings.0.reach.0.${fault}`);
    expect(() => read(body)).not.toThrow(to);
    expect(readAlertContacts({ format: SIMULATED_FORMAT, body })).toEqual([]);
  });

  test.each([
    ['03', 'NO_HIT'],
    ['04', 'FROZEN'],
  ])('with result %s is %s, without attributes and with its alerts', (result, status) => {
    const body = { simulated: true, head, result, person: null, warnings: [{ code: 'FA2' }], asked: null, file: null };
    expect(read(body)).toMatchObject({ status, attributes: null, alerts: ['FRAUD_EXTENDED'], mismatches: [] });
  });

  test.each([
    [{ given: 'ZOEY' }, ['NAME']],
    [{ sur: 'QUILL' }, ['NAME']],
    [{ born: '02281984' }, ['DATE_OF_BIRTH']],
    [{ born: 'NR' }, ['DATE_OF_BIRTH']],
    [{ born: null }, ['DATE_OF_BIRTH']],
    [{ sur: '' }, ['NAME']],
    [{ given: '-' }, ['NAME']],
    [{ given: 'ANN', born: '01011970' }, ['NAME', 'DATE_OF_BIRTH']],
  ])('of a person otherwise (%j) is a mismatch in %j', (changes, mismatches) => {
    const report = read({ ...hit, person: { ...person, ...changes } });
    expect(report).toMatchObject({ status: 'MISMATCH', mismatches });
    expect(report.attributes).not.toBeNull();
  });

  test('of a person whose date of birth the file leaves out is a mismatch', () => {
    const { born: _born, ...unborn } = person;
    expect(read({ ...hit, person: unborn })).toMatchObject({ status: 'MISMATCH', mismatches: ['DATE_OF_BIRTH'] });
  });

  test.each(['.', '-', '\u200B'])(
    'of an applicant whose name is %j, of which nothing can be compared, is a mismatch',
    (none) => {
      const nameless = { ...request, consumer: { ...request.consumer, firstName: none, lastName: none } };
      const body = { ...hit, person: { ...person, sur: '', given: '' } };
      expect(readSimulatedAnswer({ format: SIMULATED_FORMAT, body }, nameless)).toMatchObject({
        status: 'MISMATCH',
        mismatches: ['NAME'],
      });
    },
  );

  test('may owe on an instalment account that is no longer open, as files do', () => {
    expect(readFile({ insOpen: '000', insOwed: '00000500' })?.instalmentBalanceCents).toBe(50_000);
  });
});

describe('an answer that cannot be read', () => {
  const { warnings: _warnings, ...withoutWarnings } = hit;
  const { simulated: _simulated, ...unlabelled } = hit;
  test.each<[string, Json, string]>([
    ['nothing', null, 'the answer'],
    ['no label of a simulator', unlabelled, 'simulated'],
    ['no warnings block', withoutWarnings, 'warnings'],
    ['an unknown result', { ...hit, result: '09' }, 'result'],
    ['a hit without a file', { ...hit, file: null }, 'file'],
    ['text for a count', { ...hit, file: { ...file, insEver: 'SEVERAL' } }, 'file.insEver'],
    ['a number for text', { ...hit, file: { ...file, insEver: 3 } }, 'file.insEver'],
    ['a negative count', { ...hit, file: { ...file, late2y: '-01' } }, 'file.late2y'],
    ['cents for dollars', { ...hit, file: { ...file, insOwed: '00001099.50' } }, 'file.insOwed'],
    ['a blank amount', { ...hit, file: { ...file, insOwed: '' } }, 'file.insOwed'],
    ['a day that is none', { ...hit, file: { ...file, oldest: '02302010' } }, 'file.oldest'],
    ['a date of the future', { ...hit, file: { ...file, oldest: '04012016' } }, 'file.oldest'],
    ['an inquiry of the future', { ...hit, asked: [{ on: '04012016', by: 'S', kind: 'OT' }] }, 'asked.0.on'],
    ['another reference', { ...hit, head: { ...head, clientRef: 'pull-0002' } }, 'head.clientRef'],
    ['another bureau', { ...hit, head: { ...head, bureau: 'other' } }, 'head.bureau'],
    ['another kind of inquiry', { ...hit, head: { ...head, inquiry: 'S' } }, 'head.inquiry'],
    ['another purpose', { ...hit, head: { ...head, purpose: 'XX' } }, 'head.purpose'],
    ['a date long before the sample', { ...hit, head: { ...head, asOf: '01011950' } }, 'head.asOf'],
    ['a date of the next century', { ...hit, head: { ...head, asOf: '01012099' } }, 'head.asOf'],
    ['no date', { ...hit, head: { ...head, asOf: 'NR' } }, 'head.asOf'],
    [
      'more opened in 12 months than in 24',
      { ...hit, file: { ...file, insNew12: '002', insNew24: '001' } },
      'file.insNew12',
    ],
    [
      'more opened in 12 months than ever',
      { ...hit, file: { ...file, insNew12: '004', insNew24: 'NR' } },
      'file.insNew12',
    ],
    ['more opened in 24 months than ever', { ...hit, file: { ...file, insNew24: '004' } }, 'file.insNew24'],
    ['more open than ever opened', { ...hit, file: { ...file, insOpen: '030' } }, 'file.insOpen'],
    ['a balance of no account', { ...hit, file: { ...file, insOpen: '000', insEver: '000' } }, 'file.insOwed'],
    [
      'a limit of no account',
      { ...hit, file: { ...file, insOpen: '000', insEver: '000', insOwed: 'NR' } },
      'file.insHigh',
    ],
    ['half a character', { ...hit, person: { ...person, given: 'ZOE\uD800' } }, 'canonical JSON'],
  ])('(%s) names the field', (_what, body, field) => {
    expect(() => read(body)).toThrow(BureauReportUnreadable);
    expect(() => read(body)).toThrow(field);
  });

  test('tells nothing of the person', () => {
    const secret = 'Xylophone';
    const spoiled: JsonObject[] = [
      { sur: { secret } },
      { given: [secret] },
      { born: secret },
      { born: { [secret]: secret } },
    ];
    for (const changes of spoiled) {
      expect(() => read({ ...hit, person: { ...person, ...changes } })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      );
    }
  });

  test('with very many faults is told in a few lines', () => {
    const warnings = Array.from({ length: 5000 }, () => 7);
    expect(() => read({ ...hit, warnings })).toThrow(/^.{1,900}; and 4990 more\. /);
  });

  test('in any JSON throws nothing but BureauReportUnreadable', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => readsOrIsUnreadable(body as Json)),
      { numRuns: 500 },
    );
  });

  test('by one field of any JSON throws nothing but BureauReportUnreadable', () => {
    const paths = [
      ...Object.keys(hit).map((key) => [key]),
      ...(['head', 'person', 'file'] as const).flatMap((block) =>
        Object.keys(hit[block] as JsonObject).map((key) => [block, key]),
      ),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), ([block = '', key], value) => {
        const changed = key === undefined ? value : { ...(hit[block] as JsonObject), [key]: value as Json };
        readsOrIsUnreadable({ ...hit, [block]: changed as Json });
      }),
      { numRuns: 1000 },
    );
  });

  function readsOrIsUnreadable(body: Json) {
    try {
      creditReport.parse(read(body));
    } catch (error) {
      expect(error).toBeInstanceOf(BureauReportUnreadable);
    }
  }
});

describe('an answer that has no canonical form', () => {
  test.each<[string, unknown, string]>([
    ['half a character', { format: SIMULATED_FORMAT, body: { given: 'ZOE\uD800' } }, '\\ud800'],
    ['half a character in its format', { format: '\uDC00', body: 'kept' }, '\\udc00'],
    ['no number', { format: SIMULATED_FORMAT, body: { count: Number.NaN } }, '(NaN)'],
    ['no format', { body: 'kept' }, 'kept'],
    ['nothing at all', undefined, 'undefined'],
    ['null', null, 'null'],
    ['text', 'garbage', 'garbage'],
  ])('(%s) is kept as text and is unreadable', (_what, answer, within) => {
    const kept = keptAnswer(answer);
    expect(kept.format).toBe(KEPT_AS_TEXT);
    expect(kept.body).toContain(within);
    expect(digestOf(kept)).toMatch(/^[0-9a-f]{64}$/);
    expect(() => readBureauAnswer(kept, request)).toThrow(BureauReportUnreadable);
  });

  test('loses nothing that JSON text can say, and any other answer is itself', () => {
    const spoiled = { format: 'f\uD800', body: { '\uDFFF': ['\uD83D', '😀', 1.5, null] } };
    expect(JSON.parse(keptAnswer(spoiled).body as string)).toEqual(spoiled);
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (format, body) => {
        const answer = { format, body: body as Json };
        expect(keptAnswer(answer)).toBe(answer);
      }),
    );
  });
});

describe('the mappings', () => {
  test('are picked by the format of the answer', () => {
    const answer = { format: SIMULATED_FORMAT, body: hit };
    expect(readBureauAnswer(answer, request)).toEqual(readSimulatedAnswer(answer, request));
  });

  test.each(['', 'underwright-simulated-2', 'constructor', '__proto__'])('do not know the format "%s"', (format) => {
    expect(() => readBureauAnswer({ format, body: hit }, request)).toThrow(BureauReportUnreadable);
  });
});
