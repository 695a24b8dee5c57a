/**
 * The policy layer: a compiled policy of 34 rules over 40 inputs against the same decision written by hand and in other
 * engines. GoRules zen is measured where it is installed:
 * `npm install --no-save --ignore-scripts @gorules/zen-engine@0.54.0`.
 */
import { existsSync, readFileSync } from 'node:fs';

import { loadPolicyModule } from '../adapters/policy-module.ts';
import { compilePolicy } from '../domain/policy/language/compile.ts';
import { dateOf } from '../domain/policy/language/dates.ts';
import type { Inputs, InputValue, PolicyModule } from '../domain/policy/language/module.ts';
import type { Policy } from '../domain/policy/language/policy.ts';
import { handwritten, type Applicant } from './policy-peers/handwritten.ts';
import { loadJsonRules } from './policy-peers/json-rules.ts';
import type { Peer } from './policy-peers/peer.ts';
import { loadZen } from './policy-peers/zen.ts';
import { percentile, rounded, type Measurement } from './support.ts';

const SOURCE = new URL('../test/domain/policy/language/fixtures/personal-loan.yaml', import.meta.url);
const APPLICANTS = 10_000;
const WARM_UP = 30;
const TURNS = 101;
const PEER_TURNS = 3;
const AT_ONCE = 64;

export const packages = ['json-rules-engine', '@gorules/zen-engine'].filter((name) =>
  existsSync(new URL(`../node_modules/${name}`, import.meta.url)),
);

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

  const applicants = makeApplicants(compiled.policy, APPLICANTS);
  const typed = applicants as unknown as readonly Applicant[];
  compareAnswers(policy, applicants, typed);
  const zen = await loadZen();
  const peers = { ...(zen && { zen }), json_rules_engine: loadJsonRules() };
  for (const [name, peer] of Object.entries(peers)) await comparePeer(name, peer, typed);

  const [compiledUs = 0, floorUs = 0] = mediansMicroseconds([
    () => applicants.filter((applicant) => policy.evaluate('full', applicant).outcome === 'DECLINE').length,
    () => typed.filter((applicant) => handwritten(applicant).outcome === 'DECLINE').length,
  ]);
  const latencies = singleCalls(policy, applicants);
  const swapStart = performance.now();
  const swapped = swapSet(policy, second, applicants, 1_000_000);
  const swapSeconds = (performance.now() - swapStart) / 1000;
  const measured = await measurePeers(peers, typed);
  const speedups = Object.entries(measured).map(([name, { us }]) => [`speedup_over_${name}`, rounded(us / compiledUs)]);
  return {
    figures: {
      evaluations_per_second: Math.round(1e6 / compiledUs),
      p50_us: latencies.p50,
      p99_us: latencies.p99,
      load_ms: round(loadMs),
      compile_ms: round(compileMs),
      module_kb: round(Buffer.byteLength(compiled.module) / 1024),
      ratio_to_handwritten: round(compiledUs / floorUs),
      ...(Object.fromEntries(speedups) as Record<string, number>),
      million_applications_two_policies_s: round(swapSeconds),
      swapped_applications: swapped,
      // Of the whole run, the peers and the applicants included.
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    },
    peers: {
      handwritten_evaluations_per_second: Math.round(1e6 / floorUs),
      ...Object.fromEntries(
        Object.entries(measured).flatMap(([name, { us, p50, p99, loadMs: peerLoadMs }]) => [
          [`${name}_evaluations_per_second`, rounded(1e6 / us)],
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

async function comparePeer(name: string, { decide, answerOf }: Peer, applicants: readonly Applicant[]): Promise<void> {
  for (const applicant of applicants) {
    const mine = handwritten(applicant);
    const other = answerOf(await decide(applicant));
    const answer = comparable({ ...other, failed: [...other.failed] });
    const expected = comparable({ ...mine, failed: [...mine.failed] });
    if (answer !== expected) throw new Error(`${name} disagrees:\n${answer}\n${expected}`);
  }
}

/** The peers keep no order of rules or of values. */
function comparable({ outcome, failed, derived, tables, limit }: ReturnType<typeof handwritten>): string {
  const sorted = (values: object) => Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([outcome, failed.toSorted(), sorted(derived), sorted(tables), limit]);
}

interface PeerTimes {
  readonly us: number;
  readonly p50: number;
  readonly p99: number;
  readonly loadMs: number;
}

/**
 * Latency one decision after another. Throughput also with many at once, as zen then decides on every core; of all
 * turns of both ways the fastest counts, which flatters the peers: this project's own figure is a median on one core.
 */
async function measurePeers(
  peers: Readonly<Record<string, Peer>>,
  applicants: readonly Applicant[],
): Promise<Record<string, PeerTimes>> {
  const measured: Record<string, PeerTimes> = {};
  for (let turn = 0; turn < PEER_TURNS; turn += 1) {
    for (const [name, { decide, load_ms: loadMs }] of Object.entries(peers)) {
      const times: number[] = [];
      for (const applicant of applicants) {
        const start = performance.now();
        await decide(applicant);
        times.push((performance.now() - start) * 1000);
      }
      const single = times.reduce((sum, time) => sum + time, 0) / applicants.length;
      const start = performance.now();
      for (let index = 0; index < applicants.length; index += AT_ONCE) {
        await Promise.all(applicants.slice(index, index + AT_ONCE).map(decide));
      }
      const together = ((performance.now() - start) * 1000) / applicants.length;
      const best = measured[name] ?? { us: Infinity, p50: Infinity, p99: Infinity, loadMs };
      measured[name] = {
        us: Math.min(best.us, single, together),
        p50: Math.min(best.p50, percentile(times, 0.5)),
        p99: Math.min(best.p99, percentile(times, 0.99)),
        loadMs,
      };
    }
  }
  return measured;
}

/** Per applicant. The contestants take turns, so that a busy machine slows all alike. */
function mediansMicroseconds(contestants: readonly (() => number)[]): number[] {
  const times = contestants.map((): number[] => []);
  for (let turn = 0; turn < WARM_UP + TURNS; turn += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const start = performance.now();
      contestant();
      const elapsed = performance.now() - start;
      if (turn >= WARM_UP) times[index]?.push((elapsed * 1000) / APPLICANTS);
    }
  }
  return times.map((all) => all.toSorted((a, b) => a - b)[TURNS >> 1] ?? 0);
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

/** How many applications two policies decide differently. */
function swapSet(one: PolicyModule, two: PolicyModule, applicants: readonly Inputs[], count: number): number {
  let swapped = 0;
  for (let index = 0; index < count; index += 1) {
    const applicant = applicants[index % applicants.length] ?? {};
    if (one.evaluate('full', applicant).outcome !== two.evaluate('full', applicant).outcome) swapped += 1;
  }
  return swapped;
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
