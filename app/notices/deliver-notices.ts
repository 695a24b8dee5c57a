import * as z from 'zod';

import {
  AddressRefused,
  KeyDestroyed,
  type Clock,
  type Events,
  type Ledger,
  type Measure,
  type NoticeMail,
  type PrintQueue,
  type WorkItem,
  type WorkStore,
} from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { addDays, daysBetween, localDate } from '../../domain/calendar.ts';
import { noticeWarningId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, NOTICE_WARNING_DAYS, type EventBody } from '../../domain/ledger/events.ts';
import { runningClock, warningsDue } from '../../domain/notices/clock.ts';
import { deliveriesOf, deliveryState, noticesToSend, type NoticeDelivery } from '../../domain/notices/delivery.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import { MAX_PAUSE_MS } from '../../domain/projections/notices.ts';
import { appendOnce } from '../append-once.ts';
import type { Contract, Output, UseCase } from '../contracts.ts';
import { recordNoticeFact } from './notice-fact.ts';
import { syncNotices } from './notice-rows.ts';
import { outgoingNotice, type OutgoingPorts } from './outgoing.ts';

/** Called on a schedule, with an event in which nothing matters, or by a person. */
export const contract = {
  input: z.looseObject({
    /** The number of applications whose notices are sent, at most. */
    limit: z.int().min(1).max(1000).optional(),
  }),
  output: z.strictObject({
    /** E-mails that a mail server accepted. */
    sent: z.int().nonnegative(),
    /** Notices that the print shop has now. */
    printing: z.int().nonnegative(),
    /** Notices that were not sent. They stay listed for a later try. */
    failed: z.array(z.strictObject({ applicationId, error: z.string() })),
    /** Warnings of days 20, 25 and 31 without a sent notice, which are recorded now. */
    warned: z.int().nonnegative(),
    /** Applications without a sent notice for so many days or more. */
    waiting: z.strictObject({ day20: z.int(), day25: z.int(), day31: z.int() }),
    /** Whether applications are left for the next call. */
    more: z.boolean(),
  }),
} as const satisfies Contract;

export interface DeliveryPorts extends OutgoingPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly events: Events;
  readonly noticeMail: NoticeMail;
  readonly printQueue: PrintQueue;
  readonly clock: Clock;
  readonly measure: Measure;
}

type Answer = Output<typeof contract>;

/** A notice takes about 2 s with a slow mail server, so a call of 3 minutes sends those of 50 applications. */
const MAX_APPLICATIONS = 50;
/** 20 s: the message under way then takes 30 s at most, and a call ends within its 60 s. */
const MAX_CALL_MS = 20_000;
/** 10 minutes: no call lives longer, so an application that is claimed longer was left by a call that died. */
const CLAIM_MS = 600_000;
/** The first pause after a failure, in ms. Each later one is twice as long. */
const FIRST_PAUSE_MS = 300_000;

/**
 * Sends the notices that were issued and not sent: by e-mail where the notice says so, else through the print shop. Then warns
 * of applications without a sent notice on days 20, 25 and 31. Run on a schedule.
 *
 * A call that dies after a mail server accepted a message leaves no entry, so the next call sends it again under the same
 * message id. A second copy harms no applicant; a notice that never comes breaks the law.
 */
export function deliverNotices(ports: DeliveryPorts): UseCase<typeof contract> {
  return async ({ limit = MAX_APPLICATIONS }) => {
    const answer: Answer = {
      sent: 0,
      printing: 0,
      failed: [],
      warned: 0,
      waiting: { day20: 0, day25: 0, day31: 0 },
      more: false,
    };
    await recallSuperseded(ports);
    const now = ports.clock.now().toISOString();
    const { items } = await ports.workStore.listIndex(keys.deliveries, { limit });
    const due = items.filter(({ index }) => (index?.sk ?? '').slice(0, now.length) <= now);
    const until = Date.parse(now) + MAX_CALL_MS;
    const isOver = () => ports.clock.now().getTime() >= until;
    let isLeft = due.length === limit;
    for (const item of due) {
      if (isOver()) isLeft = true;
      else await deliverAll(ports, item, { answer, isOver });
    }
    await warn(ports, answer);
    return { ...answer, more: answer.more || isLeft };
  };
}

/** Sends the notices of one application. Of two calls at once, one claims it. */
async function deliverAll(
  ports: DeliveryPorts,
  item: WorkItem,
  { answer, isOver }: { readonly answer: Answer; readonly isOver: () => boolean },
): Promise<void> {
  const { applicationId: id, tries } = item.data as { applicationId: string; tries: number };
  const at = (pauseMs: number) => new Date(ports.clock.now().getTime() + pauseMs).toISOString();
  const listedAt = (instant: string) => ({ pk: keys.deliveries, sk: `${instant}#${id}` });
  const claimed = await ports.workStore.replace({
    ...item,
    index: listedAt(at(CLAIM_MS)),
    data: { applicationId: id, tries: tries + 1 },
  });
  if (!claimed) return;
  const failures = answer.failed.length;
  const due = noticesToSend(await ports.ledger.read(id));
  // Each try begins with another notice, so one that takes all the time keeps none of the others back for ever.
  const first = due.length === 0 ? 0 : tries % due.length;
  const [begun, ...others] = [...due.slice(first), ...due.slice(0, first)];
  for (const notice of begun ? [begun, ...others] : []) {
    if (notice !== begun && isOver()) {
      answer.more = true;
      break;
    }
    try {
      await deliver(ports, id, notice, answer);
    } catch (error) {
      // A forgotten applicant has no address any more.
      if (!(error instanceof KeyDestroyed)) answer.failed.push({ applicationId: id, error: (error as Error).name });
    }
  }
  const entries = await ports.ledger.read(id);
  await publishDelivered(ports, entries);
  const left = noticesToSend(entries).length > 0;
  if (answer.failed.length === failures && !left) return syncNotices(ports, id);
  const pause = answer.failed.length === failures ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** tries, MAX_PAUSE_MS);
  await ports.workStore.replace({ ...claimed, index: listedAt(at(pause)) });
}

/** Takes from the print shop what was superseded there before its mailing. */
async function recallSuperseded({ ledger, printQueue }: DeliveryPorts): Promise<void> {
  for (const id of await printQueue.applications()) {
    for (const delivery of deliveriesOf(await ledger.read(id))) {
      if (deliveryState(delivery) === 'SUPERSEDED') await printQueue.discard(id, delivery.notice);
    }
  }
}

async function deliver(ports: DeliveryPorts, id: string, delivery: NoticeDelivery, answer: Answer): Promise<void> {
  const outgoing = await outgoingNotice(ports, id, delivery);
  const { notice, kind, attempt } = outgoing;
  const by = { applicationId: id, actor: 'system' };
  let because: EventBody<'NOTICE_PRINT_REQUESTED'>['because'] = attempt > 1 ? 'RETURNED' : 'CHANNEL';
  if (attempt === 1 && outgoing.channel === 'EMAIL') {
    try {
      if (ports.noticeMail.configured) {
        const carried = await ports.noticeMail.send(outgoing);
        const sentOn = localDate(ports.clock.now().toISOString(), ports.lending.lender.timeZone);
        const body = { notice, kind, attempt, channel: 'EMAIL', sentOn, ...carried, role: null } as const;
        await recordNoticeFact(ports, by, 'NOTICE_SENT', body);
        answer.sent += 1;
        return;
      }
      because = 'NO_MAIL_SERVER';
    } catch (error) {
      if (!(error instanceof AddressRefused)) throw error;
      because = 'ADDRESS_REFUSED';
    }
  }
  await ports.printQueue.add(outgoing);
  await recordNoticeFact(ports, by, 'NOTICE_PRINT_REQUESTED', { notice, kind, attempt, because });
  answer.printing += 1;
}

/** Publishes what was recorded of the delivery, at least once: an earlier call may have died before it did. */
async function publishDelivered({ events }: DeliveryPorts, entries: readonly LedgerEntry[]): Promise<void> {
  const announcements = entries
    .filter(({ type }) => type === 'NOTICE_PRINT_REQUESTED' || type === 'NOTICE_SENT')
    .map((entry) => announcementOf(entry))
    .filter((each) => each !== undefined);
  if (announcements.length > 0) await events.publish(announcements);
}

/** Records the warnings that are due, each once, and measures how many applications wait for their notice. */
async function warn(ports: DeliveryPorts, answer: Answer): Promise<void> {
  const { timeZone } = ports.lending.lender;
  const today = localDate(ports.clock.now().toISOString(), timeZone);
  const [first] = NOTICE_WARNING_DAYS;
  let after: string | undefined;
  do {
    const page = await ports.workStore.listIndex(keys.noticeClocks, after === undefined ? {} : { after });
    for (const { index, data } of page.items) {
      // In the order of the dates from which days are counted: the following ones are younger.
      if ((index?.sk ?? '').slice(0, today.length) > addDays(today, -first)) return measureWaiting(ports, answer);
      await warnOf(ports, (data as { applicationId: string }).applicationId, answer);
    }
    after = page.next;
  } while (after !== undefined);
  measureWaiting(ports, answer);
}

async function warnOf(ports: DeliveryPorts, id: string, answer: Answer): Promise<void> {
  const { ledger, clock, lending } = ports;
  const { timeZone } = lending.lender;
  const entries = await ledger.read(id);
  const running = runningClock(entries, timeZone);
  if (!running) return syncNotices(ports, id);
  const occurredAt = clock.now().toISOString();
  const today = localDate(occurredAt, timeZone);
  const { countedFrom } = running;
  const age = daysBetween(countedFrom, today);
  for (const day of NOTICE_WARNING_DAYS) if (age >= day) answer.waiting[`day${day}`] += 1;
  for (const day of warningsDue(running, today)) {
    const eventId = noticeWarningId(id, countedFrom, day);
    if (entries.some((entry) => entry.id === eventId)) continue;
    const event = ledgerEvent({
      id: eventId,
      applicationId: id,
      type: 'NOTICE_DUE_WARNED',
      occurredAt,
      actor: 'system',
      body: { countedFrom, day },
    });
    const announcement = announcementOf(await appendOnce(ledger, event));
    if (announcement) await ports.events.publish([announcement]);
    answer.warned += 1;
  }
}

function measureWaiting({ measure }: DeliveryPorts, { waiting, failed }: Answer): void {
  const gauge = (name: string, value: number) => ({ name, value, unit: 'Count' as const, dimensions: {} });
  measure([
    gauge('NoticesDueSoon', waiting.day20),
    gauge('NoticesAtHardStop', waiting.day25),
    gauge('NoticesOverdue', waiting.day31),
    gauge('NoticesNotSent', failed.length),
  ]);
}
