import type { JsonObject } from '../json.ts';
import { pullEpochOf, type PullName } from './pulls.ts';
import type { TaskPayload } from './task.ts';

/** What a step history says of the calls that leave rows behind. */
export interface Scheduled {
  /** By the id of the entry that opens the task; the newest try of each. */
  readonly tasks: ReadonlyMap<string, TaskPayload>;
  readonly pulls: readonly PullName[];
}

type Payload = TaskPayload & {
  readonly step: { readonly executionArn: string; readonly state: string; readonly round: number };
  readonly bureau: string;
  readonly pullEpoch: number;
  readonly escalation: number;
  readonly retryCount: number;
};

/** @param histories of all executions of one application. Events that no engine wrote are left out. */
export function scheduledIn(histories: readonly (readonly JsonObject[])[]): Scheduled {
  const tasks = new Map<string, TaskPayload>();
  const pulls: PullName[] = [];
  for (const event of histories.flat()) {
    const payload = payloadOf(event);
    if (!payload) continue;
    const { executionArn, state, round } = payload.step;
    const id = (item: number) => [executionArn, state, round, item].join('/');
    if (state === 'AwaitReview') tasks.set(id(payload.escalation), payload);
    if (state === 'NeedsAttention') tasks.set(id(payload.retryCount), payload);
    if (state === 'PullBureauReport') {
      pulls.push({ bureau: payload.bureau, epoch: pullEpochOf(executionArn, payload.pullEpoch) });
    }
  }
  return { tasks, pulls };
}

function payloadOf(event: JsonObject): Payload | undefined {
  if (event['type'] !== 'TaskScheduled') return undefined;
  try {
    const { parameters } = event['taskScheduledEventDetails'] as { parameters: string };
    const { Payload: payload } = JSON.parse(parameters) as { Payload?: Payload };
    return typeof payload?.step === 'object' ? payload : undefined;
  } catch {
    // `verify` names such a history as HISTORY_DIFFERS.
    return undefined;
  }
}
