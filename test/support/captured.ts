import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

interface Output {
  readonly stdout: Text;
  readonly stderr: Text;
}

/** A stream that is no terminal and keeps its text. */
class Text extends Writable {
  #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  override toString(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

const INSTALLED = Symbol.for('underwright.test.output');
const output = installed();

/** Runs `work` and collects what it and all that it starts write to the process's two streams. Calls may overlap. */
export async function captured<T>(work: () => Promise<T>): Promise<{ result: T; out: string; err: string }> {
  const streams: Output = { stdout: new Text(), stderr: new Text() };
  const result = await output.run(streams, work);
  // Node writes a warning one tick after it was raised.
  await setImmediate();
  return { result, out: String(streams.stdout), err: String(streams.stderr) };
}

/** The streams are replaced once per process, however many suites load this module. */
function installed(): AsyncLocalStorage<Output> {
  const shared = globalThis as { [INSTALLED]?: AsyncLocalStorage<Output> };
  if (shared[INSTALLED]) return shared[INSTALLED];
  const storage = new AsyncLocalStorage<Output>();
  for (const name of ['stdout', 'stderr'] as const) {
    const real = process[name];
    Object.defineProperty(process, name, { configurable: true, get: () => storage.getStore()?.[name] ?? real });
  }
  shared[INSTALLED] = storage;
  return storage;
}
