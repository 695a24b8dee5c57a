import * as z from 'zod';

import type { Clock, Events, Ledger, PrintQueue, WorkStore } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { noticeFactId } from '../../domain/ledger/acts.ts';
import { ledgerEvent, type EventBody } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { deliveriesOf, deliveryState, presentAttempt, type NoticeDelivery } from '../../domain/notices/delivery.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import {
  actingRole,
  fieldError,
  person,
  type Contract,
  type FieldError,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { syncNotices } from './notice-rows.ts';
import { mailedStatement, recordedNotices, returnedStatement } from './statement.ts';

/** What a person states of a notice on its way: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('RECORDED'),
      applicationId,
      notices: recordedNotices,
      /** Whether all of it was recorded before. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('NO_SUCH_NOTICE'), applicationId, message: z.string() }),
    z.strictObject({
      result: z.literal('CONFLICT'),
      applicationId,
      why: z.enum(['NOT_PRINTING', 'NOT_SENT', 'FORGOTTEN']),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

const acting = { applicationId, by: person, role: actingRole('RECORD_DELIVERY') };
const command = z.discriminatedUnion('act', [mailedStatement.extend(acting), returnedStatement.extend(acting)]);
type Command = z.infer<typeof command>;
type Answer = Output<typeof contract>;

export interface RecordingPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly events: Events;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

/**
 * Records that a printed notice was mailed, or that a sent one came back. A returned e-mail goes on paper with the next call of
 * DeliverNotices. The same statement again answers with the first.
 */
export function recordDelivery(
  ports: RecordingPorts & { readonly printQueue: Pick<PrintQueue, 'discard'> },
): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const { applicationId: id } = asked;
    const entries = await ports.ledger.read(id);
    const today = localDate(ports.clock.now().toISOString(), ports.lending.lender.timeZone);
    if (forgettingOf(entries).decided)
      return conflict(id, 'FORGOTTEN', 'The applicant is forgotten: nothing is sent any more.');
    const named = deliveriesOf(entries).filter(({ notice }) => asked.notice === undefined || notice === asked.notice);
    if (named.length === 0) return { result: 'NO_SUCH_NOTICE', applicationId: id, message: NO_NOTICE };
    const answer =
      asked.act === 'MAILED' ? await mailed(ports, asked, named, today) : await returned(ports, asked, named, today);
    if (answer.result !== 'RECORDED') return answer;
    if (asked.act === 'MAILED') {
      for (const { notice } of answer.notices) await ports.printQueue.discard(id, notice);
    }
    await syncNotices(ports, id);
    return answer;
  };
}

const NO_NOTICE = 'The application has no such notice: see its notices with its status.';

async function mailed(
  ports: RecordingPorts,
  command: Extract<Command, { act: 'MAILED' }>,
  named: readonly NoticeDelivery[],
  today: LocalDate,
): Promise<Answer> {
  const { applicationId: id, by, role, reference, on = today } = command;
  const printing = named.filter((each) => deliveryState(each) === 'PRINTING');
  const before = named.filter((each) => presentAttempt(each).sent?.channel === 'PAPER');
  if (printing.length === 0) {
    if (before.length === 0) return conflict(id, 'NOT_PRINTING', 'No notice of the application is at the print shop.');
    return recorded(
      id,
      before.map((each) => attemptOf(each, presentAttempt(each).sent!.sentOn)),
      true,
    );
  }
  const fault = printing.map((each) => dateFault(ports, on, presentAttempt(each).printing!.at, today)).find(Boolean);
  if (fault) return { result: 'REJECTED', errors: [fault] };
  for (const { notice, kind, attempts } of printing) {
    const attempt = attempts.length;
    await record(ports, id, by, {
      type: 'NOTICE_SENT',
      fact: 'sent',
      body: { notice, kind, attempt, channel: 'PAPER', sentOn: on, carrier: 'MAIL', reference, role },
    });
  }
  return recorded(
    id,
    printing.map((each) => attemptOf(each, on)),
    false,
  );
}

function dateFault(
  { lending }: RecordingPorts,
  on: LocalDate,
  since: string,
  today: LocalDate,
): FieldError | undefined {
  const first = localDate(since, lending.lender.timeZone);
  if (on >= first && on <= today) return undefined;
  return {
    path: 'on',
    message: `must be a date from ${first} to ${today}, in which the notice can have been on its way`,
  };
}

async function returned(
  ports: RecordingPorts,
  command: Extract<Command, { act: 'RETURNED' }>,
  named: readonly NoticeDelivery[],
  today: LocalDate,
): Promise<Answer> {
  const { applicationId: id, by, role, why, on = today } = command;
  const sent = named.flatMap((each) => {
    const attempt = each.attempts.findLast((one) => one.sent);
    return attempt ? [{ ...each, attempt }] : [];
  });
  const [only, ...more] = sent;
  if (!only) return conflict(id, 'NOT_SENT', 'No notice of the application was sent, so none can have come back.');
  if (more.length > 0) {
    const message = `is needed, because the application has ${sent.length} sent notices: ${sent.map(({ notice, kind }) => `${kind} ${notice}`).join(', ')}`;
    return { result: 'REJECTED', errors: [{ path: 'notice', message }] };
  }
  const { notice, kind, attempt } = only;
  if (attempt.returned) {
    return recorded(id, [{ notice, kind, attempt: attempt.number, on: attempt.returned.returnedOn }], true);
  }
  const sentOn = attempt.sent!.sentOn;
  if (on < sentOn || on > today) {
    return { result: 'REJECTED', errors: [{ path: 'on', message: `must be a date from ${sentOn} to ${today}` }] };
  }
  await recordReturn(ports, id, by, { notice, kind, attempt: attempt.number, why, returnedOn: on, role });
  return recorded(id, [{ notice, kind, attempt: attempt.number, on }], false);
}

/** Records that a notice came back. */
export const recordReturn = (
  ports: RecordingPorts,
  applicationId: string,
  by: string,
  body: EventBody<'NOTICE_RETURNED'>,
): Promise<void> => record(ports, applicationId, by, { type: 'NOTICE_RETURNED', fact: 'returned', body });

type Recorded =
  | { readonly type: 'NOTICE_SENT'; readonly fact: 'sent'; readonly body: EventBody<'NOTICE_SENT'> }
  | { readonly type: 'NOTICE_RETURNED'; readonly fact: 'returned'; readonly body: EventBody<'NOTICE_RETURNED'> };

async function record(
  { ledger, events, clock }: RecordingPorts,
  id: string,
  by: string,
  { type, fact, body }: Recorded,
): Promise<void> {
  const event = ledgerEvent({
    id: noticeFactId(body.notice, body.attempt, fact),
    applicationId: id,
    type,
    occurredAt: clock.now().toISOString(),
    actor: by,
    body,
  });
  const announcement = announcementOf(await appendOnce(ledger, event));
  if (announcement) await events.publish([announcement]);
}

const attemptOf = ({ notice, kind, attempts }: NoticeDelivery, on: LocalDate) => ({
  notice,
  kind,
  attempt: attempts.length,
  on,
});

const recorded = (
  id: string,
  notices: Extract<Answer, { result: 'RECORDED' }>['notices'],
  repeated: boolean,
): Answer => ({ result: 'RECORDED', applicationId: id, notices, repeated });

function conflict(id: string, why: Extract<Answer, { result: 'CONFLICT' }>['why'], message: string): Answer {
  return { result: 'CONFLICT', applicationId: id, why, message };
}
