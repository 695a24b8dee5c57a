import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { type Engine, executionArnOf, openEngine, stateMachineArnOf } from '@underwright/asl-engine';

import { composeEmbedded, type Embedded, type EmbeddedOptions } from '../adapters/compose/embedded.ts';
import { ensureAccessKey } from '../adapters/embedded/access-key.ts';
import {
  ExecutionConflict,
  ExecutionMissing,
  TaskTokenSpent,
  type Executions,
  type Workflows,
} from '../adapters/ports.ts';
import { contract as sealContract } from '../app/sealing/seal-ledger.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { CALLABLE_NAMES, namesOfKind, type FunctionName } from '../lambdas/functions.ts';
import type { LambdaHandler } from '../lambdas/handler.ts';
import { Admission } from './api/admission.ts';
import { openApi } from './api/server.ts';
import { requireSoundPolicies } from './compiled-policies.ts';
import { batchContract, underwritingContract } from './execution-contracts.ts';
import { embeddedFunctions, invokeFunction } from './functions.ts';
import { periodically, sealPeriodically } from './periodic-seal.ts';

export const STATE_MACHINE = 'underwriting';
export const STATE_MACHINE_ARN = stateMachineArnOf(STATE_MACHINE);

export interface ProcessOptions extends EmbeddedOptions {
  readonly folder: string;
  /** Of the loopback API; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** The address that the API listens on. @default 127.0.0.1 */
  readonly host?: string;
}

/** Everything that AWS would run, in this process: engine, handlers, stores, and the API on loopback. */
export interface UnderwritingProcess {
  readonly embedded: Embedded;
  readonly engine: Engine;
  readonly functions: Readonly<Record<FunctionName, LambdaHandler>>;
  /** Of the Step Functions and Lambda API; the routes of http/routes.ts are at `/v1`. */
  readonly url: string;
  invoke(name: FunctionName, payload: Json): Promise<Json>;
  close(): Promise<void>;
}

/** Decides files of applications anew: what it reads and writes is in the data folder's `batch`. */
export const BATCH_MACHINE_ARN = stateMachineArnOf('batch');

const DEFINITIONS = join(import.meta.dirname, '..', 'statemachines');

/**
 * Opens a data folder, takes up whatever was running when it was last closed or killed, and serves the API. When a step
 * fails, everything that was opened before it is closed.
 * @throws DataFolderInUse when another process runs on the folder; CompiledPolicyDamaged.
 */
export async function openUnderwriting(options: ProcessOptions): Promise<UnderwritingProcess> {
  requireSoundPolicies();
  // Closes in reverse order, and the rest also when one of them fails to close.
  const opened = new AsyncDisposableStack();
  try {
    return { ...(await openParts(options, opened)), close: () => opened.disposeAsync() };
  } catch (error) {
    // The first failure is the reason; those that it causes in closing add nothing.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}

async function openParts(
  options: ProcessOptions,
  opened: AsyncDisposableStack,
): Promise<Omit<UnderwritingProcess, 'close'>> {
  const embedded = opened.adopt(composeEmbedded(options.folder, options), (each) => each.close());
  let running: Engine | undefined;
  const engineOf = (): Engine => {
    if (!running) throw new TypeError('The engine is not open yet.');
    return running;
  };
  const functions = embeddedFunctions({
    ...embedded,
    workflows: engineWorkflows(engineOf),
    executions: engineExecutions(engineOf),
  });
  const invoke: Invoke = (name, payload, timeoutMs) => invokeFunction(functions, name, payload, timeoutMs);
  const warned = new Set<string>();
  const seal = async (): Promise<void> => warnOfUnsealed(await invoke('SealLedger', {}), warned);
  let served = false;
  opened.defer(async () => {
    if (!served) return;
    // Entries of the present millisecond are sealed in the next one.
    await wait(2);
    await seal().catch(() => {});
  });
  const pulls = countPulls(invoke);
  const engine = opened.adopt(await openStateMachines(embedded, pulls.invoke), (each) => each.close());
  running = engine;
  engine.onExecutionEnd(async (end) => {
    // As the rule on AWS: a batch leaves its results and no history of an application.
    if (end.detail.stateMachineArn !== STATE_MACHINE_ARN) return;
    await invoke('ArchiveHistory', end as unknown as JsonObject);
  });
  await invoke('StartAccepted', {});
  await invoke('LapseOffers', {});
  opened.defer(await sealPeriodically(() => invoke('ExpireRequests', {}).then(seal)));
  opened.defer(periodically(() => invoke('LapseOffers', {}).then(() => invoke('DeliverNotices', {}))));
  const secret = randomBytes(32).toString('hex');
  const api = await openApi({
    engine,
    accessKey: ensureAccessKey(options.folder),
    clock: embedded.clock,
    port: options.port ?? 0,
    ...(options.host !== undefined && { host: options.host }),
    secret,
    invoke,
    admission: new Admission({
      // A pull waits for the bureau most of its time. A slow bureau stops new applications only at 16 times the limit.
      work: () => engine.underWay - pulls.underWay() + pulls.underWay() / 16,
      waiting: () => embedded.changes.waiting,
      now: () => performance.now(),
    }),
    functions: Object.fromEntries(CALLABLE_NAMES.map((name) => [name, (payload: Json) => invoke(name, payload)])),
  });
  opened.defer(() => api.close());
  const { endpoint: url } = api;
  opened.defer(announce(options.folder, url, secret));
  served = true;
  return { embedded, engine, functions, url, invoke };
}

type Invoke = (name: string, payload: Json, timeoutMs?: number) => Promise<Json>;

/** Counts the bureau pulls under way. */
function countPulls(invoke: Invoke): { readonly invoke: Invoke; readonly underWay: () => number } {
  let pulls = 0;
  return {
    async invoke(name, payload, timeoutMs) {
      if (name !== 'PullBureauReport') return invoke(name, payload, timeoutMs);
      pulls += 1;
      try {
        return await invoke(name, payload, timeoutMs);
      } finally {
        pulls -= 1;
      }
    },
    underWay: () => pulls,
  };
}

/** Writes where the process serves, and the secret by which clients know it from another. @returns what takes it back. */
function announce(folder: string, url: string, secret: string): () => void {
  const announcement = join(folder, 'process.json');
  const remove = () => rmSync(announcement, { force: true });
  // A file that a killed process left keeps its mode, so it is replaced.
  remove();
  writeFileSync(announcement, JSON.stringify({ pid: process.pid, url, secret }), { mode: 0o600, flag: 'wx' });
  return remove;
}

async function openStateMachines({ database, batchFiles, ledger, clock }: Embedded, invoke: Invoke): Promise<Engine> {
  return openEngine({
    database,
    stateMachines: [
      {
        name: STATE_MACHINE,
        definition: readFileSync(join(DEFINITIONS, 'underwriting.asl.json'), 'utf8'),
        substitutions: functionArns(namesOfKind('step', 'waiting')),
        contract: await underwritingContract(ledger),
      },
      {
        name: 'batch',
        definition: readFileSync(join(DEFINITIONS, 'batch.asl.json'), 'utf8'),
        substitutions: { ...functionArns(namesOfKind('batch')), BatchBucket: 'batch' },
        contract: batchContract(clock),
      },
    ],
    buckets: { batch: batchFiles },
    invoke: (name, payload, { timeoutMs }) => invoke(name, payload, timeoutMs),
  });
}

/** Warns of what was not sealed, once for each fault. */
function warnOfUnsealed(answer: Json, warned: Set<string>): void {
  for (const { applicationId, fault, detail } of sealContract.output.parse(answer).refused) {
    const warning = applicationId === null ? detail : `${applicationId} is not sealed: ${detail}`;
    if (warned.has(warning)) continue;
    warned.add(warning);
    process.emitWarning(warning, { type: fault });
  }
}

function functionArns(names: readonly FunctionName[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `arn:aws:lambda:local:000000000000:function:${name}`]));
}

/** What the engine of the same process knows of executions: it forgets none. */
function engineExecutions(engine: () => Engine): Pick<Executions, 'describe' | 'lastEvent'> {
  async function known<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Error && ['ExecutionDoesNotExist', 'InvalidArn'].includes(error.name)) return undefined;
      throw error;
    }
  }
  return {
    describe: (executionArn) =>
      known(async () => {
        const { status, input, startDate, redriveDate } = await engine().describeExecution({ executionArn });
        return { executionArn, status, input, runningSince: redriveDate ?? startDate };
      }),
    lastEvent: (executionArn) =>
      known(
        async () => (await engine().getExecutionHistory({ executionArn, reverseOrder: true, maxResults: 1 })).events[0],
      ),
  };
}

/** The Workflows port, answered by the engine of the same process. */
function engineWorkflows(engine: () => Engine): Workflows {
  return {
    async start(name, input, since = '') {
      const executionArn = executionArnOf(STATE_MACHINE, name);
      const text = JSON.stringify(input);
      try {
        const { startDate } = await engine().startExecution({ stateMachineArn: STATE_MACHINE_ARN, name, input: text });
        if (startDate < since) throw new ExecutionConflict(`Execution ${name} was started before.`);
        return { executionArn };
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ExecutionAlreadyExists') throw error;
        const existing = await engine().describeExecution({ executionArn });
        if (existing.input === text && existing.startDate >= since) return { executionArn };
        throw new ExecutionConflict(`Execution ${name} was started with another input, or before.`, { cause: error });
      }
    },
    succeedTask: (taskToken, output) =>
      answerToken(engine().sendTaskSuccess({ taskToken, output: JSON.stringify(output) })),
    failTask: (taskToken, error) => answerToken(engine().sendTaskFailure({ taskToken, error })),
    async history(executionArn) {
      try {
        return await engine().history(executionArn);
      } catch (error) {
        if (error instanceof Error && error.name === 'ExecutionDoesNotExist') {
          throw new ExecutionMissing(`There is no execution ${executionArn}.`, { cause: error });
        }
        throw error;
      }
    },
  };
}

/** @throws TaskTokenSpent */
async function answerToken(sent: Promise<void>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof Error && ['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken'].includes(error.name)) {
      throw new TaskTokenSpent('The task was answered, or its deadline has passed.', { cause: error });
    }
    throw error;
  }
}
