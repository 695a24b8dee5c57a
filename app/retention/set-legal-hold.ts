import * as z from 'zod';

import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { holdId } from '../../domain/ledger/acts.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { forgettingOf, retentionOf } from '../../domain/retention/retention.ts';
import { actingRole, fieldError, instant, person, type Contract, type UseCase } from '../contracts.ts';
import {
  retryAfterRace,
  faultOfNote,
  keepRecords,
  readReceived,
  unknownApplication,
  type RetentionPorts,
} from './retention.ts';

/** Places or lifts a legal hold: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('SET'),
      applicationId,
      matter: z.string(),
      on: z.boolean(),
      at: instant,
      /** Whether it stood so already. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

const command = z.strictObject({
  applicationId: applicationIdSchema,
  /** Each proceeding holds by itself: lifting one leaves the others. */
  matter: z
    .string('must be text')
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$/, 'must name the proceeding in 2 to 60 letters, digits, ".", "_" or "-"'),
  on: z.boolean('must be true or false'),
  by: person,
  role: actingRole('SET_LEGAL_HOLD'),
  note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2_000),
});

/**
 * Places or lifts a legal hold: while a proceeding holds an application, nobody is forgotten and no sealed object can be
 * deleted (12 CFR 1002.12(b)(4)). Repeating it is success; a call that died is completed by the next.
 */
export function setLegalHold(ports: RetentionPorts): UseCase<typeof contract> {
  return retryAfterRace(async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId, matter, on, by, role, note } = parsed.data;
    const fault = faultOfNote(note, ports) ?? faultOfNote(matter, ports);
    if (fault) return { result: 'REJECTED', errors: [{ path: 'note', message: fault }] };
    const entries = await readReceived(ports, applicationId);
    if (!entries) return unknownApplication(applicationId);
    if (forgettingOf(entries).decided) return tooLate(applicationId);
    const placed = retentionOf(entries, ports.lending.lender.timeZone).holds.find((each) => each.matter === matter);
    if ((placed !== undefined) === on) {
      await keepRecords(ports, applicationId);
      const lifted = entries.findLast(({ type, body }) => type === 'LEGAL_HOLD_LIFTED' && body['matter'] === matter);
      const at = placed?.since ?? lifted?.occurredAt ?? ports.clock.now().toISOString();
      return { result: 'SET', applicationId, matter, on, at, repeated: true };
    }
    const at = ports.clock.now().toISOString();
    const type = on ? 'LEGAL_HOLD_PLACED' : 'LEGAL_HOLD_LIFTED';
    const entry = await ports.ledger.append(
      ledgerEvent({
        id: holdId(entries, type, matter),
        applicationId,
        type,
        occurredAt: at,
        actor: by,
        body: { role, matter, note },
      }),
    );
    // The chain says which was first: a hold behind the decision to forget holds nothing.
    const { decided } = forgettingOf(await ports.ledger.read(applicationId));
    if (decided && decided.sequence < entry.sequence) return tooLate(applicationId);
    await keepRecords(ports, applicationId);
    return { result: 'SET', applicationId, matter, on, at, repeated: false };
  });
}

function tooLate(applicationId: string): { result: 'CONFLICT'; applicationId: string; message: string } {
  const message =
    'The applicant was forgotten, or is being: what is sealed can no longer be read, and no hold brings it back.';
  return { result: 'CONFLICT', applicationId, message };
}
