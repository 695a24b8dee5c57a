import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { readAccessKey } from '../adapters/embedded/access-key.ts';
import type { Records } from '../audit/records.ts';
import type { Json } from '../domain/json.ts';
import { loadFunction, type CallableName, type OutputOf } from '../lambdas/functions.ts';
import { challengeProof } from '../local/api/server.ts';
import { openUnderwriting, type ProcessOptions, type UnderwritingProcess } from '../local/underwriting-process.ts';
import { readApplicationView } from './application-view.ts';
import { CommandFailed, EXIT } from './failure.ts';
import { folderRecords } from './folder-records.ts';

/** Calls a function of a data folder and returns its output. */
type Invoke = <Name extends CallableName>(name: Name, payload: Json) => Promise<OutputOf<Name>>;

/** How a command reaches the functions of a data folder: in its own process, or in the one that runs on the folder. */
export interface Functions {
  /** Of the loopback API. */
  readonly url: string;
  /** Through a process that runs on the folder, only the functions of CALLABLE_NAMES answer. */
  readonly invoke: Invoke;
}

export interface OpenFolder extends Functions {
  /** Whether another process runs on the folder and was asked. */
  readonly shared: boolean;
  readonly records: Records;
  /** Resolves when none of the applications moves without a person any more. */
  settled(applicationIds: readonly string[], onEach?: () => void): Promise<void>;
  close(): Promise<void>;
}

/** @throws CommandFailed with exit code 4 when the folder holds no data. */
export function requireFolder(folder: string): void {
  if (existsSync(join(folder, 'underwright.sqlite'))) return;
  throw new CommandFailed(
    EXIT.DATA_FOLDER,
    'DataFolderMissing',
    `${folder} holds no Underwright data. Name the data folder with --data, or make one with: underwright start --data ${folder}`,
  );
}

/**
 * Opens a folder to write: by this process alone, or through the process that holds its lock.
 * @throws DataFolderInUse when a process holds the folder and serves no API; ModelPackageDamaged before anything starts.
 */
export async function openFolder(options: ProcessOptions): Promise<OpenFolder> {
  for (let tries = 0; ; tries += 1) {
    try {
      return ownFolder(options.folder, await openProcess(options));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'DataFolderInUse') throw error;
      const running = await runningProcess(options.folder);
      if (running?.state === 'ANSWERS') return await sharedFolder(options, running.url);
      if (running?.state === 'SILENT') throw silent(running);
      // Between taking the lock and serving, or between serving and letting go of the lock, a process answers nothing.
      if (tries === 20) throw error;
      await pause(100);
    }
  }
}

/** Opens a process on a folder once the released model packages are found whole: no application may meet a damaged one. */
export async function openProcess(options: ProcessOptions): Promise<UnderwritingProcess> {
  const first = composeEmbedded(options.folder, options);
  try {
    for (const { digest } of await first.models.released()) await first.models.open(digest);
  } finally {
    first.close();
  }
  return openUnderwriting(options);
}

/**
 * Calls the functions of the process that runs on a folder through Lambda's Invoke, signed with its key pair. A call that the
 * process is too busy for is sent again, with the same content. A call ends when the process answers no more.
 */
export async function apiFunctions(url: string, folder: string): Promise<Functions & { close(): void }> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({
    endpoint: url,
    region: 'local',
    credentials: readAccessKey(folder),
    // A submission sent twice is found, not taken twice.
    maxAttempts: 3,
  });
  const invoke = async (name: CallableName, payload: Json): Promise<unknown> => {
    const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) });
    const { FunctionError, Payload } = await whileRunning(folder, url, (abortSignal) =>
      whenTaken(() => client.send(command, { abortSignal })),
    ).catch((cause: unknown) => {
      throw cause instanceof CommandFailed ? cause : unreachable(url, (cause as Error).message);
    });
    const answer: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
    if (FunctionError === undefined) return answer;
    const { errorType, errorMessage } = answer as { errorType: string; errorMessage: string };
    throw Object.assign(new Error(errorMessage), { name: errorType });
  };
  return {
    url,
    invoke: parsedBy(invoke),
    close: () => client.destroy(),
  };
}

/** Parses each answer by the contract of the function that gave it. */
function parsedBy(invoke: (name: CallableName, payload: Json) => Promise<unknown>): Invoke {
  return async <Name extends CallableName>(name: Name, payload: Json) => {
    const { contract } = await loadFunction(name);
    return contract.output.parse(await invoke(name, payload)) as OutputOf<Name>;
  };
}

/** 300 s = 10 × the 30 s that a process with every place taken needs for them, measured by npm run bench -- load. */
const MAX_BUSY_MS = 300_000;

/** Sends a call until the process has room for it, each time after the pause that it asks for. */
async function whenTaken<T>(send: () => Promise<T>): Promise<T> {
  const until = Date.now() + MAX_BUSY_MS;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const { name, retryAfterSeconds } = error as { name?: string; retryAfterSeconds?: string };
      if (name !== 'TooManyRequestsException' || Date.now() > until) throw error;
      await pause(1_000 * (Number(retryAfterSeconds) || 1));
    }
  }
}

export function silent({ pid, url }: Pick<RunningProcess, 'pid' | 'url'>): CommandFailed {
  return new CommandFailed(
    EXIT.DATA_FOLDER,
    'ProcessSilent',
    `Process ${pid} runs on the data folder and gave no answer at ${url} in time. If it is paused, resume it with: kill -CONT ${pid}. Else stop it. Then run the command again.`,
  );
}

function unreachable(url: string, why: string): CommandFailed {
  return new CommandFailed(
    EXIT.DATA_FOLDER,
    'ProcessUnreachable',
    `The process that runs on the data folder does not answer at ${url} (${why}). Run the command again: what was taken already is found.`,
  );
}

function ownFolder(folder: string, running: UnderwritingProcess): OpenFolder {
  const { embedded, url } = running;
  const records = folderRecords(embedded, folder);
  let failure: Error | undefined;
  embedded.database.onFailure((found) => {
    failure = found;
  });
  return {
    shared: false,
    records,
    url,
    invoke: parsedBy((name, payload) => running.invoke(name, payload)),
    settled: (applicationIds, onEach) =>
      settled(records, applicationIds, onEach, async () => {
        if (failure) throw failure;
      }),
    close: () => running.close(),
  };
}

async function sharedFolder({ folder, keyFolder }: ProcessOptions, url: string): Promise<OpenFolder> {
  const records = folderRecords(composeEmbedded(folder, { readOnly: true, keyFolder }), folder);
  const api = await apiFunctions(url, folder);
  return {
    shared: true,
    records,
    ...api,
    settled: (applicationIds, onEach) => settled(records, applicationIds, onEach, () => requireRunning(folder, url)),
    close: async () => {
      api.close();
      records.close();
    },
  };
}

export interface AnswerLimits {
  /** How long a process may take for the challenge. */
  readonly answerMs: number;
  /** The pause between two checks while a call is open. */
  readonly pauseMs: number;
}
/** 5 s = 2.5 × the p99 of answers that a process aims at under full load. */
const ANSWER_LIMITS: AnswerLimits = { answerMs: 5_000, pauseMs: 5_000 };

export interface RunningProcess {
  readonly pid: number;
  readonly url: string;
  /** `SILENT`: the process exists, and gave no answer in time, such as one that is paused. */
  readonly state: 'ANSWERS' | 'SILENT';
}

/**
 * The process that announced itself on a folder. A process that died left its announcement behind, and its port may be
 * another program's. Only a process that knows the secret of the announcement is sent a submission.
 */
export async function runningProcess(
  folder: string,
  { answerMs }: AnswerLimits = ANSWER_LIMITS,
): Promise<RunningProcess | undefined> {
  try {
    const announced: unknown = JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8'));
    const { pid, url, secret } = announced as { pid: number; url: string; secret: string };
    if (new URL(url).hostname !== '127.0.0.1') return undefined;
    process.kill(pid, 0);
    const challenge = randomBytes(16).toString('hex');
    const health = new URL(`/health?challenge=${challenge}`, url);
    const answer = await fetch(health, { signal: AbortSignal.timeout(answerMs) }).catch((error: unknown) => {
      if ((error as Error).name === 'TimeoutError') return undefined;
      throw error;
    });
    if (!answer) return { pid, url, state: 'SILENT' };
    const { proof } = (await answer.json()) as { proof?: string };
    return proof === challengeProof(secret, challenge) ? { pid, url, state: 'ANSWERS' } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws CommandFailed when the process at `url` runs on the folder no more, or is silent. */
async function requireRunning(folder: string, url: string, limits?: AnswerLimits): Promise<void> {
  const running = await runningProcess(folder, limits);
  if (running?.url !== url) throw unreachable(url, 'it has stopped');
  if (running.state === 'SILENT') throw silent(running);
}

/** Makes a call to the process that runs on a folder. @throws CommandFailed when the process ends or is silent meanwhile. */
export async function whileRunning<T>(
  folder: string,
  url: string,
  call: (signal: AbortSignal) => Promise<T>,
  limits = ANSWER_LIMITS,
): Promise<T> {
  const over = new AbortController();
  const watch = async (): Promise<never> => {
    for (;;) {
      await pause(limits.pauseMs, undefined, { signal: over.signal });
      await requireRunning(folder, url, limits);
    }
  };
  try {
    return await Promise.race([call(over.signal), watch()]);
  } finally {
    over.abort();
  }
}

/** @param check rejects when nothing moves the applications any more, so that nobody waits for what cannot come. */
export async function settled(
  records: Records,
  applicationIds: readonly string[],
  onEach: () => void = () => {},
  check: () => Promise<void> = async () => {},
): Promise<void> {
  let open = [...applicationIds];
  while (open.length > 0) {
    const still: string[] = [];
    for (const applicationId of open) {
      if ((await readApplicationView(records, applicationId))?.settled) onEach();
      else still.push(applicationId);
    }
    open = still;
    if (open.length === 0) return;
    await check();
    await pause(25);
  }
}
