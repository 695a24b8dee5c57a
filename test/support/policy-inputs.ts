import { newestPolicy } from '../../app/governance/policies.ts';
import type { CreditReport } from '../../domain/bureau/report.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import type { PolicyCall } from '../../domain/policy/apply.ts';
import type { LoanOffer, PolicyResult } from '../../domain/policy/result.ts';
import { PRODUCTS } from '../../domain/products/index.ts';
import type { CreditFile } from '../../domain/products/product.ts';
import type { GroupContribution } from '../../domain/scoring/score.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import type { Screening } from '../../domain/screening/screen.ts';
import { ATTRIBUTES } from './applicants.ts';
import { applicationOf } from './submissions.ts';

export function screeningOf(changes: Partial<Screening> = {}): Screening {
  return {
    schemaVersion: 1,
    status: 'CLEAR',
    list: { name: 'invented', version: '1', threshold: 0.92, algorithm: 'Jaro-Winkler' },
    possibleMatches: [],
    nameComparable: true,
    ofLegalAge: true,
    otherOpenApplications: 0,
    ...changes,
  };
}

export function reportOf(
  attributes: Partial<NonNullable<CreditReport['attributes']>> = {},
  changes: Partial<CreditReport> = {},
): CreditReport {
  return {
    schemaVersion: 1,
    bureau: 'simulated-bureau',
    mapping: 'underwright-simulated-1',
    status: 'HIT',
    inquiry: 'HARD',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: 'pull-0001',
    vendorReference: null,
    reportedAt: null,
    reportedOn: null,
    alerts: [],
    mismatches: [],
    attributes: {
      ...ATTRIBUTES,
      monthlyObligationsCents: 20_000,
      oldestAccountMonths: 100,
      bankruptcies: 0,
      ...attributes,
    },
    simulated: true,
    rawDigest: '0'.repeat(64),
    ...changes,
  };
}

const WORSE: readonly GroupContribution[] = [
  { group: 'ALL_UTILISATION', contributionMicros: 400_000, deficitMicros: 300_000 },
  { group: 'RECENT_INQUIRIES', contributionMicros: 200_000, deficitMicros: 100_000 },
  { group: 'BALANCE_TO_LOANS', contributionMicros: -50_000, deficitMicros: -60_000 },
];

/** Cut-offs of the scores of `scoringOf`, in parts per million. */
export const CUTOFF_PD = 71_188;
export const REFERRAL_PD = 67_000;

/** @param pdMicros probability of default in parts per million, of every amount at every term. */
export function scoringOf(pdMicros: number, contributions: readonly GroupContribution[] = WORSE): Scoring {
  const runs = [{ fromCents: 50_000, pdMicros }];
  const candidates = { stepCents: 5_000, terms: [36, 48, 60, 72, 84].map((termMonths) => ({ termMonths, runs })) };
  return {
    schemaVersion: 1,
    model: { id: 'personal-loan-default', version: '1.1.0', packageDigest: '0'.repeat(64), runtime: 'none' },
    features: {},
    faults: [],
    shiftMicros: 0,
    cutoffs: { decline: CUTOFF_PD, referral: REFERRAL_PD },
    bands: { risk: { cuts: [20_000, 30_000, 40_000, 50_000, 60_000], names: ['A', 'B', 'C', 'D', 'E', 'F'] } },
    result: {
      marginMicros: 0,
      pdMicros,
      score: 600,
      contributions: [...contributions],
      additivityErrorMicros: 0,
      candidates,
    },
  };
}

export type FullInput = PolicyCall & CreditFile;

/** A file that the policy approves as asked for, but for the changes; the product is the application's. */
export function policyInput(changes: Partial<FullInput> = {}): FullInput {
  const application = changes.application ?? applicationOf();
  return {
    product: PRODUCTS[application.product],
    policy: newestPolicy(application.product),
    mode: 'sandbox',
    lender: UNRECORDED_LENDER,
    application,
    screening: screeningOf(),
    status: 'HIT',
    report: reportOf(),
    scoring: scoringOf(10_000),
    cleared: new Set<string>(),
    asOf: '2026-01-05',
    ...changes,
  };
}

/** The offers of a loan. */
export function loansOf({ offers }: Pick<PolicyResult, 'offers'>): LoanOffer[] {
  return offers.filter((offer) => offer.kind === 'LOAN');
}
