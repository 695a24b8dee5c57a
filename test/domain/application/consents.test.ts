import { describe, expect, test } from '@jest/globals';

import {
  consentFault,
  consentTexts,
  textShown,
  textsOf,
  type ConsentKind,
  type ConsentTexts,
} from '../../../domain/application/consents.ts';

const text = 'I authorize Example Lender to obtain my credit report.';
const TEXTS: ConsentTexts = {
  BUREAU_PULL: [
    { version: '2026-05', text, from: '2026-05-01T05:00:00Z', until: '2026-11-01T05:00:00Z' },
    { version: '2026-11', text, from: '2026-11-01T05:00:00Z' },
  ],
  ESIGN: [{ version: '1.0', text, from: '2020-01-01T00:00:00Z' }],
  SOFT_PULL: [{ version: '2026-11', text, from: '2026-01-01T00:00:00Z' }],
  AUTOMATED_DECISION: [{ version: '2026-11', text, from: '2026-01-01T00:00:00Z' }],
};
const LENDER = { consentTexts: TEXTS, timeZone: 'America/Chicago' };
const NOW = '2026-11-20T12:00:00Z';
const faultOf = (textVersion: string, givenAt: string, kind: ConsentKind = 'BUREAU_PULL', at = NOW) =>
  consentFault({ kind, textVersion, givenAt }, at, { lender: LENDER, product: 'personal-loan' });

describe('A consent', () => {
  test.each([
    ['2026-11', '2026-11-20T11:59:00Z'],
    ['2026-11', '2026-11-01T05:00:00Z'],
    ['2026-05', '2026-11-01T04:59:59.999Z'],
    // The front end's clock may be five minutes ahead.
    ['2026-11', '2026-11-20T12:05:00Z'],
    // The local date is what counts: 30 days before 2026-11-20 in Chicago.
    ['2026-05', '2026-10-21T05:00:00Z'],
  ])('to %s of %s counts', (textVersion, givenAt) => {
    expect(faultOf(textVersion, givenAt)).toBeUndefined();
  });

  test.each([
    ['2019-01', '2026-11-20T11:59:00Z', 'textVersion', /^is no text of the lender: .* \(in force: 2026-11\)$/],
    ['1.0', '2026-11-20T11:59:00Z', 'textVersion', /^is no text of the lender/],
    ['2026-11', '2026-11-01T04:59:59.999Z', 'givenAt', /shown from 2026-11-01T05:00:00Z: send when/],
    ['2026-05', '2026-11-01T05:00:00Z', 'givenAt', /until 2026-11-01T05:00:00Z: send when/],
    ['2026-05', '2026-10-21T04:59:59.999Z', 'givenAt', /^is more than 30 days ago: obtain a new consent/],
    ['2026-11', '2026-11-20T12:05:00.001Z', 'givenAt', /^is after now/],
  ])('to %s of %s is refused by its %s', (textVersion, givenAt, path, message) => {
    expect(faultOf(textVersion, givenAt)).toEqual({ path, message: expect.stringMatching(message) });
  });

  test('to electronic records is not too old after years', () => {
    expect(faultOf('1.0', '2020-02-01T00:00:00Z', 'ESIGN')).toBeUndefined();
  });

  test('to a report without an inquiry is too old after the same days, and a notice that was shown is not', () => {
    expect(faultOf('2026-11', '2026-10-21T05:00:00Z', 'SOFT_PULL')).toBeUndefined();
    expect(faultOf('2026-11', '2026-10-21T04:59:59Z', 'SOFT_PULL')?.message).toMatch(/^is more than 30 days ago/);
    expect(faultOf('2026-11', '2026-02-01T00:00:00Z', 'AUTOMATED_DECISION')).toBeUndefined();
  });

  test('names no text where none is shown', () => {
    const none = { ...LENDER, consentTexts: { ...TEXTS, BUREAU_PULL: TEXTS.BUREAU_PULL.slice(0, 1) } };
    const consent = { kind: 'BUREAU_PULL', textVersion: '2026-11', givenAt: NOW } as const;
    const fault = consentFault(consent, NOW, { lender: none, product: 'auto-loan' });
    expect(fault?.message).toContain('(in force: none)');
    expect(textShown(none.consentTexts.BUREAU_PULL, NOW)).toBeUndefined();
  });
});

describe('The texts of a stage', () => {
  test.each([
    ['no version', []],
    ['one version twice', [TEXTS.ESIGN[0], TEXTS.ESIGN[0]]],
    [
      'an end before the beginning',
      [{ version: '1', text, from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }],
    ],
    ['a date without a time', [{ version: '1', text, from: '2026-01-02' }]],
    ['no words', [{ version: '1', from: '2026-01-02T00:00:00Z' }]],
    ['words too few', [{ version: '1', text: 'I agree', from: '2026-01-02T00:00:00Z' }]],
    ['words that steer', [{ version: '1', text: `${text}\u202e`, from: '2026-01-02T00:00:00Z' }]],
  ])('with %s are refused', (_, ESIGN) => {
    expect(consentTexts.safeParse({ ...TEXTS, ESIGN }).success).toBe(false);
  });

  test('that follow each other are taken', () => {
    expect(consentTexts.parse(TEXTS)).toEqual(TEXTS);
    expect(textShown(TEXTS.BUREAU_PULL, '2026-10-31T00:00:00Z')).toBe('2026-05');
  });

  test('are listed by kind, and by the instant at which they are shown', () => {
    expect(textsOf(TEXTS, {})).toHaveLength(5);
    const asked = { kind: 'BUREAU_PULL', at: '2026-10-31T00:00:00Z' } as const;
    expect(textsOf(TEXTS, asked)).toEqual([{ kind: 'BUREAU_PULL', ...TEXTS.BUREAU_PULL[0] }]);
    expect(textsOf(TEXTS, { at: '2019-01-01T00:00:00Z' })).toEqual([]);
  });
});
