import * as z from 'zod';

/** What a rule that fires asks for. Precedence between rules: HOLD, NOT_OFFERED, DECLINE, REFER. */
export const ruleAction = z.enum(['HOLD', 'NOT_OFFERED', 'DECLINE', 'REFER']);
export type RuleAction = z.infer<typeof ruleAction>;

/**
 * PASSED: evaluated, did not fire. FIRED. CLEARED: fired, but a person cleared it. MISSING: could not be evaluated, so a
 * person looks at the application.
 */
export const ruleResult = z.enum(['PASSED', 'FIRED', 'CLEARED', 'MISSING']);

export const ruleOutcome = z.strictObject({
  id: z.string(),
  action: ruleAction,
  result: ruleResult,
  /** Codes of domain/reasons/catalogue.ts that the rule stands for; empty where it cannot lead to an adverse action. */
  reasons: z.array(z.string()),
});
export type RuleOutcome = z.infer<typeof ruleOutcome>;

/** One set of terms that can be accepted. Money in cents, rates in basis points, the APR disclosed at two decimals. */
export const offer = z.strictObject({
  amountCents: z.int().positive(),
  termMonths: z.int().positive(),
  annualRateBasisPoints: z.int().nonnegative(),
  originationFeeCents: z.int().nonnegative(),
  amountFinancedCents: z.int().positive(),
  paymentCents: z.int().positive(),
  finalPaymentCents: z.int().positive(),
  financeChargeCents: z.int().nonnegative(),
  totalOfPaymentsCents: z.int().positive(),
  /** Annual percentage rate, percent, as disclosed: `21.97`. */
  apr: z.string(),
  /** The limit that kept the amount where it is; `REQUESTED` when it is what was asked for. */
  boundBy: z.string(),
});
export type Offer = z.infer<typeof offer>;

export const policyResult = z.strictObject({
  schemaVersion: z.literal(1),
  policy: z.strictObject({ id: z.string(), version: z.string() }),
  stage: z.enum(['PRE_BUREAU', 'FULL']),
  outcome: z.enum(['PROCEED', 'APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']),
  rules: z.array(ruleOutcome),
  /** Named intermediate values, integers in the unit that the name says; null when they could not be derived. */
  derived: z.record(z.string(), z.int().nullable()),
  /** What could be offered, nearest to the request first; also where a person decides. */
  offers: z.array(offer),
  /** Principal reasons of a decline or counteroffer, most important first, at most four. */
  reasons: z.array(z.string()).max(4),
  /** What must be verified before funds go out. */
  conditions: z.array(z.string()),
});
export type PolicyResult = z.infer<typeof policyResult>;

export interface Rule<Input> {
  readonly id: string;
  readonly action: RuleAction;
  readonly reasons: (input: Input) => readonly string[];
  /** Undefined when what it reads is missing. */
  readonly fires: (input: Input) => boolean | undefined;
}

/**
 * Evaluates every rule: order carries no meaning. A person may have cleared a hold or, where nothing else was known yet, a
 * referral; nobody clears a refusal.
 */
export function evaluateRules<Input>(
  rules: readonly Rule<Input>[],
  input: Input,
  cleared: ReadonlySet<string>,
): RuleOutcome[] {
  return rules.map((rule) => {
    const fires = rule.fires(input);
    const result =
      fires === undefined
        ? 'MISSING'
        : !fires
          ? 'PASSED'
          : (rule.action === 'HOLD' || rule.action === 'REFER') && cleared.has(rule.id)
            ? 'CLEARED'
            : 'FIRED';
    return { id: rule.id, action: rule.action, result, reasons: fires === true ? [...rule.reasons(input)] : [] };
  });
}

/**
 * The strictest of what the rules ask for; undefined when all passed. The law's "not offered" goes before a decline
 * (12 CFR 1002.2(c)(3)). A rule that could not be evaluated asks for a person, whatever its action.
 */
export function strictest(rules: readonly RuleOutcome[]): RuleAction | undefined {
  const asked = new Set(
    rules
      .filter(({ result }) => result === 'FIRED' || result === 'MISSING')
      .map((rule) => (rule.result === 'MISSING' ? 'REFER' : rule.action)),
  );
  // A decline may not rest on a file in which something could not be evaluated as a hold.
  const holdMissing = rules.some(({ action, result }) => action === 'HOLD' && result === 'MISSING');
  if (asked.has('HOLD')) return 'HOLD';
  if (holdMissing) return 'REFER';
  return (['NOT_OFFERED', 'DECLINE', 'REFER'] as const).find((action) => asked.has(action));
}
