import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

import type { CoreLimits } from '../../adapters/compose/replay.ts';
import { NativeLibraryUnavailable } from '../../adapters/onnx/session.ts';
import type { FrozenDecision, ReplayDifference } from '../../domain/decision/replay.ts';
import { REPLAY_PROGRAM, replayReads } from './program.ts';

/** The orders to the replay process; bytes in base64. */
export type ReplayOrder =
  | {
      readonly order: 'CORE';
      readonly digest: string;
      readonly module: string;
      /** Null for a core that runs in Node. */
      readonly limits: CoreLimits | null;
    }
  | { readonly order: 'MODEL'; readonly digest: string; readonly manifest: string; readonly model: string }
  | { readonly order: 'REPLAY'; readonly core: string; readonly decisions: readonly FrozenDecision[] };

export interface ReplayAnswer {
  /** Of each decision of a REPLAY, in its order. */
  readonly differences?: ReplayDifference[][];
  readonly failed?: string;
  /** How the core is at fault for the failure, where it is. */
  readonly core?: CoreFault;
  /** Whether the native library of models is at fault for the failure. */
  readonly library?: boolean;
}

/** STOPPED: the core is not run again. */
type CoreFault = 'STOPPED' | 'FAILED';

export interface ReplayProcess {
  readonly pid: number | undefined;
  /**
   * Gives a decision core.
   * @param runsIn `NODE` for the core that this release builds, and `QUICKJS` for every other.
   * @throws ReplayFailed when its bytes have another digest or contract, or it cannot be run.
   */
  core(digest: string, module: Uint8Array, runsIn: 'NODE' | 'QUICKJS'): Promise<void>;
  /**
   * Gives a model package.
   * @throws ReplayFailed when its bytes do not have the digest, or it cannot be opened; NativeLibraryUnavailable.
   */
  model(digest: string, manifest: Uint8Array, model: Uint8Array): Promise<void>;
  /**
   * Replays decisions with a core that was given; many at once share one call of the model.
   * @throws ReplayFailed when the core fails or is stopped, or does not answer for each.
   */
  replay(core: string, decisions: readonly FrozenDecision[]): Promise<ReplayDifference[][]>;
  close(): Promise<void>;
}

export class ReplayFailed extends Error {
  override readonly name = 'ReplayFailed';
  readonly core: CoreFault | undefined;

  constructor(message: string, core?: CoreFault) {
    super(message);
    this.core = core;
  }
}

export interface ReplayLimits extends CoreLimits {
  /** On the clock, for the answer to one order, ms. It ends what QuickJS cannot interrupt: a loop in a built-in function. */
  readonly answerMs: number;
}

/** @param coreMs processor time of a core for one order. */
export function replayLimits(coreMs = 10_000): ReplayLimits {
  // Twenty seconds more: a busy machine opens a model and sends 64 decisions in less.
  return { coreMs, memoryBytes: 512 * 1024 * 1024, answerMs: coreMs + 20_000 };
}

/** Orders over which a core in QuickJS may fail before it is not run again. Each may take all of its time. */
const MAX_FAILURES = 8;

/** The options of Node under which decisions are replayed: the process reads the program alone, and can write nothing. */
export function replayPermissions(): string[] {
  const readable = replayReads().map((path) => `--allow-fs-read=${path}`);
  return ['--permission', ...readable, '--allow-addons', '--disable-warning=SecurityWarning'];
}

/**
 * Replays in a process of its own, which ends when it does not answer in time. It is under Node's permission model as a
 * second wall: the first is QuickJS, and the model's runtime is native code.
 *
 * A process that ended is followed by another, which is given the same cores and models.
 */
export function openReplayProcess(limits: ReplayLimits = replayLimits()): ReplayProcess {
  const given: ReplayOrder[] = [];
  const failures = new Map<string, number>();
  const stopped = new Map<string, ReplayFailed>();
  let child = startChild(limits);
  async function ask(order: ReplayOrder): Promise<ReplayAnswer> {
    if (child.ended()) {
      child = startChild(limits);
      for (const earlier of given) await child.ask(earlier);
    }
    return child.ask(order);
  }
  async function give(order: ReplayOrder): Promise<void> {
    await ask(order);
    given.push(order);
  }
  function count(core: string, failure: ReplayFailed): ReplayFailed {
    const times = (failures.get(core) ?? 0) + 1;
    failures.set(core, times);
    const last = times === MAX_FAILURES && failure.core === 'FAILED';
    const counted = last
      ? new ReplayFailed(`${failure.message} It failed ${times} times and is not run again.`, 'STOPPED')
      : failure;
    if (counted.core === 'STOPPED') stopped.set(core, counted);
    return counted;
  }
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    get pid() {
      return child.pid;
    },
    core: (digest, module, runsIn) =>
      give({ order: 'CORE', digest, module: base64(module), limits: runsIn === 'NODE' ? null : limits }),
    model: (digest, manifest, model) =>
      give({ order: 'MODEL', digest, manifest: base64(manifest), model: base64(model) }),
    async replay(core, decisions) {
      const earlier = stopped.get(core);
      if (earlier) throw earlier;
      try {
        const { differences = [] } = await ask({ order: 'REPLAY', core, decisions });
        if (differences.length === decisions.length) return differences;
        throw new ReplayFailed(`The decision core ${core} answers for ${differences.length} of ${decisions.length}.`);
      } catch (error) {
        throw error instanceof ReplayFailed ? count(core, error) : error;
      }
    },
    close: () => child.close(),
  };
}

interface ReplayChild {
  readonly pid: number | undefined;
  /** @throws ReplayFailed for an order that it cannot carry out, or over which it ends. */
  ask(order: ReplayOrder): Promise<ReplayAnswer>;
  ended(): boolean;
  close(): Promise<void>;
}

function startChild(limits: ReplayLimits): ReplayChild {
  const child = spawn(process.execPath, [...replayPermissions(), REPLAY_PROGRAM], {
    cwd: dirname(REPLAY_PROGRAM),
    env: { ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  let ended = false;
  let late = false;
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
      const { answerMs } = limits;
      const timer = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, answerMs);
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { done, value } = await answers.next();
      clearTimeout(timer);
      if (done) {
        ended = true;
        if (late) throw new ReplayFailed(`It did not answer in ${answerMs / 1000} s and was ended.`, 'STOPPED');
        throw new ReplayFailed(`The replay process ended before it answered: ${errors.trim()}`);
      }
      const answer = JSON.parse(value) as ReplayAnswer;
      if (answer.library && answer.failed !== undefined) throw new NativeLibraryUnavailable(answer.failed);
      if (answer.failed !== undefined) throw new ReplayFailed(answer.failed, answer.core);
      return answer;
    },
    ended: () => ended,
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
