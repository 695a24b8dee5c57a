import * as z from 'zod';

import {
  StoreUnavailable,
  type Clock,
  type Functions,
  type Measure,
  type Sample,
  type WorkStore,
} from '../../adapters/ports.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import type { Contract, Output, UseCase } from '../contracts.ts';
import { contract as intake } from '../intake/intake-application.ts';
import { readSummary } from '../work-items.ts';

/** Submits sample applications and returns their statuses. On a schedule it is the canary. */
export const contract = {
  input: z.looseObject({
    /** @default - all */
    samples: z.array(z.string()).optional(),
    /** Submits them as new applications each time, and measures whether they were decided as expected. */
    canary: z.boolean().optional(),
  }),
  output: z.strictObject({
    asExpected: z.int().nonnegative(),
    otherwise: z.array(z.strictObject({ applicationId: z.string(), expected: z.string(), status: z.string() })),
  }),
} as const satisfies Contract;

export interface SamplePorts {
  readonly samples: () => ReadonlyMap<string, Sample>;
  readonly functions: Functions;
  readonly workStore: WorkStore;
  readonly clock: Clock;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  readonly measure: Measure;
  readonly lending: LendingSettings;
}

export class SampleMissing extends Error {
  override readonly name = 'SampleMissing';
}

/** What a sample may take until it is decided or waits for a person: a pull from its slowest bureau is abandoned after 20 s. */
const PATIENCE_MS = 180_000;
const BETWEEN_LOOKS_MS = 500;

/**
 * Samples in progress at once. A new account runs ten functions at once (Service Quotas, "Concurrent executions"):
 * 7 = this function + 2 × (a step, the simulated bureau that it calls, the archive of the lane's previous sample). Three are
 * left for the schedules.
 */
const AT_ONCE = 2;

/**
 * How long one call submits, in ms: 840 s = the 900 s for which Lambda runs a function at most, less 60 s for the reads and
 * retries that are on their way. All 39 samples took 300 s in an emulator of AWS, three at a time:
 * about 450 s at two.
 */
const PATIENCE_OF_A_CALL_MS = 840_000;

/**
 * Submits samples as a front end does and returns those whose status is not the expected one. Without `canary` the samples
 * keep their ids, so that a second call finds those that were submitted before. A sample for which the call has no time left has the
 * status NOT_SUBMITTED: call again.
 */
export function submitSamples(ports: SamplePorts): UseCase<typeof contract> {
  return async ({ samples: names, canary = false }) => {
    const known = ports.samples();
    const started = ports.clock.now();
    const chosen = (names ?? [...known.keys()]).map((name) => {
      const sample = known.get(name);
      if (!sample) throw new SampleMissing(`There is no sample ${name}: name one of ${[...known.keys()].join(', ')}.`);
      const applicationId = canary ? canaryId(name, started) : name;
      const submissionAt = (at: Date) => ({
        ...sample.submissionAt(at, ports.lending.lender.consentTexts),
        applicationId,
      });
      return { applicationId, expected: sample.expected, submissionAt };
    });
    const results = await inLanes(chosen, started.getTime() + PATIENCE_OF_A_CALL_MS, ports);
    const otherwise = results.filter(({ expected, status }) => !meets(expected, status));
    if (canary)
      ports.measure([
        { name: 'CanaryAsExpected', value: otherwise.length === 0 ? 1 : 0, unit: 'Count', dimensions: {} },
        {
          name: 'CanaryDuration',
          value: ports.clock.now().getTime() - started.getTime(),
          unit: 'Milliseconds',
          dimensions: {},
        },
      ]);
    return { asExpected: results.length - otherwise.length, otherwise } satisfies Output<typeof contract>;
  };
}

interface Chosen {
  readonly applicationId: string;
  readonly expected: string;
  readonly submissionAt: (at: Date) => JsonObject;
}

/** Submits samples, `AT_ONCE` at a time. @param deadline when the call ends, in ms since 1970 */
async function inLanes(chosen: readonly Chosen[], deadline: number, ports: SamplePorts) {
  const results: { applicationId: string; expected: string; status: string }[] = [];
  const rest = chosen.entries();
  const lane = async () => {
    for (const [index, each] of rest) {
      const { applicationId, expected } = each;
      results[index] = { applicationId, expected, status: await submit(ports, each, deadline) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

/** By which whoever hears of decisions tells canaries from applications. */
export const CANARY_PREFIX = 'canary-';

/** `canary-approve-lowest-rate-2026-01-05T12-00-00` */
const canaryId = (sample: string, at: Date) =>
  `${CANARY_PREFIX}${sample}-${at.toISOString().slice(0, 19).replaceAll(':', '-')}`;

const WAITING = ['IN_REVIEW', 'NEEDS_ATTENTION'];
const meets = (expected: string, status: string) =>
  expected === 'WAITS' ? WAITING.includes(status) : expected === status;

/** @returns the outcome, the status without one, or the name of the error. */
async function submit(
  { functions, workStore, clock, wait }: SamplePorts,
  { applicationId, submissionAt }: Chosen,
  deadline: number,
): Promise<string> {
  const now = clock.now().getTime();
  const submission = submissionAt(clock.now());
  if (now >= deadline) return 'NOT_SUBMITTED';
  const patient = Math.min(now + PATIENCE_MS, deadline);
  const isPatient = () => clock.now().getTime() < patient;
  // An intake that is throttled took nothing, and a repeated submission is answered with its first receipt.
  const takeIn = async (): Promise<Json> => {
    for (;;) {
      try {
        return await functions.invoke('IntakeApplication', submission);
      } catch (error) {
        if (!(error instanceof StoreUnavailable && isPatient())) throw error;
        await wait(BETWEEN_LOOKS_MS);
      }
    }
  };
  try {
    const answer = intake.output.parse(await takeIn());
    // A sample that an earlier call submitted is in conflict with this one: its consents are older.
    if (answer.result === 'REJECTED') return answer.result;
    for (;;) {
      const summary = await readSummary(workStore, applicationId);
      if (summary && summary.status !== 'IN_PROGRESS') return summary.outcome ?? summary.status;
      if (!isPatient()) return 'IN_PROGRESS';
      await wait(BETWEEN_LOOKS_MS);
    }
  } catch (error) {
    return (error as Error).name;
  }
}
