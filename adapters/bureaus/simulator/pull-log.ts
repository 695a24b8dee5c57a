import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { StoreUnavailable, type Clock, type WorkItem, type WorkStore } from '../../ports.ts';
import type { Scenario } from './scenarios.ts';

/** One request that reached the simulated bureau. No personal data. */
export interface Pull {
  readonly reference: string;
  readonly bureau: string;
  readonly inquiry: 'HARD' | 'SOFT';
  /** Whether the inquiry is now on the consumer's file; false when the bureau refused the request as unavailable. */
  readonly posted: boolean;
  readonly scenario: Scenario;
}

export interface LoggedPull extends Pull {
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What the simulated bureau remembers: every request in the order it came, repeated ones again. */
export interface PullLog {
  /** Durable when it resolves. @throws StoreUnavailable */
  append(pull: Pull): Promise<void>;
  /** Whether a try with this reference was refused before. */
  wasRefused(reference: string): Promise<boolean>;
  /** Whether an inquiry with this reference was posted. */
  wasPosted(reference: string): Promise<boolean>;
}

/** A log of JSON lines in a file of its own, made when there is none. One process appends at a time. */
export function fileLog(path: string, clock: Clock): PullLog {
  let ready: Promise<void> | undefined;
  return {
    async append(pull) {
      try {
        ready ??= prepare(path);
        await ready;
        await writeSynced(path, `${JSON.stringify(logged(pull, clock))}\n`);
      } catch (cause) {
        ready = undefined;
        throw new StoreUnavailable(
          `The simulated bureau could not write its pull log ${path}. Check that the folder can be written and the disk is not full.`,
          { cause },
        );
      }
    },
    async wasRefused(reference) {
      return (await readPullLog(path)).some((pull) => pull.reference === reference && !pull.posted);
    },
    async wasPosted(reference) {
      return (await readPullLog(path)).some((pull) => pull.reference === reference && pull.posted);
    },
  };
}

/** The pulls of a file log, oldest first; empty when there is no file. A line torn by a crash is passed over. */
export async function readPullLog(path: string): Promise<LoggedPull[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LoggedPull];
    } catch {
      return [];
    }
  });
}

/** Makes the file and its folder, and ends a line that a crash tore, so that the next record is not lost with it. */
async function prepare(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    if (size > 0 && last.toString() !== '\n') await file.write('\n');
    await file.sync();
  } finally {
    await file.close();
  }
  // A new file is found after a power cut only when its folder is on the disk too.
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeSynced(path: string, line: string): Promise<void> {
  const bytes = Buffer.from(line);
  const file = await open(path, 'a', 0o600);
  try {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten !== bytes.length) throw new Error(`Only ${bytesWritten} of ${bytes.length} bytes were written.`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A log in the work store, for where there is no disk: one item a request, listed by `SIMULATED_PULL#<reference>`. */
export function workStoreLog(workStore: WorkStore, clock: Clock): PullLog {
  return {
    async append(pull) {
      const data = { ...logged(pull, clock) };
      let number = (await itemsOf(workStore, pull.reference)).length;
      let created: WorkItem | undefined;
      while (!created) {
        number += 1;
        created = await workStore.create({ pk: partition(pull.reference), sk: String(number).padStart(6, '0'), data });
      }
    },
    async wasRefused(reference) {
      return (await itemsOf(workStore, reference)).some((item) => item.data['posted'] === false);
    },
    async wasPosted(reference) {
      return (await itemsOf(workStore, reference)).some((item) => item.data['posted'] === true);
    },
  };
}

const partition = (reference: string) => `SIMULATED_PULL#${reference}`;

async function itemsOf(workStore: WorkStore, reference: string): Promise<WorkItem[]> {
  const items: WorkItem[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.list(partition(reference), after === undefined ? {} : { after });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** Member by member, so that nothing else a caller holds can reach the log. */
function logged({ reference, bureau, inquiry, posted, scenario }: Pull, clock: Clock): LoggedPull {
  return { reference, bureau, inquiry, posted, scenario, at: clock.now().toISOString() };
}
