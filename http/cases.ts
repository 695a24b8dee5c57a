import type { Clock, Evidence, Functions, Ledger, WorkStore } from '../adapters/ports.ts';
import { viewOf } from '../app/casework/command.ts';
import { contract as nextCaseContract } from '../app/casework/next-case.ts';
import { DOCUMENT_KINDS, documentIn, readDocument } from '../app/casework/sealed-work.ts';
import { contract as workCaseContract } from '../app/casework/work-case.ts';
import { recordRead } from '../app/personal-data.ts';
import { CursorRefused } from '../audit/list-applications.ts';
import { countCases as countsOf, listCases as casesOf } from '../audit/list-cases.ts';
import { caseOf } from '../domain/casework/case.ts';
import type { JsonObject } from '../domain/json.ts';
import { entriesFor } from './applications.ts';
import { Problem } from './problem.ts';
import { invalidFields, type Answer, type Call } from './serve.ts';

interface CasePorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly workStore: WorkStore;
  readonly clock: Clock;
  readonly functions: Functions;
}

export async function listCases(
  ports: CasePorts,
  { query: { limit, cursor, waitsFor, unclaimed, ...filter } }: Call<'listCases'>,
): Promise<Answer> {
  const only = { ...filter, unclaimed: unclaimed === 'true' };
  const { cases, next = null } = await page(() => casesOf(ports, waitsFor, only, { limit, cursor }));
  return { status: 200, body: { cases, next } };
}

export async function countCases(ports: CasePorts): Promise<Answer> {
  return { status: 200, body: { counts: await countsOf(ports) } };
}

export async function nextCase({ functions }: CasePorts, { body, principal, role }: Call<'nextCase'>): Promise<Answer> {
  const command = { ...body, by: principal.id, role } as unknown as JsonObject;
  const answer = nextCaseContract.output.parse(await functions.invoke('NextCase', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  return { status: 200, body: { case: answer.result === 'CLAIMED' ? answer.case : null } };
}

/** Answers with a document of the application. The read is recorded before anything is opened. */
export async function getDocument(ports: CasePorts, call: Call<'getDocument'>): Promise<Answer> {
  const { params, principal, role, purpose, requestId } = call;
  const entries = await entriesFor(ports, call, params.applicationId);
  const found = documentIn(entries, params.document);
  if (!found) throw new Problem('not-found', 'The application has no such document: see its review.');
  await recordRead(ports, params.applicationId, { by: principal.id, role, purpose, kinds: DOCUMENT_KINDS, requestId });
  return { status: 200, body: await readDocument(ports.evidence, found) };
}

export async function getCase(ports: CasePorts, call: Call<'getCase'>): Promise<Answer> {
  const found = caseOf(await entriesFor(ports, call, call.params.applicationId));
  if (!found) throw new Problem('conflict', 'No task of it waits for a person: see its status.');
  return { status: 200, body: viewOf(found, ports.clock.now().toISOString()) };
}

export const workCase = (ports: CasePorts, call: Call<'workCase'>): Promise<Answer> => act(ports, call, call.body);

export const attachDocument = (ports: CasePorts, call: Call<'attachDocument'>): Promise<Answer> =>
  act(ports, call, { act: 'ATTACH', ...call.body });

async function act(
  ports: CasePorts,
  call: Call<'workCase'> | Call<'attachDocument'>,
  ordered: Call<'workCase'>['body'] | ({ act: 'ATTACH' } & Call<'attachDocument'>['body']),
): Promise<Answer> {
  const { applicationId } = call.params;
  await entriesFor(ports, call, applicationId);
  const command = { ...ordered, applicationId, by: call.principal.id, role: call.role } as unknown as JsonObject;
  const answer = workCaseContract.output.parse(await ports.functions.invoke('WorkCase', command));
  if (answer.result === 'REJECTED') throw invalidFields(answer.errors);
  if (answer.result === 'REFUSED') throw new Problem('conflict', answer.message);
  const { result: _, ...body } = answer;
  return { status: 200, body };
}

/** Reads a page of a list. @throws Problem where its cursor is refused. */
export async function page<Page>(read: () => Promise<Page>): Promise<Page> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CursorRefused) throw invalidFields([{ path: 'cursor', message: error.message }]);
    throw error;
  }
}
