/**
 * Whole decisions, from submission to issued notice and archived history, in the configuration that the crash test proves:
 * one process, one data folder, synchronous=FULL. `npm run bench -- end-to-end soak` runs 20,000 and tells the memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQLInputValue, StatementSync } from 'node:sqlite';

import { scenarioOf } from '../adapters/bureaus/simulator/scenarios.ts';
import { GroupCommitDatabase } from '../adapters/embedded/group-commit.ts';
import type { JsonObject } from '../domain/json.ts';
import { openUnderwriting, type UnderwritingProcess } from '../local/underwriting-process.ts';
import { cpuShares, type Profile } from './cpu-shares.ts';
import { CONSENTS, percentile, rounded, type Measurement } from './support.ts';

const WARM_UP = 128;
const MEASURED = { 1: 150, 16: 600, 64: 1_200 } as const;
const SOAK = 20_000;
const MIB = 2 ** 20;

// A log line for every call would measure the terminal; in AWS it is CloudWatch that takes them.
process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';

function submission(applicationId: string, ssn: string): JsonObject {
  return {
    applicationId,
    product: 'personal-loan',
    request: { amountCents: 1_200_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' },
    applicant: {
      firstName: 'Robin',
      lastName: 'Specimen',
      dateOfBirth: '1984-02-29',
      ssn,
      email: 'robin@example.com',
      address: { street: '1 Example Way', city: 'Springfield', state: 'IL', zip: '62701' },
    },
    income: { annualGrossCents: 7_800_000 },
    employment: { status: 'EMPLOYED', yearsInJob: 5 },
    housing: { status: 'RENT', monthlyPaymentCents: 110_000 },
    consents: CONSENTS,
  };
}

interface Office {
  readonly underwriting: UnderwritingProcess;
  /** Submits and waits until the notice is issued. @returns whether it was decided; false when it waits for a person. */
  decide(applicationId: string, ssn: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Runs on a folder of its own, which is gone afterwards. */
async function openOffice(): Promise<Office> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-bench-'));
  const underwriting = await openUnderwriting({ folder });
  const waiting = new Map<string, (decided: boolean) => void>();
  underwriting.embedded.events.subscribe(({ event: { type, detail } }) => {
    if (type !== 'NoticesReady' && type !== 'ReviewAwaited' && type !== 'AttentionNeeded') return;
    waiting.get(detail['applicationId'] as string)?.(type === 'NoticesReady');
  });
  return {
    underwriting,
    async decide(applicationId, ssn) {
      const told = new Promise<boolean>((resolve) => waiting.set(applicationId, resolve));
      const answer = (await underwriting.invoke('IntakeApplication', submission(applicationId, ssn))) as JsonObject;
      if (answer['result'] !== 'ACCEPTED')
        throw new Error(`An application was not accepted: ${JSON.stringify(answer)}`);
      const decided = await told;
      waiting.delete(applicationId);
      return decided;
    },
    async close() {
      await underwriting.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Which rows of the bureau's sample are decided without a person, found by deciding all of them. */
async function decidedRows(): Promise<ReadonlySet<number>> {
  const office = await openOffice();
  const rows = new Set<number>();
  await inFlight(16, 400, async (row) => {
    if (await office.decide(`row-${String(row).padStart(6, '0')}`, `90001${String(row).padStart(4, '0')}`))
      rows.add(row);
  });
  await office.close();
  return rows;
}

/** Numbers never issued and never given twice, whose bureau row is one of `rows`. */
function applicants(rows: ReadonlySet<number>): () => string {
  let number = 901_000_000;
  return () => {
    let ssn: string;
    do ssn = String((number += 1));
    while (!rows.has(scenarioOf(ssn).row));
    return ssn;
  };
}

async function inFlight(concurrency: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const worker = async () => {
    for (const index of indexes) await work(index);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

interface Run {
  readonly perSecond: number;
  /** ms from submission to issued notice, one a decision. */
  readonly latencies: readonly number[];
  readonly commitsPerDecision: number;
  /** ms of processor time, all threads: comparable between runs on a machine that does other things too. */
  readonly cpuPerDecision: number;
}

/** Decides `count` applications, `concurrency` at a time; the time ends when every history is archived. */
async function decideAll(
  office: Office,
  next: () => string,
  name: string,
  concurrency: number,
  count: number,
): Promise<Run> {
  const { engine, embedded } = office.underwriting;
  const latencies: number[] = [];
  const { commits } = embedded.database.statistics;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await inFlight(concurrency, count, async (index) => {
    const submitted = performance.now();
    if (!(await office.decide(`${name}-${String(index).padStart(6, '0')}`, next()))) {
      throw new Error('An application waits for a person: only decisions are to be measured.');
    }
    latencies.push(performance.now() - submitted);
  });
  await engine.drain();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: count / seconds,
    cpuPerDecision: (user + system) / 1000 / count,
    latencies,
    commitsPerDecision: (embedded.database.statistics.commits - commits) / count,
  };
}

async function measure(rows: ReadonlySet<number>, concurrency: keyof typeof MEASURED): Promise<Run> {
  const office = await openOffice();
  const next = applicants(rows);
  await decideAll(office, next, 'warm-up', 16, WARM_UP);
  const run = await decideAll(office, next, 'measured', concurrency, MEASURED[concurrency]);
  await office.close();
  return run;
}

interface Write {
  readonly commit: number;
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** Every statement that wrote, with the commit that it was part of, of decisions at 64 in flight; and the tables. */
async function recordWrites(rows: ReadonlySet<number>, count: number): Promise<{ writes: Write[]; schema: string }> {
  const writes: Write[] = [];
  const prepare = Reflect.get(GroupCommitDatabase.prototype, 'statement');
  GroupCommitDatabase.prototype.statement = function (this: GroupCommitDatabase, sql: string): StatementSync {
    const statement = prepare.call(this, sql);
    return {
      get: (...values: SQLInputValue[]) => statement.get(...values),
      all: (...values: SQLInputValue[]) => statement.all(...values),
      run: (...values: SQLInputValue[]) => {
        writes.push({ commit: this.statistics.commits, sql, values });
        return statement.run(...values);
      },
    } as StatementSync;
  };
  const office = await openOffice();
  GroupCommitDatabase.prototype.statement = prepare;
  await decideAll(office, applicants(rows), 'recorded', 64, count);
  const schema = office.underwriting.embedded.database
    .statement(`SELECT group_concat(sql, ';') AS sql FROM sqlite_master WHERE sql IS NOT NULL`)
    .get()?.['sql'] as string;
  await office.close();
  return { writes, schema };
}

/** The same statements with the same values in the same commits, and nothing else. @returns seconds */
async function replayWrites({ writes, schema }: Awaited<ReturnType<typeof recordWrites>>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-bench-'));
  const database = new GroupCommitDatabase(join(folder, 'underwright.sqlite'));
  database.schema(schema);
  const commits = new Map<number, Write[]>();
  for (const write of writes) {
    const together = commits.get(write.commit);
    if (together) together.push(write);
    else commits.set(write.commit, [write]);
  }
  const start = performance.now();
  for (const together of commits.values()) {
    await database.write(() => {
      for (const { sql, values } of together) database.statement(sql).run(...values);
    });
  }
  const seconds = (performance.now() - start) / 1000;
  database.close();
  rmSync(folder, { recursive: true, force: true });
  return seconds;
}

async function profile(rows: ReadonlySet<number>): Promise<Profile> {
  const office = await openOffice();
  const next = applicants(rows);
  await decideAll(office, next, 'warm-up', 64, WARM_UP);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await decideAll(office, next, 'profiled', 64, 600);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await office.close();
  return profile;
}

async function soak(rows: ReadonlySet<number>): Promise<Measurement> {
  const office = await openOffice();
  const next = applicants(rows);
  const figures: Record<string, number> = {};
  for (let done = 0; done <= SOAK; done += 2_000) {
    if (done > 0) await decideAll(office, next, `soak-${String(done).padStart(6, '0')}`, 64, 2_000);
    else await decideAll(office, next, 'soak-warm-up', 64, WARM_UP);
    const { rss, heapUsed } = process.memoryUsage();
    figures[`rss_mb_after_${done}`] = Math.round(rss / MIB);
    figures[`heap_mb_after_${done}`] = Math.round(heapUsed / MIB);
    console.log(`${done} decisions: RSS ${Math.round(rss / MIB)} MiB, heap ${Math.round(heapUsed / MIB)} MiB`);
  }
  await office.close();
  return { figures, peers: {} };
}

export const packages = ['jsonata', 'zod', 'onnxruntime-node'];

/** Whole decisions beside the bare storage of their rows; with `soak`, memory over 20,000 of them. */
export default async function endToEnd(): Promise<Measurement> {
  const rows = await decidedRows();
  if (process.argv.includes('soak')) return soak(rows);
  const [c1, c16, c64] = [await measure(rows, 1), await measure(rows, 16), await measure(rows, 64)];
  const recorded = await recordWrites(rows, 600);
  const floorSeconds = [await replayWrites(recorded), await replayWrites(recorded), await replayWrites(recorded)];
  const floorPerSecond = 600 / percentile(floorSeconds, 0.5);
  const shares = cpuShares(await profile(rows));
  return {
    figures: {
      decisions_per_second_c1: rounded(c1.perSecond),
      decisions_per_second_c16: rounded(c16.perSecond),
      decisions_per_second_c64: rounded(c64.perSecond),
      p50_ms_c1: rounded(percentile(c1.latencies, 0.5)),
      p99_ms_c16: rounded(percentile(c16.latencies, 0.99)),
      p99_ms_c64: rounded(percentile(c64.latencies, 0.99)),
      cpu_ms_per_decision_c64: rounded(c64.cpuPerDecision),
      ratio_to_storage_floor: rounded(floorPerSecond / c64.perSecond),
      ...Object.fromEntries(Object.entries(shares).map(([part, share]) => [`share_${part}`, rounded(share)])),
      commits_per_decision_c1: rounded(c1.commitsPerDecision),
      commits_per_decision_c64: rounded(c64.commitsPerDecision),
      writes_per_decision: rounded(recorded.writes.length / 600),
    },
    peers: { storage_floor_per_second: rounded(floorPerSecond) },
  };
}
