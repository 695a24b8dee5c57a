import {
  BureauAmbiguous,
  BureauUnavailable,
  type Bureau,
  type Identities,
  type WorkItem,
  type WorkStore,
} from '../../adapters/ports.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { keptAnswer } from '../../domain/bureau/kept-answer.ts';
import { readBureauAnswer } from '../../domain/bureau/mappings/index.ts';
import type { BureauAnswer, BureauRequest } from '../../domain/bureau/request.ts';
import { BureauReportUnreadable, type CreditReport } from '../../domain/bureau/report.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import type { InputOf, OutputOf } from '../contracts.ts';
import type { StepOf } from '../handler.ts';
import { readApplication } from '../read-evidence.ts';
import { eventId, recordStep, sealed, type SealedReference, type StepPorts, type StepRecord } from '../record-step.ts';
import { keys, type PullState } from '../work-items.ts';

export interface PullPorts extends StepPorts {
  readonly identities: Identities;
  readonly workStore: WorkStore;
  readonly bureau: Bureau;
}

type Pulled = OutputOf<'PullBureauReport'>;
type PullInput = InputOf<'PullBureauReport'>;

/** Retries of the state in underwriting.asl.json: after the last, an outage is reported instead of thrown. */
const RETRIES = 2;

export class PullNotOrdered extends Error {
  override readonly name = 'PullNotOrdered';
}

export class ConsentMissing extends Error {
  override readonly name = 'ConsentMissing';
}

/**
 * One hard pull, never sent twice. Its claim goes CLAIMED, SENT, RECEIVED: a call that finds SENT cannot know whether the
 * bureau was asked, so the pull is ambiguous and a person resolves it (15 USC 1681b; docs/decisions/0004).
 */
export function pullBureauReport(ports: PullPorts): StepOf<'PullBureauReport'> {
  return (called) => {
    const item = `${called.bureau}/${called.pullEpoch}`;
    return recordStep(ports, called, 'BUREAU_REPORT_PULLED', () => pull(ports, called), item);
  };
}

/** Whoever holds a task token could answer it with REPULL: a new inquiry needs the recorded order of a person. */
async function requireOrders(
  { ledger }: PullPorts,
  { application: { applicationId }, pullEpoch }: PullInput,
): Promise<void> {
  if (pullEpoch === 0) return;
  const entries = await ledger.read(applicationId);
  const orders = entries.filter(({ type, body }) => type === 'REVIEW_COMPLETED' && body['action'] === 'REPULL').length;
  if (orders < pullEpoch) {
    throw new PullNotOrdered(
      'No review of this application orders a new inquiry: find out who answered its task token.',
    );
  }
}

async function pull(ports: PullPorts, called: PullInput): Promise<StepRecord<Pulled>> {
  await requireOrders(ports, called);
  const { applicationId } = called.application;
  const request = await bureauRequest(ports, called);
  const key = keys.pull(applicationId, called.bureau, called.pullEpoch);
  const claim = await claimPull(ports, key, request.reference);
  const state = claim?.data as PullState | undefined;
  if (state?.state === 'RECEIVED') {
    const raw = { kind: 'bureau-answer', ...state.answer };
    const kept = await ports.evidence.open(applicationId, raw.kind, raw.address);
    return report(ports, called, request, kept as unknown as BureauAnswer, raw);
  }
  const sent =
    claim && state?.state === 'CLAIMED' ? await advance(ports, claim, { ...state, state: 'SENT' }) : undefined;
  if (!sent) return withoutReport(called, 'AMBIGUOUS');
  let answer: BureauAnswer;
  try {
    answer = keptAnswer(await ports.bureau.pull(request));
  } catch (error) {
    if (error instanceof BureauAmbiguous) return withoutReport(called, 'AMBIGUOUS');
    if (!(error instanceof BureauUnavailable)) throw error;
    // Proven not pulled, so the claim may be sent again.
    await advance(ports, sent, { state: 'CLAIMED', reference: request.reference });
    if (called.retryCount < RETRIES) throw error;
    return withoutReport(called, 'UNAVAILABLE');
  }
  const raw = await sealed(ports, applicationId, 'bureau-answer', answer);
  await advance(ports, sent, {
    state: 'RECEIVED',
    reference: request.reference,
    answer: { address: raw.address, versionId: raw.versionId },
  });
  return report(ports, called, request, answer, raw);
}

async function claimPull({ workStore }: PullPorts, key: { pk: string; sk: string }, reference: string) {
  const data: PullState = { state: 'CLAIMED', reference };
  return (await workStore.create({ ...key, data })) ?? (await workStore.get(key.pk, key.sk));
}

function advance({ workStore }: PullPorts, item: WorkItem, data: PullState): Promise<WorkItem | undefined> {
  return workStore.replace({ ...item, data });
}

async function report(
  ports: PullPorts,
  called: PullInput,
  request: BureauRequest,
  answer: BureauAnswer,
  raw: SealedReference,
): Promise<StepRecord<Pulled>> {
  const { applicationId } = called.application;
  const read = await readOrRecord(ports, called, request, answer, raw);
  const canonical = await sealed(ports, applicationId, 'bureau-report', read);
  return {
    output: {
      bureau: called.bureau,
      status: read.status,
      scorable: read.attributes !== null,
      evidence: canonical.address,
    },
    evidence: [raw, canonical],
    facts: {
      bureau: called.bureau,
      status: read.status,
      inquiry: read.inquiry,
      reference: request.reference,
      simulated: read.simulated,
    },
  };
}

/** Reads the answer; one that cannot be read is recorded as it came before the step fails. */
async function readOrRecord(
  { ledger }: PullPorts,
  { application: { applicationId }, step, bureau }: PullInput,
  request: BureauRequest,
  answer: BureauAnswer,
  { kind, address, versionId }: SealedReference,
): Promise<CreditReport> {
  try {
    return readBureauAnswer(answer, request);
  } catch (error) {
    if (!(error instanceof BureauReportUnreadable)) throw error;
    await ledger.append(
      ledgerEvent({
        id: eventId(step, `${bureau}/${request.reference}/unreadable`),
        applicationId,
        type: 'BUREAU_ANSWER_UNREADABLE',
        occurredAt: step.enteredAt,
        actor: 'system',
        body: { bureau, reference: request.reference, fault: error.message, evidence: [{ kind, address, versionId }] },
      }),
    );
    throw error;
  }
}

function withoutReport({ bureau }: PullInput, status: 'AMBIGUOUS' | 'UNAVAILABLE'): StepRecord<Pulled> {
  return { output: { bureau, status, scorable: false, evidence: null }, evidence: [], facts: { bureau, status } };
}

async function bureauRequest(ports: PullPorts, called: PullInput): Promise<BureauRequest> {
  const { applicationId } = called.application;
  const { consents } = await readApplication(ports.evidence, called.application);
  if (!consents.some(({ kind }) => kind === 'BUREAU_PULL')) {
    throw new ConsentMissing(
      'The application has no BUREAU_PULL consent, so no report may be pulled: ask the applicant.',
    );
  }
  const { firstName, lastName, dateOfBirth, ssn, address } = identitySchema.parse(
    await ports.identities.get(applicationId),
  );
  return {
    bureau: called.bureau,
    applicationId,
    inquiry: 'HARD',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: digestOf(['HARD_PULL', applicationId, called.bureau, called.pullEpoch]).slice(0, 32),
    consumer: { firstName, lastName, dateOfBirth, ssn, address },
  };
}
