import * as z from 'zod';

import { JSON_FAULTS, readJson } from '../../domain/json-text.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import type { Costs } from './costs.ts';
import { CheckFailed } from './failure.ts';
import type { Latencies } from './latencies.ts';
import type { Throttles } from './metrics.ts';

export interface StepResult {
  readonly name: string;
  readonly result: 'PASSED' | 'FAILED' | 'SKIPPED';
  readonly seconds: number;
  /** Sentences with fault and fix; none where the step passed. */
  readonly findings: readonly string[];
}

/** A resource that exists after the check. */
export interface Remaining {
  /** Such as `AWS::KMS::Key arn:aws:kms:…`. */
  readonly resource: string;
  readonly why: string;
  /** ISO 8601; null where the resource stays until a person deletes it. */
  readonly until: string | null;
}

export interface SampleResult {
  readonly applicationId: string;
  readonly expected: string;
  readonly status: string;
}

/** The report of one check. Instants are ISO 8601 in UTC. */
export interface Report {
  readonly schemaVersion: 1;
  /** A UUID: the value of the tag of the stacks that the check deployed. */
  readonly run: string;
  readonly startedAt: string;
  /** Null while the check runs: a report that stays so is of a check that was killed. */
  readonly endedAt: string | null;
  readonly result: 'RUNNING' | 'PASSED' | 'FAILED' | 'INTERRUPTED';
  readonly account: string;
  readonly region: string;
  readonly stage: string;
  /** The commit of the release, with `-dirty` behind it where files were changed. */
  readonly release: string;
  readonly steps: readonly StepResult[];
  readonly samples: { readonly asExpected: number; readonly otherwise: readonly SampleResult[] } | null;
  readonly review: {
    readonly applicationId: string;
    readonly waitedSeconds: number;
    readonly outcome: string | null;
  } | null;
  readonly verified: {
    readonly applications: number;
    readonly entries: number;
    readonly evidence: number;
    readonly seals: number;
    readonly faults: number;
  } | null;
  readonly latencies: Latencies | null;
  readonly throttles: Throttles | null;
  readonly costs: Costs | null;
  readonly remains: readonly Remaining[];
  readonly signature: Signature | null;
}

const signature = z.strictObject({
  /** SHA-256 of the SubjectPublicKeyInfo of the stage's ExportKey. */
  keyId: z.string(),
  /** Base64 of a DER signature: ECDSA on P-256 with SHA-256. */
  value: z.string(),
});
type Signature = z.infer<typeof signature>;

/** A report as far as its signature needs it: every other member is signed as it is. */
const signable = z.looseObject({ signature: signature.nullable() });

/** A report while the check fills it. */
export type Draft = { -readonly [Member in keyof Report]: Report[Member] };

const deployed = z.object({ run: z.uuid(), stage: z.string() });

/** Reads from a report which stacks its check deployed. @throws CheckFailed for a text that is no report */
export function deployedBy(text: string): z.infer<typeof deployed> {
  const read = readJson(text);
  const parsed = deployed.safeParse(read.ok ? read.value : undefined);
  if (parsed.success) return parsed.data;
  throw new CheckFailed('The file names no run and no stage: give the report.json of a check.');
}

/** The text that the signature of a report covers. Its first line keeps it apart from a decision file's. */
export function signedText(report: Pick<Report, 'signature'>): string {
  const { signature: _, ...signed } = report;
  return `underwright-deploy-check-v1\n${digestOf(signed)}`;
}

/** Checks a report with the public key of its stage. @returns the faults, none where it holds */
export function reportFaults(text: string, publicKeyPem: string): string[] {
  const { keyId, isSigned } = verificationKey(publicKeyPem);
  const read = readJson(text);
  if (!read.ok) {
    const { kind, line, column } = read.fault;
    return [`Line ${line}, column ${column} of the file ${JSON_FAULTS[kind]}. Give the report.json of a check.`];
  }
  const parsed = signable.safeParse(read.value);
  if (!parsed.success) return ['The file is no report with a signature: give the report.json of a check.'];
  const { signature } = parsed.data;
  if (!signature) return ['The report has no signature: its check did not reach the signing key.'];
  if (signature.keyId !== keyId) return ['The report was signed with another key than the one given.'];
  return isSigned(signedText(parsed.data), signature.value) ? [] : ['The report was changed after it was signed.'];
}

/** Formats a report as a Markdown page for people. */
export function reportPage(report: Report): string {
  const { account, region, stage, release, startedAt, endedAt, result, steps, remains, signature } = report;
  return `# Deployment check of ${stage}: ${result}

Account ${account}, region ${region}, release ${release}. From ${startedAt} to ${endedAt ?? 'an unknown instant'}.

| step | result | seconds | finding |
| --- | --- | ---: | --- |
${steps.map(({ name, result, seconds, findings }) => `| ${name} | ${result} | ${seconds} | ${cell(findings.join(' '))} |`).join('\n')}

${[...measured(report)].map((line) => `- ${line}\n`).join('')}
## What remains

${remains.length === 0 ? 'Nothing that the check knows of.' : remains.map(({ resource, why, until }) => `- ${resource}: ${why}${until === null ? '' : ` Until ${until}.`}`).join('\n')}

${
  signature
    ? `Signed by the key ${signature.keyId}. Verify it without AWS: \`npm run deploy-check -- verify report.json --key public.pem\`.`
    : 'Not signed: the check did not reach the signing key.'
}
`;
}

function* measured({ samples, review, verified, latencies, throttles, costs }: Report): Generator<string> {
  if (samples) yield `Samples: ${samples.asExpected} as expected, ${samples.otherwise.length} otherwise.`;
  if (review)
    yield `Review: ${review.applicationId} waited ${review.waitedSeconds} s; outcome ${review.outcome ?? 'none'}.`;
  if (verified)
    yield (
      `Verified: ${verified.applications} applications, ${verified.entries} ledger entries, ${verified.evidence} ` +
        `evidence objects, ${verified.seals} seals, ${verified.faults} faults.`
    );
  if (latencies) {
    const { executions, all, withoutBureau } = latencies;
    yield (
      `Latency of ${executions} executions without a person: p50 ${all.p50} ms, p95 ${all.p95} ms; without the ` +
        `bureau's time: p50 ${withoutBureau.p50} ms, p95 ${withoutBureau.p95} ms.`
    );
  }
  if (throttles) yield `Throttled calls: ${throttles.total}.`;
  if (costs)
    yield (
      `Cost: $${costs.usd.toFixed(4)} for ${costs.hours.toFixed(2)} h, from quantities times the prices of ` +
        `scripts/cost/prices.ts. Not counted: ${costs.notCounted.join(', ')}.`
    );
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
