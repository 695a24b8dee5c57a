import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { textsOf } from '../../../domain/application/consents.ts';
import { application, fullName, parseSubmission, splitSubmission } from '../../../domain/application/submission.ts';
import { LENDER } from '../../support/lender.ts';
import { submissionOf } from '../../support/submissions.ts';

/** The submission as text that came over a wire, with the value at a dotted path replaced; undefined leaves it out. */
function sentWith(path: string, value: unknown): unknown {
  const copy = structuredClone(submissionOf()) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  let inner = copy;
  for (const key of keys.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  inner[keys.at(-1)!] = value;
  return copy;
}

function errorsOf(value: unknown): Record<string, string> {
  const parsed = parseSubmission(value);
  return parsed.ok ? {} : Object.fromEntries(parsed.errors.map(({ path, message }) => [path, message]));
}

/** Every path of the submission, and of those to text alone. */
function paths(value: unknown, path: string[] = []): string[] {
  const own = path.length === 0 ? [] : [path.join('.')];
  if (typeof value !== 'object' || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}
const valueAt = (path: string) =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], submissionOf());
const PATHS = paths(submissionOf());
const TEXTS = PATHS.filter((path) => typeof valueAt(path) === 'string');

describe('a submission', () => {
  test('is taken as it was sent, the number without its dashes', () => {
    const sent = sentWith('applicant.ssn', '900-01-0000');
    expect(parseSubmission(sent)).toEqual({ ok: true, submission: submissionOf() });
  });

  test.each(['income', 'employment', 'housing'])('is taken without %s: it is incomplete, not malformed', (part) => {
    expect(errorsOf(sentWith(part, undefined))).toEqual({});
    expect(errorsOf(sentWith(part, null))).toEqual({});
  });

  test.each(['900010000', '900-01-0000', '900 01 0000'])('is taken with the number as %s', (ssn) => {
    expect(parseSubmission(sentWith('applicant.ssn', ssn))).toEqual({ ok: true, submission: submissionOf() });
  });

  test.each([
    '9-0-0-0-1-0-0-0-0',
    '-------900010000',
    '900-010-000',
    '900 01-0000',
    '90001000',
    '900.01.0000',
    ' 900010000',
  ])('is refused with the number as %s', (ssn) => {
    expect(errorsOf(sentWith('applicant.ssn', ssn))).toEqual({ 'applicant.ssn': expect.stringMatching(/nine digits/) });
  });

  test.each([
    '217-555-0100',
    '217.555.0100',
    '(217) 555-0100',
    '(217)555-0100',
    '2175550100',
    '217 555 0100',
    '1-217-555-0100',
    '+1 217 555 0100 ext. 5',
    '+12175550100',
    '217-555-0100 x123',
    '217-555-0100 #9',
    '+44 20 7946 0958',
    '+49 (30) 901820',
    '+91 98765-43210',
  ])('is taken with the telephone number %s', (phone) => {
    expect(errorsOf(sentWith('applicant.phone', phone))).toEqual({});
  });

  test.each([
    '',
    '-------',
    '((((((((',
    '5550100',
    '117-555-0100',
    '217-155-0100',
    '217-555-01000',
    '217-555-0100 x',
    '217-555-0100 call after six',
    '+44',
    '+1 44 20 7946 0958',
    '+999999999999999999',
    '2'.repeat(39),
  ])('is refused with the telephone number %p', (phone) => {
    expect(Object.keys(errorsOf(sentWith('applicant.phone', phone)))).toEqual(['applicant.phone']);
  });

  test('is taken from a person who has one name, and no other is told to leave a name out', () => {
    const sent = parseSubmission(sentWith('applicant.firstName', null));
    expect(sent.ok && fullName(sent.submission.applicant)).toBe(submissionOf().applicant.lastName);
    expect(errorsOf(sentWith('applicant.firstName', ''))).toEqual({
      'applicant.firstName': 'is empty: send the name, or null for a person who has one name, which is the last',
    });
    expect(errorsOf(sentWith('applicant.lastName', ' '))).toEqual({ 'applicant.lastName': 'is empty: send the value' });
  });

  test.each(['AA', 'AE', 'AP', 'PR', 'GU', 'VI', 'AS', 'MP'])('is taken from an address in %s', (state) => {
    const address = { street: 'PSC 3 Box 4120', city: 'APO', state, zip: '09021' };
    expect(errorsOf(sentWith('applicant.address', address))).toEqual({});
  });

  test.each([72_000, 600_000, 1, 999_999])('with a yearly income of %d cents is sent back with a question', (cents) => {
    const sent = sentWith('income', { annualGrossCents: cents });
    expect(errorsOf(sent)).toEqual({
      'income.annualGrossCents': expect.stringMatching(
        /is less than \$10,000\.00 a year: if dollars .* 100; .* by 12\./,
      ),
    });
    expect(errorsOf(sentWith('income', { annualGrossCents: cents, lowIncomeConfirmed: true }))).toEqual({});
  });

  test.each([0, 1_000_000, 7_200_000])('with a yearly income of %d cents is taken', (annualGrossCents) => {
    expect(errorsOf(sentWith('income', { annualGrossCents }))).toEqual({});
  });

  test.each([
    ['amountCents', 15_000, /^must be from \$1,000\.00 to \$100,000\.00.*multiply by 100$/],
    ['amountCents', 15_000.5, /^must be whole cents: .*15,000\.50 dollars is 1500050$/],
    ['amountCents', '15000', /^must be a number of whole cents without quotes/],
    ['amountCents', 99_999, /multiply by 100$/],
    ['amountCents', 10_000_001, /^must be from \$1,000\.00 to \$100,000\.00/],
    ['amountCents', Number.NaN, /^must be a number of whole cents/],
    ['amountCents', 1e300, /^must be (whole cents|from)/],
    ['amountCents', null, /^must be a number of whole cents/],
    ['amountCents', undefined, /^is missing: send it$/],
    ['termMonths', 48, /^must be one of 36, 60$/],
    ['purpose', 'GAMBLING', /^must be DEBT_CONSOLIDATION/],
  ])('with request.%s %p is told the way out', (field, value, message) => {
    expect(errorsOf(sentWith(`request.${field}`, value))[`request.${field}`]).toMatch(message);
  });

  test.each([100_000, 10_000_000])('may ask for %p cents', (amount) => {
    expect(errorsOf(sentWith('request.amountCents', amount))).toEqual({});
  });

  test('that sends `amount` is told which field and unit were meant', () => {
    const { amountCents: _, ...request } = submissionOf().request;
    expect(errorsOf(sentWith('request', { ...request, amount: 15_000 }))).toEqual({
      'request.amount': 'is not a field: send amountCents, in whole cents',
      'request.amountCents': 'is missing: send it',
    });
  });

  test.each(['boat-loan', 'PERSONAL-LOAN', '', 7, undefined])('for the product %p is refused', (product) => {
    expect(errorsOf(sentWith('product', product))).toEqual({
      product: 'must be "personal-loan", "auto-loan", "credit-line": no other is offered',
    });
  });

  test('without a consent to pull a report is refused, and told to ask for it', () => {
    expect(errorsOf(sentWith('consents', []))['consents']).toMatch(/^has no BUREAU_PULL: .*ask for it/);
    const esign = { kind: 'ESIGN', textVersion: '2026-11', givenAt: '2026-01-05T11:59:00Z' };
    expect(errorsOf(sentWith('consents', [esign]))['consents']).toMatch(/^has no BUREAU_PULL/);
    expect(errorsOf(sentWith('consents', undefined))).toEqual({ consents: 'is missing: send it' });
  });

  test.each([
    'short',
    `a${'b'.repeat(64)}`,
    'has a space',
    '../../etc',
    'x-900-01-0000',
    '900010000',
    'id_900_01_0000_x',
    'id900550000x',
    'a900-55-0000b',
    // Names of executions, and ledgers of the system.
    'application--2',
    'application--r1',
    'control-policies',
  ])('with the id %p is refused', (id) => {
    expect(Object.keys(errorsOf(sentWith('applicationId', id)))).toEqual(['applicationId']);
  });

  test.each(['01900550000a7b3c9d2e4f6a8b0c1d2e', '3f900550-0001-4abc-9def-a123456789bc', '01KAQ123456789ABCDEFGHJKMN'])(
    'may have the UUID or ULID %p as its id, whatever digits it drew',
    (id) => {
      expect(parseSubmission(sentWith('applicationId', id)).ok).toBe(true);
    },
  );

  test.each(['firstName', 'lastName'])('has a %s of letters that can be seen', (field) => {
    for (const value of ['Zol\u200Btan', 'Zol\u00ADtan', '\uFEFFZoltan\u200D', 'Zol\u3164tan']) {
      expect(errorsOf(sentWith(`applicant.${field}`, value))).toEqual({
        [`applicant.${field}`]:
          'has an invisible character (zero-width, soft hyphen or joiner): send the visible letters alone',
      });
    }
    for (const value of ['.', '-', '123']) {
      expect(errorsOf(sentWith(`applicant.${field}`, value))).toEqual({
        [`applicant.${field}`]: 'has no letter: send the name as it is written',
      });
    }
    for (const value of ["O'Quill-Vane", 'Zoë', '\u674E', 'J. R.'])
      expect(parseSubmission(sentWith(`applicant.${field}`, value)).ok).toBe(true);
  });

  test('with several faults is told them all at once, in the order of their paths', () => {
    const parsed = parseSubmission({
      ...submissionOf(),
      request: { amountCents: 15_000, termMonths: 7 },
      applicant: { ...submissionOf().applicant, dateOfBirth: '2025-02-29', ssn: '12' },
      extra: 1,
    });
    expect(parsed).toMatchObject({
      ok: false,
      errors: [
        { path: 'applicant.dateOfBirth' },
        { path: 'applicant.ssn' },
        { path: 'extra' },
        { path: 'request.amountCents' },
        { path: 'request.purpose' },
        { path: 'request.termMonths' },
      ],
    });
  });

  test.each(['2025-02-29', '1899-12-31', '28-02-1990', '1990-2-8', '1990-02-30', '1990-02-28T00:00:00Z'])(
    'with the date of birth %p is refused',
    (birth) => {
      expect(Object.keys(errorsOf(sentWith('applicant.dateOfBirth', birth)))).toEqual(['applicant.dateOfBirth']);
    },
  );

  test.each([
    ['a new line', 'Zo\në'],
    ['an escape', 'Zo\u001B[2Jë'],
    ['a zero byte', 'Zo\0ë'],
    ['a line separator', 'Zo\u2028ë'],
    ['a direction override', 'Zo\u202Eë'],
    ['half a surrogate pair', 'Zo\ud800'],
  ])('with %s in a name is refused', (_, name) => {
    expect(errorsOf(sentWith('applicant.firstName', name))).toEqual({
      'applicant.firstName': 'has a control character: send plain text',
    });
  });

  test.each(['Nguyễn', 'O’Brien-Smith', '山田', 'José María', "D'Angelo Jr."])('takes the name %p', (name) => {
    expect(errorsOf(sentWith('applicant.firstName', name))).toEqual({});
  });

  test('with ten million characters in a field is told its limit', () => {
    expect(errorsOf(sentWith('applicant.lastName', 'x'.repeat(1e7)))).toEqual({
      'applicant.lastName': 'is longer than 60 characters',
    });
  });

  test('nested ten thousand deep is refused', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(1e4)}1${'}'.repeat(1e4)}`);
    expect(Object.keys(errorsOf(sentWith('income', deep)))).toContain('income.a');
    expect(Object.keys(errorsOf(deep))).toContain('a');
  });

  test('cannot reach a prototype', () => {
    const text = JSON.stringify(submissionOf());
    const sent: unknown = JSON.parse(`{"__proto__":{"polluted":true},"constructor":1,${text.slice(1)}`);
    expect(Object.keys(errorsOf(sent))).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([undefined, null, 7, 'text', [], true])('that is %p is refused as no object', (value) => {
    expect(errorsOf(value)).toEqual({ '': 'must be a JSON object' });
  });

  test.each(PATHS)('with a value of a wrong type at %s is refused there', (path) => {
    const of = valueAt(path);
    for (const wrong of [true, [[]], typeof of === 'string' ? 7 : 'text', typeof of === 'object' ? 7 : {}]) {
      expect(Object.keys(errorsOf(sentWith(path, wrong))).some((at) => at.startsWith(path))).toBe(true);
    }
  });

  test('is read without a throw whatever it is, and every error names a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), fc.anything({ withNullPrototype: true }), (path, value) => {
        const parsed = parseSubmission(sentWith(path, value));
        if (!parsed.ok) {
          expect(parsed.errors.length).toBeGreaterThan(0);
          for (const { message } of parsed.errors) expect(message).toMatch(/^(is|must|has|may) ?\S/);
        }
      }),
    );
  });

  test('is never repeated in a message: no value sent is found in one', () => {
    const marker = fc
      .string({ minLength: 6, maxLength: 12, unit: fc.constantFrom('Q', 'X', 'Z', 'J') })
      .map((m) => `#${m}`);
    fc.assert(
      fc.property(fc.subarray(TEXTS, { minLength: 1 }), marker, (fields, value) => {
        let sent: unknown = submissionOf();
        for (const path of fields) {
          const copy = structuredClone(sent) as Record<string, unknown>;
          let inner = copy;
          for (const key of path.split('.').slice(0, -1)) inner = inner[key] as Record<string, unknown>;
          inner[path.split('.').at(-1)!] = value;
          sent = copy;
        }
        expect(JSON.stringify(errorsOf(sent))).not.toContain(value);
        // As the name of a field too, and where an object belongs.
        expect(JSON.stringify(errorsOf({ ...(sent as object), [value]: value, applicant: value }))).not.toContain(
          value,
        );
      }),
    );
  });
});

describe('an application, split from the identity', () => {
  test('names nobody, and keeps the state of residence alone', () => {
    const split = splitSubmission(submissionOf(), 'f'.repeat(64), textsOf(LENDER.consentTexts, {}));
    expect(split.application.consents[0]?.text).toMatch(/^I authorize/);
    expect(application.parse(split.application)).toEqual(split.application);
    const text = JSON.stringify(split.application);
    for (const path of TEXTS.filter((each) => each.startsWith('applicant.') && !each.endsWith('.state'))) {
      expect(text).not.toContain(valueAt(path));
    }
    expect(split.application.residence).toEqual({ state: 'IL' });
    expect(split.identity).toEqual(submissionOf().applicant);
  });

  test('says the same for a part that is left out and for one that is null', () => {
    const { income: _, ...without } = submissionOf();
    expect(parseSubmission(without)).toEqual(parseSubmission({ ...without, income: null }));
  });
});
