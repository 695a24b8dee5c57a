import type { Workflows } from '../../adapters/ports.ts';
import { localDate } from '../../domain/calendar.ts';
import { isLapse, lastDay } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { LedgerEntry, LedgerEvent } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { lapse } from '../offers/lapse.ts';
import {
  closedBy,
  closeDecision,
  publishClosed,
  reopenLapsed,
  type Decided,
  type OfferPorts,
} from '../offers/offers.ts';
import { removeItem } from '../work-items.ts';
import { startReopened } from '../workflow/start-execution.ts';

export interface SupersedePorts extends OfferPorts {
  readonly workflows: Workflows;
}

/** What came first where a decision cannot be superseded. */
export type Preceded = 'ACCEPTED' | 'WITHDRAWN' | 'LAPSED' | 'FORGOTTEN';

/**
 * Closes a decision with its reopening, and lists the application for StartAccepted before that.
 * @param makeEvent makes the reopening under an id. @returns the reopening, which may be another call's; or what came first.
 */
export async function supersede(
  ports: SupersedePorts,
  decided: Decided,
  { now, makeEvent }: { readonly now: string; readonly makeEvent: (id: string) => LedgerEvent },
): Promise<LedgerEntry | Preceded> {
  const { applicationId } = decided.record;
  const index = { pk: keys.starting, sk: `${now}#${applicationId}` };
  await ports.workStore.create({ ...keys.reopening(applicationId), index, data: { applicationId } });
  const closed = await close(ports, decided, now, makeEvent);
  // The chain states which was first: a reopening behind the decision to forget opens nothing.
  const { decided: forgotten } = forgettingOf(await ports.ledger.read(applicationId));
  if (!forgotten && closed.type === 'DECISION_REOPENED') return closed;
  await removeItem(ports.workStore, keys.reopening(applicationId));
  if (forgotten) return 'FORGOTTEN';
  if (closed.type === 'OFFER_ACCEPTED' || closed.type === 'CREDIT_BOOKED') return 'ACCEPTED';
  return closed.type === 'APPLICATION_WITHDRAWN' ? 'WITHDRAWN' : 'LAPSED';
}

/** @returns the entry that closed the decision; the reopening where its offers or its acceptance had lapsed. */
async function close(
  ports: SupersedePorts,
  decided: Decided,
  now: string,
  makeEvent: (id: string) => LedgerEvent,
): Promise<LedgerEntry> {
  const last = lastDay(decided.record);
  const expired = last !== undefined && localDate(now, ports.lending.lender.timeZone) > last;
  const closed =
    (await closedBy(ports, decided)) ??
    (expired ? await lapse(ports, decided, now) : await closeDecision(ports, decided, makeEvent));
  if (closed.type === 'DECISION_REOPENED') return closed;
  const settled = await publishClosed(ports, closed);
  return isLapse(settled) ? reopenLapsed(ports, decided, makeEvent) : settled;
}

/** Starts what decides again after a reopening, and publishes it, as far as either was not done. @returns the execution's ARN. */
export async function startSuperseding(ports: SupersedePorts, entry: LedgerEntry): Promise<string> {
  const executionArn = await startReopened(ports, entry);
  await publishClosed(ports, entry);
  return executionArn;
}

/** Whether the execution that made the decision has ended, with its notices issued and its history kept. */
export function isSettled(entries: readonly LedgerEntry[], record: DecisionRecord, decision: string): boolean {
  const archived = entries
    .filter(({ type }) => type === 'HISTORY_ARCHIVED')
    .map((entry) => readBody(entry, 'HISTORY_ARCHIVED'));
  return (
    entries.some(
      (entry) =>
        entry.type === 'DECISION_RECORDED' &&
        readBody(entry, 'DECISION_RECORDED').evidence.some(({ address }) => address === decision),
    ) && archived.some(({ executionArn, status }) => executionArn === record.executionArn && status === 'SUCCEEDED')
  );
}
