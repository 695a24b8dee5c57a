import { HOLD_IDENTITY } from '../../domain/access/hold-identity.ts';
import { CASE_EVENTS } from '../../domain/casework/case.ts';
import { declarationsIn, hasDeclared } from '../../domain/casework/conflict.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { NotNamed } from './rests-on.ts';

/** Acts in which their actor has a part. */
const OWN_ACTS = new Set([
  ...CASE_EVENTS,
  'REVIEW_DRAFTED',
  'ATTENTION_COMPLETED',
  'CONDITION_CLEARED',
  'CONDITION_CONTRADICTED',
]);

/** The people who have a part in an application by an entry. A rejected draft decides nothing, so its reviewer has none. */
function peopleIn(entry: LedgerEntry): string[] {
  const { type, actor } = entry;
  if (type === 'CASE_CLAIMED') return [actor, readBody(entry, type).holder];
  if (OWN_ACTS.has(type)) return [actor];
  if (type === 'REVIEW_COMPLETED') {
    const { action, draftedBy } = readBody(entry, type);
    return draftedBy === undefined || action === 'REJECT' ? [actor] : [actor, draftedBy];
  }
  return type === 'PERSONAL_DATA_READ' && readBody(entry, type).kinds.includes(HOLD_IDENTITY) ? [actor] : [];
}

/**
 * A person has no part in an application after declaring a conflict of interest with it. An act that was under way when the
 * declaration was recorded may not have known it.
 * @param before the entries before the act. @throws NotNamed
 */
export function requireNoConflict(entry: LedgerEntry, before: readonly LedgerEntry[]): void {
  const underWay = new Date(Date.parse(entry.occurredAt) - MAX_CLOCK_SKEW_MS).toISOString();
  const known = declarationsIn(before).filter(({ recordedAt }) => recordedAt < underWay);
  if (peopleIn(entry).some((person) => hasDeclared(known, person))) {
    throw new NotNamed('A person acts after declaring a conflict of interest with the application.');
  }
}
