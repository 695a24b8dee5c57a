import { GROUNDS } from '@underwright/policy-compiler/module';
import * as z from 'zod';

import type { MissingItem, Validation } from '../application/completeness.ts';
import type { Application } from '../application/submission.ts';
import { addDays, localDate, type LocalDate } from '../calendar.ts';
import { digest } from '../ledger/digest.ts';
import { groundOf, offer, policyResult, type PolicyResult } from '../policy/result.ts';
import { comparedQuote, compareQuote, type Quoting } from '../prequalification/compare-quote.ts';
import { meetsRequest, requestedOf } from '../products/request.ts';
import { MAX_REASONS } from '../reasons/catalogue.ts';
import { OWN_WORDS } from '../reasons/reason-text.ts';
import { disclosures, disclosuresOf, type Disclosing } from './disclosures.ts';
import { review, type Review } from './review.ts';

/** Days from receipt within which the applicant must hear (12 CFR 1002.9(a)(1), (c)(1)). */
export const NOTICE_DAYS = 30;

export const decisionOutcome = z.enum(['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'INCOMPLETE', 'WITHDRAWN']);

const address = digest;

/** The one canonical record of a decision: notices and reports are made from it and from nothing else. */
export const decisionRecord = z.strictObject({
  schemaVersion: z.literal(1),
  applicationId: z.string(),
  executionArn: z.string(),
  product: z.string(),
  outcome: decisionOutcome,
  /** `POLICY`, the person who decided, or `APPLICANT` of a withdrawal. */
  decidedBy: z.string(),
  /** Who submitted the application, or had it decided again: a front end for the applicant, or a person. */
  requestedBy: z.string().optional(),
  /** Of a person's decision: the limits and the second person. Absent in records of a release without authority limits. */
  authority: z
    .strictObject({
      /** The role in which `decidedBy` acted. */
      role: z.string(),
      ...review.shape.authority.unwrap().shape,
      confirmedBy: z.string().nullable(),
      confirmedAs: z.string().nullable(),
    })
    .optional(),
  /** The amount is a line's limit, null where none was asked for; a line has no term. */
  requested: z.strictObject({ amountCents: z.int().nullable(), termMonths: z.int().nullable() }),
  /** Why nothing is offered; absent where it is that nothing is lent in the state. */
  ground: z.enum(GROUNDS).optional(),
  /** The decision that this one replaces, and why it was reopened; absent where it is the first. */
  supersedes: z
    .strictObject({ decision: address, why: z.string(), reopenedAt: z.iso.datetime(), reopenedOn: z.string() })
    .optional(),
  offers: z.array(offer),
  /** Principal reasons, most important first; where they come from. */
  reasons: z
    .array(
      z.strictObject({
        code: z.string(),
        component: z.enum(['POLICY', 'MODEL', 'JUDGMENTAL']),
        text: z.string().optional(),
      }),
    )
    .max(MAX_REASONS),
  conditions: z.array(z.string()),
  missing: z.array(z.strictObject({ path: z.string(), ask: z.string() })),
  completeBy: z.string().nullable(),
  receivedAt: z.iso.datetime(),
  receivedOn: z.string(),
  /** When the last of what the decision reads came in: the reports, or the application itself (12 CFR 1002.2(f)). */
  completedAt: z.iso.datetime().nullable(),
  completedOn: z.string().nullable(),
  decidedAt: z.iso.datetime(),
  decidedOn: z.string(),
  timeZone: z.string(),
  /** Counted from receipt, which is never later than completion, or from the reopening. */
  noticeDueOn: z.string(),
  policy: policyResult.shape.policy.nullable(),
  model: z
    .strictObject({ id: z.string(), version: z.string(), packageDigest: address, runtime: z.string() })
    .nullable(),
  /** SHA-256 of the archived decision core that made the record. Absent in golden cases, which no deployed core made. */
  core: address.optional(),
  /** The bureaus whose reports the decision rests on (15 USC 1681m(a)). */
  reportsUsed: z.array(z.strictObject({ bureau: z.string(), status: z.string(), simulated: z.boolean() })),
  /** Facts that notices disclose beside the decision. Absent in records of earlier releases. */
  disclosures: disclosures.optional(),
  /** Of an application that continues a quote: the quote beside the decision. */
  quote: comparedQuote.optional(),
  evidence: z.strictObject({
    application: address,
    /** Of an application that continues a quote. */
    quote: address.optional(),
    validation: address,
    screening: address.nullable(),
    preBureauPolicy: address.nullable(),
    reports: z.array(address),
    score: address.nullable(),
    policy: address.nullable(),
    reviews: z.array(address),
  }),
});
export type DecisionRecord = z.infer<typeof decisionRecord>;

/** What a decision is made from: the results of the steps, as they were sealed. */
export interface DecisionInputs {
  readonly executionArn: string;
  readonly decidedAt: string;
  readonly timeZone: string;
  readonly application: Application;
  readonly validation: Validation;
  /** The applicant withdrew before the decision. */
  readonly withdrawn?: boolean | undefined;
  readonly requestedBy?: string | undefined;
  readonly supersedes?: { readonly decision: string; readonly why: string; readonly reopenedAt: string } | undefined;
  readonly preBureauPolicy: PolicyResult | null;
  readonly policy: PolicyResult | null;
  readonly reviews: readonly Review[];
  readonly reports: readonly { bureau: string; status: string; simulated: boolean; receivedAt: string | null }[];
  readonly model: DecisionRecord['model'];
  readonly core?: string | undefined;
  /** Absent for records without disclosures. */
  readonly disclosing?: Disclosing | undefined;
  /** Of an application that continues a quote. */
  readonly quoting?: Quoting | undefined;
  readonly evidence: DecisionRecord['evidence'];
}

export class NothingDecided extends Error {
  override readonly name = 'NothingDecided';
}

type Determined = Pick<
  DecisionRecord,
  'outcome' | 'ground' | 'decidedBy' | 'authority' | 'offers' | 'reasons' | 'conditions' | 'policy'
> & {
  readonly missing: readonly MissingItem[];
};

/**
 * Makes the record and holds it against its shape.
 * @throws NothingDecided as `recordOf`
 */
export function decide(inputs: DecisionInputs): DecisionRecord {
  return decisionRecord.parse(recordOf(inputs));
}

/**
 * Makes the record. A withdrawal comes before everything else. The newest review decides if it approves or declines; else the
 * full policy, else the policy before the bureau, else the completeness of the application.
 * @throws NothingDecided when none of them came to an outcome.
 */
export function recordOf(inputs: DecisionInputs): DecisionRecord {
  const { application, validation, timeZone, decidedAt, disclosing } = inputs;
  const { missing, ...determined } = determine(inputs);
  const completedAt = completion(inputs);
  const supersedes = inputs.supersedes && {
    ...inputs.supersedes,
    reopenedOn: localDate(inputs.supersedes.reopenedAt, timeZone),
  };
  // A withdrawal rests on no report.
  const reports = inputs.withdrawn ? [] : inputs.reports;
  const reportsUsed = reports.map(({ bureau, status, simulated }) => ({ bureau, status, simulated }));
  const decided = { ...determined, timeZone, reportsUsed, wouldHelp: inputs.policy?.wouldHelp ?? [] };
  const decidedOn = localDate(decidedAt, timeZone);
  return {
    schemaVersion: 1,
    applicationId: application.applicationId,
    executionArn: inputs.executionArn,
    product: application.product,
    ...determined,
    ...(inputs.requestedBy !== undefined && { requestedBy: inputs.requestedBy }),
    ...(supersedes && { supersedes }),
    requested: requestedOf(application),
    missing: [...missing],
    completeBy: determined.outcome === 'INCOMPLETE' ? validation.completeBy : null,
    receivedAt: validation.receivedAt,
    receivedOn: validation.receivedOn,
    completedAt,
    completedOn: completedAt && localDate(completedAt, timeZone),
    decidedAt,
    decidedOn,
    timeZone,
    noticeDueOn: addDays(supersedes?.reopenedOn ?? validation.receivedOn, NOTICE_DAYS),
    model: inputs.model,
    ...(inputs.core !== undefined && { core: inputs.core }),
    reportsUsed,
    ...(disclosing && !inputs.withdrawn && { disclosures: disclosuresOf(disclosing, decided) }),
    ...quoteBeside(inputs, { ...determined, decidedOn }),
    evidence: inputs.evidence,
  };
}

/** The quote that the application continues, compared with what was determined. */
function quoteBeside(
  { quoting, application, model }: DecisionInputs,
  determined: Omit<Determined, 'missing'> & { readonly decidedOn: LocalDate },
): Pick<DecisionRecord, 'quote'> {
  const quote = quoting && compareQuote(quoting, application, { ...determined, model });
  return quote ? { quote } : {};
}

function determine(inputs: DecisionInputs): Determined {
  const { validation, preBureauPolicy, policy, reviews } = inputs;
  const used = policy ?? preBureauPolicy;
  const base: Undetermined = {
    offers: [],
    reasons: [],
    conditions: used?.conditions ?? [],
    policy: used?.policy ?? null,
    missing: [],
  };
  if (inputs.withdrawn) return { ...base, outcome: 'WITHDRAWN', decidedBy: APPLICANT, conditions: [] };
  if (validation.status === 'INCOMPLETE') {
    return { ...base, outcome: 'INCOMPLETE', decidedBy: 'POLICY', missing: validation.missing };
  }
  const determined = determinedByReview(base, reviews.at(-1), inputs.application) ?? determinedByPolicy(base, used);
  // Only an offer has conditions that are met before its money goes out.
  return determined.offers.length > 0 ? determined : { ...determined, conditions: [] };
}

/** Who decided where the applicant withdrew. */
const APPLICANT = 'APPLICANT';

type Undetermined = Omit<Determined, 'outcome' | 'ground' | 'decidedBy' | 'authority'>;

/** @returns undefined unless the review decides: it approves an offer, or declines. */
function determinedByReview(
  base: Undetermined,
  review: Review | undefined,
  application: Application,
): Determined | undefined {
  if (!review) return undefined;
  const own = review.ownReason === undefined ? [] : [{ code: OWN_WORDS, text: review.ownReason }];
  const reasons = [...review.reasons.map((code) => ({ code })), ...own].map((reason) => ({
    ...reason,
    component: 'JUDGMENTAL' as const,
  }));
  const authority = authorityIn(review);
  if (review.action === 'APPROVE' && review.offer) {
    const asRequested = meetsRequest(review.offer, application);
    return {
      ...base,
      outcome: asRequested ? 'APPROVE' : 'COUNTEROFFER',
      decidedBy: review.by,
      ...authority,
      offers: [review.offer],
      reasons: asRequested ? [] : reasons,
    };
  }
  return review.action === 'DECLINE'
    ? { ...base, outcome: 'DECLINE', decidedBy: review.by, ...authority, reasons }
    : undefined;
}

/** Who decided, in which role, who confirmed it and beyond which limits. */
export function decidedByInWords({ decidedBy, authority }: Pick<DecisionRecord, 'decidedBy' | 'authority'>): string {
  if (decidedBy === 'POLICY') return 'the policy';
  if (decidedBy === APPLICANT) return 'the applicant';
  if (!authority) return decidedBy;
  const { role, second, confirmedBy, confirmedAs } = authority;
  const confirmed =
    confirmedBy === null ? '' : `, confirmed by ${confirmedBy} as ${confirmedAs} (${second.join(', ')})`;
  return `${decidedBy} as ${role}${confirmed}`;
}

function authorityIn({ role, authority, confirmation }: Review): Pick<DecisionRecord, 'authority'> {
  if (!authority || role === undefined) return {};
  const confirmed = { confirmedBy: confirmation?.by ?? null, confirmedAs: confirmation?.role ?? null };
  return { authority: { role, ...authority, ...confirmed } };
}

/** @throws NothingDecided when the policy came to no outcome that decides. */
function determinedByPolicy(base: Undetermined, used: PolicyResult | null): Determined {
  const outcome = used && DECIDING.find((each) => each === used.outcome);
  if (!used || !outcome) {
    throw new NothingDecided(
      'No step came to an outcome that can be recorded: an operator must send the application on.',
    );
  }
  const ground = groundOf(used);
  return {
    ...base,
    outcome,
    ...(ground && { ground }),
    decidedBy: 'POLICY',
    offers: used.offers,
    reasons: used.reasons.map((code) => ({
      code,
      component: used.modelReasons.includes(code) ? 'MODEL' : 'POLICY',
    })),
  };
}

/** Outcomes of a policy that a decision can have without a person. */
const DECIDING = ['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED'] as const;

function completion({ validation, reports }: DecisionInputs): string | null {
  if (validation.status === 'INCOMPLETE') return null;
  return reports.reduce(
    (latest, { receivedAt }) => (receivedAt && receivedAt > latest ? receivedAt : latest),
    validation.receivedAt,
  );
}
