import { describe, expect, test } from '@jest/globals';

import { validateApplication } from '../../../domain/application/completeness.ts';
import { PERSONAL_LOAN, TERMS } from '../../../domain/application/products.ts';
import type {
  AutoLoanApplication,
  CreditLineApplication,
  PersonalLoanApplication as Application,
} from '../../../domain/application/submission.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const RECEIVED = { at: '2026-01-31T12:00:00.000Z', on: '2026-01-31' };
const validate = (changes: Partial<Application> = {}) =>
  validateApplication(applicationOf(changes), PERSONAL_LOAN, RECEIVED);
const missing = (changes: Partial<Application>) => validate(changes).missing.map(({ path }) => path);

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
    expect(missing({ income: null, employment: null, housing: null })).toEqual(['income', 'employment', 'housing']);
  });

  test('with no income at all is complete: zero is an answer', () => {
    expect(missing({ income: { annualGrossCents: 0 } })).toEqual([]);
  });

  test('needs no consent to electronic records: its notices then go by paper', () => {
    expect(validate().status).toBe('COMPLETE');
  });
});

describe('what a product asks for besides', () => {
  const missingOf = (application: Application | AutoLoanApplication | CreditLineApplication) =>
    validateApplication(application, TERMS[application.product], RECEIVED).missing.map(({ path }) => path);
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
