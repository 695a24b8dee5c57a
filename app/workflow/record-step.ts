import type { Evidence, Ledger, StoredEvidence } from '../../adapters/ports.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import { appendOnce } from '../append-once.ts';
import type { ApplicationReference, Step } from '../contracts.ts';

export interface StepPorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
}

/** Of the steps whose results a replay makes again. */
export interface DecidingPorts extends StepPorts {
  /** Archives the core that this release decides with, once a process. @returns its digest. */
  readonly decisionCore: () => Promise<string>;
}

export interface Called {
  readonly application: ApplicationReference;
  readonly step: Step;
}

/** A call that records one of several items of a step: each item has an event of its own. */
export interface CalledForItem extends Called {
  readonly item?: string;
}

type StepEvent = {
  [Type in EventType]: EventBody<Type> extends { output: JsonObject; evidence: unknown; facts: JsonObject }
    ? Type
    : never;
}[EventType];

/** What a step has to say of its work, once its evidence is sealed. */
export interface StepRecord<Output> {
  readonly output: Output;
  readonly evidence: readonly SealedReference[];
  readonly facts?: JsonObject;
}

export interface SealedReference extends StoredEvidence {
  readonly kind: string;
}

/** The same step of the same round of the same execution has the same id, however often it runs. */
export function eventId(
  { executionArn, state, round }: Pick<Step, 'executionArn' | 'state' | 'round'>,
  item?: string,
): string {
  return [executionArn, state, String(round), ...(item === undefined ? [] : [item])].join('/');
}

/**
 * Does a step's work once: a call that is repeated, after a retry or a crash, finds the event that the earlier call
 * appended and gives its output again; so does one of two calls at once, whose event came second. Evidence is sealed before
 * the event that names it.
 */
export async function recordStep<Output extends object>(
  ports: StepPorts,
  called: CalledForItem,
  type: StepEvent,
  work: () => Promise<StepRecord<Output>>,
): Promise<Output> {
  return readBody(await stepEntry(ports, called, type, work), type).output as unknown as Output;
}

/** `recordStep`, for whom the output is not enough. @returns the step's entry, of an earlier call where there was one. */
export async function stepEntry(
  { ledger }: StepPorts,
  { application: { applicationId }, step, item }: CalledForItem,
  type: StepEvent,
  work: () => Promise<StepRecord<object>>,
): Promise<LedgerEntry> {
  const id = eventId(step, item);
  const earlier = await ledger.find(applicationId, id);
  if (earlier) return earlier;
  const { output, evidence, facts = {} } = await work();
  const event = ledgerEvent({
    id,
    applicationId,
    type,
    occurredAt: step.enteredAt,
    actor: 'system',
    body: {
      output: output as Record<string, Json>,
      evidence: [...evidence],
      facts,
    },
  });
  return appendOnce(ledger, event);
}

/** Seals a value and gives the reference that the ledger keeps. */
export async function sealed(
  { evidence }: StepPorts,
  applicationId: string,
  kind: string,
  value: object,
): Promise<SealedReference> {
  const stored = await evidence.seal(applicationId, kind, value as JsonObject);
  return { kind, ...stored };
}
