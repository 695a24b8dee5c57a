import type { Clock, Ledger } from '../../adapters/ports.ts';
import { noticeFactId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody } from '../../domain/ledger/events.ts';
import { appendOnce } from '../append-once.ts';

/** What is recorded of a notice on its way, by the type of its entry. */
const FACTS = { NOTICE_PRINT_REQUESTED: 'printing', NOTICE_SENT: 'sent', NOTICE_RETURNED: 'returned' } as const;

/** Appends what happened to an attempt of a notice, once. @returns the first such entry. */
export function recordNoticeFact<Type extends keyof typeof FACTS>(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  { applicationId, actor }: { readonly applicationId: string; readonly actor: string },
  type: Type,
  body: EventBody<Type>,
): Promise<LedgerEntry> {
  const id = noticeFactId(body.notice, body.attempt, FACTS[type]);
  const occurredAt = clock.now().toISOString();
  return appendOnce(ledger, ledgerEvent({ id, applicationId, type, occurredAt, actor, body }));
}
