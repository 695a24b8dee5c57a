import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';

import { afterAll } from '@jest/globals';

import { run } from '../../cli/program.ts';
import type { JsonObject } from '../../domain/json.ts';
import { captured } from '../support/captured.ts';
import { sampleNow } from '../support/samples.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'bin', 'underwright.ts');
const ON_SMALL_DISK = join(ROOT, 'test', 'support', 'small-disk.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, which takes a tenth of the time that a process of its own takes. */
export async function underwright(...args: readonly string[]): Promise<Ended> {
  // A reader waits for no input or output: a loop of readers would keep the commands beside it from running.
  await setImmediate();
  const { result: code, out, err } = await captured(() => run(args));
  return { code, out, err };
}

/** Runs the program to its end in a process of its own. */
export const underwrightProcess = (...args: readonly string[]): Promise<Ended> => ending(spawned(args));

/** Runs the program to its end in a process of its own that reads `input` as its standard input. */
export function underwrightReading(input: string | Uint8Array, ...args: readonly string[]): Promise<Ended> {
  const child = spawned(args, PROGRAM, 'pipe');
  // A program that refuses the start of its input does not read the rest.
  child.stdin?.on('error', () => {}).end(input);
  return ending(child);
}

/** Runs the real program to its end on a database of at most so many pages of 4 KiB: a full disk. */
export const underwrightOnSmallDisk = (pages: number, ...args: readonly string[]): Promise<Ended> =>
  ending(spawned([String(pages), ...args], ON_SMALL_DISK));

async function ending(child: ChildProcess): Promise<Ended> {
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: out(), err: err() };
}

/** Runs the program with --json. @returns its one document too. */
export async function underwrightJson(...args: readonly string[]): Promise<Ended & { document: JsonObject }> {
  const ended = await underwright(...args, '--json');
  return { ...ended, document: JSON.parse(ended.out) as JsonObject };
}

export interface Serving {
  readonly url: string;
  /** How it ended, once it has. */
  readonly ended: Promise<Ended>;
  /** @returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs a command that serves, until its announcement is printed. */
export async function serving(...args: readonly string[]): Promise<Serving> {
  const child = spawned([...args, '--json']);
  const out = textOf(child.stdout);
  const err = textOf(child.stderr);
  const exit = once(child, 'close') as Promise<[number | null]>;
  for (;;) {
    await Promise.race([once(child.stdout!, 'data'), exit]);
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${out()}${err()}`);
    try {
      const { url } = JSON.parse(out()) as { url: string };
      return {
        url,
        ended: exit.then(([code]) => ({ code, out: out(), err: err() })),
        stop: async (signal = 'SIGTERM') => {
          child.kill(signal);
          return (await exit)[0];
        },
      };
    } catch {
      // The document is not whole yet.
    }
  }
}

function spawned(args: readonly string[], program = PROGRAM, stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  const { FORCE_COLOR: _, ...env } = process.env;
  return spawn(process.execPath, [program, ...args], { cwd: ROOT, env, stdio: [stdin, 'pipe', 'pipe'] });
}

function textOf(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

export interface Workbench {
  /** A data folder; not made yet, unless it was copied. */
  readonly data: string;
  file(name: string, content: string | Uint8Array): string;
  path(name: string): string;
  /** Runs SQL on the data folder behind the program's back. */
  sql(statement: string, ...values: (string | number | Uint8Array)[]): Record<string, unknown>[];
  /** Applications in the ledger; 0 when there is no data folder. */
  stored(): number;
  remove(): void;
}

/** @param template a bench whose data folder, which nobody runs on, is copied. */
export function workbench(template?: Workbench): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-cli-'));
  const data = join(folder, 'data');
  if (template) cpSync(template.data, data, { recursive: true });
  const sql: Workbench['sql'] = (statement, ...values) => {
    const database = new DatabaseSync(join(data, 'underwright.sqlite'), { timeout: 10_000 });
    try {
      return database.prepare(statement).all(...values);
    } finally {
      database.close();
    }
  };
  return {
    data,
    path: (name) => join(folder, name),
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    sql,
    stored() {
      try {
        return Number(sql('SELECT count(*) AS n FROM ledger_applications')[0]?.['n']);
      } catch {
        return 0;
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** The path of a file with an example that can be submitted now. */
export function examplePath(id: string): string {
  const path = join((folder ??= mkdtempSync(join(tmpdir(), 'underwright-examples-'))), `${id}.json`);
  writeFileSync(path, JSON.stringify(sampleNow(id)));
  return path;
}

/** An example to be changed. */
export const example = (id: string): Record<string, JsonObject> => sampleNow(id) as Record<string, JsonObject>;
