import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { FrozenDecision, ReplayDifference } from '../domain/decision/replay.ts';

/** What the replay process is asked for; bytes in base64. */
export type ReplayOrder =
  | { readonly order: 'CORE'; readonly digest: string; readonly module: string }
  | { readonly order: 'MODEL'; readonly digest: string; readonly manifest: string; readonly model: string }
  | { readonly order: 'REPLAY'; readonly core: string; readonly decisions: readonly FrozenDecision[] };

export interface ReplayAnswer {
  /** Of each decision of a REPLAY, in its order. */
  readonly differences?: ReplayDifference[][];
  readonly failed?: string;
}

export interface ReplayProcess {
  readonly pid: number | undefined;
  /** Gives a decision core. @throws ReplayFailed when its bytes do not have the digest, or it cannot be run. */
  core(digest: string, module: Uint8Array): Promise<void>;
  /** Gives a model package. @throws ReplayFailed when its bytes do not have the digest, or it cannot be opened. */
  model(digest: string, manifest: Uint8Array, model: Uint8Array): Promise<void>;
  /**
   * Replays decisions with a core that was given; many at once share one call of the model.
   * @throws ReplayFailed when the core does not live through it, or does not answer for each.
   */
  replay(core: string, decisions: readonly FrozenDecision[]): Promise<ReplayDifference[][]>;
  close(): Promise<void>;
}

export class ReplayFailed extends Error {
  override readonly name = 'ReplayFailed';
}

const RELEASE = join(import.meta.dirname, '..');
/** What a replay reads of the program; of the data it reads nothing, and it can write nothing. */
const READABLE = ['package.json', 'adapters', 'cli', 'domain', 'node_modules'];

/** The options of Node under which decisions are replayed. */
export function replayPermissions(): string[] {
  const readable = READABLE.map((path) => `--allow-fs-read=${join(RELEASE, path)}`);
  return ['--permission', ...readable, '--allow-addons', '--disable-warning=SecurityWarning'];
}

/** Stacks name a module by its URL, which for a core is the whole of it. */
const withoutModules = (text: string): string => text.replaceAll(/data:text\/javascript;base64,[\w+/=]*/g, 'core');

/**
 * Replays in a process under Node's permission model: it reads the program's files, writes none, starts no process and no
 * worker. Addons are allowed, for the model's runtime. Node 24 cannot keep a process from the network.
 *
 * One that an order ended is followed by another, which is given the same cores and models.
 */
export function openReplayProcess(): ReplayProcess {
  const given: ReplayOrder[] = [];
  let child = startChild();
  async function ask(order: ReplayOrder): Promise<ReplayAnswer> {
    if (child.ended()) {
      child = startChild();
      for (const earlier of given) await child.ask(earlier);
    }
    return child.ask(order);
  }
  async function give(order: ReplayOrder): Promise<void> {
    await ask(order);
    given.push(order);
  }
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    get pid() {
      return child.pid;
    },
    core: (digest, module) => give({ order: 'CORE', digest, module: base64(module) }),
    model: (digest, manifest, model) =>
      give({ order: 'MODEL', digest, manifest: base64(manifest), model: base64(model) }),
    async replay(core, decisions) {
      const { differences = [] } = await ask({ order: 'REPLAY', core, decisions });
      if (differences.length === decisions.length) return differences;
      throw new ReplayFailed(`The decision core ${core} answers for ${differences.length} of ${decisions.length}.`);
    },
    close: () => child.close(),
  };
}

interface ReplayChild {
  readonly pid: number | undefined;
  /** @throws ReplayFailed for what it cannot do, or when it ends over it. */
  ask(order: ReplayOrder): Promise<ReplayAnswer>;
  ended(): boolean;
  close(): Promise<void>;
}

function startChild(): ReplayChild {
  const child = spawn(process.execPath, [...replayPermissions(), join(RELEASE, 'cli', 'replay-child.ts')], {
    cwd: RELEASE,
    env: { ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  let ended = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  // A child that died says so by ending its answers.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    async ask(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { done, value } = await answers.next();
      if (done) {
        ended = true;
        throw new ReplayFailed(`The replay process ended before it answered: ${withoutModules(errors).trim()}`);
      }
      const answer = JSON.parse(value) as ReplayAnswer;
      if (answer.failed !== undefined) throw new ReplayFailed(withoutModules(answer.failed));
      return answer;
    },
    ended: () => ended,
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
