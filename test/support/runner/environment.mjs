// Set before any test code loads: onnxruntime-node reads it when it loads, and would report the names of models.
process.env.ORT_DISABLE_TELEMETRY = '1';
process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
// Jest sets it in its workers; the program's output is plain text where it is not set.
delete process.env.FORCE_COLOR;

import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

import { recordSuite } from './minutes.mjs';
import { processorSeconds } from './processor-seconds.mjs';

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
