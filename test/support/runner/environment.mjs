// Set before any test code loads: onnxruntime-node reads it when it loads, and would report the names of models.
process.env.ORT_DISABLE_TELEMETRY = '1';
process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
// Jest sets it in its workers; the program's output is plain text where it is not set.
delete process.env.FORCE_COLOR;

import { randomInt } from 'node:crypto';

import { ModernFakeTimers } from '@jest/fake-timers';
import { configureGlobal } from 'fast-check';
import { ModuleMocker } from 'jest-mock';

import { recordSuite } from './minutes.mjs';
import { processorSeconds } from './processor-seconds.mjs';

// The same commit gives the same result. Only a run at full size draws its seed, and prints it.
process.env.UNDERWRIGHT_SEED ??= process.env.UNDERWRIGHT_TEST_SCALE === '1' ? String(randomInt(2 ** 31)) : '20261130';
configureGlobal({ seed: Number(process.env.UNDERWRIGHT_SEED) });

/** The worker's own realm. A suite may change the environment variables: the next suite gets them as they were. */
export default class Environment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  #usedBefore = processorSeconds();
  #before = {
    console,
    exit: Object.getOwnPropertyDescriptor(process, 'exit'),
    variables: { ...process.env },
    folder: process.cwd(),
  };

  constructor({ projectConfig }, { testPath }) {
    this.testPath = testPath;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    recordSuite(this.testPath, processorSeconds() - this.#usedBefore);
    const { variables, exit, folder } = this.#before;
    this.moduleMocker.restoreAllMocks();
    this.fakeTimersModern.dispose();
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
    Object.defineProperty(process, 'exit', exit);
    if (process.cwd() !== folder) process.chdir(folder);
    globalThis.console = this.#before.console;
  }

  getVmContext() {
    return null;
  }
}
