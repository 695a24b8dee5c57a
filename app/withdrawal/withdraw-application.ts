import * as z from 'zod';

import type { Clock, Functions, Identities } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { isAnswerable, lastDay } from '../../domain/decision/offer-state.ts';
import { decisionId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent, type EvidenceReference } from '../../domain/ledger/events.ts';
import { isDecided, ofNewestExecution, validatedExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';
import { answersFor } from '../../domain/ledger/submitter.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import {
  clientId,
  evidenceAddress,
  fieldError,
  instant,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { issueActNotice } from '../notices/issue-act-notice.ts';
import { syncNotices } from '../notices/notice-rows.ts';
import { lapse } from '../offers/lapse.ts';
import { closedBy, closeDecision, decisionsOf, publishClosed, type OfferPorts } from '../offers/offers.ts';

/** The applicant's withdrawal, from the front end: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('WITHDRAWN'),
      applicationId,
      withdrawnAt: instant,
      /** The decision that the withdrawal closes; null where the application was undecided. */
      decision: evidenceAddress.nullable(),
      /** Whether the application had been withdrawn before. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.literal('NOT_WITHDRAWN'),
      applicationId,
      why: z.enum(['NO_SUCH_APPLICATION', 'IN_PROGRESS', 'DENIED', 'ACCEPTED', 'LAPSED', 'FORGOTTEN']),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

const command = z.strictObject({
  applicationId,
  /** The front end through which the applicant withdraws. */
  by: clientId,
});
type Command = z.infer<typeof command>;

export interface WithdrawPorts extends OfferPorts {
  readonly lending: LendingSettings;
  readonly identities: Identities;
  readonly clock: Clock;
  /** CompleteTask, which alone may answer the task of a waiting workflow. */
  readonly functions: Functions;
}

type Answer = Output<typeof contract>;
type Refusal = Extract<Answer, { result: 'NOT_WITHDRAWN' }>['why'];

const MESSAGES: Readonly<Record<Refusal, string>> = {
  NO_SUCH_APPLICATION: 'There is no such application.',
  IN_PROGRESS: 'The application is being started: try again in a minute.',
  DENIED: 'The application was decided, and has no offer to withdraw from. The decision stays.',
  ACCEPTED: 'An offer was accepted, so the application cannot be withdrawn: contact the lender.',
  LAPSED: 'The time to answer the decision is over, so the application is closed already.',
  FORGOTTEN: 'The applicant is forgotten.',
};

/**
 * Records that the applicant withdrew. A decided application is closed, where the applicant could still answer the decision. An
 * undecided one gets a decision WITHDRAWN from its workflow, and no other. A denial stays a denial. A call that died half-way
 * is completed by the next one.
 */
export function withdrawApplication(ports: WithdrawPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    for (;;) {
      const answer = await withdraw(ports, parsed.data);
      if (answer !== 'DECIDED_MEANWHILE') return answer;
    }
  };
}

async function withdraw(ports: WithdrawPorts, asked: Command): Promise<Answer | 'DECIDED_MEANWHILE'> {
  const entries = await ports.ledger.read(asked.applicationId);
  if (!answersFor(entries, asked.by)) return refused(asked, 'NO_SUCH_APPLICATION');
  if (forgettingOf(entries).decided) return refused(asked, 'FORGOTTEN');
  const part = ofNewestExecution(entries);
  const earlier = withdrawalIn(part);
  if (earlier) return finish(ports, earlier, true);
  if (isDecided(part)) return withdrawDecided(ports, asked);
  const executionArn = validatedExecution(part);
  if (executionArn === undefined) return refused(asked, 'IN_PROGRESS');
  const entry = await appendOnce(ports.ledger, withdrawalOf(ports, asked, decisionId(executionArn)));
  return entry.type === 'APPLICATION_WITHDRAWN' ? finish(ports, entry, false) : 'DECIDED_MEANWHILE';
}

async function withdrawDecided(ports: WithdrawPorts, asked: Command): Promise<Answer | 'DECIDED_MEANWHILE'> {
  const [newest] = await decisionsOf(ports, asked.applicationId);
  if (!newest) return refused(asked, 'IN_PROGRESS');
  const now = ports.clock.now().toISOString();
  const before = await closedBy(ports, newest);
  if (!before && lastDay(newest.record) === undefined) return refused(asked, 'DENIED');
  const answerable = isAnswerable(newest.record, localDate(now, ports.lending.lender.timeZone));
  const entry =
    before ??
    (answerable
      ? await closeDecision(ports, newest, (id) => withdrawalOf(ports, asked, id, newest.reference))
      : await lapse(ports, newest, now));
  switch (entry.type) {
    case 'APPLICATION_WITHDRAWN':
      return finish(ports, entry, before !== undefined);
    case 'DECISION_REOPENED':
      return 'DECIDED_MEANWHILE';
    case 'OFFER_ACCEPTED':
      return refused(asked, 'ACCEPTED');
    default:
      await publishClosed(ports, entry);
      return refused(asked, 'LAPSED');
  }
}

/** The event of a withdrawal. @param decision the decision that it closes, where there is one. */
function withdrawalOf(
  { clock, lending }: WithdrawPorts,
  { applicationId, by }: Command,
  id: string,
  decision?: EvidenceReference,
) {
  const occurredAt = clock.now().toISOString();
  const evidence = decision ? [decision] : [];
  const withdrawnOn = localDate(occurredAt, lending.lender.timeZone);
  return ledgerEvent({
    id,
    applicationId,
    type: 'APPLICATION_WITHDRAWN',
    occurredAt,
    actor: by,
    body: { withdrawnOn, evidence },
  });
}

/** Does what follows a withdrawal, as far as it was not done. */
async function finish(ports: WithdrawPorts, entry: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId, occurredAt: withdrawnAt } = entry;
  const decision = evidenceNamedBy(entry)[0]?.address ?? null;
  await publishClosed(ports, entry);
  await syncNotices(ports, applicationId);
  if (decision !== null) await issueActNotice(ports, entry, 'WITHDRAWAL');
  else await ports.functions.invoke('CompleteTask', { applicationId, withdrawn: true });
  return { result: 'WITHDRAWN', applicationId, withdrawnAt, decision, repeated };
}

function refused({ applicationId }: Command, why: Refusal): Answer {
  return { result: 'NOT_WITHDRAWN', applicationId, why, message: MESSAGES[why] };
}
