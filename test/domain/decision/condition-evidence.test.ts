import { describe, expect, test } from '@jest/globals';

import { textsOf } from '../../../domain/application/consents.ts';
import { splitSubmission, type Submission } from '../../../domain/application/submission.ts';
import {
  compareVerified,
  CONDITIONS,
  verification,
  verifiedBody,
  type Condition,
} from '../../../domain/decision/condition-evidence.ts';
import { CLEARABLE } from '../../../packages/policy-compiler/policy.ts';
import { LENDER } from '../../support/lender.ts';
import { autoSubmissionOf, submissionOf } from '../../support/submissions.ts';
import { verifiedOf } from '../../support/verified.ts';

const TEXTS = textsOf(LENDER.consentTexts, {});
const applicationOf = (sent: Submission) => splitSubmission(sent, 'digest', TEXTS).application;
const AUTO = autoSubmissionOf();

function contradictionsOf(condition: Condition, values: object, sent: Submission = AUTO): string[] {
  const verified = verification.parse({ ...verifiedOf(AUTO, condition), condition, ...values });
  return compareVerified(applicationOf(sent), verified).contradictions;
}

describe('A verified value', () => {
  // The applicant states $96,000.00 a year, 8 years in the job, and a vehicle of 2024 with 30,000 miles.
  test.each<[string, Condition, object, string[]]>([
    ['the stated income', 'INCOME', {}, []],
    ['an income within 5 %', 'INCOME', { annualGrossCents: 9_120_000 }, []],
    ['a higher income', 'INCOME', { annualGrossCents: 19_120_000 }, []],
    ['an income below that', 'INCOME', { annualGrossCents: 9_119_999 }, ['INCOME_BELOW_STATED']],
    ['the identity', 'IDENTITY', {}, []],
    ['another date of birth', 'IDENTITY', { dateOfBirthMatches: false }, ['DATE_OF_BIRTH_DIFFERS']],
    [
      'another name and address',
      'IDENTITY',
      { nameMatches: false, addressMatches: false },
      ['NAME_DIFFERS', 'ADDRESS_DIFFERS'],
    ],
    ['a job of one year less', 'EMPLOYMENT', { yearsInJob: 7 }, []],
    ['a shorter job', 'EMPLOYMENT', { yearsInJob: 6.9 }, ['JOB_SHORTER_THAN_STATED']],
    [
      'no job',
      'EMPLOYMENT',
      { status: 'NOT_EMPLOYED', yearsInJob: null },
      ['EMPLOYMENT_STATUS_DIFFERS', 'JOB_SHORTER_THAN_STATED'],
    ],
    ['1,000 miles more', 'TITLE', { mileage: 31_000 }, []],
    ['1,001 miles more', 'TITLE', { mileage: 31_001 }, ['MILEAGE_ABOVE_STATED']],
    [
      'an older, branded vehicle',
      'TITLE',
      { modelYear: 2020, title: 'BRANDED' },
      ['TITLE_NOT_CLEAN', 'MODEL_YEAR_DIFFERS'],
    ],
    ['a lien of another lender', 'TITLE', { title: 'OTHER_LIEN' }, ['TITLE_NOT_CLEAN']],
  ])('is compared with the application: %s', (_, condition, values, contradictions) => {
    expect(contradictionsOf(condition, values)).toEqual(contradictions);
  });

  test('clears nothing where the application states no value', () => {
    const silent = submissionOf({ income: null, employment: null });
    for (const condition of ['INCOME', 'EMPLOYMENT', 'TITLE'] as const) {
      expect(contradictionsOf(condition, {}, silent)).toEqual(['NOT_STATED']);
    }
  });

  test('has a shape for each condition, with and without the name of the condition', () => {
    for (const condition of CONDITIONS) {
      const body = verifiedOf(AUTO, condition);
      expect(verification.safeParse({ ...body, condition }).success).toBe(true);
      expect(verifiedBody.safeParse(body).success).toBe(true);
    }
  });
});

test('Each condition that a policy can name has evidence that clears it', () => {
  expect(CLEARABLE.map((name) => name.toUpperCase()).toSorted()).toEqual(CONDITIONS.toSorted());
});
