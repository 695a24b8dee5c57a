import * as z from 'zod';

import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { forgettingAnswer, forgettingRequestId } from '../../domain/ledger/acts.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { forgettingOf, refusalToForget, retentionOf } from '../../domain/retention/retention.ts';
import {
  FORGETTING_REFUSALS,
  actingRole,
  fieldError,
  instant,
  person,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import {
  retryAfterRace,
  faultOfNote,
  keepRecords,
  lockedUntil,
  readReceived,
  today,
  unknownApplication,
  type RetentionPorts,
} from './retention.ts';

/** An applicant's request to be forgotten: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    /** ForgetApplicants does it with its next call. */
    z.strictObject({ result: z.literal('GRANTED'), applicationId, at: instant }),
    z.strictObject({
      result: z.literal('DENIED'),
      applicationId,
      at: instant,
      reason: z.enum(FORGETTING_REFUSALS),
      /** The first local date on which it will be done; null while the date is unknown. */
      doneOn: z.iso.date().nullable(),
    }),
    z.strictObject({ result: z.literal('FORGOTTEN'), applicationId, at: instant }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

const command = z.strictObject({
  applicationId: applicationIdSchema,
  /** Who took the applicant's request. */
  by: person,
  role: actingRole('REQUEST_FORGETTING'),
  note: z.string('must be text').trim().min(10, 'must say how it was asked, in 10 characters or more').max(2_000),
});

type Denied = Extract<Output<typeof contract>, { result: 'DENIED' }>;

/**
 * Records that an applicant asks to be forgotten, and what was answered: granted, or denied with the reason and the day on
 * which it will be done. A denied request stays open: ForgetApplicants grants it once law allows it, before the creditor's own
 * period ends.
 */
export function requestForgetting(ports: RetentionPorts): UseCase<typeof contract> {
  return retryAfterRace(async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId, by, role, note } = parsed.data;
    const fault = faultOfNote(note, ports);
    if (fault) return { result: 'REJECTED', errors: [{ path: 'note', message: fault }] };
    const entries = await readReceived(ports, applicationId);
    if (!entries) return unknownApplication(applicationId);
    const { done } = forgettingOf(entries);
    if (done) return { result: 'FORGOTTEN', applicationId, at: done.occurredAt };

    const at = ports.clock.now().toISOString();
    const retention = { ...retentionOf(entries, ports.lending.lender.timeZone), requested: true };
    const refusal = refusalToForget(retention, today(ports), await lockedUntil(ports, entries));
    const id = forgettingRequestId(applicationId, today(ports), refusal?.reason ?? null);
    const earlier = entries.find((entry) => entry.id === id);
    if (!earlier) {
      const body = { role, ...forgettingAnswer(today(ports), refusal), note };
      await ports.ledger.append(
        ledgerEvent({ id, applicationId, type: 'FORGETTING_REQUESTED', occurredAt: at, actor: by, body }),
      );
    }
    await keepRecords(ports, applicationId);
    const answeredAt = earlier?.occurredAt ?? at;
    if (!refusal) return { result: 'GRANTED', applicationId, at: answeredAt };
    const doneOn = earlier ? readBody(earlier, 'FORGETTING_REQUESTED').doneOn : refusal.doneOn;
    return { result: 'DENIED', applicationId, at: answeredAt, reason: refusal.reason as Denied['reason'], doneOn };
  });
}
