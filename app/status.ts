import type { Evidence } from '../adapters/ports.ts';
import type { LocalDate } from '../domain/calendar.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import { noticeClocks } from '../domain/notices/clock.ts';
import { openDraft, policyBehind } from '../domain/projections/task.ts';
import { statusOf } from '../domain/status.ts';
import { readEvidence } from './workflow/read-evidence.ts';

/**
 * Returns why an application waits for a person: the rules that refer or hold it, the state and error that stopped it, or
 * the end of its execution. Empty where nothing waits.
 */
export async function reasonsToWait(
  evidence: Evidence,
  applicationId: string,
  all: readonly LedgerEntry[],
): Promise<string[]> {
  const { waiting } = statusOf(all) ?? {};
  if (!waiting) return [];
  const { kind, entry: opened } = waiting;
  if (kind === 'ENDED') {
    const { status } = readBody(opened, 'HISTORY_ARCHIVED');
    return [`its execution ended (${status}): redrive it`];
  }
  const entries = ofNewestExecution(all);
  const policy = opened.type === 'REVIEW_AWAITED' ? policyBehind(entries, opened) : undefined;
  if (!policy) {
    // What stopped it, also where an operator has referred it since.
    const stopped = entries.findLast(({ type }) => type === 'ATTENTION_NEEDED');
    if (!stopped) return ['referred by an operator'];
    const { failedState, error } = readBody(stopped, 'ATTENTION_NEEDED').facts;
    return [`${failedState as string}: ${error as string}`];
  }
  const draft = openDraft(all);
  const second = draft && readBody(draft, 'REVIEW_DRAFTED');
  const confirmation = second ? [`a second person for ${second.action} (${second.second.join(', ')})`] : [];
  const { rules } = await readEvidence(evidence, applicationId, 'policy', policy);
  const fired = rules.filter(({ result }) => result === 'FIRED');
  const holds = fired.filter(({ action }) => action === 'HOLD');
  const asking = holds.length > 0 ? holds : fired.filter(({ action }) => action === 'REFER');
  const named = asking.length > 0 ? asking : rules.filter(({ result }) => result === 'MISSING');
  return [...confirmation, ...named.map(({ id }) => id)];
}

/** The address of the newest object that entries of a type name; undefined before the first. */
export function newestAddress(
  entries: readonly LedgerEntry[],
  type: 'DECISION_RECORDED' | 'NOTICES_ISSUED' | 'HISTORY_ARCHIVED',
): string | undefined {
  const newest = entries.findLast((entry) => entry.type === type);
  return newest && readBody(newest, type).evidence[0]?.address;
}

/** The last day of the notice clock of the newest decision, which may have begun before its reopening. */
export function noticeDueOn(entries: readonly LedgerEntry[], decision: DecisionRecord): LocalDate {
  return noticeClocks(entries, decision.timeZone).at(-1)?.dueOn ?? decision.noticeDueOn;
}

/** The newest decision record; undefined when none is recorded, or it is being made again. */
export async function newestDecision(
  evidence: Evidence,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<DecisionRecord | undefined> {
  const address = newestAddress(ofNewestExecution(entries), 'DECISION_RECORDED');
  return address ? readEvidence(evidence, applicationId, 'decision', address) : undefined;
}
