import { readHistory } from '@underwright/asl-engine';

import { composeEmbedded, type Embedded } from '../../adapters/compose/embedded.ts';
import { ExecutionMissing, type Clock, type Executions, type Workflows } from '../../adapters/ports.ts';
import { affectedBy } from '../../app/governance/affected.ts';
import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import { ROLES, type Role } from '../../domain/access/access.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { FunctionName } from '../../lambdas/functions.ts';
import { answerRest } from '../../local/api/rest.ts';
import { embeddedFunctions, invokeFunction } from '../../local/functions.ts';
import { ACTORS } from '../support/underwriting-api.ts';
import { APPLICATIONS } from './records-folder.ts';

/** The functions of a data folder whose engine stands still: nothing is started, and no task is answered. */
export function standingFunctions(embedded: Embedded) {
  const { database } = embedded;
  const history = (executionArn: string) => {
    try {
      return readHistory(database, executionArn);
    } catch {
      throw new ExecutionMissing(`There is no execution ${executionArn}.`);
    }
  };
  const workflows: Workflows = {
    start: () => Promise.reject(new Error('The engine stands still.')),
    succeedTask: () => Promise.reject(new Error('The engine stands still.')),
    failTask: () => Promise.reject(new Error('The engine stands still.')),
    history: async (executionArn) => history(executionArn),
  };
  const executions: Pick<Executions, 'describe' | 'lastEvent'> = {
    async describe(executionArn) {
      const row = database
        .statement('SELECT status, input, started_at FROM workflow_execution WHERE name = ?')
        .get(executionArn.split(':').at(-1) ?? '');
      if (!row) return undefined;
      const runningSince = new Date(Number(row['started_at'])).toISOString();
      return { executionArn, status: String(row['status']), input: String(row['input']), runningSince };
    },
    async lastEvent(executionArn) {
      try {
        return history(executionArn).at(-1);
      } catch {
        return undefined;
      }
    },
  };
  return embeddedFunctions({ ...embedded, workflows, executions });
}

const PATHS: readonly (readonly [string, string?])[] = [
  [''],
  ['/entries'],
  ['/timeline'],
  ['/offers'],
  ['/review'],
  ['/notice', 'Examination 2026-14'],
  ['/evidence', 'Examination 2026-14'],
  ['/evidence?identity=true', 'Examination 2026-14'],
];

/**
 * Everything that the outside can see of a data folder: every GET route of every application as each role, the lists, every
 * event, and every date on which something is due. Reading personal data writes entries, so take a copy of the folder.
 */
export async function snapshot(folder: string, now: string): Promise<ReadonlyMap<string, string>> {
  const clock: Clock = { now: () => new Date(now) };
  const embedded = composeEmbedded(folder, { clock });
  const seen = new Map<string, string>();
  try {
    const functions = standingFunctions(embedded);
    const invoke = (name: FunctionName, payload: Parameters<typeof invokeFunction>[2]) =>
      invokeFunction(functions, name, payload);
    await dueDates(embedded, seen);
    for (const role of ROLES) {
      const headers = await headersOf(embedded, role);
      const get = async (path: string, purpose?: string) => {
        const sent = { ...headers, ...(purpose !== undefined && { 'access-purpose': [purpose] }) };
        const request = { method: 'GET', url: `/v1${path}`, headers: sent, body: new Uint8Array() };
        const { statusCode, body } = await answerRest(invoke, request);
        seen.set(`${role} GET ${path}`, `${statusCode} ${body.replaceAll(/"instance":"[^"]*"/g, '')}`);
      };
      for (const path of ['/switches', '/policies?date=2026-11-30', '/queues/review', '/queues/attention'])
        await get(path);
      await get(`/applications?date=${now.slice(0, 10)}`);
      for (const id of APPLICATIONS)
        for (const [path, purpose] of PATHS) await get(`/applications/${id}${path}`, purpose);
    }
  } finally {
    embedded.close();
  }
  return seen;
}

async function headersOf(embedded: Embedded, role: Role): Promise<Record<string, string[]>> {
  const token = await embedded.issuer.sign({ by: ACTORS[role], role, minutes: 60 });
  return { authorization: [`Bearer ${token}`], 'x-request-id': [`request-of-${role}`] };
}

async function dueDates({ database, workStore, events }: Embedded, seen: Map<string, string>): Promise<void> {
  // At least once and in no promised order: a repeated event, or another order, is no change.
  const published = (await events.read({ limit: 1_000 })).map(({ event }) => JSON.stringify(event));
  for (const event of new Set(published)) seen.set(`event ${event.slice(0, 120)} ${sha256(event)}`, event);
  const lists = [
    keys.kept,
    keys.onHold,
    keys.undecided,
    keys.openOffers,
    keys.starting,
    keys.queue('REVIEW'),
    keys.queue('ATTENTION'),
  ];
  for (const list of lists) {
    seen.set(`list ${list}`, JSON.stringify((await workStore.listKeys(list, { limit: 1_000 })).items));
  }
  const months = database
    .statement(`SELECT DISTINCT index_pk FROM work_items WHERE index_pk LIKE 'RECEIVED#%' OR index_pk LIKE 'DECIDED#%'`)
    .all()
    .map(({ index_pk: month }) => String(month));
  for (const month of months) {
    seen.set(`list ${month}`, JSON.stringify((await workStore.listKeys(month, { limit: 1_000 })).items));
  }
  const digests = Object.values(COMPILED_POLICIES).flatMap((each) => each.map(({ digest }) => digest));
  for (const digest of digests)
    seen.set(`affected ${digest}`, (await Array.fromAsync(affectedBy(workStore, digest))).join());
  const timers = database.statement(
    `SELECT name, workflow_execution.deadline AS execution_deadline, wake_at, workflow_frame.deadline, heartbeat_at
     FROM workflow_frame JOIN workflow_execution ON workflow_execution.id = execution ORDER BY name, state, position`,
  );
  seen.set('timers', JSON.stringify(timers.all()));
}
