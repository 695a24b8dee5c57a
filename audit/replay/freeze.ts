import type { Evidence, Ledger } from '../../adapters/ports.ts';
import { pulledReport } from '../../app/contracts.ts';
import { quotingOf } from '../../app/prequalification/continue-quote.ts';
import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import { scoredAtOf } from '../../app/workflow/record-decision.ts';
import { localDate } from '../../domain/calendar.ts';
import type { AppliedPolicy, FrozenDecision } from '../../domain/decision/replay.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';

/** What the ledger and the evidence hold does not add up to the inputs of a decision. */
export class InputsIncomplete extends Error {
  override readonly name = 'InputsIncomplete';
}

/** Where what was decided is read: records, or a decision file. */
export interface Decided {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly evidence: Pick<Evidence, 'open'>;
}

/** The entries of an application's decisions, oldest first: one, and one more for each time that it was decided again. */
export async function decisionsIn({ ledger }: Pick<Decided, 'ledger'>, applicationId: string): Promise<LedgerEntry[]> {
  return (await ledger.read(applicationId)).filter(({ type }) => type === 'DECISION_RECORDED');
}

/**
 * Gathers what a decision was made from, each piece opened and so held against its address.
 * @param decided the decision's entry.
 * @throws InputsIncomplete, EvidenceMissing, EvidenceDamaged, KeyDestroyed
 */
export async function freezeDecision({ ledger, evidence }: Decided, decided: LedgerEntry): Promise<FrozenDecision> {
  const { applicationId } = decided;
  const entries = await ledger.read(applicationId);
  const open = <Kind extends keyof EvidenceKinds>(kind: Kind, address: string) =>
    readEvidence(evidence, applicationId, kind, address);
  const openSome = <Kind extends keyof EvidenceKinds>(kind: Kind, address: string | null | undefined) =>
    address ? open(kind, address) : null;
  const decision = await open('decision', readBody(decided, 'DECISION_RECORDED').evidence[0]?.address ?? '');
  const { evidence: restsOn, timeZone } = decision;
  const before = entries.slice(0, decided.sequence);
  const entryNaming = (address: string): LedgerEntry => {
    const found = before.findLast((entry) => addressesOf(entry).includes(address));
    if (found) return found;
    throw new InputsIncomplete(`The decision of ${applicationId} rests on ${address}, which no earlier entry names.`);
  };
  const reviews: { sequence: number; review: Review }[] = [];
  for (const address of restsOn.reviews) {
    reviews.push({ sequence: entryNaming(address).sequence, review: await open('review', address) });
  }
  const applied = async (address: string | null): Promise<AppliedPolicy | null> => {
    if (!address) return null;
    const { sequence, occurredAt } = entryNaming(address);
    return {
      asOf: localDate(occurredAt, timeZone),
      cleared: clearedBefore(reviews, sequence),
      recorded: await open('policy', address),
    };
  };
  const own = ofNewestExecution(before);
  const pull = own.findLast(({ type }) => type === 'BUREAU_REPORT_PULLED');
  const pulled = pull && pulledReport.parse(readBody(pull, 'BUREAU_REPORT_PULLED').output);
  const reports = await Promise.all(
    restsOn.reports.map(async (address) => {
      const { bureau, status, simulated } = await open('bureau-report', address);
      const first = entries.find(
        (entry) => entry.type === 'BUREAU_REPORT_PULLED' && addressesOf(entry).includes(address),
      );
      return { bureau, status, simulated, receivedAt: first?.occurredAt ?? null };
    }),
  );
  return {
    schemaVersion: 1,
    // Results that do not say their mode are of one machine: see local/underwriting-process.ts.
    mode: 'sandbox',
    application: await open('application', restsOn.application),
    validation: await open('validation', restsOn.validation),
    ...(withdrawalIn(own) && { withdrawn: true }),
    ...supersededBy(own),
    screening: await openSome('screening', restsOn.screening),
    pulled: pulled ? { status: pulled.status, report: await openSome('bureau-report', pulled.evidence) } : null,
    scoring: await openSome('score', restsOn.score),
    scoredAt: scoredAtOf(before, restsOn.score),
    preBureauPolicy: await applied(restsOn.preBureauPolicy),
    policy: await applied(restsOn.policy),
    reviews: reviews.map(({ review }) => review),
    reports,
    ...(restsOn.quote !== undefined && { quoting: (await quotingOf(evidence, before, restsOn.reports))?.quoting }),
    decidedAt: decided.occurredAt,
    decision,
  };
}

function supersededBy([opening]: readonly LedgerEntry[]): Pick<FrozenDecision, 'supersedes'> {
  if (opening?.type !== 'DECISION_REOPENED') return {};
  const { why, evidence } = readBody(opening, 'DECISION_REOPENED');
  return { supersedes: { decision: evidence[0]?.address ?? '', why, reopenedAt: opening.occurredAt } };
}

const addressesOf = (entry: LedgerEntry): string[] => evidenceNamedBy(entry).map(({ address }) => address);

/** As app/review/reviews.ts has it: a new pull brings a report on which nothing is cleared yet. */
function clearedBefore(reviews: readonly { sequence: number; review: Review }[], sequence: number): string[] {
  const earlier = reviews.filter((each) => each.sequence < sequence).map(({ review }) => review);
  const lastPull = earlier.findLastIndex(({ action }) => action === 'REPULL' || action === 'TAKE_POSTED');
  return earlier.slice(lastPull + 1).flatMap(({ clears }) => clears);
}
