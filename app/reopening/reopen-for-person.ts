import { contradictionOf } from '../../domain/decision/offer-state.ts';
import { settledId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { MAX_REOPENINGS } from '../../domain/ledger/execution-name.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { closedBy, reopenedBy, type Decided } from '../offers/offers.ts';
import { isSettled, startSuperseding, supersede, type SupersedePorts } from './supersede.ts';

/** Why an acceptance that the lender ended needs a person, for the reviewer. */
const NOTES = {
  EXPIRED: 'A condition of the accepted offer was open after its last day.',
  CONTRADICTED: 'What was verified contradicts the application.',
  TERMS_CHANGED: 'The terms of the accepted offer were not those of the day of booking.',
} as const;

/**
 * Reopens a decision that what was verified contradicts, or whose acceptance lapsed, so that a person decides and the applicant
 * gets notice of that decision. Does what an earlier call left undone.
 * @returns the reopening; undefined where nothing needs a person, or the execution of the decision has not ended.
 */
export async function reopenForPerson(ports: SupersedePorts, decided: Decided): Promise<LedgerEntry | undefined> {
  const { applicationId } = decided.record;
  const entries = await ports.ledger.read(applicationId);
  const due = await personDue(ports, decided, entries);
  if (!due || forgettingOf(entries).decided) return undefined;
  const earlier = await reopenedBy(ports, decided);
  if (earlier) {
    await startSuperseding(ports, earlier);
    return earlier;
  }
  const parts = byExecution(entries);
  if (!isSettled(parts.at(-1) ?? [], decided.record, decided.reference.address) || parts.length > MAX_REOPENINGS)
    return undefined;
  const now = ports.clock.now().toISOString();
  const { actor, note } = due;
  const why = 'REVIEW_REQUESTED' as const;
  const body = { number: parts.length, why, note, affectedBy: null, consent: null, evidence: [decided.reference] };
  const closed = await supersede(ports, decided, {
    now,
    makeEvent: (id) => ledgerEvent({ id, applicationId, type: 'DECISION_REOPENED', occurredAt: now, actor, body }),
  });
  if (typeof closed === 'string') return undefined;
  await startSuperseding(ports, closed);
  return closed;
}

/** Who reopens a decision for a person, and why; undefined where nothing needs one. */
async function personDue(
  ports: SupersedePorts,
  decided: Decided,
  entries: readonly LedgerEntry[],
): Promise<{ readonly actor: string; readonly note: string } | undefined> {
  const { record, reference } = decided;
  const contradiction = contradictionOf(entries, reference.address, record.conditions);
  if (contradiction) return { actor: contradiction.actor, note: NOTES.CONTRADICTED };
  const closed = await closedBy(ports, decided);
  const lapse = entries.find(({ id }) => id === settledId(reference.address));
  if (closed?.type !== 'OFFER_ACCEPTED' || lapse?.type !== 'ACCEPTANCE_LAPSED') return undefined;
  return { actor: 'system', note: NOTES[readBody(lapse, 'ACCEPTANCE_LAPSED').why] };
}
