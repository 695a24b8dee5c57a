import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { InvokeCommand } from '@aws-sdk/client-lambda';

import { readSamples } from '../../adapters/sample-applications.ts';
import { contract as submitSamples } from '../../app/operations/submit-samples.ts';
import type { Json } from '../../domain/json.ts';
import type { Application } from './auditor.ts';
import type { Aws } from './aws.ts';
import { CheckFailed } from './failure.ts';
import type { SampleResult } from './report.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

/** Samples of one call: six of them end within the function's timeout, also when the slowest bureau is among them. */
const AT_ONCE = 6;

/** Calls a function of the stage. @throws CheckFailed when it ends in an error */
export async function invoke(
  { lambda }: Aws,
  FunctionName: string,
  payload: Json,
  abortSignal: AbortSignal,
): Promise<Json> {
  const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) });
  const { FunctionError, Payload } = await lambda.send(command, { abortSignal });
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Json;
  if (FunctionError === undefined) return answer;
  const { errorType = FunctionError, errorMessage = '' } = answer as { errorType?: string; errorMessage?: string };
  throw new CheckFailed(`The function ${FunctionName} ended in ${errorType}: ${errorMessage} Read its log group.`);
}

/** The names of all samples of examples/expectations.json. */
export const sampleNames = (): string[] => [...readSamples(EXAMPLES).keys()];

/** Submits samples through the deployed SubmitSamples. @returns those whose status is not the expected one */
export async function submit(
  aws: Aws,
  functionName: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ asExpected: number; otherwise: SampleResult[] }> {
  let asExpected = 0;
  const otherwise: SampleResult[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const samples = names.slice(first, first + AT_ONCE);
    const answer = submitSamples.output.parse(await invoke(aws, functionName, { samples }, signal));
    asExpected += answer.asExpected;
    otherwise.push(...answer.otherwise);
  }
  return { asExpected, otherwise };
}

/** Compares the records of a stage with examples/expectations.json. @returns the samples whose status differs */
export function unexpected(applications: readonly Application[], names: readonly string[]): SampleResult[] {
  const samples = readSamples(EXAMPLES);
  const byId = new Map(applications.map((one) => [one.applicationId, one]));
  return names.flatMap((name) => {
    const found = byId.get(name);
    const status = found === undefined ? 'MISSING' : (found.outcome ?? found.status);
    const expected = samples.get(name)?.expected ?? 'a sample of examples/';
    const waits = expected === 'WAITS' && ['IN_REVIEW', 'NEEDS_ATTENTION'].includes(status);
    return waits || status === expected || isReviewed(name, status) ? [] : [{ applicationId: name, expected, status }];
  });
}

/** Whether a status is the outcome of a sample whose review is completed. */
export const isReviewed = (name: string, status: string): boolean =>
  readSamples(EXAMPLES).get(name)?.expected === 'WAITS' && status === outcomeOf(name);

/** The outcome of a sample after its reviews. */
export function outcomeOf(name: string): string {
  const expectations = read('expectations.json') as Record<string, { status: string; outcome?: string }>;
  const { status = '', outcome = status } = expectations[name] ?? {};
  return outcome;
}

/** The review of examples/reviews.json that the check completes. */
export interface Review {
  readonly applicationId: string;
  readonly action: string;
  readonly [field: string]: Json;
}

/** The reviews of the chosen samples that end by an APPROVE or a DECLINE. */
export const reviewsOf = (names: readonly string[]): Review[] =>
  (read('reviews.json') as Review[]).filter(
    ({ applicationId, action }) => names.includes(applicationId) && ['APPROVE', 'DECLINE'].includes(action),
  );

const read = (file: string): unknown => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'));
