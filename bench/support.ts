import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';

import { consentsAt } from '../domain/application/consents.ts';
import { stageNamed } from '../stages/stage.ts';

/** The applicants of a benchmark consented a minute before it started. */
export const CONSENTS = consentsAt(
  ['BUREAU_PULL'],
  new Date(Date.now() - 60_000).toISOString(),
  stageNamed('sandbox').lender.consentTexts,
);

/** What a benchmark measured. Peers did the same work in the same run, after their answers were found equal. */
export interface Measurement {
  readonly figures: Readonly<Record<string, number>>;
  readonly peers: Readonly<Record<string, number>>;
}

export interface Report extends Measurement {
  readonly bench: string;
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryGiB: number;
    readonly platform: string;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A measurement with what is needed to compare it with another: the machine and the versions of all that ran. */
export function report(
  bench: string,
  measurement: Measurement,
  packages: readonly string[],
  versions: Report['versions'] = {},
): Report {
  return {
    bench,
    figures: measurement.figures,
    peers: measurement.peers,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cpus: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${platform()} ${arch()}`,
    },
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      ...versions,
    },
    at: new Date().toISOString(),
  };
}

/** Prints a table for people, then the report as one line of JSON, which is the last line of every benchmark. */
export function print(finished: Report): void {
  console.table(
    Object.fromEntries([
      ...Object.entries(finished.figures).map(([name, value]) => [name, { value, peer: '' }]),
      ...Object.entries(finished.peers).map(([name, value]) => [name, { value, peer: 'peer' }]),
    ]),
  );
  console.log(JSON.stringify(finished));
}

/** @param share from 0 to 1. @returns the nearest-rank percentile, in the unit of the samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** To 4 significant digits: more would claim what such a measurement cannot hold. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Microseconds that `work` takes. */
export async function microseconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1000;
}

function versionOf(name: string): string {
  const path = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
