import * as z from 'zod';

import type { Evidence } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { consentFault } from '../../domain/application/consents.ts';
import type { ProductName } from '../../domain/application/products.ts';
import { fieldErrors, type FieldError } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { lastDay } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { REOPENING_REASONS } from '../../domain/ledger/events.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { MAX_REOPENINGS } from '../../domain/ledger/execution-name.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { evidenceAddress, fieldError, instant, type Contract, type Output, type UseCase } from '../contracts.ts';
import { decisionOf, reopenedBy, type Decided } from '../offers/offers.ts';
import { faultOfNote } from '../retention/retention.ts';
import { isStale } from '../workflow/report-age.ts';
import { reopenCommand, type ReopenCommand } from './command.ts';
import { isSettled, startSuperseding, supersede, type Preceded, type SupersedePorts } from './supersede.ts';

/** Has a recorded decision made again by a new execution, linked to the first: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('REOPENED'),
      applicationId,
      /** The decision that is superseded. */
      decision: evidenceAddress,
      /** Of the application's reopenings, from 1. */
      number: z.int().positive(),
      why: z.enum(REOPENING_REASONS),
      reopenedAt: instant,
      /** Of the execution that decides again. */
      executionArn: z.string(),
      /** Whether this decision had been reopened before; `why` is what was said then. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.literal('NOT_REOPENED'),
      applicationId,
      why: z.enum(['NO_SUCH_DECISION', 'IN_PROGRESS', 'ACCEPTED', 'WITHDRAWN', 'NOT_SO', 'FORGOTTEN']),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

export type ReopenPorts = SupersedePorts;

type Answer = Output<typeof contract>;
type Refusal = Extract<Answer, { result: 'NOT_REOPENED' }>['why'];

/**
 * Has an application decided again: its newest decision is superseded and a new execution starts, whose decision names the
 * one it replaces. A decision of which an offer was accepted stays. The first reopening of a decision is final; a call that
 * died half-way is completed by the next one, or by StartAccepted.
 */
export function reopenApplication(ports: ReopenPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = reopenCommand.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const fault = faultOfNote(asked.note ?? '', ports);
    if (fault) return { result: 'REJECTED', errors: [{ path: 'note', message: fault }] };
    const { applicationId, decision } = asked;
    const entries = await ports.ledger.read(applicationId);
    if (forgettingOf(entries).decided) return refused(asked, 'FORGOTTEN', PRECEDED.FORGOTTEN);
    const decided = await decisionOf(ports, applicationId, decision);
    if (!decided)
      return refused(asked, 'NO_SUCH_DECISION', 'The application has no such decision: look at its status.');
    const reopened = await reopenedBy(ports, decided);
    if (reopened) return complete(ports, reopened, true);

    const now = ports.clock.now().toISOString();
    const errors = consentFaults(asked, decided.record, ports.lending, now);
    if (errors.length > 0) return { result: 'REJECTED', errors };
    const parts = byExecution(entries);
    const refusal = isSettled(parts.at(-1) ?? [], decided.record, decided.reference.address)
      ? await objectionTo(ports, asked, decided.record, now)
      : IN_PROGRESS;
    if (refusal) return refused(asked, ...refusal);
    if (parts.length > MAX_REOPENINGS)
      return refused(asked, 'NOT_SO', 'It was decided too often: send a new application.');

    const closed = await supersede(ports, decided, {
      now,
      makeEvent: reopeningEvent(asked, decided, parts.length, now),
    });
    return typeof closed === 'string'
      ? refused(asked, closed === 'LAPSED' ? 'NOT_SO' : closed, PRECEDED[closed])
      : complete(ports, closed, false);
  };
}

const PRECEDED: Readonly<Record<Preceded, string>> = {
  ACCEPTED: 'An offer of this decision was accepted, so it stays: look at its offers.',
  WITHDRAWN: 'The applicant withdrew the application: send a new application.',
  LAPSED: 'The time to complete the application is over: send a new application.',
  FORGOTTEN: 'The applicant is forgotten, and cannot be judged.',
};

const IN_PROGRESS = [
  'IN_PROGRESS',
  'What follows the decision is not done, or its step history not archived: try again in a minute, or see its status.',
] as const satisfies [Refusal, string];

/** Returns what speaks against the reason that is given; undefined where nothing does. */
export async function objectionTo(
  { evidence, lending }: { readonly evidence: Pick<Evidence, 'open'>; readonly lending: LendingSettings },
  asked: { readonly why: ReopenCommand['why']; readonly affectedBy?: string | null },
  record: DecisionRecord,
  now: string,
): Promise<[Refusal, string] | undefined> {
  const { timeZone } = lending.lender;
  const today = localDate(now, timeZone);
  if (record.outcome === 'INCOMPLETE') {
    return ['NOT_SO', `It was incomplete: complete the application until ${record.completeBy}, or send a new one.`];
  }
  if (record.outcome === 'WITHDRAWN') {
    return ['NOT_SO', 'The applicant withdrew the application: send a new application.'];
  }
  switch (asked.why) {
    case 'OFFER_EXPIRED': {
      const last = lastDay(record);
      if (last === undefined) return ['NOT_SO', 'The decision has no offers.'];
      return today > last ? undefined : ['NOT_SO', `An offer of the decision can be accepted until ${last}.`];
    }
    case 'REPORT_STALE':
      return (await isStale(evidence, record, { today, timeZone }))
        ? undefined
        : ['NOT_SO', 'The decision rests on no report that is too old.'];
    case 'POLICY_AFFECTED':
      return record.policy?.digest === asked.affectedBy || record.model?.packageDigest === asked.affectedBy
        ? undefined
        : ['NOT_SO', 'The decision rests on no policy or model with this digest.'];
    case 'REVIEW_REQUESTED':
      return undefined;
  }
}

/** The event that supersedes a decision for a reason. @param id of the event. */
function reopeningEvent(asked: ReopenCommand, { reference }: Decided, number: number, now: string) {
  const { why, note, by, consent, applicationId } = asked;
  const affectedBy = asked.why === 'POLICY_AFFECTED' ? asked.affectedBy : null;
  const body = { number, why, note, affectedBy, consent, evidence: [reference] };
  return (id: string) =>
    ledgerEvent({ id, applicationId, type: 'DECISION_REOPENED', occurredAt: now, actor: by, body });
}

async function complete(ports: ReopenPorts, entry: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId } = entry;
  const executionArn = await startSuperseding(ports, entry);
  const { number, why, evidence } = readBody(entry, 'DECISION_REOPENED');
  return {
    result: 'REOPENED',
    applicationId,
    decision: evidence[0]?.address ?? '',
    number,
    why,
    reopenedAt: entry.occurredAt,
    executionArn,
    repeated,
  };
}

function consentFaults(
  { consent }: ReopenCommand,
  { product }: DecisionRecord,
  { lender }: LendingSettings,
  now: string,
): FieldError[] {
  const rules = { lender, product: product as ProductName };
  const fault = consent && consentFault({ kind: 'BUREAU_PULL', ...consent }, now, rules);
  return fault ? [{ path: `consent.${fault.path}`, message: fault.message }] : [];
}

function refused({ applicationId }: ReopenCommand, why: Refusal, message: string): Answer {
  return { result: 'NOT_REOPENED', applicationId, why, message };
}
