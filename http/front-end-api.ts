import type { Changes, Clock, Evidence, Functions, Ledger } from '../adapters/ports.ts';
import { contract as readApplicantDataContract } from '../app/access/read-applicant-data.ts';
import { apiContract, type UseCase } from '../app/contracts.ts';
import { contract as intakeApplicationContract } from '../app/intake/intake-application.ts';
import { drawnNotice } from '../app/notices/drawn.ts';
import { issuedNotices } from '../app/notices/issued.ts';
import { contract as acceptOfferContract } from '../app/offers/accept-offer.ts';
import { offersView } from '../app/offers/current-offers.ts';
import { recordRead } from '../app/personal-data.ts';
import { contract as prequalifyContract } from '../app/prequalification/prequalify.ts';
import { contract as amendApplicationContract } from '../app/reopening/amend-application.ts';
import { contract as reopenApplicationContract } from '../app/reopening/reopen-application.ts';
import { contract as withdrawApplicationContract } from '../app/withdrawal/withdraw-application.ts';
import { readEvidence } from '../app/workflow/read-evidence.ts';
import type { Amending } from '../domain/application/amendment.ts';
import { textsOf } from '../domain/application/consents.ts';
import type { FieldError } from '../domain/application/submission.ts';
import { caseOf } from '../domain/casework/case.ts';
import type { JsonObject } from '../domain/json.ts';
import { digestOf } from '../domain/ledger/canonical-json.ts';
import type { LendingSettings } from '../domain/lender.ts';
import { applicationStatus, entriesFor } from './applications.ts';
import { Problem } from './problem.ts';
import { BASE_PATH, type ApplicationStatus } from './routes.ts';
import { invalidFields, serve, type Answer, type Call, type Handlers } from './serve.ts';

export const contract = apiContract;

export interface FrontEndApiPorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly clock: Clock;
  readonly functions: Functions;
  readonly changes: Changes;
  readonly lending: LendingSettings;
}

async function submitApplication(ports: FrontEndApiPorts, call: Call<'submitApplication'>): Promise<Answer> {
  const { functions } = ports;
  const { body, idempotencyKey, principal, waitSeconds } = call;
  if (idempotencyKey !== undefined && idempotencyKey !== body['applicationId']) {
    const message =
      'is not the Idempotency-Key: the application id is the key, so send it as both, or leave the header out';
    throw invalidFields([{ path: 'applicationId', message }]);
  }
  const sent = { submittedBy: principal.clientId, submission: body as JsonObject };
  const answer = intakeApplicationContract.output.parse(await functions.invoke('IntakeApplication', sent));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'CONFLICT') throw new Problem('conflict', answer.message);
  const { applicationId } = answer;
  const status = await statusWhen(ports, call, applicationId, ({ status }) => status !== 'IN_PROGRESS');
  return {
    status: waitSeconds > 0 && status.status !== 'IN_PROGRESS' ? 200 : 202,
    body: status,
    headers: {
      location: `${BASE_PATH}/applications/${applicationId}`,
      etag: etagOf(status),
      ...(waitSeconds > 0 && { 'preference-applied': `wait=${waitSeconds}` }),
    },
  };
}

async function prequalify({ functions }: FrontEndApiPorts, call: Call<'prequalify'>): Promise<Answer> {
  const sent = { submittedBy: call.principal.clientId, request: call.body as JsonObject };
  const answer = prequalifyContract.output.parse(await functions.invoke('Prequalify', sent));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'CONFLICT') throw new Problem('conflict', answer.message);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

async function getApplication(ports: FrontEndApiPorts, call: Call<'getApplication'>): Promise<Answer> {
  const { ifNoneMatch } = call;
  const isNews = (status: ApplicationStatus) =>
    ifNoneMatch === undefined ? status.status !== 'IN_PROGRESS' : etagOf(status) !== ifNoneMatch;
  const status = await statusWhen(ports, call, call.params.applicationId, isNews);
  const etag = etagOf(status);
  return etag === ifNoneMatch ? { status: 304, headers: { etag } } : { status: 200, body: status, headers: { etag } };
}

async function listConsentTexts({ lending }: FrontEndApiPorts, { query }: Call<'listConsentTexts'>): Promise<Answer> {
  return { status: 200, body: { texts: textsOf(lending.lender.consentTexts, query) } };
}

async function getOffers(ports: FrontEndApiPorts, call: Call<'getOffers'>): Promise<Answer> {
  const { applicationId } = call.params;
  const entries = await entriesFor(ports, call, applicationId);
  return { status: 200, body: { applicationId, ...(await offersView(ports.evidence, applicationId, entries)) } };
}

async function acceptOffer(ports: FrontEndApiPorts, call: Call<'acceptOffer'>): Promise<Answer> {
  const { functions } = ports;
  const { applicationId, offerId } = call.params;
  await entriesFor(ports, call, applicationId);
  const choice = { applicationId, offerId, acceptedBy: call.principal.clientId };
  const answer = acceptOfferContract.output.parse(await functions.invoke('AcceptOffer', choice));
  switch (answer.result) {
    case 'ACCEPTED': {
      const { result: _, ...body } = answer;
      return { status: 200, body };
    }
    case 'REJECTED':
      throw invalidFields(answer.errors);
    case 'CONFLICT':
      throw new Problem('conflict', answer.message);
    case 'NEW_TERMS':
      throw new Problem('new-terms', answer.message, { offer: answer.offer });
    case 'REOPEN':
      throw new Problem('gone', answer.message);
    case 'NO_SUCH_OFFER':
      throw new Problem('not-found', answer.message);
  }
}

async function reopenDecision(ports: FrontEndApiPorts, call: Call<'reopenDecision'>): Promise<Answer> {
  const { functions } = ports;
  const { applicationId, decision } = call.params;
  await entriesFor(ports, call, applicationId);
  const command = { ...(call.body as JsonObject), applicationId, decision, by: call.principal.clientId };
  const answer = await onceSettled(ports, applicationId, async () =>
    reopenApplicationContract.output.parse(await functions.invoke('ReopenApplication', command)),
  );
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'NOT_REOPENED') {
    const problem = { NO_SUCH_DECISION: 'not-found', FORGOTTEN: 'gone' } as const;
    throw new Problem(answer.why in problem ? problem[answer.why as keyof typeof problem] : 'conflict', answer.message);
  }
  const { result: _, executionArn: __, ...body } = answer;
  return { status: 200, body };
}

const amendWith =
  (why: Amending) =>
  async (ports: FrontEndApiPorts, call: Call<'completeApplication'> | Call<'correctApplication'>): Promise<Answer> => {
    const { applicationId } = call.params;
    await entriesFor(ports, call, applicationId);
    const command = { applicationId, why, by: call.principal.clientId, content: call.body as JsonObject };
    const answer = await onceSettled(ports, applicationId, async () =>
      amendApplicationContract.output.parse(await ports.functions.invoke('AmendApplication', command)),
    );
    if (answer.result === 'REJECTED') throw invalidFields(answer.errors.map(ofContent));
    if (answer.result === 'NOT_AMENDED') throw refusal(answer);
    const { result: _, executionArn: __, ...body } = answer;
    return { status: 200, body };
  };

/** The path of a fault in the body that is the content. */
const ofContent = ({ path, message }: FieldError): FieldError => ({
  path: path.replace(/^content(\.|$)/, ''),
  message,
});

/** The problem of an applicant's answer that comes too late, or to another state of the application. */
function refusal({ why, message }: { readonly why: string; readonly message: string }): Problem {
  if (why === 'NO_SUCH_APPLICATION') return new Problem('not-found', message);
  return new Problem(why === 'LAPSED' || why === 'FORGOTTEN' ? 'gone' : 'conflict', message);
}

async function withdrawApplication(ports: FrontEndApiPorts, call: Call<'withdrawApplication'>): Promise<Answer> {
  const { applicationId } = call.params;
  await entriesFor(ports, call, applicationId);
  const command = { applicationId, by: call.principal.clientId };
  const answer = withdrawApplicationContract.output.parse(await ports.functions.invoke('WithdrawApplication', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'NOT_WITHDRAWN') throw refusal(answer);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

async function getNotices(ports: FrontEndApiPorts, call: Call<'getNotices'>): Promise<Answer> {
  const { applicationId } = call.params;
  const entries = await entriesFor(ports, call, applicationId);
  return { status: 200, body: { applicationId, notices: issuedNotices(entries) } };
}

async function getNotice(ports: FrontEndApiPorts, call: Call<'getNotice'>): Promise<Answer> {
  const { applicationId, notice: address } = call.params;
  const issued = issuedNotices(await entriesFor(ports, call, applicationId)).find((each) => each.address === address);
  if (!issued) throw new Problem('not-found', 'The application has no such notice: see the list of its notices.');
  const { principal, role, purpose, requestId } = call;
  await recordRead(ports, applicationId, { by: principal.id, role, purpose, kinds: ['notice'], requestId });
  const notice = await readEvidence(ports.evidence, applicationId, 'notice', address);
  const { issuedAt } = issued;
  return { status: 200, body: { notice, file: await drawnNotice(ports, { notice, issuedAt }, call.query.format) } };
}

async function getApplicantData(ports: FrontEndApiPorts, call: Call<'getApplicantData'>): Promise<Answer> {
  const { applicationId } = call.params;
  const { principal, role, purpose, requestId } = call;
  await entriesFor(ports, call, applicationId);
  const by = role === 'front-end' ? principal.clientId : principal.id;
  const command = { applicationId, by, role, purpose, requestId };
  const answer = readApplicantDataContract.output.parse(await ports.functions.invoke('ReadApplicantData', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result !== 'SHOWN') throw new Problem('not-found', answer.message);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

async function getDocumentRequest(ports: FrontEndApiPorts, call: Call<'getDocumentRequest'>): Promise<Answer> {
  const { applicationId } = call.params;
  const request = caseOf(await entriesFor(ports, call, applicationId))?.request;
  if (!request || request.until <= ports.clock.now().toISOString()) {
    throw new Problem('conflict', "The applicant is asked for nothing: request the application's status.");
  }
  const { principal, role, purpose, requestId } = call;
  await recordRead(ports, applicationId, { by: principal.id, role, purpose, kinds: ['document-request'], requestId });
  const { text } = await readEvidence(ports.evidence, applicationId, 'document-request', request.evidence);
  return { status: 200, body: { at: request.at, by: request.by, answerBy: request.answerBy, text } };
}

/** The status of an application as soon as it is as asked for, or as it is when the time that the caller waits is over. */
async function statusWhen(
  ports: FrontEndApiPorts,
  call: Pick<Call<'getApplication'>, 'principal' | 'role' | 'waitSeconds'>,
  applicationId: string,
  asked: (status: ApplicationStatus) => boolean,
): Promise<ApplicationStatus> {
  const until = ports.clock.now().getTime() + call.waitSeconds * 1_000;
  // Before the first read, so a change right after it is not missed.
  const watch = ports.changes.watch(applicationId);
  try {
    for (;;) {
      const entries = await entriesFor(ports, call, applicationId);
      const status = await applicationStatus(ports.evidence, applicationId, entries);
      const left = until - ports.clock.now().getTime();
      if (left <= 0 || asked(status)) return status;
      await watch.next(left);
    }
  } finally {
    watch.close();
  }
}

/** How long a call waits for what follows a decision: its notices, and the archive of its step history. */
const MAX_SETTLING_MS = 8_000;

/** Calls until the answer is not that what follows the decision is under way, or the time is over. */
async function onceSettled<Answered extends object>(
  { changes, clock }: FrontEndApiPorts,
  applicationId: string,
  attempt: () => Promise<Answered>,
): Promise<Answered> {
  const until = clock.now().getTime() + MAX_SETTLING_MS;
  const watch = changes.watch(applicationId);
  try {
    for (;;) {
      const answer = await attempt();
      const left = until - clock.now().getTime();
      if (!('why' in answer) || answer.why !== 'IN_PROGRESS' || left <= 0) return answer;
      await watch.next(left);
    }
  } finally {
    watch.close();
  }
}

const etagOf = (status: ApplicationStatus): string => `"${digestOf(status).slice(0, 32)}"`;

const HANDLERS: Handlers<'FrontEndApi', FrontEndApiPorts> = {
  submitApplication,
  prequalify,
  getApplication,
  listConsentTexts,
  getOffers,
  acceptOffer,
  reopenDecision,
  completeApplication: amendWith('COMPLETED'),
  correctApplication: amendWith('CORRECTED'),
  withdrawApplication,
  getNotices,
  getNotice,
  getApplicantData,
  getDocumentRequest,
};

/** Serves front ends, and every caller that may read a status. It changes records only through the functions that its row names. */
export const frontEndApi = (ports: FrontEndApiPorts): UseCase<typeof contract> => serve('FrontEndApi', ports, HANDLERS);
