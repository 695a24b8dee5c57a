import * as z from 'zod';

import type { Clock } from '../../adapters/ports.ts';
import { amend, NO_EFFECT, type Amending } from '../../domain/application/amendment.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { validateApplication } from '../../domain/application/completeness.ts';
import { consentFault, keptConsent, textShown, textsOf } from '../../domain/application/consents.ts';
import { TERMS } from '../../domain/application/products.ts';
import { fieldErrors, type Application, type FieldError } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { closingsOf, lastDay } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { interactionNoticeFault } from '../../domain/duties/interaction-notice.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { MAX_REOPENINGS } from '../../domain/ledger/execution-name.ts';
import { applicationIn, byExecution, isDecided, ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { answersFor } from '../../domain/ledger/submitter.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { statusOf } from '../../domain/status.ts';
import {
  clientId,
  evidenceAddress,
  fieldError,
  instant,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { lapse } from '../offers/lapse.ts';
import { decisionOf, decisionsOf, publishClosed, type Decided } from '../offers/offers.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed } from '../workflow/record-step.ts';
import { isSettled, startSuperseding, supersede, type Preceded, type SupersedePorts } from './supersede.ts';

/** What an applicant sends to complete or to correct an application: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('AMENDED'),
      applicationId,
      /** The decision that is superseded. */
      decision: evidenceAddress,
      /** Of the application's reopenings, from 1. */
      number: z.int().positive(),
      amendedAt: instant,
      /** Of the execution that decides the amended application. */
      executionArn: z.string(),
      /** Whether this very amendment had been made before. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.literal('NOT_AMENDED'),
      applicationId,
      why: z.enum([
        'NO_SUCH_APPLICATION',
        'IN_PROGRESS',
        'IN_REVIEW',
        'NOT_INCOMPLETE',
        'CONFLICT',
        'LAPSED',
        'ACCEPTED',
        'WITHDRAWN',
        'TOO_OFTEN',
        'FORGOTTEN',
      ]),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

const command = z.strictObject({
  applicationId,
  why: z.enum(['COMPLETED', 'CORRECTED']),
  /** The front end through which the applicant amends. */
  by: clientId,
  /** Members of the application, as a submission has them. */
  content: z.record(z.string(), z.json(), 'must be a JSON object'),
});
type Command = z.infer<typeof command>;

export interface AmendPorts extends SupersedePorts {
  readonly clock: Clock;
}

type Answer = Output<typeof contract>;
type Refusal = Extract<Answer, { result: 'NOT_AMENDED' }>['why'];

const NEW = 'send a new application under a new id';
const MESSAGES: Readonly<Record<Refusal, string>> = {
  NO_SUCH_APPLICATION: 'There is no such application.',
  IN_PROGRESS:
    'It is being decided, or what follows the decision is not done: try again in a minute, or see its status.',
  IN_REVIEW: 'A person decides on it now: send the lender what is wrong, or correct it when it is decided.',
  NOT_INCOMPLETE: 'Nothing is missing: send a correction to change what was stated.',
  CONFLICT: 'Another amendment is being decided: see the status of the application, and try again when it is decided.',
  LAPSED: `The time to complete the application is over: ${NEW}.`,
  ACCEPTED: 'An offer of the decision was accepted, so the application stays as it is.',
  WITHDRAWN: `The applicant withdrew the application: ${NEW}.`,
  TOO_OFTEN: `It was decided too often: ${NEW}.`,
  FORGOTTEN: `The applicant is forgotten: ${NEW}.`,
};

/**
 * Completes or corrects an application under its own id: the amended application is sealed, the newest decision is superseded,
 * and a new execution decides. A repeated amendment is answered with the first. A call that died half-way is completed by the
 * next one, or by StartAccepted.
 */
export function amendApplication(ports: AmendPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const entries = await ports.ledger.read(asked.applicationId);
    if (!answersFor(entries, asked.by)) return refused(asked, 'NO_SUCH_APPLICATION');
    if (forgettingOf(entries).decided) return refused(asked, 'FORGOTTEN');
    const earlier = await sameAmendment(ports, asked, entries);
    if (earlier) return complete(ports, earlier, true);
    const [newest] = await decisionsOf(ports, asked.applicationId);
    const objection = await objectionOf(ports, asked, newest, entries);
    if (objection || !newest) return refused(asked, objection ?? 'IN_PROGRESS');
    return amendDecided(ports, asked, newest, entries);
  };
}

async function amendDecided(
  ports: AmendPorts,
  asked: Command,
  decided: Decided,
  entries: readonly LedgerEntry[],
): Promise<Answer> {
  const now = ports.clock.now().toISOString();
  const before = await applicationBefore(ports, entries);
  const texts = textsOf(ports.lending.lender.consentTexts, {});
  const amended = amend(before, asked.content, missingFor(asked, decided.record), texts);
  const sent = sentConsentErrors(ports, asked, before, now);
  if (!amended.ok) return { result: 'REJECTED', errors: [...amended.errors, ...sent] };
  const errors = sent.length > 0 ? sent : consentErrors(ports, amended.application, { entries, now });
  if (errors.length > 0) return { result: 'REJECTED', errors };
  const parts = byExecution(entries);
  if (!isSettled(parts.at(-1) ?? [], decided.record, decided.reference.address)) return refused(asked, 'IN_PROGRESS');
  if (parts.length > MAX_REOPENINGS) return refused(asked, 'TOO_OFTEN');
  const reference = await sealed(ports, asked.applicationId, 'application', amended.application);
  const makeEvent = (id: string) => {
    const evidence = [decided.reference, reference];
    const consent = newConsent(asked, amended.application);
    const body = { number: parts.length, why: asked.why, note: null, affectedBy: null, consent, evidence };
    const { applicationId, by: actor } = asked;
    return ledgerEvent({ id, applicationId, type: 'DECISION_REOPENED', occurredAt: now, actor, body });
  };
  const closed = await supersede(ports, decided, { now, makeEvent });
  if (typeof closed === 'string') return refused(asked, closed satisfies Preceded);
  // Another call may have superseded the decision first.
  if (applicationIn([closed])?.address !== reference.address) return refused(asked, 'CONFLICT');
  return complete(ports, closed, false);
}

/** The newest reopening, where the same amendment of the application before it made it. */
async function sameAmendment(
  ports: AmendPorts,
  asked: Command,
  entries: readonly LedgerEntry[],
): Promise<LedgerEntry | undefined> {
  const reopened = entries.findLast(({ type }) => type === 'DECISION_REOPENED');
  const made = reopened && applicationIn([reopened]);
  if (!reopened || !made || readBody(reopened, 'DECISION_REOPENED').why !== asked.why) return undefined;
  const decision = readBody(reopened, 'DECISION_REOPENED').evidence[0]?.address ?? '';
  const superseded = await decisionOf(ports, asked.applicationId, decision);
  if (!superseded) return undefined;
  const before = await applicationBefore(ports, entries.slice(0, entries.indexOf(reopened)));
  // The words that were sealed then count: the lender may show others by now.
  const { consents } = await readEvidence(ports.evidence, asked.applicationId, 'application', made.address);
  const texts = consents.map(({ kind, textVersion: version, text }) => ({ kind, version, text }));
  const amended = amend(before, asked.content, missingFor(asked, superseded.record), texts);
  if (!amended.ok) return undefined;
  const address = await ports.evidence.addressOf(asked.applicationId, 'application', amended.application);
  return address === made.address ? reopened : undefined;
}

/** Why an amendment is refused before its content is read. A decision whose time is over lapses. */
async function objectionOf(
  ports: AmendPorts,
  asked: Command,
  newest: Decided | undefined,
  entries: readonly LedgerEntry[],
): Promise<Refusal | undefined> {
  const [opening] = ofNewestExecution(entries);
  if (!newest || !isDecided(entries)) {
    if (statusOf(entries)?.waiting?.kind === 'TASK') return 'IN_REVIEW';
    const amending = opening?.type === 'DECISION_REOPENED' && applicationIn([opening]) !== undefined;
    return amending ? 'CONFLICT' : 'IN_PROGRESS';
  }
  const closed = closingsOf(entries).at(-1)?.type;
  if (closed === 'OFFER_ACCEPTED') return 'ACCEPTED';
  if (closed === 'APPLICATION_WITHDRAWN') return 'WITHDRAWN';
  if (closed === 'APPLICATION_LAPSED') return 'LAPSED';
  const now = ports.clock.now().toISOString();
  const objection = amendmentObjection(asked.why, newest.record, localDate(now, ports.lending.lender.timeZone));
  if (objection === 'LAPSED') await publishClosed(ports, await lapse(ports, newest, now));
  return objection;
}

/** Why a decision cannot be amended on a local date of the creditor; undefined where it can. */
export function amendmentObjection(
  why: Amending,
  record: DecisionRecord,
  today: LocalDate,
): 'WITHDRAWN' | 'LAPSED' | 'NOT_INCOMPLETE' | undefined {
  if (record.outcome === 'WITHDRAWN') return 'WITHDRAWN';
  if (record.outcome === 'INCOMPLETE') return today > (lastDay(record) ?? '') ? 'LAPSED' : undefined;
  return why === 'COMPLETED' ? 'NOT_INCOMPLETE' : undefined;
}

const missingFor = ({ why }: Command, { missing }: DecisionRecord): string[] | null =>
  why === 'COMPLETED' ? missing.map(({ path }) => path) : null;

async function applicationBefore({ evidence }: AmendPorts, entries: readonly LedgerEntry[]): Promise<Application> {
  const reference = applicationIn(entries);
  const [first] = entries;
  return readEvidence(evidence, first?.applicationId ?? '', 'application', reference?.address ?? '');
}

const sentConsent = keptConsent.omit({ text: true });

/** The faults of the sent consents that have the form of one: each must count today, and mean something here. */
function sentConsentErrors(
  { lending: { lender } }: AmendPorts,
  { content }: Command,
  { product, residence }: Application,
  now: string,
): FieldError[] {
  const sent = Array.isArray(content['consents']) ? content['consents'] : [];
  const shownHere = interactionNoticeFault({ state: residence.state, consents: [] }, now, lender) !== undefined;
  return sent.flatMap((each, index): FieldError[] => {
    const { data } = sentConsent.safeParse(each);
    if (!data || data.kind === 'SOFT_PULL') return [];
    if (data.kind === 'AUTOMATED_DECISION' && !shownHere) {
      return [{ path: `consents.${index}.kind`, message: NO_EFFECT }];
    }
    const fault = consentFault(data, now, { lender, product });
    return fault ? [{ path: `consents.${index}.${fault.path}`, message: fault.message }] : [];
  });
}

/** The notice of automated decisions was shown. Where the first pull follows, some consent to it counts today. */
function consentErrors(
  { lending: { lender } }: AmendPorts,
  application: Application,
  { entries, now }: { readonly entries: readonly LedgerEntry[]; readonly now: string },
): FieldError[] {
  const { product, consents } = application;
  const faultOf = (consent: Application['consents'][number]) => consentFault(consent, now, { lender, product });
  const unshown = interactionNoticeFault({ state: application.residence.state, consents }, now, lender);
  if (unshown) return [unshown];
  if (entries.some(({ type }) => type === 'BUREAU_REPORT_PULLED')) return [];
  const [received] = entries;
  const on = localDate(received?.occurredAt ?? now, lender.timeZone);
  const { status } = validateApplication(application, TERMS[product], { at: now, on });
  const permitted = consents.some((each) => each.kind === 'BUREAU_PULL' && !faultOf(each));
  if (status === 'INCOMPLETE' || permitted) return [];
  const text = textShown(lender.consentTexts.BUREAU_PULL, now) ?? 'none';
  const message =
    'is missing: the consent to a credit report is too old for a pull today. ' +
    `Obtain a BUREAU_PULL consent to the text ${text}, and send it here`;
  return [{ path: 'consents', message }];
}

/** The consent to a new report that the amendment brings. */
function newConsent({ content }: Command, { consents }: Application) {
  const sent = Array.isArray(content['consents']) ? content['consents'].length : 0;
  const given = consents.slice(0, sent).find(({ kind }) => kind === 'BUREAU_PULL');
  return given ? { textVersion: given.textVersion, givenAt: given.givenAt } : null;
}

async function complete(ports: AmendPorts, entry: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId, occurredAt: amendedAt } = entry;
  const executionArn = await startSuperseding(ports, entry);
  const { number, evidence } = readBody(entry, 'DECISION_REOPENED');
  const decision = evidence[0]?.address ?? '';
  return { result: 'AMENDED', applicationId, decision, number, amendedAt, executionArn, repeated };
}

function refused({ applicationId }: Command, why: Refusal): Answer {
  return { result: 'NOT_AMENDED', applicationId, why, message: MESSAGES[why] };
}
