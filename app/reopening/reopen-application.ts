import * as z from 'zod';

import type { Clock, Evidence, Workflows } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { consentFault } from '../../domain/application/consents.ts';
import type { ProductName } from '../../domain/application/products.ts';
import { fieldErrors, type FieldError } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { REOPENING_REASONS } from '../../domain/ledger/events.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { MAX_REOPENINGS } from '../../domain/ledger/execution-name.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { lastDay } from '../../domain/projections/application.ts';
import { keys } from '../../domain/projections/keys.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { evidenceAddress, fieldError, instant, type Contract, type Output, type UseCase } from '../contracts.ts';
import { lapse } from '../offers/lapse.ts';
import {
  closedBy,
  closeDecision,
  decisionOf,
  reopenedBy,
  reopenLapsed,
  publishClosed,
  type Decided,
  type OfferPorts,
} from '../offers/offers.ts';
import { faultOfNote } from '../retention/retention.ts';
import { removeItem } from '../work-items.ts';
import { isStale } from '../workflow/report-age.ts';
import { startReopened } from '../workflow/start-execution.ts';
import { reopenCommand, type ReopenCommand } from './command.ts';

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
      why: z.enum(['NO_SUCH_DECISION', 'IN_PROGRESS', 'ACCEPTED', 'NOT_SO', 'FORGOTTEN']),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

export interface ReopenPorts extends OfferPorts {
  readonly lending: LendingSettings;
  readonly workflows: Workflows;
  readonly clock: Clock;
}

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
    if (forgettingOf(entries).decided)
      return refused(asked, 'FORGOTTEN', 'The applicant is forgotten, and cannot be judged.');
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

    const index = { pk: keys.starting, sk: `${now}#${applicationId}` };
    await ports.workStore.create({ ...keys.reopening(applicationId), index, data: { applicationId } });
    const entry = await supersede(ports, asked, decided, { number: parts.length, now });
    const { decided: forgotten } = forgettingOf(await ports.ledger.read(applicationId));
    if (entry && !forgotten) return complete(ports, entry, false);
    await removeItem(ports.workStore, keys.reopening(applicationId));
    // The chain says which was first: a reopening behind the decision to forget opens nothing.
    if (forgotten) return refused(asked, 'FORGOTTEN', 'The applicant is forgotten, and cannot be judged.');
    return refused(asked, 'ACCEPTED', 'An offer of this decision was accepted, so it stays: look at its offers.');
  };
}

const IN_PROGRESS = [
  'IN_PROGRESS',
  'What follows the decision is not done, or its step history not archived: try again in a minute, or see its status.',
] as const satisfies [Refusal, string];

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
    return ['NOT_SO', 'It was incomplete: send the completed application under a new id.'];
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

/** Closes the decision with its reopening. @returns undefined where an offer was accepted before. */
async function supersede(
  ports: ReopenPorts,
  asked: ReopenCommand,
  decided: Decided,
  { number, now }: { readonly number: number; readonly now: string },
): Promise<LedgerEntry | undefined> {
  const { why, note, by, consent, applicationId } = asked;
  const { kind, address, versionId } = decided.reference;
  const affectedBy = asked.why === 'POLICY_AFFECTED' ? asked.affectedBy : null;
  const makeEvent = (id: string) =>
    ledgerEvent({
      id,
      applicationId,
      type: 'DECISION_REOPENED',
      occurredAt: now,
      actor: by,
      body: { number, why, note, affectedBy, consent, evidence: [{ kind, address, versionId }] },
    });
  const last = lastDay(decided.record);
  const expired = last !== undefined && localDate(now, ports.lending.lender.timeZone) > last;
  const closed =
    (await closedBy(ports, decided)) ??
    (expired ? await lapse(ports, decided, now) : await closeDecision(ports, decided, makeEvent));
  if (closed.type === 'OFFER_ACCEPTED') return undefined;
  if (closed.type === 'DECISION_REOPENED') return closed;
  await publishClosed(ports, closed);
  return reopenLapsed(ports, decided, makeEvent);
}

/** Does what follows a reopening, as far as it was not done. */
async function complete(ports: ReopenPorts, entry: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId } = entry;
  const executionArn = await startReopened(ports, entry);
  await publishClosed(ports, entry);
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
