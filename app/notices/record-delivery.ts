import * as z from 'zod';

import type { Clock, Events, Ledger, PrintQueue, WorkStore } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import type { EventBody } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { deliveriesOf, deliveryState, presentAttempt, type NoticeDelivery } from '../../domain/notices/delivery.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import {
  actingRole,
  fieldError,
  person,
  type Contract,
  type FieldError,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { recordNoticeFact } from './notice-fact.ts';
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
      why: z.enum(['NOT_PRINTING', 'NOT_SENT', 'SUPERSEDED', 'ALREADY_MAILED', 'FORGOTTEN']),
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
  const { applicationId: id, by, role, reference, all, on = today } = command;
  // Paper that came back is mailed again: the attempt begins with this statement.
  const open = named.filter((each) => ['PRINTING', 'RETURNED'].includes(deliveryState(each)));
  if (open.length === 0) return mailedBefore(command, named);
  if (open.length > 1 && !all) return { result: 'REJECTED', errors: [severalFit('to be mailed', open)] };
  const waitsSince = (each: NoticeDelivery): LocalDate => {
    const { printing, returned: back } = presentAttempt(each);
    return back?.returnedOn ?? localDate(printing!.at, ports.lending.lender.timeZone);
  };
  const fault = open.map((each) => dateFault(on, waitsSince(each), today)).find(Boolean);
  if (fault) return { result: 'REJECTED', errors: [fault] };
  const made = open.map((each) => ({ notice: each.notice, kind: each.kind, attempt: numberToMail(each), on }));
  for (const { notice, kind, attempt } of made) {
    const body = { notice, kind, attempt, channel: 'PAPER', sentOn: on, carrier: 'MAIL', reference, role } as const;
    await publish(ports, await recordNoticeFact(ports, { applicationId: id, actor: by }, 'NOTICE_SENT', body));
  }
  return recorded(id, made, false);
}

/** What a mailing that fits no waiting notice repeats, or contradicts. */
function mailedBefore(command: Extract<Command, { act: 'MAILED' }>, named: readonly NoticeDelivery[]): Answer {
  const { applicationId: id, reference, on } = command;
  const before = named.filter((each) => presentAttempt(each).sent?.channel === 'PAPER');
  if (before.length === 0) {
    return named.some((each) => deliveryState(each) === 'SUPERSEDED')
      ? conflict(
          id,
          'SUPERSEDED',
          'The application was decided again or closed, so the notice is not mailed: destroy its print.',
        )
      : conflict(id, 'NOT_PRINTING', 'No notice of the application is at the print shop.');
  }
  const same = before.filter((each) => {
    const sent = presentAttempt(each).sent!;
    return sent.reference === reference && (on === undefined || on === sent.sentOn);
  });
  if (same.length === 0) {
    const sent = presentAttempt(before[0]!).sent!;
    const message = `The notice was recorded as mailed on ${sent.sentOn} under the reference ${sent.reference}, and it did not come back.`;
    return conflict(id, 'ALREADY_MAILED', message);
  }
  return recorded(
    id,
    same.map((each) => attemptOf(each, presentAttempt(each).sent!.sentOn)),
    true,
  );
}

/** The number of the attempt that mailing a waiting notice makes. */
const numberToMail = (delivery: NoticeDelivery): number =>
  presentAttempt(delivery).number + (deliveryState(delivery) === 'RETURNED' ? 1 : 0);

function severalFit(where: string, open: readonly NoticeDelivery[]): FieldError {
  const listed = open.map(({ notice, kind }) => `${kind} ${notice}`).join(', ');
  return {
    path: 'notice',
    message: `is needed, because the application has ${open.length} notices ${where}: ${listed}`,
  };
}

/** @param first the local date since which the notice is to be mailed. */
function dateFault(on: LocalDate, first: LocalDate, today: LocalDate): FieldError | undefined {
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
    return { result: 'REJECTED', errors: [severalFit('that were sent', sent)] };
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
export async function recordReturn(
  ports: RecordingPorts,
  applicationId: string,
  actor: string,
  body: EventBody<'NOTICE_RETURNED'>,
): Promise<void> {
  await publish(ports, await recordNoticeFact(ports, { applicationId, actor }, 'NOTICE_RETURNED', body));
}

async function publish({ events }: RecordingPorts, entry: LedgerEntry): Promise<void> {
  const announcement = announcementOf(entry);
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
