/**
 * The policy layer: a compiled policy of 34 rules over 40 inputs against the same decision written by hand and in other
 * engines. GoRules zen, which the product does not need and the lock file does not have, is fetched on the first run.
 */
import { readFileSync } from 'node:fs';

import { compilePolicy, dateOf, type Policy } from '@underwright/policy-compiler';
import type { Inputs, InputValue, PolicyModule } from '@underwright/policy-compiler/module';

import { loadPolicyModule } from '../adapters/policy-module.ts';
import { handwritten, type Applicant } from './policy-peers/handwritten.ts';
import { loadJsonRules } from './policy-peers/json-rules.ts';
import type { Peer, PeerAnswer } from './policy-peers/peer.ts';
import { loadZen, ZEN_VERSION } from './policy-peers/zen.ts';
import { percentile, rounded, type Measurement } from './support.ts';

const SOURCE = new URL('../test/packages/policy-compiler/fixtures/personal-loan.yaml', import.meta.url);
const APPLICANTS = 10_000;
const WARM_UP = 30;
const TURNS = 101;
const PEER_TURNS = 3;
const AT_ONCE = 64;

export const packages = ['json-rules-engine'];
export const versions = { '@gorules/zen-engine': ZEN_VERSION };

/** Answers are compared before anything is timed. */
export default async function bench(): Promise<Measurement> {
  const source = readFileSync(SOURCE, 'utf8');
  const compileStart = performance.now();
  const compiled = compile(source);
  const compileMs = performance.now() - compileStart;
  const loadStart = performance.now();
  const policy = await loadPolicyModule(compiled.module, compiled.digest.module);
  const loadMs = performance.now() - loadStart;
  const challenger = compile(source.replace('fico < 600', 'fico < 640').replace('dti > 5000', 'dti > 4500'));
  const second = await loadPolicyModule(challenger.module, challenger.digest.module);

  // Read as JSON, as a stored application is: an object built key by key is a hash table, slow to read for every engine.
  const applicants = JSON.parse(JSON.stringify(makeApplicants(compiled.policy, APPLICANTS))) as Inputs[];
  const typed = applicants as unknown as readonly Applicant[];
  compareAnswers(policy, applicants, typed);
  const zens = loadZen(compiled.policy);
  const peers = { ...zens, json_rules_engine: loadJsonRules() };
  for (const [name, peer] of Object.entries(peers)) await comparePeer(name, peer, typed);

  const [compiledUs, floorUs] = turns([
    () => applicants.filter((applicant) => policy.evaluate('full', applicant).outcome === 'DECLINE').length,
    () => typed.filter((applicant) => handwritten(applicant).outcome === 'DECLINE').length,
  ]);
  const latencies = singleCalls(policy, applicants);
  const swap = swapSet(policy, second, applicants, 1_000_000);
  const measured = await measurePeers(peers, typed);
  const speedup = (names: readonly string[]): number =>
    rounded(Math.min(...names.map((name) => measured[name]?.us ?? Infinity)) / compiledUs.fastest);
  const oneCore = Object.keys(zens).map((name) => measured[name]?.single ?? Infinity);
  return {
    figures: {
      evaluations_per_second: Math.round(1e6 / compiledUs.median),
      evaluations_per_second_fastest_turn: Math.round(1e6 / compiledUs.fastest),
      p50_us: latencies.p50,
      p99_us: latencies.p99,
      load_ms: round(loadMs),
      compile_ms: round(compileMs),
      module_kb: round(Buffer.byteLength(compiled.module) / 1024),
      ratio_to_handwritten: round(compiledUs.median / floorUs.median),
      ...(oneCore.length > 0 && {
        speedup_over_zen: speedup(Object.keys(zens)),
        speedup_over_zen_one_at_a_time: rounded(Math.min(...oneCore) / compiledUs.fastest),
      }),
      speedup_over_json_rules_engine: speedup(['json_rules_engine']),
      million_applications_two_policies_s: round(swap.seconds),
      million_applications_rss_before_mb: swap.rssBeforeMb,
      million_applications_rss_after_mb: swap.rssAfterMb,
      swapped_applications: swap.swapped,
    },
    peers: {
      handwritten_evaluations_per_second: Math.round(1e6 / floorUs.median),
      ...Object.fromEntries(
        Object.entries(measured).flatMap(([name, { us, single, p50, p99, loadMs: peerLoadMs }]) => [
          [`${name}_evaluations_per_second`, rounded(1e6 / us)],
          [`${name}_one_at_a_time_per_second`, rounded(1e6 / single)],
          [`${name}_p50_us`, rounded(p50)],
          [`${name}_p99_us`, rounded(p99)],
          [`${name}_load_ms`, round(peerLoadMs)],
        ]),
      ),
    },
  };
}

function compile(source: string): Extract<ReturnType<typeof compilePolicy>, { ok: true }> {
  const reasons = new Set([...source.matchAll(/reason: (A[AX]\d\d)/g)].map((match) => match[1] ?? ''));
  const compiled = compilePolicy(source, 'personal-loan.yaml', { reasons });
  if (!compiled.ok) throw new Error(`The policy does not compile: ${compiled.errors[0]?.message}`);
  return compiled;
}

/** Applicants of whom most are ordinary, so that every outcome is met. */
function makeApplicants(policy: Policy, count: number): Inputs[] {
  const random = mulberry32(20_261_123);
  const ordinary: Record<string, readonly [number, number]> = {
    requested_amount: [200_000, 3_500_000],
    monthly_income: [250_000, 1_500_000],
    verified_income: [250_000, 1_500_000],
    monthly_housing: [0, 250_000],
    monthly_debt: [0, 200_000],
    fico: [560, 850],
    pd: [20, 1400],
    age: [17, 90],
    open_tradelines: [1, 40],
    revolving_balance: [0, 2_000_000],
    revolving_limit: [0, 5_000_000],
    unsecured_balance: [0, 12_000_000],
  };
  return Array.from({ length: count }, () => {
    const entries = policy.inputs.map(({ name, type }): [string, InputValue] => {
      if (type.nullable && random() < (name.startsWith('months_since') ? 0.8 : 0.02)) return [name, null];
      if (type.kind === 'boolean') return [name, name === 'report_matches' ? random() < 0.98 : random() < 0.01];
      const [low, high] = ordinary[name] ?? [type.low, type.high];
      // What is not ordinary in range is rare: a count, a balance past due.
      const rare = !ordinary[name] && type.labels.length === 0 && type.kind !== 'date' && type.kind !== 'months';
      const value = rare && random() < 0.97 ? low : low + Math.floor(random() * (high - low + 1));
      if (type.kind === 'date') return [name, dateOf(value)];
      return [name, type.labels[value] ?? value];
    });
    return Object.fromEntries(entries);
  });
}

function compareAnswers(policy: PolicyModule, applicants: readonly Inputs[], typed: readonly Applicant[]): void {
  const outcomes = new Set<string>();
  for (const [index, applicant] of typed.entries()) {
    const mine = policy.evaluate('full', applicants[index] ?? {});
    const other = handwritten(applicant);
    outcomes.add(mine.outcome);
    const answer = [mine.outcome, mine.failed.map(({ rule }) => rule), mine.derived, mine.tables, mine.limits.amount];
    const expected = [other.outcome, other.failed, other.derived, other.tables, other.limit];
    if (JSON.stringify(answer) !== JSON.stringify(expected)) {
      throw new Error(`Two engines disagree:\n${JSON.stringify(answer)}\n${JSON.stringify(expected)}`);
    }
  }
  if (outcomes.size < 4) throw new Error('The applicants do not meet every outcome: the comparison says too little.');
}

async function comparePeer(name: string, peer: Peer, applicants: readonly Applicant[]): Promise<void> {
  const { decide, decideMany, answerOf } = peer;
  const together = await decideMany?.(applicants);
  for (const [index, applicant] of applicants.entries()) {
    const mine = handwritten(applicant);
    const other = answerOf(await decide(applicant));
    if (together && comparable(answerOf(together[index])) !== comparable(other)) {
      throw new Error(`${name} decides otherwise in a batch.`);
    }
    const answer = comparable(other);
    const expected = comparable(mine);
    if (answer !== expected) throw new Error(`${name} disagrees:\n${answer}\n${expected}`);
  }
}

/** The peers keep no order of rules or of values. */
function comparable({ outcome, failed, derived, tables, limit }: PeerAnswer): string {
  const sorted = (values: object) => Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([outcome, failed.toSorted(), sorted(derived), sorted(tables), limit]);
}

interface PeerTimes {
  readonly us: number;
  /** One after another. */
  readonly single: number;
  readonly p50: number;
  readonly p99: number;
  readonly loadMs: number;
}

/**
 * Latency one decision after another. Throughput also with many at once and in batches, as zen then decides on every
 * core. Of all turns of all ways the fastest counts, and is held against this project's own fastest turn, on one core.
 */
async function measurePeers(
  peers: Readonly<Record<string, Peer>>,
  applicants: readonly Applicant[],
): Promise<Record<string, PeerTimes>> {
  const measured: Record<string, PeerTimes> = {};
  for (let turn = 0; turn < PEER_TURNS; turn += 1) {
    for (const [name, { decide, decideMany, load_ms: loadMs }] of Object.entries(peers)) {
      const times: number[] = [];
      for (const applicant of applicants) {
        const start = performance.now();
        await decide(applicant);
        times.push((performance.now() - start) * 1000);
      }
      const single = times.reduce((sum, time) => sum + time, 0) / applicants.length;
      const together = await perApplicant(applicants, (several) => Promise.all(several.map(decide)));
      const batched = decideMany ? await perApplicant(applicants, decideMany) : Infinity;
      const best = measured[name] ?? { us: Infinity, single: Infinity, p50: Infinity, p99: Infinity, loadMs };
      measured[name] = {
        us: Math.min(best.us, single, together, batched),
        single: Math.min(best.single, single),
        p50: Math.min(best.p50, percentile(times, 0.5)),
        p99: Math.min(best.p99, percentile(times, 0.99)),
        loadMs,
      };
    }
  }
  return measured;
}

/** Microseconds, where many are decided at once. */
async function perApplicant(
  applicants: readonly Applicant[],
  decideMany: (several: readonly Applicant[]) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < applicants.length; index += AT_ONCE) {
    await decideMany(applicants.slice(index, index + AT_ONCE));
  }
  return ((performance.now() - start) * 1000) / applicants.length;
}

interface Turns {
  readonly median: number;
  readonly fastest: number;
}

/** Microseconds per applicant. The contestants take turns, so that a busy machine slows all alike. */
function turns(contestants: readonly [() => number, () => number]): readonly [Turns, Turns] {
  const times = contestants.map((): number[] => []);
  for (let turn = 0; turn < WARM_UP + TURNS; turn += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const start = performance.now();
      contestant();
      const elapsed = performance.now() - start;
      if (turn >= WARM_UP) times[index]?.push((elapsed * 1000) / APPLICANTS);
    }
  }
  const of = (all: readonly number[] = []): Turns => {
    return { median: percentile(all, 0.5), fastest: percentile(all, 0) };
  };
  return [of(times[0]), of(times[1])];
}

function singleCalls(policy: PolicyModule, applicants: readonly Inputs[]): { p50: number; p99: number } {
  const times: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    for (const applicant of applicants) {
      const start = process.hrtime.bigint();
      policy.evaluate('full', applicant);
      times.push(Number(process.hrtime.bigint() - start) / 1000);
    }
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

interface SwapSet {
  /** How many applications the two policies decide differently. */
  readonly swapped: number;
  readonly seconds: number;
  readonly rssBeforeMb: number;
  readonly rssAfterMb: number;
}

function swapSet(one: PolicyModule, two: PolicyModule, applicants: readonly Inputs[], count: number): SwapSet {
  const rssMb = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
  const rssBeforeMb = rssMb();
  const start = performance.now();
  let swapped = 0;
  for (let index = 0; index < count; index += 1) {
    const applicant = applicants[index % applicants.length] ?? {};
    if (one.evaluate('full', applicant).outcome !== two.evaluate('full', applicant).outcome) swapped += 1;
  }
  return { swapped, seconds: (performance.now() - start) / 1000, rssBeforeMb, rssAfterMb: rssMb() };
}

/** T. Ettinger, mulberry32: small, seeded, good enough to draw applicants. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
