import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { declarationsIn, hasDeclared } from '../../domain/casework/conflict.ts';
import {
  compareVerified,
  CONTRADICTIONS,
  verification,
  type ConditionEvidence,
} from '../../domain/decision/condition-evidence.ts';
import { conditionStateOf, contradictionOf, offerStateOf } from '../../domain/decision/offer-state.ts';
import { conditionId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { NEXT_RUN } from '../../domain/projections/retention-item.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import {
  actingRole,
  evidenceAddress,
  fieldError,
  instant,
  person,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { reopenForPerson } from '../reopening/reopen-for-person.ts';
import type { SupersedePorts } from '../reopening/supersede.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed } from '../workflow/record-step.ts';
import { closedBy, decisionsOf, listFor, publishClosed, type Decided } from './offers.ts';

export const CONDITION_REFUSALS = [
  'NO_SUCH_CONDITION',
  'ALREADY_CLEARED',
  'NOT_OPEN',
  'CONFLICT_OF_INTEREST',
  'OWN_APPLICATION',
  'FORGOTTEN',
] as const;

/** What a person verified for a condition. Parsed by the use case itself, which names every fault. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('CLEARED'),
      applicationId,
      condition: z.string(),
      clearedAt: instant,
      /** The address of the sealed evidence. */
      evidence: evidenceAddress,
      conditionsOpen: z.array(z.string()),
      /** Whether the accepted offer is booked. */
      booked: z.boolean(),
      /** Whether an earlier call cleared it by this very evidence. */
      repeated: z.boolean(),
    }),
    /** What was verified contradicts the application: the decision is reopened, and another person decides. */
    z.strictObject({
      result: z.literal('REVIEW_NEEDED'),
      applicationId,
      /** The decision that is reopened. */
      decision: evidenceAddress,
      condition: z.string(),
      contradictions: z.array(z.enum(CONTRADICTIONS)),
      message: z.string(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.literal('REFUSED'),
      applicationId,
      reason: z.enum(CONDITION_REFUSALS),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

const command = z.strictObject({
  applicationId,
  by: person,
  role: actingRole('CLEAR_CONDITION'),
  verified: verification,
});
type Command = z.infer<typeof command>;
type Answer = Output<typeof contract>;
type Refusal = (typeof CONDITION_REFUSALS)[number];

/** What a condition of the newest decision is cleared with. */
interface Clearing {
  readonly asked: Command;
  readonly decided: Decided;
  readonly entries: readonly LedgerEntry[];
  /** UTC instant. */
  readonly now: string;
}

/**
 * Records what a person verified for a condition of the newest decision, once. A value within the tolerance of the product
 * clears the condition; a value beyond it reopens the decision, so that another person decides. An accepted offer
 * without an open condition is booked.
 */
export function clearCondition(ports: SupersedePorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const now = ports.clock.now().toISOString();
    if (asked.verified.documentDate > localDate(now, ports.lending.lender.timeZone)) {
      return {
        result: 'REJECTED',
        errors: [{ path: 'verified.documentDate', message: 'is in the future: send the date on the document' }],
      };
    }
    const entries = await ports.ledger.read(asked.applicationId);
    if (forgettingOf(entries).decided) return refused(asked, 'FORGOTTEN', 'The applicant is forgotten.');
    const [decided] = await decisionsOf(ports, asked.applicationId);
    const { condition } = asked.verified;
    const isOwn =
      decided &&
      (ofNewestExecution(entries).some(({ type }) => type === 'DECISION_RECORDED') ||
        contradictionOf(entries, decided.reference.address, [condition]) !== undefined);
    if (!isOwn || !decided.record.conditions.includes(condition)) {
      const message = 'The newest decision has no such condition: see its conditions with underwright offers.';
      return refused(asked, 'NO_SUCH_CONDITION', message);
    }
    const clearing: Clearing = { asked, decided, entries, now };
    return personRefusal(clearing) ?? (await record(ports, clearing));
  };
}

/** Only a person without a part in the application clears its conditions. */
function personRefusal({ asked, decided, entries }: Clearing): Answer | undefined {
  if (hasDeclared(declarationsIn(entries), asked.by)) {
    const message = 'This person declared a conflict of interest with the application: another person clears it.';
    return refused(asked, 'CONFLICT_OF_INTEREST', message);
  }
  if (decided.record.requestedBy === asked.by) {
    const message = 'This person requested the decision: another person clears its conditions.';
    return refused(asked, 'OWN_APPLICATION', message);
  }
  return undefined;
}

/** Records the result, or answers with an earlier one; what its writer left undone is done. */
async function record(ports: SupersedePorts, clearing: Clearing): Promise<Answer> {
  const { asked, decided, entries } = clearing;
  const { address: decision } = decided.reference;
  const id = conditionId(decision, asked.verified.condition);
  const state = offerStateOf(entries).state;
  const isOpen = state === 'OPEN' || state === 'ACCEPTED';
  if (!isOpen && !entries.some((entry) => entry.id === id)) {
    return refused(asked, 'NOT_OPEN', 'The offers of the decision are over: see them with underwright offers.');
  }
  const value = await evidenceOf(ports, clearing);
  const reference = await sealed(ports, asked.applicationId, 'condition-evidence', value);
  // A death between the entry and what follows it is then found by the next run.
  if (isDueNow(state, value)) await listFor(ports, asked.applicationId, decision, NEXT_RUN);
  const before = entries.find((entry) => entry.id === id);
  const entry = before ?? (await appendResult(ports, clearing, value, reference));
  const closed = await closedBy(ports, decided);
  const last = closed && (await publishClosed(ports, closed));
  const stored = evidenceNamedBy(entry)[1]?.address ?? '';
  await reopenForPerson(ports, decided);
  if (entry.type === 'CONDITION_CONTRADICTED') return reviewNeeded(ports, asked, decision, stored);
  if (stored !== reference.address) {
    return refused(asked, 'ALREADY_CLEARED', `${entry.actor} cleared it at ${entry.occurredAt} by other evidence.`);
  }
  const after = await ports.ledger.read(asked.applicationId);
  const conditionsOpen = [...conditionStateOf(after, decision, decided.record.conditions).open];
  const booked = last?.type === 'CREDIT_BOOKED';
  return cleared(asked, entry, { evidence: stored, conditionsOpen, booked, repeated: before !== undefined });
}

type ClearedAnswer = Extract<Answer, { result: 'CLEARED' }>;

function cleared(
  { applicationId, verified: { condition } }: Command,
  { occurredAt: clearedAt }: LedgerEntry,
  rest: Pick<ClearedAnswer, 'evidence' | 'conditionsOpen' | 'booked' | 'repeated'>,
): ClearedAnswer {
  return { result: 'CLEARED', applicationId, condition, clearedAt, ...rest };
}

/** Whether the result books an acceptance or reopens the decision. */
const isDueNow = (state: string, { contradictions }: ConditionEvidence): boolean =>
  state === 'ACCEPTED' || (state === 'OPEN' && contradictions.length > 0);

async function evidenceOf(ports: SupersedePorts, { asked, decided }: Clearing): Promise<ConditionEvidence> {
  const { applicationId, by, role, verified } = asked;
  const { address } = decided.reference;
  const application = await readEvidence(
    ports.evidence,
    applicationId,
    'application',
    decided.record.evidence.application,
  );
  return { schemaVersion: 1, decision: address, by, role, verified, ...compareVerified(application, verified) };
}

/** @returns the entry with the result: another call's, where that was quicker. */
function appendResult(
  ports: SupersedePorts,
  { asked, decided, now }: Clearing,
  { contradictions }: ConditionEvidence,
  evidence: Decided['reference'],
): Promise<LedgerEntry> {
  const { applicationId, by, role, verified } = asked;
  const { condition } = verified;
  return appendOnce(
    ports.ledger,
    ledgerEvent({
      id: conditionId(decided.reference.address, condition),
      applicationId,
      type: contradictions.length === 0 ? 'CONDITION_CLEARED' : 'CONDITION_CONTRADICTED',
      occurredAt: now,
      actor: by,
      body: { role, condition, evidence: [decided.reference, evidence] },
    }),
  );
}

async function reviewNeeded(
  { evidence }: SupersedePorts,
  { applicationId, verified: { condition } }: Command,
  decision: string,
  address: string,
): Promise<Answer> {
  const { contradictions } = await readEvidence(evidence, applicationId, 'condition-evidence', address);
  const message =
    'What was verified contradicts the application, so no offer of the decision is booked: ' +
    'the decision is reopened, and another person decides.';
  return { result: 'REVIEW_NEEDED', applicationId, decision, condition, contradictions, message };
}

function refused({ applicationId }: Command, reason: Refusal, message: string): Answer {
  return { result: 'REFUSED', applicationId, reason, message };
}
