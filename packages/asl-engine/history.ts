import type { Failure } from './errors.ts';

export const REGION = 'local';
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/local';
export const WHOLE = { truncated: false };
/** Events that no `previousEventId` names: what comes next follows the event before them. Recorded from AWS. */
export const FOLLOWED_BY_NONE: ReadonlySet<string> = new Set([
  'ExecutionStarted',
  'MapIterationSucceeded',
  'MapIterationFailed',
  'MapIterationAborted',
  'MapStateSucceeded',
  'ParallelStateSucceeded',
  'TaskStateAborted',
]);
export const CLOSING_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

/** Retry and Catch tell the two timeouts apart; histories and ends of executions call both States.Timeout, as on AWS. */
export function inHistory(error: string): string {
  return error === 'States.HeartbeatTimeout' ? 'States.Timeout' : error;
}

export function shown({ error, cause }: Failure): { error?: string; cause?: string } {
  return { ...(error && { error }), ...(cause && { cause }) };
}
