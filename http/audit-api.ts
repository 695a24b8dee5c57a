import { ExecutionMissing, type HistoryEvent, type Workflows } from '../adapters/ports.ts';
import { apiContract, type UseCase } from '../app/contracts.ts';
import { recordRead } from '../app/personal-data.ts';
import { newestAddress } from '../app/status.ts';
import { redactTaskTokens } from '../app/workflow/archive-history.ts';
import { takeOut, type DecisionFilePorts } from '../audit/decision-file/collect.ts';
import { dutiesFor } from '../audit/duties.ts';
import { timelineOf } from '../audit/timeline.ts';
import { NAMES_THE_APPLICANT } from '../domain/decision/file.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { evidenceNamedBy, type EvidenceReference } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import { entriesFor } from './applications.ts';
import { Problem } from './problem.ts';
import { serve, type Answer, type Call, type Handlers } from './serve.ts';

export const contract = apiContract;

export interface AuditApiPorts extends DecisionFilePorts {
  readonly workflows: Pick<Workflows, 'history'>;
}

async function getTimeline(ports: AuditApiPorts, call: Call<'getTimeline'>): Promise<Answer> {
  const { applicationId } = call.params;
  const entries = await entriesFor(ports, call, applicationId);
  const found = await historyOf(ports, applicationId, entries);
  if (!found) throw new Problem('not-found', 'No step of it has run yet.');
  const { steps, events, status, startedAt, endedAt } = timelineOf(redactTaskTokens(found.history));
  const people = entries
    .filter(({ actor }) => actor !== 'system')
    .map(({ occurredAt: at, actor: by, type }) => ({ at, by, type }));
  const execution = { status, startedAt, endedAt, events, steps };
  return { status: 200, body: { applicationId, source: found.source, execution, people } };
}

async function listEntries(ports: AuditApiPorts, call: Call<'listEntries'>): Promise<Answer> {
  const { applicationId } = call.params;
  return { status: 200, body: { applicationId, entries: await entriesFor(ports, call, applicationId) } };
}

async function listDuties(ports: AuditApiPorts, call: Call<'listDuties'>): Promise<Answer> {
  const { applicationId } = call.params;
  const duties = await dutiesFor(ports, await entriesFor(ports, call, applicationId));
  return { status: 200, body: { applicationId, duties } };
}

async function exportDecision(ports: AuditApiPorts, call: Call<'exportDecision'>): Promise<Answer> {
  const { applicationId } = call.params;
  const { purpose, withIdentity } = call.body;
  await entriesFor(ports, call, applicationId);
  const file = await takeOut(ports, applicationId, {
    purpose,
    withIdentity,
    by: call.principal.id,
    role: call.role,
    requestId: call.requestId,
  });
  return { status: 200, body: file };
}

async function getEvidence(ports: AuditApiPorts, call: Call<'getEvidence'>): Promise<Answer> {
  const { evidence, identities } = ports;
  const { applicationId } = call.params;
  const { principal, role, requestId, purpose, may, query } = call;
  const withIdentity = query.identity === 'true';
  if (withIdentity && !may('READ_IDENTITY')) {
    throw new Problem('forbidden', `${principal.roles.join(', ')} may not see who applied: leave identity out.`);
  }
  if (purpose === null) throw new Problem('malformed-request', 'Say what for, in the header Access-Purpose.');
  const entries = await entriesFor(ports, call, applicationId);
  const asked = query.kind?.split(',');
  const wanted = references(entries).filter(
    // The step history is what the timeline shows.
    ({ kind }) =>
      (asked ? asked.includes(kind) : kind !== 'history') && (withIdentity || !NAMES_THE_APPLICANT.includes(kind)),
  );
  const kinds = [...wanted.map(({ kind }) => kind), ...(withIdentity ? ['identity'] : [])];
  if (kinds.length > 0) await recordRead(ports, applicationId, { by: principal.id, role, purpose, kinds, requestId });
  const pieces = await Promise.all(
    wanted.map(async ({ kind, address, sequence }) => ({
      kind,
      address,
      sequence,
      value: await evidence.open(applicationId, kind, address),
    })),
  );
  const identity = withIdentity ? await identities.get(applicationId) : null;
  return { status: 200, body: { applicationId, identity, evidence: pieces } };
}

/** Every piece of evidence once, with the entry that names it first. */
function references(entries: readonly LedgerEntry[]): (EvidenceReference & { sequence: number })[] {
  const found = new Map<string, EvidenceReference & { sequence: number }>();
  for (const entry of entries) {
    const { sequence } = entry;
    for (const each of evidenceNamedBy(entry)) {
      if (!found.has(each.address)) found.set(each.address, { ...each, sequence });
    }
  }
  return [...found.values()];
}

/** @returns undefined when neither the engine nor the archive has it. */
async function historyOf(
  { workflows, evidence }: AuditApiPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<{ source: 'engine' | 'archive'; history: HistoryEvent[] } | undefined> {
  // The id of a step's event begins with the ARN of its execution.
  const newest = ofNewestExecution(entries);
  const executionArn = newest.map(({ id }) => /^(arn:[^/]+)\//.exec(id)?.[1]).find((arn) => arn !== undefined);
  if (executionArn === undefined) return undefined;
  try {
    return { source: 'engine', history: await workflows.history(executionArn) };
  } catch (error) {
    if (!(error instanceof ExecutionMissing)) throw error;
  }
  const address = newestAddress(newest, 'HISTORY_ARCHIVED');
  if (!address) return undefined;
  const { events } = (await evidence.open(applicationId, 'history', address)) as unknown as { events: HistoryEvent[] };
  return { source: 'archive', history: events };
}

const HANDLERS: Handlers<'AuditApi', AuditApiPorts> = {
  getTimeline,
  listDuties,
  listEntries,
  exportDecision,
  getEvidence,
};

/** What auditors call. It changes nothing; that they looked is in the ledger. */
export const auditApi = (ports: AuditApiPorts): UseCase<typeof contract> => serve('AuditApi', ports, HANDLERS);
