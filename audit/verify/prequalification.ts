import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { localDate } from '../../domain/calendar.ts';
import { evidenceNamedBy, type EventType } from '../../domain/ledger/events.ts';
import { claimedId, quoteOf, quoteStatement } from '../../domain/prequalification/quote.ts';
import type { Act } from './act.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/** Derives the entries of a prequalification from what it sealed. */
export const PREQUALIFICATION_ACTS = {
  PREQUALIFICATION_RECEIVED: received,
  PREQUALIFIED: prequalified,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

const addressOf = ({ entry }: Act, kind: string): string | undefined =>
  evidenceNamedBy(entry).find((each) => each.kind === kind)?.address;

async function received(act: Act): Promise<Expected> {
  const { entry, before, evidence, lending } = act;
  const { applicationId } = entry;
  if (before.length > 0) throw new NotNamed('Its request for a quote was received before.');
  const address = addressOf(act, 'prequalification') ?? '';
  const { product } = await readEvidence(evidence, applicationId, 'prequalification', address);
  const receivedOn = localDate(entry.occurredAt, lending.lender.timeZone);
  return { id: claimedId(applicationId), 'body.product': product, 'body.receivedOn': receivedOn };
}

async function prequalified(act: Act): Promise<Expected> {
  const { entry, before, evidence, lending } = act;
  const { applicationId } = entry;
  if (!before.some(({ type }) => type === 'PREQUALIFICATION_RECEIVED')) {
    throw new NotNamed('No entry before it receives the request for a quote.');
  }
  const made = await readEvidence(evidence, applicationId, 'quote', addressOf(act, 'quote') ?? '');
  const result = made.policy === null ? null : await readEvidence(evidence, applicationId, 'policy', made.policy);
  const { outcome, because, offers, validUntil } = made;
  if (!same({ outcome, because, offers, validUntil }, quoteOf(result, because ?? 'NO_REPORT'))) {
    throw new NotNamed('Its quote differs from the policy result that it names.');
  }
  if (made.quotedOn !== localDate(entry.occurredAt, lending.lender.timeZone)) {
    throw new NotNamed('Its quote is of another day.');
  }
  const { id, body } = quoteStatement(made);
  const { outcome: stated, validUntil: until, offers: count } = body;
  return { actor: 'system', id, 'body.outcome': stated, 'body.validUntil': until, 'body.offers': count };
}
