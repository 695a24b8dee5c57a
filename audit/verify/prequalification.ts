import { localDate } from '../../domain/calendar.ts';
import { evidenceNamedBy, type EventType } from '../../domain/ledger/events.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { claimedId, quoteOf, quoteStatement, type Quote } from '../../domain/prequalification/quote.ts';
import { openNamed, type Act } from './act.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/** Derives the entries of a prequalification from what it sealed. */
export const PREQUALIFICATION_ACTS = {
  PREQUALIFICATION_RECEIVED: received,
  PREQUALIFIED: prequalified,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

async function received(act: Act): Promise<Expected> {
  const { entry, before, lending } = act;
  const { applicationId } = entry;
  if (before.length > 0) throw new NotNamed('Its request for a quote was received before.');
  const [{ product }] = await openNamed(act, 'prequalification');
  const receivedOn = localDate(entry.occurredAt, lending.lender.timeZone);
  return { id: claimedId(applicationId), 'body.product': product, 'body.receivedOn': receivedOn };
}

async function prequalified(act: Act): Promise<Expected> {
  const { entry, before, lending } = act;
  if (!before.some(({ type }) => type === 'PREQUALIFICATION_RECEIVED')) {
    throw new NotNamed('No entry before it receives the request for a quote.');
  }
  const [made] = await openNamed(act, 'quote');
  const [result, policy] = made.policy === null ? [null, null] : await openNamed(act, 'policy');
  if (policy !== made.policy) throw new NotNamed('Its quote rests on another policy result than the entry names.');
  await requireBasis(act, made, result);
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

/** @throws NotNamed unless the entry names what its quote rests on: a full policy result rests on the report and its score. */
async function requireBasis(act: Act, { because }: Quote, result: PolicyResult | null): Promise<void> {
  const isFull = result?.stage === 'FULL';
  const basis = isFull ? ['bureau-answer', 'bureau-report'] : [];
  if (isFull && (await openNamed(act, 'bureau-report'))[0].attributes) basis.push('score');
  const named = evidenceNamedBy(act.entry).map(({ kind }) => kind);
  const expected = ['quote', ...basis, ...(result ? ['policy'] : [])];
  // A bureau may give no answer, or one that cannot be read.
  if (because === 'NO_REPORT' && named.includes('bureau-answer')) expected.push('bureau-answer');
  if (!same(named.toSorted(), expected.toSorted())) throw new NotNamed(`It must name ${expected.join(', ')}.`);
}
