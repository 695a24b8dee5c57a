import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { localDate } from '../../domain/calendar.ts';
import { deliveriesOf } from '../../domain/notices/delivery.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { evidenceAddress, type Contract, type UseCase } from '../contracts.ts';
import { syncNotices } from './notice-rows.ts';
import { recordReturn, type RecordingPorts } from './record-delivery.ts';

/** What the mail service reports of a message, by the tags that it was sent with. No address reaches this function. */
export const contract = {
  input: z.strictObject({
    event: z.enum(['Bounce', 'Complaint', 'Reject']),
    applicationId,
    notice: evidenceAddress,
    attempt: z.coerce.number().int().positive(),
  }),
  output: z.strictObject({ recorded: z.boolean() }),
} as const satisfies Contract;

/** Records that a mail service returned a notice. A repeated report, and one about no sent e-mail, record nothing. */
export function recordBounce(ports: RecordingPorts): UseCase<typeof contract> {
  return async ({ event, applicationId: id, notice, attempt: number }) => {
    const entries = await ports.ledger.read(id);
    const delivery = deliveriesOf(entries).find((each) => each.notice === notice);
    const attempt = delivery?.attempts.find((each) => each.number === number);
    const isOurs = attempt?.sent?.channel === 'EMAIL' && !attempt.returned && !forgettingOf(entries).decided;
    if (!delivery || !isOurs) return { recorded: false };
    const returnedOn = localDate(ports.clock.now().toISOString(), ports.lending.lender.timeZone);
    const why = event === 'Complaint' ? 'COMPLAINT' : 'BOUNCED';
    const { kind } = delivery;
    await recordReturn(ports, id, 'system', { notice, kind, attempt: number, why, returnedOn, role: null });
    await syncNotices(ports, id);
    return { recorded: true };
  };
}
