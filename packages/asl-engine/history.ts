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

/** The member of an event that has its details: `TaskFailed` has `taskFailedEventDetails`. */
export function detailsMember(type: string): string {
  // All types of states share these two.
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** Retry and Catch distinguish the two timeouts; histories and ends of executions call both States.Timeout, as on AWS. */
export function inHistory(error: string): string {
  return error === 'States.HeartbeatTimeout' ? 'States.Timeout' : error;
}

export function shown({ error, cause }: Failure): { error?: string; cause?: string } {
  return { ...(error && { error }), ...(cause && { cause }) };
}
