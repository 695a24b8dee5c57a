import { setTimeout as wait } from 'node:timers/promises';

import type { Json } from '../../domain/json.ts';
import type { Application, Auditor } from './auditor.ts';
import type { Aws } from './aws.ts';
import { CheckFailed } from './failure.ts';
import type { Draft } from './report.ts';
import { invoke, outcomeOf, type Review } from './samples.ts';

export interface ReviewOptions {
  readonly functionName: string;
  readonly waitSeconds: number;
}

/** Three minutes, as SubmitSamples waits for its slowest sample. */
const PATIENCE_MS = 180_000;
const BETWEEN_LOOKS_MS = 3_000;

/**
 * Lets a review wait, completes it and follows the application to its outcome.
 * @throws CheckFailed when the application does not wait, does not keep waiting, or ends otherwise
 */
export async function completeReview(
  { aws, auditor }: { readonly aws: Aws; readonly auditor: Auditor },
  review: Review,
  { functionName, waitSeconds }: ReviewOptions,
  signal: AbortSignal,
): Promise<NonNullable<Draft['review']>> {
  const { applicationId } = review;
  const look = async () => (await auditor.list(signal)).find((one) => one.applicationId === applicationId);
  const waiting = await until(look, signal);
  const statusOf = (one: Application | undefined) => one?.outcome ?? one?.status ?? 'MISSING';
  if (waiting?.status !== 'IN_REVIEW' || waiting.task === null)
    throw new CheckFailed(`${applicationId} does not wait for a reviewer: its status is ${statusOf(waiting)}.`);
  await wait(waitSeconds * 1_000, undefined, { signal });
  const later = await look();
  if (later?.task !== waiting.task)
    throw new CheckFailed(`${applicationId} did not wait ${waitSeconds} s: its status is ${statusOf(later)}.`);
  const send = async (command: Record<string, Json>) =>
    (await invoke(aws, functionName, { applicationId, task: waiting.task, ...command }, signal)) as {
      result: string;
      evidence?: string;
    };
  const { confirm, ...first } = review;
  let answer = await send(first);
  if (answer.result === 'AWAITS_CONFIRMATION' && confirm && answer.evidence !== undefined) {
    answer = await send({ ...(confirm as Record<string, Json>), action: 'CONFIRM', draft: answer.evidence });
  }
  if (answer.result !== 'COMPLETED')
    throw new CheckFailed(`CompleteTask answered ${answer.result} for ${applicationId}: ${JSON.stringify(answer)}`);
  const decided = await until(look, signal);
  const expected = outcomeOf(applicationId);
  if (decided?.outcome !== expected)
    throw new CheckFailed(`${applicationId} has the status ${statusOf(decided)} after its review, not ${expected}.`);
  return { applicationId, waitedSeconds: waitSeconds, outcome: decided.outcome };
}

/** Polls an application until only a person can move it without a person, or for three minutes. @returns the last look */
async function until(
  look: () => Promise<Application | undefined>,
  signal: AbortSignal,
): Promise<Application | undefined> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found === undefined || found.settled || Date.now() > end) return found;
    await wait(BETWEEN_LOOKS_MS, undefined, { signal });
  }
}
