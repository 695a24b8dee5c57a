import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { archivedOnce } from '../../adapters/archived-once.ts';
import { fileLog, readPullLog, type LoggedPull } from '../../adapters/bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../../adapters/bureaus/simulator/simulator.ts';
import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { embeddedEvents } from '../../adapters/embedded/events.ts';
import { embeddedEvidenceLocks } from '../../adapters/embedded/evidence-locks.ts';
import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { embeddedLedger } from '../../adapters/embedded/ledger.ts';
import { outboxFolder } from '../../adapters/embedded/outbox-folder.ts';
import { embeddedVault } from '../../adapters/embedded/vault.ts';
import { embeddedWorkStore } from '../../adapters/embedded/work-store.ts';
import { packagedModels } from '../../adapters/onnx/models.ts';
import { polledChanges } from '../../adapters/polled-changes.ts';
import {
  ExecutionConflict,
  ExecutionMissing,
  TaskTokenSpent,
  type Executions,
  type HistoryEvent,
  type Measure,
  type Workflows,
} from '../../adapters/ports.ts';
import { applicationIdentity, sealedEvidence } from '../../adapters/sealed-evidence.ts';
import { drawNoticePdf } from '../../app/notices/notice-pdf.ts';
import { buildCore } from '../../core/build.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import { SAMPLE_LIST } from '../../domain/screening/list.ts';
import { searchable } from '../../domain/screening/search.ts';
import { lendingOf, stageNamed } from '../../stages/stage.ts';
import { temporaryDataFolder } from './data-folder.ts';
import { manualClock } from './manual-clock.ts';

/** The port's rules over maps: executions that stand still, task tokens that are open or spent. */
function standingWorkflows() {
  const executions = new Map<string, string>();
  const open = new Set<string>();
  const answered: { taskToken: string; output: JsonObject }[] = [];
  const histories = new Map<string, HistoryEvent[]>();
  const workflows: Workflows = {
    async start(name, input) {
      const text = canonicalJson(input);
      if ((executions.get(name) ?? text) !== text) throw new ExecutionConflict(`${name} runs with another input.`);
      executions.set(name, text);
      return { executionArn: `arn:aws:states:us-east-1:000000000000:execution:underwriting:${name}` };
    },
    async succeedTask(taskToken, output) {
      if (!open.delete(taskToken)) throw new TaskTokenSpent('The task is over.');
      answered.push({ taskToken, output });
    },
    async failTask(taskToken, error) {
      if (!open.delete(taskToken)) throw new TaskTokenSpent('The task is over.');
      answered.push({ taskToken, output: { error } });
    },
    async history(executionArn) {
      const history = histories.get(executionArn);
      if (!history) throw new ExecutionMissing(`${executionArn} is unknown.`);
      return history;
    },
  };
  /** Ended where a history of it was kept, with the word of its last event; running since the history's first event. */
  const described: Pick<Executions, 'describe' | 'lastEvent'> = {
    async describe(executionArn) {
      const history = histories.get(executionArn);
      const last = history?.at(-1)?.type ?? '';
      const input = executions.get(executionArn.split(':').at(-1) ?? '');
      const status = /^Execution(Succeeded|Failed|Aborted)$/.exec(last)?.[1]?.toUpperCase() ?? 'RUNNING';
      const runningSince = history?.[0]?.timestamp ?? new Date(0).toISOString();
      return input === undefined ? undefined : { executionArn, status, input, runningSince };
    },
    async lastEvent(executionArn) {
      return histories.get(executionArn)?.at(-1);
    },
  };
  return { workflows, executions, open, answered, histories, described };
}

let built: Promise<Uint8Array> | undefined;

/** Every port over one temporary data folder, but for Workflows, which stands still. */
export function embeddedPorts() {
  const data = temporaryDataFolder();
  const { database, folder } = data;
  const clock = manualClock();
  const vault = embeddedVault(database, folder);
  const pulls = join(folder, 'pulls.jsonl');
  const standing = standingWorkflows();
  const timeoutMs = 1000;
  const evidenceStore = embeddedEvidenceStore(database);
  const core = archivedOnce(evidenceStore, async () => {
    const bytes = await (built ??= buildCore());
    return { digest: sha256(bytes), files: [bytes] };
  });
  const ports = {
    clock,
    vault,
    ledger: embeddedLedger(database, clock),
    workStore: embeddedWorkStore(database),
    events: embeddedEvents(database),
    evidence: sealedEvidence(evidenceStore, vault),
    evidenceStore,
    evidenceLocks: embeddedEvidenceLocks,
    identities: applicationIdentity(vault),
    workflows: standing.workflows,
    executions: standing.described,
    bureau: simulatedBureau({ log: fileLog(pulls, clock), wait: async () => {}, timeoutMs }),
    models: packagedModels('models', evidenceStore),
    modelRuntime,
    decisionCore: async () => (await core()).digest,
    noticePdf: drawNoticePdf,
    printQueue: outboxFolder(join(folder, 'outbox')),
    noticeMail: { configured: false, send: () => Promise.reject(new Error('no mail server')) },
    measure: (() => {}) as Measure,
    screeningList: async () => searchable(SAMPLE_LIST),
    lending: lendingOf(stageNamed('sandbox')),
    // A pause of no time, during which other calls go on.
    changes: polledChanges(async (ms) => {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(ms);
    }),
  };
  return {
    ports,
    ...standing,
    data,
    pulls: (): Promise<LoggedPull[]> => readPullLog(pulls),
    /** Rows of a table, as they are stored. */
    rows: (table: string) => database.statement(`SELECT * FROM ${table}`).all(),
    /** Every byte in the data folder, as text; the database is closed for it. */
    bytes(): string {
      database.close();
      return readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), 'latin1'))
        .join('\n');
    },
    close: () => data.remove(),
  };
}
export type EmbeddedPorts = ReturnType<typeof embeddedPorts>;

export class Died extends Error {
  override readonly name = 'Died';
}

/** The same ports in a process that dies when its n-th call has been carried out, and whose later calls never happen. */
export function dyingAfter<Ports extends object>(ports: Ports, calls: number): Ports & { died(): boolean } {
  let left = calls;
  let dead = false;
  const dying = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      typeof port !== 'object' || name === 'clock'
        ? port
        : new Proxy(port as object, {
            get(target, member) {
              const value: unknown = Reflect.get(target, member);
              if (typeof value !== 'function') return value;
              // What is read bit by bit is read to its end before the process dies.
              if (value.constructor.name === 'AsyncGeneratorFunction') {
                return async function* (...given: unknown[]) {
                  if (dead) throw new Died('The process is dead.');
                  left -= 1;
                  yield* Reflect.apply(value, target, given) as AsyncIterable<unknown>;
                  if (left > 0) return;
                  dead = true;
                  throw new Died('The process died.');
                };
              }
              return async (...given: unknown[]) => {
                if (dead) throw new Died('The process is dead.');
                left -= 1;
                if (left > 0) return Reflect.apply(value, target, given) as unknown;
                dead = true;
                await (Reflect.apply(value, target, given) as Promise<unknown>).catch(() => undefined);
                throw new Died('The process died.');
              };
            },
          }),
    ]),
  ) as Ports;
  return { ...dying, died: () => dead };
}

/** Runs a call in processes that die after their first, second, ... call of a port, until one lives through it. */
export async function eachDeath(attempt: (calls: number) => Promise<boolean>): Promise<number> {
  for (let calls = 1; ; calls += 1) if (!(await attempt(calls))) return calls - 1;
}
