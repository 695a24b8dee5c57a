import type { Clock, Evidence, Functions, Ledger, WorkStore } from '../adapters/ports.ts';
import { contract as searchApplicantContract } from '../app/access/search-applicant.ts';
import { viewOf, type CaseView } from '../app/casework/command.ts';
import { sealedWork, WORK_KINDS } from '../app/casework/sealed-work.ts';
import { apiContract, type UseCase } from '../app/contracts.ts';
import { contract as governPolicyContract } from '../app/governance/govern-policy.ts';
import { COMPILED_POLICIES, proposalsOf, versionInForce } from '../app/governance/policies.ts';
import { allSwitches } from '../app/governance/set-switch.ts';
import { contract as setSwitchContract } from '../app/governance/set-switch.ts';
import { contract as governModelContract } from '../app/models/command.ts';
import { registryOf } from '../app/models/models.ts';
import { contract as recordDeliveryContract } from '../app/notices/record-delivery.ts';
import { contract as clearConditionContract } from '../app/offers/clear-condition.ts';
import { recordRead } from '../app/personal-data.ts';
import { contract as requestForgettingContract } from '../app/retention/request-forgetting.ts';
import { contract as setLegalHoldContract } from '../app/retention/set-legal-hold.ts';
import { readCase } from '../app/review/case.ts';
import { contract as completeTaskContract } from '../app/review/complete-task.ts';
import { allowedActions } from '../app/review/judge-command.ts';
import { contract as readHoldIdentityContract } from '../app/review/read-hold-identity.ts';
import { reasonsToWait } from '../app/status.ts';
import { damageOf } from '../audit/damage.ts';
import { listApplications as listed, listQueue } from '../audit/list-applications.ts';
import { highestRoleFor, type Principal } from '../domain/access/access.ts';
import { PRODUCT_NAMES } from '../domain/application/products.ts';
import { caseOf } from '../domain/casework/case.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import type { LendingSettings } from '../domain/lender.ts';
import { championOn, isPromoted, shadowsOn } from '../domain/models/registry.ts';
import { openDraft, policyBehind } from '../domain/projections/task.ts';
import { MODEL_PURPOSES } from '../domain/scoring/model-package.ts';
import { statusOf, type ApplicationStatus } from '../domain/status.ts';
import { entriesFor } from './applications.ts';
import { attachDocument, countCases, getCase, getDocument, listCases, nextCase, page, workCase } from './cases.ts';
import { Problem } from './problem.ts';
import { invalidFields, serve, type Answer, type Call, type Handlers } from './serve.ts';

export const contract = apiContract;

export interface StaffApiPorts {
  readonly lending: LendingSettings;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly workStore: WorkStore;
  readonly clock: Clock;
  readonly functions: Functions;
}

async function listApplications(
  ports: StaffApiPorts,
  { query: { limit, cursor, ...filter } }: Call<'listApplications'>,
): Promise<Answer> {
  const { applications, next = null } = await page(() => listed(ports, filter, { limit, cursor }));
  const shown = applications.map(({ applicationId, folded, decision }) => {
    const { product, receivedAt, receivedOn, status, outcome } = folded;
    return { applicationId, product, receivedAt, receivedOn, status, outcome, decision };
  });
  return { status: 200, body: { applications: shown, next } };
}

async function listTasks(
  { ledger, evidence, workStore }: StaffApiPorts,
  { params, query: { limit, cursor } }: Call<'listTasks'>,
): Promise<Answer> {
  const queue = params.queue === 'review' ? 'REVIEW' : 'ATTENTION';
  const { ids, next = null } = await page(() => listQueue({ workStore }, queue, { limit, cursor }));
  const found = await Promise.all(
    ids.map(async (applicationId) => {
      const entries = await read(ledger, applicationId);
      const folded = statusOf(entries);
      if (folded?.waiting?.queue !== queue) return undefined;
      const waitsFor = await reasonsToWait(evidence, applicationId, entries).catch((error: unknown) => {
        // A list goes on where one application's evidence cannot be opened.
        if (error instanceof Error && (error.name === 'KeyDestroyed' || damageOf(error) !== undefined)) {
          return [error.name];
        }
        throw error;
      });
      return taskOf(applicationId, folded, waitsFor);
    }),
  );
  return { status: 200, body: { tasks: found.filter((each) => each !== undefined), next } };
}

async function getReview(ports: StaffApiPorts, call: Call<'getReview'>): Promise<Answer> {
  const { evidence } = ports;
  const { applicationId } = call.params;
  const all = await entriesFor(ports, call, applicationId);
  const folded = statusOf(all);
  const { waiting } = folded ?? {};
  if (!folded || !waiting) throw new Problem('conflict', 'Nothing of it waits for a person: see its status.');
  const entries = ofNewestExecution(all);
  const behind = waiting.queue === 'REVIEW' ? policyBehind(entries, waiting.entry) : undefined;
  const draft = openDraft(all);
  const draftAddress = draft && evidenceNamedBy(draft)[0]?.address;
  const received = all.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const named = received && !entries.includes(received) ? [received, ...entries] : entries;
  const wanted = named
    .flatMap(evidenceNamedBy)
    .filter(
      ({ kind, address }) =>
        ['application', 'bureau-report', 'score', 'review', ...WORK_KINDS].includes(kind) || address === behind,
    );
  const { principal, role, purpose, requestId, may } = call;
  const kinds = wanted.map(({ kind }) => kind);
  await recordRead(ports, applicationId, { by: principal.id, role, purpose, kinds, requestId });
  const pieces = await Promise.all(
    wanted
      .filter(({ kind }) => !WORK_KINDS.includes(kind))
      .map(async ({ kind, address }) => ({
        kind: address === draftAddress ? 'draft' : kind,
        value: await evidence.open(applicationId, kind, address),
      })),
  );
  const ofKind = (kind: string): Json[] => pieces.filter((each) => each.kind === kind).map(({ value }) => value);
  const reviewed = await readCase(ports, all);
  // An ended execution takes no answer: an operator redrives it.
  const { queue, kind } = waiting;
  const drafted = draftAddress !== undefined;
  const actions = kind === 'TASK' ? allowedActions({ queue, decided: folded.decided, drafted }) : [];
  return {
    status: 200,
    body: {
      ...taskOf(applicationId, folded, await reasonsToWait(evidence, applicationId, all)),
      actions: actions.filter((action) => may(permissionFor(action))),
      reasons: [...(reviewed?.supported ?? [])],
      application: ofKind('application')[0],
      reports: ofKind('bureau-report'),
      score: ofKind('score').at(-1) ?? null,
      policy: ofKind('policy').at(-1) ?? null,
      draft: draftAddress === undefined ? null : { address: draftAddress, review: ofKind('draft')[0] },
      reviews: ofKind('review'),
      case: shownCase(ports, all),
      ...(await sealedWork(evidence, named)),
    },
  };
}

function shownCase({ clock }: StaffApiPorts, entries: readonly LedgerEntry[]): CaseView | null {
  const found = caseOf(entries);
  return found ? viewOf(found, clock.now().toISOString()) : null;
}

async function getHoldIdentity(ports: StaffApiPorts, call: Call<'getHoldIdentity'>): Promise<Answer> {
  const { principal, role, purpose, requestId } = call;
  const { applicationId } = call.params;
  if (purpose === null) throw new Problem('malformed-request', 'State the purpose in the header Access-Purpose.');
  await entriesFor(ports, call, applicationId);
  const command = { applicationId, by: principal.id, role, purpose, requestId };
  const answer = readHoldIdentityContract.output.parse(await ports.functions.invoke('ReadHoldIdentity', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result !== 'SHOWN') throw new Problem('conflict', answer.message);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

async function searchApplicant(ports: StaffApiPorts, call: Call<'searchApplicant'>): Promise<Answer> {
  const { principal, role, purpose, requestId, body } = call;
  if (purpose === null) throw new Problem('malformed-request', 'State the purpose in the header Access-Purpose.');
  const command = { ...body, by: principal.id, role, purpose, requestId };
  const answer = searchApplicantContract.output.parse(await ports.functions.invoke('SearchApplicant', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  return { status: 200, body: { applications: answer.applications } };
}

async function completeTask(ports: StaffApiPorts, call: Call<'completeTask'>): Promise<Answer> {
  const { functions } = ports;
  const { applicationId } = call.params;
  if (!call.may(permissionFor(call.body.action))) {
    throw new Problem(
      'forbidden',
      `${call.principal.roles.join(', ')} may not order ${call.body.action}: see docs/access.md.`,
    );
  }
  await entriesFor(ports, call, applicationId);
  const role = highestRoleFor(call.principal, permissionFor(call.body.action));
  const command = { ...call.body, applicationId, by: call.principal.id, role } as unknown as JsonObject;
  const answer = completeTaskContract.output.parse(await functions.invoke('CompleteTask', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'NOT_WAITING' || answer.result === 'CLAIM_REFUSED')
    throw new Problem('conflict', answer.message);
  const { action, evidence } = answer;
  const awaits = answer.result === 'AWAITS_CONFIRMATION' ? { second: answer.second, roles: answer.roles } : null;
  return { status: 200, body: { applicationId, action, evidence, awaits } };
}

async function clearCondition(ports: StaffApiPorts, call: Call<'clearCondition'>): Promise<Answer> {
  const { applicationId, condition } = call.params;
  await entriesFor(ports, call, applicationId);
  const verified = { ...(call.body as JsonObject), condition };
  const command = { applicationId, by: call.principal.id, role: call.role, verified };
  const answer = clearConditionContract.output.parse(await ports.functions.invoke('ClearCondition', command));
  switch (answer.result) {
    case 'REJECTED':
      // The body is what the command names `verified`.
      throw invalidFields(
        answer.errors.map(({ path, message }) => ({ path: path.replace(/^verified\./, ''), message })),
      );
    case 'REFUSED':
      throw new Problem(answer.reason === 'FORGOTTEN' ? 'gone' : 'conflict', answer.message);
    case 'REVIEW_NEEDED': {
      const { result, contradictions } = answer;
      const ended = { conditionsOpen: [], booked: false, repeated: false };
      return { status: 200, body: { applicationId, condition, result, contradictions, ...ended } };
    }
    case 'CLEARED': {
      const { result, conditionsOpen, booked, repeated } = answer;
      return {
        status: 200,
        body: { applicationId, condition, result, contradictions: [], conditionsOpen, booked, repeated },
      };
    }
  }
}

async function listSwitches(ports: StaffApiPorts): Promise<Answer> {
  const states = await allSwitches(ports);
  return {
    status: 200,
    body: { switches: states.map(({ kind, id, on, by, note, at }) => ({ kind, id, on, by, note, at })) },
  };
}

async function setSwitch(
  { functions }: StaffApiPorts,
  { params, body, principal, role }: Call<'setSwitch'>,
): Promise<Answer> {
  const command = { ...params, ...body, by: principal.id, role };
  const answer = setSwitchContract.output.parse(await functions.invoke('SetSwitch', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  const { kind, id, on, at, repeated } = answer;
  return { status: 200, body: { kind, id, on, at, repeated, by: principal.id, note: body.note } };
}

async function listPolicies(
  { workStore, lending }: StaffApiPorts,
  { query: { date } }: Call<'listPolicies'>,
): Promise<Answer> {
  const policies = PRODUCT_NAMES.map(async (product) => {
    const proposals = await proposalsOf(workStore, product);
    const inForce = versionInForce(proposals, { product, date, mode: lending.mode }) ?? null;
    const compiled = COMPILED_POLICIES[product].map(({ module, digest }) => ({
      version: module.policy.version,
      digest,
    }));
    return { product, inForce, proposals, compiled };
  });
  return { status: 200, body: { policies: await Promise.all(policies) } };
}

async function listModels({ workStore }: StaffApiPorts, { query: { date } }: Call<'listModels'>): Promise<Answer> {
  const registered = await registryOf(workStore);
  const inForce = PRODUCT_NAMES.flatMap((product) =>
    MODEL_PURPOSES.map((purpose) => {
      const day = { product, purpose, date };
      const champion = championOn(registered, day);
      return {
        product,
        purpose,
        champion: champion ? { digest: champion.digest, promotion: champion.promoted.entry } : null,
        shadows: shadowsOn(registered, day).map(({ digest }) => digest),
        promoted: isPromoted(registered, day),
      };
    }),
  );
  return { status: 200, body: { ...registered, inForce } };
}

async function setLegalHold(ports: StaffApiPorts, call: Call<'setLegalHold'>): Promise<Answer> {
  const { functions } = ports;
  await entriesFor(ports, call, call.params.applicationId);
  const command = { ...call.params, ...call.body, by: call.principal.id, role: call.role };
  const answer = setLegalHoldContract.output.parse(await functions.invoke('SetLegalHold', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'CONFLICT') throw new Problem('conflict', answer.message);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

async function requestForgetting(ports: StaffApiPorts, call: Call<'requestForgetting'>): Promise<Answer> {
  const { functions } = ports;
  await entriesFor(ports, call, call.params.applicationId);
  const command = { ...call.params, ...call.body, by: call.principal.id, role: call.role };
  const answer = requestForgettingContract.output.parse(await functions.invoke('RequestForgetting', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'CONFLICT') throw new Problem('conflict', answer.message);
  return { status: 200, body: { reason: null, doneOn: null, ...answer } };
}

async function recordDelivery(ports: StaffApiPorts, call: Call<'recordDelivery'>): Promise<Answer> {
  const { functions } = ports;
  await entriesFor(ports, call, call.params.applicationId);
  const command = { ...call.params, ...call.body, by: call.principal.id, role: call.role };
  const answer = recordDeliveryContract.output.parse(await functions.invoke('RecordDelivery', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'NO_SUCH_NOTICE') throw new Problem('not-found', answer.message);
  if (answer.result === 'CONFLICT') throw new Problem('conflict', answer.message);
  const { notices, repeated } = answer;
  return { status: 200, body: { ...call.params, notices, repeated } };
}

/** Reads a ledger for a list. Returns no entries where they cannot be read, so that the list goes on: `verify` names the fault. */
async function read(ledger: Ledger, applicationId: string): Promise<LedgerEntry[]> {
  try {
    const entries = await ledger.read(applicationId);
    statusOf(entries);
    return entries;
  } catch (error) {
    if (damageOf(error) === undefined) throw error;
    return [];
  }
}

/** Returns the person of a token. @throws Problem for a token of a program: two pairs of eyes are two people. */
function personOf({ id, clientId }: Principal): string {
  if (id !== clientId.toLowerCase()) return id;
  throw new Problem('forbidden', 'The token names no person but a program: an officer signs in and does it.');
}

async function governModel(
  { functions }: StaffApiPorts,
  action: 'REGISTER' | 'PROMOTE' | 'ROLLBACK' | 'RETIRE',
  {
    principal,
    role,
    params,
    body,
  }: Pick<
    Call<'registerModel' | 'promoteModel' | 'rollbackModel' | 'retireModel'>,
    'principal' | 'role' | 'params' | 'body'
  >,
): Promise<Answer> {
  const by = personOf(principal);
  const command = { action, ...params, ...body, by, role };
  const answer = governModelContract.output.parse(await functions.invoke('GovernModel', command));
  if (answer.result === 'GOVERNED') {
    const { result: _, ...change } = answer;
    return { status: 200, body: { ...change, by } };
  }
  const { path, message } = answer.errors[0]!;
  if (path === 'by') throw new Problem('forbidden', `${by} ${message}.`);
  if (path === 'digest') throw new Problem('conflict', `The package ${message}.`);
  throw invalidFields(answer.errors);
}

/** The token identifies each person; the body does not. */
async function govern(
  { functions }: StaffApiPorts,
  action: 'PROPOSE' | 'APPROVE' | 'WITHDRAW',
  {
    principal,
    role,
    params,
    body,
  }: Pick<Call<'proposePolicy' | 'approvePolicy' | 'withdrawPolicy'>, 'principal' | 'role' | 'params' | 'body'>,
): Promise<Answer> {
  const by = personOf(principal);
  const command = { action, ...params, ...body, by, role };
  const answer = governPolicyContract.output.parse(await functions.invoke('GovernPolicy', command));
  if (answer.result === 'GOVERNED') {
    const { result: _, ...change } = answer;
    return { status: 200, body: { ...change, by } };
  }
  // Who asks and which version are not in the body to be corrected.
  const { path, message } = answer.errors[0]!;
  if (path === 'by') throw new Problem('forbidden', `${by} ${message}.`);
  if (path === 'digest') throw new Problem('conflict', `The version ${message}.`);
  throw invalidFields(answer.errors);
}

/** Sending a technical fault on is an operator's work, deciding on an application is not. */
function permissionFor(action: string): 'RELEASE' | 'DECIDE_REVIEW' {
  return action === 'RESUME' || action === 'REFER' ? 'RELEASE' : 'DECIDE_REVIEW';
}

function taskOf(applicationId: string, { product, waiting }: ApplicationStatus, waitsFor: readonly string[]) {
  return {
    applicationId,
    product,
    ...(waiting && { queue: waiting.queue, task: waiting.entry.id, since: waiting.entry.occurredAt }),
    waitsFor,
  };
}

const HANDLERS: Handlers<'StaffApi', StaffApiPorts> = {
  listApplications,
  listTasks,
  getReview,
  getHoldIdentity,
  searchApplicant,
  completeTask,
  clearCondition,
  listCases,
  countCases,
  nextCase,
  getCase,
  workCase,
  attachDocument,
  getDocument,
  listSwitches,
  setSwitch,
  listPolicies,
  setLegalHold,
  recordDelivery,
  requestForgetting,
  proposePolicy: (ports, call) => govern(ports, 'PROPOSE', call),
  approvePolicy: (ports, call) => govern(ports, 'APPROVE', call),
  withdrawPolicy: (ports, call) => govern(ports, 'WITHDRAW', call),
  listModels,
  registerModel: (ports, call) => governModel(ports, 'REGISTER', call),
  promoteModel: (ports, call) => governModel(ports, 'PROMOTE', call),
  rollbackModel: (ports, call) => governModel(ports, 'ROLLBACK', call),
  retireModel: (ports, call) => governModel(ports, 'RETIRE', call),
};

/**
 * What reviewers, officers and administrators call. It changes nothing but through CompleteTask, ClearCondition, WorkCase, NextCase, SetSwitch,
 * GovernPolicy, GovernModel, SetLegalHold, RecordDelivery and RequestForgetting.
 */
export const staffApi = (ports: StaffApiPorts): UseCase<typeof contract> => serve('StaffApi', ports, HANDLERS);
