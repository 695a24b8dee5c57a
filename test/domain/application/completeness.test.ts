import { describe, expect, test } from '@jest/globals';

import { validateApplication } from '../../../domain/application/completeness.ts';
import { PERSONAL_LOAN, TERMS } from '../../../domain/application/products.ts';
import type {
  AutoLoanApplication,
  CreditLineApplication,
  PersonalLoanApplication as Application,
} from '../../../domain/application/submission.ts';
import { LENDER } from '../../support/lender.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const RECEIVED = { at: '2026-01-31T12:00:00.000Z', on: '2026-01-31' };
const validate = (changes: Partial<Application> = {}) =>
  validateApplication(applicationOf(changes), PERSONAL_LOAN, RECEIVED, LENDER.consentTexts);
const missing = (changes: Partial<Application>) => validate(changes).missing.map(({ path }) => path);
const [consent] = applicationOf().consents;

describe('an application', () => {
  test('with everything its product needs is complete', () => {
    expect(validate()).toEqual({
      schemaVersion: 1,
      status: 'COMPLETE',
      missing: [],
      receivedAt: '2026-01-31T12:00:00.000Z',
      receivedOn: '2026-01-31',
      completeBy: null,
    });
  });

  test.each(['income', 'employment', 'housing'] as const)('without %s is incomplete, and says until when', (part) => {
    expect(validate({ [part]: null })).toMatchObject({
      status: 'INCOMPLETE',
      missing: [{ path: part }],
      completeBy: '2026-03-02',
    });
  });

  test('that lacks everything is asked for all of it at once', () => {
    expect(missing({ income: null, employment: null, housing: null, consents: [] })).toEqual([
      'income',
      'employment',
      'housing',
      'consents',
    ]);
  });

  test('with no income at all is complete: zero is an answer', () => {
    expect(missing({ income: { annualGrossCents: 0 } })).toEqual([]);
  });

  test.each([
    ['to an older text', { ...consent!, textVersion: '2025-01' }],
    ['to another thing', { ...consent!, kind: 'ESIGN' as const }],
    ['given after it was received', { ...consent!, givenAt: '2026-01-31T12:00:00.001Z' }],
  ])('with a consent %s is asked for it', (_, given) => {
    expect(missing({ consents: [given] })).toEqual(['consents']);
  });

  test('with a consent to the text of another lender is asked for it', () => {
    const texts = { ...LENDER.consentTexts, BUREAU_PULL: '2026-12' };
    expect(validateApplication(applicationOf(), PERSONAL_LOAN, RECEIVED, texts).missing).toHaveLength(1);
  });

  test('with an old and a present consent is complete', () => {
    expect(missing({ consents: [{ ...consent!, textVersion: '2025-01' }, consent!] })).toEqual([]);
  });

  test('needs no consent to electronic records: its notices then go by paper', () => {
    expect(validate().status).toBe('COMPLETE');
  });
});

describe('what a product asks for besides', () => {
  const missingOf = (application: Application | AutoLoanApplication | CreditLineApplication) =>
    validateApplication(application, TERMS[application.product], RECEIVED, LENDER.consentTexts).missing.map(
      ({ path }) => path,
    );
  const currentLoan = { payoffCents: 2_300_000, monthlyPaymentCents: 60_000 };

  test('is nothing for a purchase, and the current loan for a refinance', () => {
    expect(missingOf(autoApplicationOf())).toEqual([]);
    expect(missingOf(autoApplicationOf({ purpose: 'REFINANCE' }))).toEqual(['request.currentLoan']);
    expect(missingOf(autoApplicationOf({ purpose: 'REFINANCE', currentLoan }))).toEqual([]);
  });

  test('is the deposits for a line', () => {
    expect(missingOf(lineApplicationOf())).toEqual([]);
    expect(missingOf(lineApplicationOf({}, { deposits: null, income: null }))).toEqual(['income', 'deposits']);
  });
});
