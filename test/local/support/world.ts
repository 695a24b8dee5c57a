import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SFNClient } from '@aws-sdk/client-sfn';
import { type Engine, type EngineOptions, type Invoke, openEngine } from '@underwright/asl-engine';

import { GroupCommitDatabase, type GroupCommitOptions } from '../../../adapters/embedded/group-commit.ts';
import { systemClock } from '../../../adapters/system-clock.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { openApi, type Api } from '../../../local/api/server.ts';
import { LOCAL_KEY } from '../../support/signed.ts';
import { ManualClock } from './manual-clock.ts';

export const MACHINE = 'arn:aws:states:local:000000000000:stateMachine:machine';
export const executionArn = (name: string) => `arn:aws:states:local:000000000000:execution:machine:${name}`;

export interface World {
  readonly folder: string;
  readonly file: string;
  readonly database: GroupCommitDatabase;
  readonly engine: Engine;
  readonly clock: ManualClock;
  /** Closes engine and database and keeps the folder. */
  stop(): Promise<void>;
  /** Closes all and deletes the folder. */
  destroy(): Promise<void>;
}

export type WorldOptions = Partial<Omit<EngineOptions, 'database' | 'stateMachines' | 'clock'>> & {
  readonly states?: JsonObject;
  readonly definition?: string;
  readonly substitutions?: Record<string, string>;
  readonly folder?: string;
  readonly clock?: ManualClock;
  readonly storage?: GroupCommitOptions;
};

/** A definition with the first state of `states` at its start. */
export function machineOf(states: JsonObject, more: JsonObject = {}): string {
  return JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0]!, States: states, ...more });
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'engine-'));
}

/** An engine over a database in a folder of its own, running one state machine named `machine`. */
export function openWorld(options: WorldOptions): World {
  const folder = options.folder ?? temporaryFolder();
  const file = join(folder, 'data.sqlite');
  const clock = options.clock ?? new ManualClock();
  const database = new GroupCommitDatabase(file, options.storage);
  const engine = openEngine({
    database,
    stateMachines: [
      {
        name: 'machine',
        definition: options.definition ?? machineOf(options.states!),
        substitutions: options.substitutions ?? {},
      },
    ],
    invoke: options.invoke ?? (() => Promise.resolve(null)),
    random: options.random ?? (() => 0.5),
    buckets: options.buckets ?? {},
    clock,
  });
  const stop = async () => {
    await engine.close();
    database.close();
  };
  return {
    folder,
    file,
    database,
    engine,
    clock,
    stop,
    destroy: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function openClient(engine: Engine): Promise<{ api: Api; client: SFNClient; close: () => Promise<void> }> {
  const api = await openApi({ engine, accessKey: LOCAL_KEY, clock: systemClock });
  const client = new SFNClient({
    endpoint: api.endpoint,
    region: 'us-east-1',
    credentials: LOCAL_KEY,
    maxAttempts: 1,
  });
  const close = async () => {
    client.destroy();
    await api.close();
  };
  return { api, client, close };
}

/** What a fake function does, in order of its calls; the last entry goes on. */
export type Behaviour =
  | { readonly return: Json }
  | { readonly throw: { readonly name: string; readonly message: string } }
  | { readonly never: true };

export function fakeFunctions(functions: Record<string, readonly Behaviour[]>): Invoke {
  const calls = new Map<string, number>();
  return (name) => {
    const list = functions[name];
    if (!list) throw new Error(`The test has no function ${name}`);
    const call = calls.get(name) ?? 0;
    calls.set(name, call + 1);
    const behaviour = list[Math.min(call, list.length - 1)]!;
    if ('return' in behaviour) return Promise.resolve(behaviour.return);
    if ('never' in behaviour) return new Promise(() => {});
    const error = new Error(behaviour.throw.message);
    error.name = behaviour.throw.name;
    return Promise.reject(error);
  };
}

/** Whether a promise has settled, to be asked at any time. */
export function watch(promise: Promise<unknown>): () => boolean {
  const state = { settled: false };
  void promise.catch(() => undefined).finally(() => (state.settled = true));
  return () => state.settled;
}
