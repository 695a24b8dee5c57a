import type { Evidence, Ledger } from '../adapters/ports.ts';
import { shownOffers } from '../app/offers/shown-offers.ts';
import { newestDecision, noticeDueOn } from '../app/status.ts';
import { offerStateOf } from '../domain/decision/offer-state.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { reasonText } from '../domain/reasons/reason-text.ts';
import { statusOf } from '../domain/status.ts';
import { Problem } from './problem.ts';
import type { ApplicationStatus } from './routes.ts';
import type { Operation } from './routes.ts';
import type { Call } from './serve.ts';

/**
 * The ledger of the application that is asked for. A front end finds those that it submitted; another's is to it as one
 * that never was.
 */
export async function entriesFor(
  { ledger }: { readonly ledger: Ledger },
  { principal, role }: Pick<Call<Operation>, 'principal' | 'role'>,
  applicationId: string,
): Promise<LedgerEntry[]> {
  const entries = await ledger.read(applicationId);
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received || (role === 'front-end' && received.actor !== principal.clientId)) {
    throw new Problem('not-found', 'There is no such application.');
  }
  return entries;
}

/** The status of an application, with its decision once it is decided. One that was withdrawn or lapsed has nothing left to answer. */
export async function applicationStatus(
  evidence: Evidence,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<ApplicationStatus> {
  const folded = statusOf(entries);
  if (!folded) throw new Problem('not-found', 'There is no such application.');
  const { product, receivedAt, receivedOn, status, outcome } = folded;
  const isShown = status === 'DECIDED' || (status === 'PENDING_APPLICANT' && folded.decided);
  const decision = isShown ? await newestDecision(evidence, applicationId, entries) : undefined;
  const closing = offerStateOf(entries);
  const closed = 'entry' in closing ? { state: closing.state, at: closing.entry.occurredAt } : null;
  const isOver = outcome === 'WITHDRAWN' || closing.state === 'LAPSED';
  return {
    applicationId,
    product,
    receivedAt,
    receivedOn,
    status,
    decision: decision
      ? {
          outcome: outcome ?? decision.outcome,
          decidedAt: decision.decidedAt,
          offers: isOver ? [] : await shownOffers(evidence, decision),
          conditions: isOver ? [] : decision.conditions,
          reasons: decision.reasons.map((each) => ({ code: each.code, text: reasonText(each) })),
          missing: isOver ? [] : decision.missing,
          completeBy: isOver ? null : decision.completeBy,
          noticeDueOn: noticeDueOn(entries, decision),
          closed,
        }
      : null,
  };
}
