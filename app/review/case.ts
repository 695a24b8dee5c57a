import type { Evidence } from '../../adapters/ports.ts';
import type { Application } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../../domain/ledger/events.ts';
import { applicationIn, ofNewestExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import type { Offer, PolicyResult } from '../../domain/policy/result.ts';
import { productOf } from '../../domain/products/index.ts';
import { policyRateAt } from '../../domain/products/policy-rate.ts';
import type { CreditFile, PolicyInForce } from '../../domain/products/product.ts';
import { termsOf } from '../../domain/products/request.ts';
import { openedTask, policyBehind } from '../../domain/projections/task.ts';
import { lenderFailures, supportedReasons, type SupportedReason } from '../../domain/reasons/supported-reasons.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import { COMPILED_POLICIES } from '../governance/policies.ts';
import { readApplication, readEvidence } from '../workflow/read-evidence.ts';

/** What a reviewer decides on, from the sealed evidence of the newest execution. */
export interface ReviewedCase {
  readonly application: Application;
  /** The result that put the case before a person; null where an operator referred it after a failure. */
  readonly policy: PolicyResult | null;
  /** What the full policy was applied to; null where it could not be evaluated, or where another release has it. */
  readonly file: CreditFile | null;
  /** What failed before an operator referred it. */
  readonly failure: Failure | null;
  /** The reasons that a decline or a counteroffer may state. */
  readonly supported: readonly SupportedReason[];
  /** The lender's own failures behind the case: no decline rests on them. */
  readonly lenderFailures: readonly string[];
}

interface Failure {
  readonly state: string;
  readonly error: string;
}

interface CasePorts {
  readonly evidence: Evidence;
  readonly lending: LendingSettings;
}

/**
 * Reads the case of a task.
 * @param all entries of the application.
 * @param task the entry that opened it, and what failed before. @default the task that waits, by the ledger
 * @returns undefined where the task is none of a reviewer.
 */
export async function readCase(
  ports: CasePorts,
  all: readonly LedgerEntry[],
  task: { readonly opened: LedgerEntry | undefined; readonly failure?: Failure | null } = { opened: openedTask(all) },
): Promise<ReviewedCase | undefined> {
  const { opened } = task;
  if (opened?.type !== 'REVIEW_AWAITED') return undefined;
  const { applicationId } = opened;
  const before = all.filter(({ sequence }) => sequence < opened.sequence);
  const sent = applicationIn(before);
  if (!sent) return undefined;
  const entries = ofNewestExecution(before);
  const behind = policyBehind(entries, opened);
  const application = await readApplication(ports.evidence, { applicationId, digest: sent.address });
  const policy = behind === undefined ? null : await readEvidence(ports.evidence, applicationId, 'policy', behind);
  const failure = task.failure === undefined && !policy ? failureIn(entries) : (task.failure ?? null);
  const scoring = policy?.stage === 'FULL' ? await newest(ports, entries, 'APPLICATION_SCORED', 'score') : null;
  const file = await creditFile(ports, entries, { application, policy, scoring });
  const bound = policy && file ? boundReasons(ports, policy, file) : [];
  return {
    application,
    policy,
    file,
    failure,
    supported: supportedReasons({ policy, bound, score: scoring?.result ?? null }),
    lenderFailures: lenderFailures(policy, failure),
  };
}

/** The compiled policy of a result; undefined where another release has it. */
export function policyOf({ policy }: Pick<PolicyResult, 'policy'>): PolicyInForce | undefined {
  return Object.values<readonly PolicyInForce[]>(COMPILED_POLICIES)
    .flat()
    .find(({ digest }) => digest === policy.digest);
}

function failureIn(entries: readonly LedgerEntry[]): Failure | null {
  const stopped = entries.findLast(({ type }) => type === 'ATTENTION_NEEDED');
  if (!stopped) return null;
  const { failedState, error } = readBody(stopped, 'ATTENTION_NEEDED').facts as { failedState: string; error: string };
  return { state: failedState, error };
}

/** The policy's rate for the terms of an approval, in basis points; null where it has none, and of another decision. */
export function policyRate({ policy, file }: ReviewedCase, offer: Offer | null): number | null {
  const module = policy && policyOf(policy)?.module;
  return module && file && offer ? policyRateAt(file, module, termsOf(offer)) : null;
}

/** Prices the recorded file once more, because a result that refers the case does not state what bound its offers. */
function boundReasons({ lending }: CasePorts, policy: PolicyResult, file: CreditFile): readonly string[] {
  const module = policyOf(policy)?.module;
  return module ? productOf(file.application).price(file, module, policy.mode ?? lending.mode).reasons : [];
}

/** What the full policy was applied to, from the sealed evidence. */
async function creditFile(
  ports: CasePorts,
  entries: readonly LedgerEntry[],
  { application, policy, scoring }: Pick<ReviewedCase, 'application' | 'policy'> & { scoring: Scoring | null },
): Promise<CreditFile | null> {
  const applied = entries.findLast(({ type }) => type === 'POLICY_APPLIED');
  if (!policy || !policyOf(policy) || !applied || policy.stage !== 'FULL' || policy.invalidInputs.length > 0)
    return null;
  const screening = await newest(ports, entries, 'APPLICANTS_SCREENED', 'screening');
  const pulled = entries.findLast(({ type }) => type === 'BUREAU_REPORT_PULLED');
  const report = pulled ? await newest(ports, entries, 'BUREAU_REPORT_PULLED', 'bureau-report') : null;
  if (!screening || !pulled) return null;
  const { lender } = ports.lending;
  return {
    application,
    screening,
    lender: policy.lender ?? lender,
    asOf: localDate(applied.occurredAt, lender.timeZone),
    status: readBody(pulled, 'BUREAU_REPORT_PULLED').output['status'] as 'HIT',
    report,
    scoring,
  };
}

/** Opens the newest sealed object of a kind that an entry of a type names; null where there is none. */
async function newest<Kind extends 'score' | 'screening' | 'bureau-report'>(
  { evidence }: CasePorts,
  entries: readonly LedgerEntry[],
  type: LedgerEntry['type'],
  kind: Kind,
) {
  const entry = entries.findLast((each) => each.type === type);
  const address = entry && evidenceNamedBy(entry).find((each) => each.kind === kind)?.address;
  return entry && address !== undefined ? readEvidence(evidence, entry.applicationId, kind, address) : null;
}
