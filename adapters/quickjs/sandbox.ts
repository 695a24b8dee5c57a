/** A decision core that runs in QuickJS, a JavaScript engine compiled to WebAssembly: it reaches no part of Node. */
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type CustomizeVariantOptions,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';

import type { CoreHost, DecisionCore, ForeignCore } from '../../domain/decision/core-contract.ts';

/** Types of Node have no value of this name. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => CustomizeVariantOptions['wasmMemory'];
};

export interface CoreLimits {
  /** Processor time for all calls of one order, ms: a busy machine fails no core. */
  readonly coreMs: number;
  /** Of the engine's whole memory, bytes. */
  readonly memoryBytes: number;
}

/** Each call takes far less: the largest text that a core hashes is one offer. */
const MAX_HOST_TEXT = 64 * 1024;
/** Characters. Answers for 64 decisions have some 2 million. */
const MAX_ANSWER = 16 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
const PAGE_BYTES = 64 * 1024;
/** Of the engine itself, beside the memory of the core. */
const ENGINE_BYTES = 32 * 1024 * 1024;

/** The core ran out of time, and has no engine any more. */
export class CoreStopped extends Error {
  override readonly name = 'CoreStopped';
}

/** The core threw, took too much memory or stack, or gave an answer that is no JSON text. */
export class CoreFailed extends Error {
  override readonly name = 'CoreFailed';
}

export interface SandboxedCore extends ForeignCore {
  /** Starts the time of the next order. */
  renew(): void;
}

/**
 * Runs before the core and keeps the functions of JSON for itself, so that a core cannot change what crosses the border.
 * Only strings cross it.
 */
const BORDER = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const text = (value) => {
    if (typeof value !== 'string' || value.length > ${MAX_HOST_TEXT}) throw 'no text';
    return value;
  };
  return (factory, sha256, localDate) => {
    const core = factory({
      sha256: (value) => sha256(text(value)),
      localDate: (instant, timeZone) => localDate(text(instant), text(timeZone)),
    });
    return (name, asked) => {
      const answer = stringify(core[name](parse(asked)));
      if (typeof answer !== 'string' || answer.length > ${MAX_ANSWER}) throw 'no answer';
      return answer;
    };
  };
})()`;

/**
 * Starts an engine and runs the core in it.
 * @throws CoreFailed, CoreStopped
 */
export async function openSandbox(script: string, host: CoreHost, limits: CoreLimits): Promise<SandboxedCore> {
  const maximum = Math.ceil((limits.memoryBytes + ENGINE_BYTES) / PAGE_BYTES);
  const wasmMemory = new WebAssembly.Memory({ initial: 256, maximum });
  // The package's types take its default export for a module of CommonJS.
  const sync = variant as unknown as QuickJSSyncVariant;
  const engine = await newQuickJSWASMModuleFromVariant(newVariant(sync, { wasmMemory }));
  let deadline = 0;
  const renew = () => {
    deadline = processorMs() + limits.coreMs;
  };
  const runtime = engine.newRuntime({
    memoryLimitBytes: limits.memoryBytes,
    maxStackSizeBytes: STACK_BYTES,
    interruptHandler: () => processorMs() > deadline,
  });
  const context = runtime.newContext();
  /** A failure of the engine itself is the core's: it runs nothing else. */
  function guarded<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (cause) {
      if (processorMs() > deadline) {
        throw new CoreStopped(`It ran longer than ${limits.coreMs / 1000} s and was stopped.`, { cause });
      }
      throw new CoreFailed(
        `It threw, took more than ${limits.memoryBytes / 1024 / 1024} MB or ${STACK_BYTES / 1024} KB of stack, or gave no answer.`,
        { cause },
      );
    }
  }
  renew();
  const call = guarded(() => crossing(context, script, host));
  const run = (name: keyof DecisionCore, asked: unknown): unknown => {
    const text = guarded(() => call(name, JSON.stringify(asked)));
    const value: unknown = JSON.parse(text);
    // One text has one meaning: no member twice, no other spelling of a number or a string.
    if (JSON.stringify(value) === text) return value;
    throw new CoreFailed('It gave an answer that readers may take for different values.');
  };
  return {
    renew,
    features: (asked) => run('features', asked),
    scores: (asked) => run('scores', asked),
    policies: (asked) => run('policies', asked),
    records: (asked) => run('records', asked),
  };
}

/** Processor time of this thread so far. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Runs the border and the core. @returns a function from the name of a core's function and a JSON text to a JSON text. */
function crossing(context: QuickJSContext, script: string, host: CoreHost): (name: string, asked: string) => string {
  const { undefined: none } = context;
  const given = (name: string, work: (...texts: string[]) => string): QuickJSHandle =>
    context.newFunction(name, (...texts) => context.newString(work(...texts.map((each) => context.getString(each)))));
  // Never `unwrapResult`, which reads the error, and so may run code of the core.
  const valueOf = (result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle => {
    if (result.error) throw new TypeError('The core threw.');
    return result.value;
  };
  const border = valueOf(context.evalCode(BORDER, 'border.js'));
  const factory = valueOf(context.evalCode(script, 'decision-core.js'));
  const call = valueOf(
    context.callFunction(border, none, [factory, given('sha256', host.sha256), given('localDate', host.localDate)]),
  );
  return (name, asked) => {
    const texts = [context.newString(name), context.newString(asked)];
    const answer = valueOf(context.callFunction(call, none, texts));
    try {
      if (context.typeof(answer) !== 'string') throw new TypeError('The core gave no text.');
      return context.getString(answer);
    } finally {
      for (const each of [...texts, answer]) each.dispose();
    }
  };
}
