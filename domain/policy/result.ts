import { GROUNDS, type Ground } from '@underwright/policy-compiler/module';
import * as z from 'zod';

import { FILE_FACTS } from '../features/changes.ts';
import { digest } from '../ledger/digest.ts';
import { LENDER_TYPES } from '../pricing/rate-caps.ts';
import { MAX_REASONS } from '../reasons/catalogue.ts';

/** What a rule that fires asks for. Precedence between rules: HOLD, NOT_OFFERED, DECLINE, REFER. */
const ruleAction = z.enum(['HOLD', 'NOT_OFFERED', 'DECLINE', 'REFER']);
export type RuleAction = z.infer<typeof ruleAction>;

/**
 * PASSED: evaluated, did not fire. FIRED. CLEARED: fired, but a person cleared it. MISSING: could not be evaluated, so a
 * person looks at the application. MISSING_PASSED, MISSING_FIRED: what it reads is missing, and the policy says it is taken
 * as passed or as fired.
 */
const ruleResult = z.enum(['PASSED', 'FIRED', 'CLEARED', 'MISSING', 'MISSING_PASSED', 'MISSING_FIRED']);

const ruleOutcome = z.strictObject({
  id: z.string(),
  action: ruleAction,
  result: ruleResult,
  /** Codes of domain/reasons/catalogue.ts that the rule stands for, of NOT_OFFERED its ground; none if it did not fire. */
  reasons: z.array(z.string()),
});
export type RuleOutcome = z.infer<typeof ruleOutcome>;

/** Digest of an offer's other fields, 16 hexadecimal digits: what an acceptance names. */
export const offerIdSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, 'must be 16 lower-case hexadecimal digits, as the decision names it');

const offered = {
  offerId: offerIdSchema,
  /** The creditor's local date until which it can be accepted. */
  expiresOn: z.string(),
  annualRateBasisPoints: z.int().nonnegative(),
  /** Annual percentage rate, percent, as disclosed: `21.97`. */
  apr: z.string(),
  /** Military annual percentage rate, percent: with every charge that 32 CFR 232.4(c) counts. */
  mapr: z.string(),
  /** The limit that kept the amount where it is; `REQUESTED` when it is what was asked for. */
  boundBy: z.string(),
};

/** Terms of a loan. Money in cents, rates in basis points. */
export const loanOffer = z.strictObject({
  kind: z.literal('LOAN'),
  amountCents: z.int().positive(),
  termMonths: z.int().positive(),
  originationFeeCents: z.int().nonnegative(),
  amountFinancedCents: z.int().positive(),
  paymentCents: z.int().positive(),
  finalPaymentCents: z.int().positive(),
  financeChargeCents: z.int().nonnegative(),
  totalOfPaymentsCents: z.int().positive(),
  ...offered,
});
export type LoanOffer = z.infer<typeof loanOffer>;

/** Terms of a line of credit with a subscription, priced as if all of it were drawn at once and repaid by the next payday. */
export const lineOffer = z.strictObject({
  kind: z.literal('LINE'),
  limitCents: z.int().positive(),
  plan: z.string(),
  /** Of a month, the same for every limit. */
  subscriptionFeeCents: z.int().nonnegative(),
  /** How the fee counts under Regulation Z: see domain/pricing/participation-fee.ts. */
  feeTreatment: z.enum(['PARTICIPATION_FEE', 'FINANCE_CHARGE']),
  drawDays: z.int().positive(),
  totalCostCents: z.int().nonnegative(),
  /** All charges of the example draw as a yearly rate, percent. */
  allInRate: z.string(),
  costInWords: z.string(),
  ...offered,
});
export type LineOffer = z.infer<typeof lineOffer>;

/** One set of terms that can be accepted. */
export const offer = z.discriminatedUnion('kind', [loanOffer, lineOffer]);
export type Offer = z.infer<typeof offer>;

/** What bound an amount at a term, with every limit that was computed. */
const constraint = z.strictObject({
  /** Null for a line. */
  termMonths: z.int().positive().nullable(),
  boundBy: z.string(),
  candidates: z.array(z.strictObject({ limit: z.string(), amountCents: z.int() })),
  /** State rate caps that were held against the price. */
  rateCaps: z.array(z.strictObject({ capId: z.string(), result: z.string() })),
});
export type Constraint = z.infer<typeof constraint>;

/** A fact that an applicant can change: of the request, or of the credit file. */
const CHANGEABLE = ['AMOUNT', 'TERM', ...FILE_FACTS] as const;

/**
 * Alternatives, each a set of changes with which the same policy and model would have decided better. Money in cents, terms in
 * months, utilisation in percent, others are counts.
 */
export const wouldHelp = z.array(
  z
    .array(
      z.strictObject({
        fact: z.enum(CHANGEABLE),
        unit: z.enum(['CENTS', 'MONTHS', 'PERCENT', 'COUNT']),
        from: z.number(),
        to: z.number(),
      }),
    )
    .min(1),
);
export type WouldHelp = z.infer<typeof wouldHelp>;

export const policyResult = z.strictObject({
  schemaVersion: z.literal(1),
  policy: z.strictObject({
    id: z.string(),
    version: z.string(),
    /** SHA-256 of the compiled module, and of the text that it was compiled from. */
    digest: z.string(),
    sourceDigest: z.string(),
  }),
  stage: z.enum(['PRE_BUREAU', 'FULL']),
  outcome: z.enum(['PROCEED', 'APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']),
  rules: z.array(ruleOutcome),
  /** Named values of the policy, in the unit that its text gives; null when they could not be derived. */
  derived: z.record(z.string(), z.union([z.int(), z.boolean()]).nullable()),
  bands: z.record(z.string(), z.string().nullable()),
  tables: z.record(z.string(), z.int().nullable()),
  /** Inputs that the policy refused, never their values: any sends the application to a person. */
  invalidInputs: z.array(z.strictObject({ name: z.string(), fault: z.string() })),
  /** Tables, limits and conditions without a result that ask for a person. */
  unevaluated: z.array(z.string()),
  constraints: z.array(constraint),
  /** What could be offered, nearest to the request first; also where a person decides. */
  offers: z.array(offer),
  /** Principal reasons of a decline or counteroffer, most important first, at most four. */
  reasons: z.array(z.string()).max(MAX_REASONS),
  /** Those of them that the model gave (comment 9(b)(2)-7 to 12 CFR 1002.9). */
  modelReasons: z.array(z.string()),
  /** What must be verified before funds go out. */
  conditions: z.array(z.string()),
  /** Of an automatic decline or counteroffer. Absent where it was not computed, as in a backtest or an earlier release. */
  wouldHelp: wouldHelp.optional(),
  /** In which it was applied: a rate cap that no counsel confirmed counts in the sandbox alone. */
  mode: z.enum(['sandbox', 'production']).optional(),
  /** The lender of record for which it was applied. Absent in results that no deployed step made, or an earlier release. */
  lender: z.strictObject({ type: z.enum(LENDER_TYPES), timeZone: z.string() }).optional(),
  /** SHA-256 of the archived decision core that made the result. Absent where no deployed core did, as in a backtest. */
  core: digest.optional(),
});
export type PolicyResult = z.infer<typeof policyResult>;

/**
 * The strictest of what the rules ask for; undefined when all passed. The law's "not offered" goes before a decline
 * (12 CFR 1002.2(c)(3)). A rule that could not be evaluated asks for a person, whatever its action.
 */
export function strictest(rules: readonly RuleOutcome[]): RuleAction | undefined {
  const asked = new Set(
    rules
      .filter(({ result }) => result === 'FIRED' || result === 'MISSING_FIRED' || result === 'MISSING')
      .map((rule) => (rule.result === 'MISSING' ? 'REFER' : rule.action)),
  );
  // A decline may not rest on a file in which something could not be evaluated as a hold.
  const holdMissing = rules.some(({ action, result }) => action === 'HOLD' && result === 'MISSING');
  if (asked.has('HOLD')) return 'HOLD';
  if (holdMissing) return 'REFER';
  return (['NOT_OFFERED', 'DECLINE', 'REFER'] as const).find((action) => asked.has(action));
}

/** The ground that a rule of the policy's text gave for not offering; undefined where nothing is lent in the state. */
export function groundOf({ outcome, rules }: Pick<PolicyResult, 'outcome' | 'rules'>): Ground | undefined {
  if (outcome !== 'NOT_OFFERED') return undefined;
  const fired = rules.filter(({ action, result }) => action === 'NOT_OFFERED' && result.endsWith('FIRED'));
  const grounds = fired.map(({ reasons }) => GROUNDS.find((ground) => ground === reasons[0]));
  return grounds.includes(undefined) ? undefined : grounds[0];
}
