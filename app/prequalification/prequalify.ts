import { randomUUID } from 'node:crypto';

import * as z from 'zod';

import {
  BureauAmbiguous,
  BureauUnavailable,
  IdentityConflict,
  KeyDestroyed,
  type Bureau,
  type Clock,
  type Identities,
  type Vault,
} from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { validateApplication } from '../../domain/application/completeness.ts';
import { textsOf } from '../../domain/application/consents.ts';
import { ageOfCapacity, TERMS } from '../../domain/application/products.ts';
import {
  parsePrequalification,
  splitSubmission,
  type Application,
  type Identity,
  type Submission,
} from '../../domain/application/submission.ts';
import { keptAnswer } from '../../domain/bureau/kept-answer.ts';
import { readBureauAnswer } from '../../domain/bureau/mappings/index.ts';
import { BureauReportUnreadable, type CreditReport } from '../../domain/bureau/report.ts';
import type { BureauAnswer, BureauRequest } from '../../domain/bureau/request.ts';
import { localDate, yearsBetween } from '../../domain/calendar.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { decidingLender, type LendingSettings } from '../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../domain/policy/apply.ts';
import { offer, type PolicyResult } from '../../domain/policy/result.ts';
import {
  claimedId,
  quote,
  QUOTE_MESSAGES,
  quoteOf,
  quoteStatement,
  type NoQuoteReason,
  type Quote,
} from '../../domain/prequalification/quote.ts';
import { productOf } from '../../domain/products/index.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import { NOBODY_FOUND } from '../../domain/screening/screen.ts';
import { appendOnce } from '../append-once.ts';
import { clientId, fieldError, instant, type Contract, type Output, type UseCase } from '../contracts.ts';
import { policyInForce } from '../governance/policies.ts';
import { underSwitches } from '../governance/switches.ts';
import { identityDigest } from '../intake/identity-digest.ts';
import { refusedHere } from '../intake/intake-application.ts';
import type { ModelPorts } from '../models/models.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed, type DecidingPorts, type SealedReference } from '../workflow/record-step.ts';
import { scoringOf, type Scored } from '../workflow/score-application.ts';

export const contract = {
  /** Parsed by the handler itself, which answers with every field error at once. */
  input: z.strictObject({ submittedBy: clientId, request: z.unknown() }),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('ANSWERED'),
      prequalificationId: applicationId,
      outcome: quote.shape.outcome,
      message: z.string(),
      quotedAt: instant,
      validUntil: z.string().nullable(),
      offers: z.array(offer),
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), message: z.string() }),
  ]),
} as const satisfies Contract;

export interface PrequalificationPorts extends DecidingPorts, ModelPorts {
  readonly lending: LendingSettings;
  readonly vault: Vault;
  readonly identities: Identities;
  readonly bureau: Bureau;
  readonly clock: Clock;
}

type Answer = Output<typeof contract>;
const conflict = (message: string): Answer => ({ result: 'CONFLICT', message });

/** A call lives for at most this long: 60,000 ms = 2 × the 29 s that a caller waits, rounded up. */
const MAX_CALL_MS = 60_000;

/** What one call quotes on. */
interface Asked {
  readonly application: Application;
  readonly identity: Identity;
  /** UTC. */
  readonly at: string;
}

/**
 * Quotes rates on a credit report that posts no inquiry, or quotes none. It never declines: docs/prequalification.md. The
 * ledger entry of the request is the claim on the soft pull, so no pull is sent twice. A repeated call gets the first answer.
 */
export function prequalify(ports: PrequalificationPorts): UseCase<typeof contract> {
  return async ({ submittedBy, request }) => {
    const parsed = parsePrequalification(request);
    if (!parsed.ok) return { result: 'REJECTED', errors: parsed.errors };
    const { submission } = parsed;
    const { applicationId: id } = submission;
    const known = await ports.ledger.find(id, claimedId(id));
    const errors = known ? [] : refusedHere(submission, ports.clock.now(), ports.lending);
    if (errors.length > 0) return { result: 'REJECTED', errors };
    try {
      return await answer(ports, submission, { submittedBy, known });
    } catch (error) {
      if (error instanceof KeyDestroyed) return conflict('This prequalification was forgotten: send a new id.');
      if (error instanceof IdentityConflict) return conflict(OTHER_CONTENT);
      throw error;
    }
  };
}

const OTHER_CONTENT =
  'A prequalification with other content or of another front end has this id: send the same content from the same front end to repeat it, or send a new id.';

interface Sender {
  readonly submittedBy: string;
  /** The entry of the request, where it was received before. */
  readonly known: LedgerEntry | undefined;
}

async function answer(
  ports: PrequalificationPorts,
  submission: Submission,
  { submittedBy, known }: Sender,
): Promise<Answer> {
  const { clock, evidence, lending, vault } = ports;
  const { applicationId: id } = submission;
  if (known && known.actor !== submittedBy) return conflict(OTHER_CONTENT);
  const texts = known ? await textsIn(ports, known) : textsOf(lending.lender.consentTexts, {});
  const digest = await identityDigest(vault, id, submittedBy, submission.applicant);
  const { application, identity } = splitSubmission(submission, digest, texts);
  const call = randomUUID();
  const at = clock.now().toISOString();
  const entry = known ?? (await claim(ports, { application, identity, at }, { submittedBy, call }));
  const address = await evidence.addressOf(id, 'prequalification', application);
  if (entry.actor !== submittedBy || evidenceNamedBy(entry)[0]?.address !== address) return conflict(OTHER_CONTENT);
  const isOurs = readBody(entry, 'PREQUALIFICATION_RECEIVED').call === call;
  if (isOurs)
    return answered(ports, await record(ports, id, await evaluated(ports, { application, identity, at })), false);
  const first = (await ports.ledger.read(id)).find(({ type }) => type === 'PREQUALIFIED');
  if (first) return answered(ports, first, true);
  if (Date.parse(at) - Date.parse(entry.occurredAt) < MAX_CALL_MS) {
    return conflict('An earlier call with this id is still answering it: send it again in a minute.');
  }
  // The earlier call died after its claim, and may have sent the pull.
  return answered(ports, await record(ports, id, { at, result: null, missing: 'INTERRUPTED', evidence: [] }), true);
}

/** The texts of the consents in a received request, with the words that it keeps. */
async function textsIn({ evidence }: PrequalificationPorts, { applicationId: id, ...entry }: LedgerEntry) {
  const [reference] = evidenceNamedBy({ applicationId: id, ...entry });
  const { consents } = await readEvidence(evidence, id, 'prequalification', reference?.address ?? '');
  return consents.map(({ kind, textVersion, text }) => ({ kind, version: textVersion, text }));
}

/** Seals the request and appends its entry. @returns the first such entry, which may be another call's. */
async function claim(
  ports: PrequalificationPorts,
  { application, identity, at }: Asked,
  { submittedBy, call }: { readonly submittedBy: string; readonly call: string },
): Promise<LedgerEntry> {
  const { applicationId: id, product } = application;
  await ports.vault.createDataKey(id);
  await ports.identities.put(id, { ...identity });
  const reference = await sealed(ports, id, 'prequalification', application);
  const event = ledgerEvent({
    id: claimedId(id),
    applicationId: id,
    type: 'PREQUALIFICATION_RECEIVED',
    occurredAt: at,
    actor: submittedBy,
    body: { product, receivedOn: localDate(at, ports.lending.lender.timeZone), call, evidence: [reference] },
  });
  return appendOnce(ports.ledger, event);
}

/** What a quote is made of. */
interface Evaluated {
  readonly at: string;
  readonly result: { readonly policy: PolicyResult; readonly address: string } | null;
  readonly missing: NoQuoteReason;
  readonly evidence: readonly SealedReference[];
}

/** Applies the rules, and pulls the report only where the rules before it proceed. */
async function evaluated(ports: PrequalificationPorts, asked: Asked): Promise<Evaluated> {
  const { lending, workStore } = ports;
  const { application, identity, at } = asked;
  const { lender, mode } = lending;
  const asOf = localDate(at, lender.timeZone);
  const none = (missing: NoQuoteReason, evidence: readonly SealedReference[] = []): Evaluated => ({
    at,
    result: null,
    missing,
    evidence,
  });
  const terms = TERMS[application.product];
  if (validateApplication(application, terms, { at, on: asOf }).status === 'INCOMPLETE') return none('INCOMPLETE');
  const { policy } = await policyInForce(workStore, { product: application.product, date: asOf, mode });
  const call = { product: productOf(application), policy, mode, lender, application, asOf, cleared: new Set<string>() };
  const ofLegalAge = yearsBetween(identity.dateOfBirth, asOf) >= ageOfCapacity(application.residence.state);
  // The application that follows is screened, and looked up beside others; a quote is not.
  const screening = { ...NOBODY_FOUND, ofLegalAge };
  const before = await underSwitches(workStore, application.product, null, applyPreBureau({ ...call, screening }));
  if (before.outcome !== 'PROCEED') return concluded(ports, asked, before, []);
  const pulled = await pullSoft(ports, asked);
  if (!pulled.report) return none('NO_REPORT', pulled.evidence);
  const { report, evidence } = pulled;
  const scored = await scoreOf(ports, { application, date: asOf }, report);
  const model = scored?.scoring.model.packageDigest ?? null;
  const full = applyFull({ ...call, screening, status: report.status, report, scoring: scored?.scoring ?? null });
  const result = await underSwitches(workStore, application.product, model, full);
  return concluded(ports, asked, result, [...evidence, ...(scored ? [scored.reference] : [])]);
}

async function concluded(
  ports: PrequalificationPorts,
  { application, at }: Asked,
  automatic: PolicyResult,
  evidence: readonly SealedReference[],
): Promise<Evaluated> {
  const { mode, lender } = ports.lending;
  const policy = { ...automatic, mode, lender: decidingLender(lender), core: await ports.decisionCore() };
  const reference = await sealed(ports, application.applicationId, 'policy', policy);
  const { address } = reference;
  return { at, result: { policy, address }, missing: 'POLICY', evidence: [...evidence, reference] };
}

/** Sends one soft pull. An answer that does not come, or cannot be read, is no report. */
async function pullSoft(
  ports: PrequalificationPorts,
  { application, identity }: Asked,
): Promise<{ readonly report: CreditReport | null; readonly evidence: readonly SealedReference[] }> {
  const { applicationId: id, product } = application;
  const [bureau = ''] = TERMS[product].bureaus;
  const { firstName, lastName, dateOfBirth, ssn, address } = identity;
  const request: BureauRequest = {
    bureau,
    applicationId: id,
    inquiry: 'SOFT',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: digestOf(['SOFT_PULL', id, bureau]).slice(0, 32),
    consumer: { firstName, lastName, dateOfBirth, ssn, address },
  };
  let received: BureauAnswer;
  try {
    received = keptAnswer(await ports.bureau.pull(request));
  } catch (error) {
    if (error instanceof BureauAmbiguous || error instanceof BureauUnavailable) return { report: null, evidence: [] };
    throw error;
  }
  const raw = await sealed(ports, id, 'bureau-answer', received);
  try {
    const report = readBureauAnswer(received, request);
    return { report, evidence: [raw, await sealed(ports, id, 'bureau-report', report)] };
  } catch (error) {
    if (!(error instanceof BureauReportUnreadable)) throw error;
    return { report: null, evidence: [raw] };
  }
}

/** Scores as ScoreApplication does; undefined for a report without attributes. */
async function scoreOf(
  ports: PrequalificationPorts,
  { application, date }: Pick<Scored, 'application' | 'date'>,
  { attributes }: CreditReport,
): Promise<{ readonly scoring: Scoring; readonly reference: SealedReference } | undefined> {
  if (!attributes) return undefined;
  const { scoring } = await scoringOf(ports, { application, attributes, date });
  return { scoring, reference: await sealed(ports, application.applicationId, 'score', scoring) };
}

/** Seals the quote and appends its entry, which closes the prequalification. */
async function record(
  ports: PrequalificationPorts,
  prequalificationId: string,
  { at, result, missing, evidence }: Evaluated,
): Promise<LedgerEntry> {
  const made: Quote = {
    schemaVersion: 1,
    prequalificationId,
    quotedOn: localDate(at, ports.lending.lender.timeZone),
    ...quoteOf(result?.policy ?? null, missing),
    policy: result?.address ?? null,
  };
  const reference = await sealed(ports, prequalificationId, 'quote', made);
  const { id, body } = quoteStatement(made);
  const event = ledgerEvent({
    id,
    applicationId: prequalificationId,
    type: 'PREQUALIFIED',
    occurredAt: at,
    actor: 'system',
    body: { ...body, evidence: [reference, ...evidence] },
  });
  return appendOnce(ports.ledger, event);
}

async function answered(ports: PrequalificationPorts, entry: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId: prequalificationId, occurredAt: quotedAt } = entry;
  const [reference] = evidenceNamedBy(entry);
  const made = await readEvidence(ports.evidence, prequalificationId, 'quote', reference?.address ?? '');
  const { outcome, offers, validUntil } = made;
  const message = QUOTE_MESSAGES[outcome];
  return { result: 'ANSWERED', prequalificationId, outcome, message, quotedAt, validUntil, offers, repeated };
}
