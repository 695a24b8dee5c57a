import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import type { Json } from '../../../domain/json.ts';

/**
 * What Lambda's runtime does: imports the handler and calls it, one call after the other or at once. Its clock can be put
 * forward, for what waits for days.
 */
const RUNTIME = `
let ahead = 0;
const Real = Date;
globalThis.Date = class Date extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + ahead) : super(...given); }
  static now() { return Real.now() + ahead; }
};
const { handler } = await import('./index.mjs');
process.on('message', async ({ id, payload, aheadMs }) => {
  ahead = aheadMs;
  const deadline = Real.now() + 60_000;
  const context = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    awsRequestId: String(id),
    getRemainingTimeInMillis: () => deadline - Real.now(),
  };
  try {
    const answer = await handler(payload, context);
    process.send({ id, answer: JSON.stringify(answer ?? null) });
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message } });
  }
});
process.send({ ready: true });
`;

export class FunctionError extends Error {}

interface Answer {
  readonly id: number;
  readonly answer?: string;
  readonly error?: { readonly name: string; readonly message: string };
}

/** A bundle in a process of its own, which has nothing of this project but the bundle's folder. */
export function functionProcess(folder: string, environment: Readonly<Record<string, string>>) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  let child: Promise<ChildProcess> | undefined;

  async function start(): Promise<ChildProcess> {
    const started = spawn(process.execPath, ['--input-type=module', '--eval', RUNTIME], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    started.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    started.on('exit', () => {
      const error = { name: 'RuntimeExited', message: complaint.slice(0, 2_000) };
      for (const [id, answered] of waiting) answered({ id, error });
    });
    const [first] = (await Promise.race([once(started, 'message'), once(started, 'exit')])) as [{ ready?: boolean }];
    if (first.ready !== true) throw new TypeError(`The function in ${folder} does not start: ${complaint}`);
    started.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
    return started;
  }

  return {
    async invoke(payload: Json, aheadMs: number): Promise<Json> {
      const running = await (child ??= start());
      calls += 1;
      const id = calls;
      const { answer = 'null', error } = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        running.send({ id, payload, aheadMs });
      });
      waiting.delete(id);
      if (!error) return JSON.parse(answer) as Json;
      throw Object.assign(new FunctionError(error.message), { name: error.name });
    },
    async close(): Promise<void> {
      const running = await child?.catch(() => undefined);
      if (!running || running.exitCode !== null) return;
      const ended = once(running, 'exit');
      running.kill();
      await ended;
    },
  };
}
export type FunctionProcess = ReturnType<typeof functionProcess>;
