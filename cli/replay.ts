import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { FrozenDecision, ReplayDifference } from '../domain/decision/replay.ts';
import { everyApplication } from './applications.ts';
import { openRecords } from './open-records.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { freezeDecision } from './freeze.ts';
import type { CommonOptions } from './program.ts';
import { progress } from './progress.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

/** UNDECIDED: there is nothing to replay. FORGOTTEN: the key is destroyed, so the inputs can never be read again. */
type Replayed =
  | { readonly applicationId: string; readonly result: 'SAME' | 'UNDECIDED' | 'FORGOTTEN' }
  | { readonly applicationId: string; readonly result: 'DIFFERS'; readonly differences: readonly ReplayDifference[] }
  | { readonly applicationId: string; readonly result: 'INPUT_DAMAGED'; readonly detail: string };

const RELEASE = join(import.meta.dirname, '..');
/** What a replay reads of the program; of the data it reads nothing, and it can write nothing. */
const READABLE = ['package.json', 'adapters', 'cli', 'domain', 'models', 'node_modules', 'policies'];

/** Makes decisions again from what was sealed, and compares byte by byte. @returns 1 when any differs. */
export async function replayDecisions(
  id: string | undefined,
  { data, json, all }: CommonOptions & { readonly all?: boolean },
): Promise<ExitCode> {
  if ((id === undefined) === !all) {
    throw new CommandFailed(EXIT.USAGE, 'UsageError', 'Name one application, or say --all: underwright replay --all');
  }
  const records = await openRecords({ data });
  const child = openReplayChild();
  try {
    const ids = id === undefined ? await Array.fromAsync(everyApplication(records)) : [id];
    if (id !== undefined && (await records.ledger.read(id)).length === 0) throw notFound(id, records);
    const bar = progress('replaying', ids.length);
    const replayed: Replayed[] = [];
    try {
      for (const applicationId of ids) {
        replayed.push(
          await replayOne(
            applicationId,
            () => freezeDecision(records, applicationId),
            (frozen) => child.replay(frozen),
          ),
        );
        bar.step();
      }
    } finally {
      bar.stop();
    }
    const count = (result: Replayed['result']) => replayed.filter((each) => each.result === result).length;
    const wrong = count('DIFFERS') + count('INPUT_DAMAGED');
    if (json) printJson({ same: count('SAME'), differ: wrong, replayed });
    else {
      for (const line of replayed.flatMap(inWords)) print(line);
      const rest = `${count('UNDECIDED')} undecided, ${count('FORGOTTEN')} forgotten`;
      print(`${count('SAME')} decisions reproduced byte by byte, ${wrong} not; ${rest}.`);
      print('Replayed with the decision core of this release, the policies and models by their recorded digests.');
    }
    return wrong > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    await child.close();
    records.close();
  }
}

async function replayOne(
  applicationId: string,
  freeze: () => Promise<FrozenDecision | undefined>,
  replay: (frozen: FrozenDecision) => Promise<ReplayDifference[]>,
): Promise<Replayed> {
  let frozen: FrozenDecision | undefined;
  try {
    frozen = await freeze();
  } catch (error) {
    if ((error as Error).name === 'KeyDestroyed') return { applicationId, result: 'FORGOTTEN' };
    return { applicationId, result: 'INPUT_DAMAGED', detail: (error as Error).message };
  }
  if (!frozen) return { applicationId, result: 'UNDECIDED' };
  const differences = await replay(frozen);
  return differences.length === 0
    ? { applicationId, result: 'SAME' }
    : { applicationId, result: 'DIFFERS', differences };
}

function inWords(replayed: Replayed): string[] {
  const name = plainLine(replayed.applicationId);
  if (replayed.result === 'INPUT_DAMAGED') return [`${style('red', 'INPUT')}  ${name}: ${plainLine(replayed.detail)}`];
  if (replayed.result !== 'DIFFERS') return [];
  return replayed.differences.map(
    ({ part, differs, paths }) =>
      `${style('red', differs)}  ${name} ${part}: ${WORDS[differs]}${paths.length > 0 ? ` (${paths.join(', ')})` : ''}`,
  );
}

const WORDS: Readonly<Record<ReplayDifference['differs'], string>> = {
  INPUT: 'what was sealed is not enough to make it again.',
  CORE: 'the same inputs, policy, model and runtime give something else: this release decides otherwise.',
  POLICY: 'the policy that it names is not under policies/: fetch that version.',
  MODEL: 'the model that it names is not under models/: fetch that package.',
  RUNTIME: 'another version of the model’s runtime gives another score.',
};

export interface ReplayChild {
  replay(frozen: FrozenDecision): Promise<ReplayDifference[]>;
  close(): Promise<void>;
}

export class ReplayFailed extends Error {
  override readonly name = 'ReplayFailed';
}

/** The options of Node under which decisions are replayed. */
export function replayPermissions(): string[] {
  const readable = READABLE.map((path) => `--allow-fs-read=${join(RELEASE, path)}`);
  return ['--permission', ...readable, '--allow-addons', '--disable-warning=SecurityWarning'];
}

/**
 * Starts a process under Node's permission model: it reads the program's files, writes none, starts no process and no
 * worker. Addons are allowed, for the model's runtime. Node 24 cannot keep a process from the network.
 */
export function openReplayChild(): ReplayChild {
  const child = spawn(process.execPath, [...replayPermissions(), join(RELEASE, 'cli', 'replay-child.ts')], {
    cwd: RELEASE,
    env: { ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  // A child that died says so by ending its answers.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async replay(frozen) {
      child.stdin.write(`${JSON.stringify(frozen)}\n`);
      const { done, value } = await answers.next();
      if (done) throw new ReplayFailed(`The replay process ended before it answered: ${errors.trim()}`);
      return JSON.parse(value) as ReplayDifference[];
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
