import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { composeEmbedded } from '../../adapters/compose/embedded.ts';
import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { GroupCommitDatabase } from '../../adapters/embedded/group-commit.ts';
import { embeddedLedger } from '../../adapters/embedded/ledger.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { verifySealing } from '../../audit/verify/seals.ts';
import { verifyChain, type LedgerEvent } from '../../domain/ledger/chain.ts';
import { clockFaults } from './clocks.ts';
import type { Fault } from './fault.ts';
import { DATABASE, judge, LOG, makeTemplate, type Place, type Template } from './template.ts';

export interface FaultRuns {
  /** Of damage to files. */
  readonly runs: number;
  readonly kills: number;
  readonly fullDisks: number;
  readonly clocks: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Does faults, one after the other, and tells what became of each. */
export async function* faults({ runs, kills, fullDisks, clocks, random }: FaultRuns): AsyncIterable<Fault> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-faults-'));
  try {
    const template = await makeTemplate();
    yield { kind: 'no damage', place: '', verdict: await judge(folder, template.files, template) };
    for (let run = 0; run < runs; run += 1) yield await damage(folder, template, run, random);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (let done = 0; done < kills; done += KILLS_A_FOLDER)
    yield* killed(Math.min(KILLS_A_FOLDER, kills - done), random);
  for (let run = 0; run < fullDisks; run += 1) yield await diskFull(random);
  yield* clockFaults(clocks, random);
}

type Damage = (template: Template, random: () => number) => { file: string; place: string; bytes: Buffer };

const placeIn = (length: number, random: () => number): number => Math.floor(random() * length);

function flipped(file: string, choose: (template: Template, random: () => number) => number): Damage {
  return (template, random) => {
    const bytes = Buffer.from(template.files.get(file)!);
    const offset = choose(template, random);
    const bit = placeIn(8, random);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
    return { file, bytes, place: `byte ${offset} bit ${bit}` };
  };
}

const cutShort =
  (file: string): Damage =>
  ({ files }, random) => {
    const whole = files.get(file)!;
    const length = placeIn(whole.length, random);
    return { file, bytes: whole.subarray(0, length), place: `at ${length} of ${whole.length}` };
  };

const SECTOR = 512;
const sectorGarbled =
  (file: string): Damage =>
  ({ files }, random) => {
    const bytes = Buffer.from(files.get(file)!);
    const offset = placeIn(bytes.length / SECTOR, random) * SECTOR;
    // The log ends within a sector.
    const end = Math.min(offset + SECTOR, bytes.length);
    for (let at = offset; at < end; at += 1) bytes.writeUInt8(placeIn(256, random), at);
    return { file, bytes, place: `at ${offset}` };
  };

const anywhereIn =
  (file: string) =>
  ({ files }: Template, random: () => number): number =>
    placeIn(files.get(file)!.length, random);

function somewhereIn(places: readonly Place[], random: () => number): number {
  const { offset, length } = places[placeIn(places.length, random)]!;
  return offset + placeIn(length, random);
}

const DAMAGE: Readonly<Record<string, Damage>> = {
  'bit flipped in the database': flipped(DATABASE, anywhereIn(DATABASE)),
  'bit flipped in a ledger entry': flipped(DATABASE, ({ entries }, random) => somewhereIn(entries, random)),
  'bit flipped in evidence': flipped(DATABASE, ({ evidence }, random) => somewhereIn(evidence, random)),
  'bit flipped in the log': flipped(LOG, anywhereIn(LOG)),
  'sector of the database garbled': sectorGarbled(DATABASE),
  'sector of the log garbled': sectorGarbled(LOG),
  'database cut short': cutShort(DATABASE),
  'log cut short': cutShort(LOG),
};

async function damage(folder: string, template: Template, run: number, random: () => number): Promise<Fault> {
  const kinds = Object.entries(DAMAGE);
  const [kind, damaged] = kinds[run % kinds.length]!;
  const { file, bytes, place } = damaged(template, random);
  return { kind, place, verdict: await judge(folder, new Map([...template.files, [file, bytes]]), template) };
}

/** After each, all that the folder has is read: more would only take longer. */
const KILLS_A_FOLDER = 25;

/** Appends of a process that is killed at any moment: whatever it told is there when it is opened again. */
async function* killed(kills: number, random: () => number): AsyncIterable<Fault> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-killed-'));
  const told = new Map<string, string>();
  const sealed = new Map<number, string>();
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const until = placeIn(400, random);
      await live(folder, `life-${kill}`, until, ([what, id, at, hash]) => {
        if (what === 'sealed') sealed.set(Number(id), String(at));
        else told.set(`${String(id)} ${String(at)}`, String(hash));
      });
      yield { kind: 'killed', place: `after ${until} answers`, verdict: await stands(folder, told, sealed) };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Told = readonly [string, string | number, string | number, string?];

async function live(folder: string, name: string, until: number, tell: (told: Told) => void): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'appending.ts'), folder, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let answers = 0;
  // A line that its death cut in two was not told.
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.endsWith(']')) tell(JSON.parse(line) as Told);
    answers += 1;
    if (answers === until + 1) child.kill('SIGKILL');
  }
  await closed;
}

/** Everything that was told is in the folder, its chains and seals hold. */
async function stands(
  folder: string,
  told: ReadonlyMap<string, string>,
  sealed: ReadonlyMap<number, string>,
): Promise<'INTACT' | 'LOST'> {
  const records = composeEmbedded(folder);
  try {
    const there = new Map<string, string>();
    for await (const id of records.ledger.applications()) {
      const entries = await records.ledger.read(id);
      if (verifyChain(id, entries).length > 0) return 'LOST';
      for (const { sequence, hash, body } of entries) {
        there.set(`${id} ${sequence}`, hash);
        for (const { address } of body['evidence'] as { address: string }[]) await records.evidenceStore.get(address);
      }
    }
    const seals = new Map((await records.sealLog.seals()).map(({ seal, signature }) => [seal.number, signature]));
    const kept =
      [...told].every(([place, hash]) => there.get(place) === hash) &&
      [...sealed].every(([number, signature]) => seals.get(number) === signature) &&
      (seals.size === 0 || (await verifySealing(records)).faults.length === 0);
    return kept ? 'INTACT' : 'LOST';
  } finally {
    records.close();
  }
}

const scored = (applicationId: string, id: string, address: string): LedgerEvent => ({
  id,
  applicationId,
  type: 'APPLICATION_SCORED',
  schemaVersion: 1,
  occurredAt: '2026-01-05T12:00:00.000Z',
  actor: 'system',
  body: { evidence: [{ kind: 'score', address, versionId: '1' }] },
});

/** A disk that is full at any moment: what was acknowledged before is there, and nothing half. */
async function diskFull(random: () => number): Promise<Fault> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-full-'));
  const path = join(folder, DATABASE);
  const pages = 40 + placeIn(200, random);
  const told: [string, number, string][] = [];
  try {
    const database = new GroupCommitDatabase(path, { maxPages: pages });
    const ledger = embeddedLedger(database, systemClock);
    const store = embeddedEvidenceStore(database);
    const writer = async (applicationId: string) => {
      for (let n = 0; ; n += 1) {
        const size = 1 + placeIn(6000, random);
        const { address } = await store.put(Buffer.alloc(size, `${applicationId} ${n}`));
        const { sequence, hash } = await ledger.append(scored(applicationId, `e${n}`, address));
        told.push([applicationId, sequence, hash]);
      }
    };
    const ends = await Promise.allSettled(['application-1', 'application-2', 'application-3'].map(writer));
    database.close();
    const refused = ends.every((end) => end.status === 'rejected' && (end.reason as Error).name === 'StoreUnavailable');
    const again = new GroupCommitDatabase(path);
    const reader = embeddedLedger(again, systemClock);
    const objects = embeddedEvidenceStore(again);
    let whole = refused;
    for await (const id of reader.applications()) {
      const entries = await reader.read(id);
      whole &&= verifyChain(id, entries).length === 0;
      for (const { body } of entries) await objects.get((body['evidence'] as { address: string }[])[0]!.address);
      whole &&= told.every(([application, sequence, hash]) => application !== id || entries[sequence]?.hash === hash);
    }
    // It goes on where it stopped.
    await reader.append(scored('application-1', 'after', ''));
    again.close();
    return { kind: 'disk full', place: `${pages} pages, ${told.length} answers`, verdict: whole ? 'INTACT' : 'LOST' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many of each kind came to what, as lines. */
export function tally(all: readonly Fault[]): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { kind, verdict } of all) {
    const of = counts.get(kind) ?? new Map<string, number>();
    counts.set(kind, of.set(verdict, (of.get(verdict) ?? 0) + 1));
  }
  return [...counts].map(([kind, of]) => {
    const sum = [...of.values()].reduce((total, count) => total + count, 0);
    const parts = [...of].map(([verdict, count]) => `${count} ${verdict.toLowerCase()}`).join(', ');
    return `  ${kind.padEnd(30)} ${String(sum).padStart(5)}: ${parts}`;
  });
}

export const isWrong = ({ verdict }: Fault): boolean => verdict === 'UNDETECTED' || verdict === 'LOST';
