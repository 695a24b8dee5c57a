import * as z from 'zod';

import {
  IdentityConflict,
  KeyDestroyed,
  type Clock,
  type Events,
  type Evidence,
  type Identities,
  type Vault,
  type Workflows,
  type WorkStore,
} from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { consentFault, textsOf } from '../../domain/application/consents.ts';
import {
  parseSubmission,
  splitSubmission,
  type FieldError,
  type Submission,
} from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { interactionNoticeFault } from '../../domain/duties/interaction-notice.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { CONTINUED_QUOTE, type ContinuedQuote } from '../../domain/prequalification/continued-quote.ts';
import { keys } from '../../domain/projections/keys.ts';
import { intakeSummary, type Summary } from '../../domain/projections/summary.ts';
import {
  clientId,
  evidenceAddress,
  fieldError,
  instant,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { continuable } from '../prequalification/continue-quote.ts';
import { compareAndSwap, RACE_LOST } from '../work-items.ts';
import { readApplication } from '../workflow/read-evidence.ts';
import { sealed, type StepPorts } from '../workflow/record-step.ts';
import { receivedDigest, receivedEventId, startAccepted } from '../workflow/start-execution.ts';
import { isAbandoned } from './abandoned-intakes.ts';
import { identityDigest } from './identity-digest.ts';
import { personKey } from './person-key.ts';

export const contract = {
  /**
   * A submission, or `{submittedBy, submission}` with the client id of the front end that sent it. Parsed by the handler
   * itself, which answers with every field error at once.
   */
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('ACCEPTED'),
      applicationId,
      digest: evidenceAddress,
      receivedAt: instant,
      executionArn: z.string(),
      /** Whether this very submission was known when it came: of equal ones at once, several may be the first. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

export interface IntakePorts extends StepPorts {
  readonly lending: LendingSettings;
  readonly vault: Vault;
  readonly identities: Identities;
  readonly workStore: WorkStore;
  readonly events: Events;
  readonly workflows: Workflows;
  readonly clock: Clock;
}

type Answer = Output<typeof contract>;

/**
 * Takes an application in: every field error at once, or a dated, sealed record of it and its execution started.
 *
 * Sending the same again answers with the first; the same id with other content is a conflict. A call that died half-way
 * is completed by the next one, or by `startAccepted` where its front end never came back.
 */
export function intakeApplication(ports: IntakePorts): UseCase<typeof contract> {
  return async (input) => {
    const { submittedBy, submission } = sentBy(input);
    const parsed = parseSubmission(submission);
    if (!parsed.ok) return { result: 'REJECTED', errors: parsed.errors };
    const { applicationId } = parsed.submission;
    const known = await ports.ledger.find(applicationId, receivedEventId(applicationId));
    // A repeated submission is answered with the first, however old its consents are by now.
    const now = ports.clock.now();
    const { quote, faults } = known
      ? { quote: undefined, faults: [] }
      : await continuable(ports, parsed.submission, { submittedBy, now });
    const errors = known ? [] : [...refusedHere(parsed.submission, now, ports.lending), ...faults];
    if (errors.length > 0) return { result: 'REJECTED', errors };
    try {
      return await accept(ports, parsed.submission, { submittedBy, known, quote });
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error;
      const message =
        'What was sent under this id was forgotten: its time was over, or it was never accepted and not sent again. Send a new id for a new application.';
      return { result: 'CONFLICT', applicationId, message };
    }
  };
}

const fromFrontEnd = z.strictObject({ submittedBy: clientId, submission: z.unknown() });

/** @returns who is recorded to have sent a submission: `system` for one that came through no front end. */
function sentBy(input: unknown): { submittedBy: string; submission: unknown } {
  const parsed = fromFrontEnd.safeParse(input);
  return parsed.success ? parsed.data : { submittedBy: 'system', submission: input };
}

/** Finds all faults for which intake refuses a submission that it has not received before. */
export function checkSubmission(
  input: unknown,
  now: Date,
  lending: LendingSettings,
): ReturnType<typeof parseSubmission> {
  const parsed = parseSubmission(input);
  if (!parsed.ok) return parsed;
  const errors = refusedHere(parsed.submission, now, lending);
  return errors.length > 0 ? { ok: false, errors } : parsed;
}

/**
 * What the form of a submission does not show. While the bureau is simulated, nobody's own number may come in: the areas
 * 900-999, 666 and 000 are never issued.
 */
export function refusedHere(
  { applicant, consents, product }: Submission,
  now: Date,
  { lender }: LendingSettings,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = now.toISOString();
  const today = localDate(at, lender.timeZone);
  for (const [index, consent] of consents.entries()) {
    const fault = consentFault(consent, at, { lender, product });
    if (fault) errors.push({ path: `consents.${index}.${fault.path}`, message: fault.message });
  }
  const unshown = interactionNoticeFault({ state: applicant.address.state, consents }, at, lender);
  if (unshown) errors.push(unshown);
  if (applicant.dateOfBirth > today) {
    errors.push({ path: 'applicant.dateOfBirth', message: 'is after today: send the date of birth as YYYY-MM-DD' });
  }
  if (!/^(9|666|000)/.test(applicant.ssn)) {
    const message =
      'must be a number that is never issued (area 900 to 999, 666 or 000) while the bureau is simulated: see docs/simulated-bureau.md';
    errors.push({ path: 'applicant.ssn', message });
  }
  return errors;
}

interface Sent {
  readonly submittedBy: string;
  /** The entry of its receipt, where it was received before. */
  readonly known: LedgerEntry | undefined;
  /** Of a first receipt that continues a quote. */
  readonly quote: ContinuedQuote | undefined;
}

async function accept(
  ports: IntakePorts,
  submission: Submission,
  { submittedBy, known, quote }: Sent,
): Promise<Answer> {
  const { evidence, identities, ledger, vault } = ports;
  const { applicationId } = submission;
  const id = receivedEventId(applicationId);
  // The words of a text that the settings no longer have are in the application that was received first.
  const texts = known ? await textsIn(evidence, known) : textsOf(ports.lending.lender.consentTexts, {});
  /** The application that one front end sent: the digest binds it to the person and to the front end. */
  const sentFrom = async (actor: string) =>
    splitSubmission(submission, await identityDigest(vault, applicationId, actor, submission.applicant), texts);

  const ours = await sentFrom(submittedBy);
  let entry = known;
  const repeated = known !== undefined;
  if (!entry) {
    const now = ports.clock.now().toISOString();
    const { application, identity } = ours;
    await vault.createDataKey(applicationId);
    // Before anything of the person is kept, so that what is never accepted is found again and forgotten.
    const receivedAt = await listStarting(ports, applicationId, application.product, now);
    try {
      await identities.put(applicationId, identity);
    } catch (error) {
      if (error instanceof IdentityConflict) return conflict(applicationId);
      throw error;
    }
    await linkPerson(ports, applicationId, submission.applicant.ssn);
    const receivedOn = localDate(receivedAt, ports.lending.lender.timeZone);
    const references = [
      await sealed(ports, applicationId, 'application', application),
      ...(quote ? [await sealed(ports, applicationId, CONTINUED_QUOTE, quote)] : []),
    ];
    const event = ledgerEvent({
      id,
      applicationId,
      type: 'APPLICATION_RECEIVED',
      occurredAt: receivedAt,
      actor: submittedBy,
      body: { product: application.product, receivedOn, evidence: references },
    });
    // Another call may have claimed the id since: the ledger says which was first.
    entry = await ledger.append(event).catch(async (error: unknown) => {
      const first = await ledger.find(applicationId, id);
      if (!first) throw error;
      return first;
    });
  }
  // Another front end learns of it no more than that the id is taken.
  if (submittedBy !== 'system' && entry.actor !== submittedBy) return conflict(applicationId);
  const digest = receivedDigest(entry);
  const { application } = entry.actor === submittedBy ? ours : await sentFrom(entry.actor);
  if ((await evidence.addressOf(applicationId, 'application', application)) !== digest) return conflict(applicationId);
  const executionArn = await startAccepted(ports, entry);
  return { result: 'ACCEPTED', applicationId, digest, receivedAt: entry.occurredAt, executionArn, repeated };
}

/** The texts of the consents in a received application, with the words that it keeps. @throws KeyDestroyed */
async function textsIn(evidence: Evidence, received: LedgerEntry) {
  const digest = receivedDigest(received);
  const { consents } = await readApplication(evidence, { applicationId: received.applicationId, digest });
  return consents.map(({ kind, textVersion, text }) => ({ kind, version: textVersion, text }));
}

function conflict(applicationId: string): Answer {
  const message =
    'Another application with other content has this id. Send the same content to repeat it, or a new id for a new application.';
  return { result: 'CONFLICT', applicationId, message };
}

/**
 * Puts an application that is about to be accepted on the list that StartAccepted goes through, and ForgetApplicants for
 * what never was accepted.
 * @returns when it was first received: the legal clock runs from there, also where that call died.
 * @throws KeyDestroyed when that was abandoned since.
 */
async function listStarting(
  { workStore }: IntakePorts,
  applicationId: string,
  product: string,
  now: string,
): Promise<string> {
  const data = intakeSummary(applicationId, product, now);
  const place = keys.summary(applicationId);
  const index = { pk: keys.starting, sk: `${now}#${applicationId}` };
  // Almost every application is new, so the item is created before it is read.
  if (await workStore.create({ ...place, index, data })) return now;
  return compareAndSwap(workStore, place, async (earlier) => {
    if (!earlier) return (await workStore.create({ ...place, index, data })) ? now : RACE_LOST;
    if (isAbandoned(earlier)) throw new KeyDestroyed(`The intake of ${applicationId} was abandoned.`);
    const { receivedAt, executionArn } = earlier.data as Summary;
    // Listed as of now, so that nobody gives up what this call is about to accept.
    return executionArn !== null || (await workStore.replace({ ...earlier, index })) ? receivedAt : RACE_LOST;
  });
}

/** Finds a person's applications without knowing the person: by keyed digest. */
async function linkPerson({ vault, workStore }: IntakePorts, applicationId: string, ssn: string): Promise<void> {
  await workStore.create({ ...keys.person(await personKey(vault, ssn), applicationId), data: { applicationId } });
}
