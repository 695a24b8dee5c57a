import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { readAccessKey } from '../adapters/embedded/access-key.ts';
import type { Json } from '../domain/json.ts';
import { CONTRACTS, type OutputOf } from '../lambdas/contracts.ts';
import { challengeProof } from '../local/api/server.ts';
import { openUnderwriting, type ProcessOptions, type UnderwritingProcess } from '../local/underwriting-process.ts';
import { CommandFailed, EXIT } from './failure.ts';
import { folderRecords } from './folder-records.ts';
import type { Records } from './records.ts';
import { readStanding } from './standing.ts';

/** How a command reaches the functions of a data folder: by its own process, or by one that runs on it already. */
export interface Functions {
  /** Of the loopback API. */
  readonly url: string;
  intake(submission: Json): Promise<OutputOf<'IntakeApplication'>>;
  completeTask(command: Json): Promise<OutputOf<'CompleteTask'>>;
  acceptOffer(choice: Json): Promise<OutputOf<'AcceptOffer'>>;
  reopenApplication(command: Json): Promise<OutputOf<'ReopenApplication'>>;
  setSwitch(command: Json): Promise<OutputOf<'SetSwitch'>>;
  governPolicy(command: Json): Promise<OutputOf<'GovernPolicy'>>;
  setLegalHold(command: Json): Promise<OutputOf<'SetLegalHold'>>;
  requestForgetting(command: Json): Promise<OutputOf<'RequestForgetting'>>;
  forgetApplicants(options: Json): Promise<OutputOf<'ForgetApplicants'>>;
  reconcileRecords(options: Json): Promise<OutputOf<'ReconcileRecords'>>;
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
      const url = await runningUrl(options.folder);
      if (url) return await sharedFolder(options, url);
      // Between taking the lock and serving, or between serving and letting go of the lock, a process answers nothing.
      if (tries === 20) throw error;
      await pause(100);
    }
  }
}

/** Opens a process on a folder once the model package is found whole: no application may meet a damaged one. */
export async function openProcess(options: ProcessOptions): Promise<UnderwritingProcess> {
  const first = composeEmbedded(options.folder, options);
  try {
    await first.scorer();
  } finally {
    first.close();
  }
  return openUnderwriting(options);
}

/** Calls the functions of a running process through Lambda's Invoke, signed with the key pair of its folder. */
export async function apiFunctions(url: string, folder: string): Promise<Functions & { close(): void }> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({
    endpoint: url,
    region: 'local',
    credentials: readAccessKey(folder),
    // A submission sent twice is found, not taken twice.
    maxAttempts: 3,
  });
  const invoke = async (name: string, payload: Json): Promise<unknown> => {
    const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) });
    const { FunctionError, Payload } = await client.send(command).catch((cause: unknown) => {
      throw unreachable(url, (cause as Error).message);
    });
    const answer: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
    if (FunctionError === undefined) return answer;
    const { errorType, errorMessage } = answer as { errorType: string; errorMessage: string };
    throw Object.assign(new Error(errorMessage), { name: errorType });
  };
  return {
    url,
    intake: async (submission) =>
      CONTRACTS.IntakeApplication.output.parse(await invoke('IntakeApplication', submission)),
    completeTask: async (command) => CONTRACTS.CompleteTask.output.parse(await invoke('CompleteTask', command)),
    acceptOffer: async (choice) => CONTRACTS.AcceptOffer.output.parse(await invoke('AcceptOffer', choice)),
    reopenApplication: async (command) =>
      CONTRACTS.ReopenApplication.output.parse(await invoke('ReopenApplication', command)),
    setSwitch: async (command) => CONTRACTS.SetSwitch.output.parse(await invoke('SetSwitch', command)),
    governPolicy: async (command) => CONTRACTS.GovernPolicy.output.parse(await invoke('GovernPolicy', command)),
    setLegalHold: async (command) => CONTRACTS.SetLegalHold.output.parse(await invoke('SetLegalHold', command)),
    requestForgetting: async (command) =>
      CONTRACTS.RequestForgetting.output.parse(await invoke('RequestForgetting', command)),
    forgetApplicants: async (options) =>
      CONTRACTS.ForgetApplicants.output.parse(await invoke('ForgetApplicants', options)),
    reconcileRecords: async (options) =>
      CONTRACTS.ReconcileRecords.output.parse(await invoke('ReconcileRecords', options)),
    close: () => client.destroy(),
  };
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
    intake: async (submission) =>
      CONTRACTS.IntakeApplication.output.parse(await running.invoke('IntakeApplication', submission)),
    completeTask: async (command) => CONTRACTS.CompleteTask.output.parse(await running.invoke('CompleteTask', command)),
    acceptOffer: async (choice) => CONTRACTS.AcceptOffer.output.parse(await running.invoke('AcceptOffer', choice)),
    reopenApplication: async (command) =>
      CONTRACTS.ReopenApplication.output.parse(await running.invoke('ReopenApplication', command)),
    setSwitch: async (command) => CONTRACTS.SetSwitch.output.parse(await running.invoke('SetSwitch', command)),
    governPolicy: async (command) => CONTRACTS.GovernPolicy.output.parse(await running.invoke('GovernPolicy', command)),
    setLegalHold: async (command) => CONTRACTS.SetLegalHold.output.parse(await running.invoke('SetLegalHold', command)),
    requestForgetting: async (command) =>
      CONTRACTS.RequestForgetting.output.parse(await running.invoke('RequestForgetting', command)),
    forgetApplicants: async (options) =>
      CONTRACTS.ForgetApplicants.output.parse(await running.invoke('ForgetApplicants', options)),
    reconcileRecords: async (options) =>
      CONTRACTS.ReconcileRecords.output.parse(await running.invoke('ReconcileRecords', options)),
    settled: (applicationIds, onEach) =>
      settled(records, applicationIds, onEach, async () => {
        if (failure) throw failure;
      }),
    close: () => running.close(),
  };
}

async function sharedFolder({ folder, keyFolder }: ProcessOptions, url: string): Promise<OpenFolder> {
  const api = await apiFunctions(url, folder);
  const records = folderRecords(composeEmbedded(folder, { readOnly: true, keyFolder }), folder);
  return {
    shared: true,
    records,
    ...api,
    settled: (applicationIds, onEach) =>
      settled(records, applicationIds, onEach, async () => {
        if ((await runningUrl(folder)) !== url) throw unreachable(url, 'it has stopped');
      }),
    close: async () => {
      api.close();
      records.close();
    },
  };
}

/**
 * A process that died left its announcement behind, and its port may be another program's: only who knows the secret of
 * the announcement is sent a submission.
 */
export async function runningUrl(folder: string): Promise<string | undefined> {
  try {
    const announced: unknown = JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8'));
    const { pid, url, secret } = announced as { pid: number; url: string; secret: string };
    if (new URL(url).hostname !== '127.0.0.1') return undefined;
    process.kill(pid, 0);
    const challenge = randomBytes(16).toString('hex');
    const answer = await fetch(new URL(`/health?challenge=${challenge}`, url), { signal: AbortSignal.timeout(5000) });
    const { proof } = (await answer.json()) as { proof?: string };
    return proof === challengeProof(secret, challenge) ? url : undefined;
  } catch {
    return undefined;
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
      if ((await readStanding(records, applicationId))?.settled) onEach();
      else still.push(applicationId);
    }
    open = still;
    if (open.length === 0) return;
    await check();
    await pause(25);
  }
}
