import type { JsonObject } from '../../domain/json.ts';
import { consentedBefore } from '../support/submissions.ts';

const CONSENTS = consentedBefore(new Date());

/** An application of the set: what is sent, and what people answer when it waits for them. */
export interface CrashCase {
  readonly name: string;
  readonly submission: JsonObject;
  /** Reviewers' commands, without application, person and instants, in the order of the reviews. @default left waiting */
  readonly reviews?: readonly JsonObject[];
  /** An operator's command when a step failed. @default left waiting */
  readonly attention?: JsonObject;
}

/** More than this many waves would give one social security number to two applications: see `ssn`. */
export const MAX_WAVES = 24;

/** The row is counted modulo 400, so each wave has numbers of its own for the same file. */
function ssn(group: string, row: number, wave: number): string {
  if (wave >= MAX_WAVES) throw new RangeError(`There are applicants for ${MAX_WAVES} waves only.`);
  return `900${group}${String(row + 400 * wave).padStart(4, '0')}`;
}

const DECLINE = (reason: string): JsonObject => ({
  action: 'DECLINE',
  note: 'Not resolved with the applicant.',
  reasons: [reason],
});
const CLEAR = (hold: string): JsonObject => ({
  action: 'CLEAR',
  note: 'Checked with the applicant: it is the same person.',
  clears: [hold],
});

interface Variant {
  readonly name: string;
  readonly ssn: readonly [group: string, row: number];
  readonly amountCents?: number;
  readonly annualGrossCents?: number | null;
  readonly lastName?: string;
  readonly firstName?: string;
  readonly state?: string;
  readonly reviews?: readonly JsonObject[];
  readonly attention?: JsonObject;
}

const VARIANTS: readonly Variant[] = [
  { name: 'approve', ssn: ['01', 0] },
  { name: 'approve-middling', ssn: ['01', 20], amountCents: 500_000 },
  { name: 'counteroffer', ssn: ['01', 5], amountCents: 3_000_000, annualGrossCents: 4_500_000 },
  { name: 'decline-file', ssn: ['01', 299] },
  { name: 'decline-score', ssn: ['01', 379] },
  { name: 'decline-income', ssn: ['01', 30], annualGrossCents: 1_000_000 },
  { name: 'not-offered', ssn: ['01', 40], state: 'NY' },
  { name: 'incomplete', ssn: ['01', 50], annualGrossCents: null },
  { name: 'refer-no-file', ssn: ['10', 0], reviews: [DECLINE('AA14')] },
  { name: 'refer-thin', ssn: ['20', 0], reviews: [DECLINE('AA15')] },
  { name: 'hold-frozen', ssn: ['30', 0], reviews: [DECLINE('AX02')] },
  { name: 'hold-mismatch', ssn: ['60', 0], reviews: [DECLINE('AX01')] },
  {
    name: 'hold-alert',
    ssn: ['70', 0],
    reviews: [
      {
        ...CLEAR('FRAUD_ALERT'),
        clearances: [{ rule: 'FRAUD_ALERT', kind: 'CONTACT', contact: 1, result: 'CONFIRMED' }],
      },
    ],
  },
  {
    name: 'hold-screening',
    ssn: ['01', 60],
    firstName: 'Zoltan',
    lastName: 'Karbunkel',
    reviews: [CLEAR('POSSIBLE_LIST_MATCH'), CLEAR('POSSIBLE_LIST_MATCH')],
  },
  { name: 'unavailable-once', ssn: ['41', 0] },
  {
    name: 'unreadable',
    ssn: ['80', 0],
    // The lender's own failure supports no decline, so the application stays with its reviewer.
    attention: { action: 'REFER', note: 'The bureau sends text for a count.' },
  },
];

/** The set, once more with applicants and ids of its own: equal waves must come to equal outcomes. */
export function crashCases(wave: number): Map<string, CrashCase> {
  return new Map(
    VARIANTS.map((variant) => {
      const { name, reviews, attention } = variant;
      const applicationId = `wave-${String(wave).padStart(2, '0')}-${name}`;
      return [
        applicationId,
        {
          name,
          submission: submissionOf(applicationId, variant, wave),
          ...(reviews && { reviews }),
          ...(attention && { attention }),
        },
      ];
    }),
  );
}

function submissionOf(applicationId: string, variant: Variant, wave: number): JsonObject {
  const { annualGrossCents = 9_000_000 } = variant;
  return {
    applicationId,
    product: 'personal-loan',
    request: { amountCents: variant.amountCents ?? 1_000_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' },
    applicant: {
      firstName: variant.firstName ?? 'Robin',
      lastName: variant.lastName ?? 'Specimen',
      dateOfBirth: '1984-02-29',
      ssn: ssn(...variant.ssn, wave),
      email: 'robin@example.com',
      address: { street: '1 Example Way', city: 'Springfield', state: variant.state ?? 'IL', zip: '62701' },
    },
    income: annualGrossCents === null ? null : { annualGrossCents },
    employment: { status: 'EMPLOYED', yearsInJob: 5 },
    housing: { status: 'RENT', monthlyPaymentCents: 120_000 },
    consents: CONSENTS,
  };
}
