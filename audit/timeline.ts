import type { HistoryEvent } from '../adapters/ports.ts';
import type { Json, JsonObject } from '../domain/json.ts';

export interface TimelineStep {
  readonly state: string;
  /** Task, Choice, Map, Fail and so on. */
  readonly type: string;
  readonly enteredAt: string;
  /** Null while it runs or waits. */
  endedAt: string | null;
  /** 1 inside an item of a Map. */
  readonly depth: number;
  /** One try a call: when, and the error it ended with. */
  readonly tries: { readonly at: string; error: string | null }[];
  /** Since when it waits, or waited, for a person's answer. */
  waitingSince: string | null;
  input: Json;
  output: Json;
}

export interface Timeline {
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: string;
  readonly events: number;
  /** When an operator had it go on behind an end. */
  readonly redrivenAt: readonly string[];
  readonly steps: readonly TimelineStep[];
}

/** Reads the steps of an execution out of its history, in the shape of the Step Functions API. */
export function timelineOf(history: readonly HistoryEvent[]): Timeline {
  const steps: TimelineStep[] = [];
  const stepOfEvent = new Map<number, TimelineStep | undefined>();
  const open: TimelineStep[] = [];
  const close = (step: TimelineStep, at: string) => {
    // A Map's failed items have no exit of their own.
    for (const ended of open.splice(open.indexOf(step))) ended.endedAt = at;
  };
  for (const event of history) {
    const { id, previousEventId, type, timestamp } = event;
    const kind = /^(\w+)State(Entered|Exited)$/.exec(type);
    let step = stepOfEvent.get(previousEventId);
    if (kind?.[2] === 'Entered') {
      const { name, input } = details(event, 'stateEnteredEventDetails');
      step = {
        state: text(name) ?? '',
        type: kind[1] ?? '',
        enteredAt: timestamp,
        endedAt: null,
        depth: open.length,
        tries: [],
        waitingSince: null,
        input: parsed(input),
        output: null,
      };
      steps.push(step);
      open.push(step);
    } else if (kind) {
      const { name, output } = details(event, 'stateExitedEventDetails');
      if (step?.state !== name || step?.endedAt !== null) step = open.findLast(({ state }) => state === name);
      if (step) {
        step.output = withoutEnvelope(parsed(output));
        close(step, timestamp);
      }
    } else if (step) read(event, step);
    stepOfEvent.set(id, step);
  }
  const last = history.at(-1);
  const end = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.exec(last?.type ?? '');
  if (end && last) for (const step of open) step.endedAt = last.timestamp;
  return {
    startedAt: history[0]?.timestamp ?? '',
    endedAt: end && last ? last.timestamp : null,
    status: end?.[1]?.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase() ?? 'RUNNING',
    events: history.length,
    redrivenAt: history.filter(({ type }) => type === 'ExecutionRedriven').map(({ timestamp }) => timestamp),
    steps,
  };
}

function read(event: HistoryEvent, step: TimelineStep): void {
  switch (event.type) {
    case 'TaskScheduled': {
      step.tries.push({ at: event.timestamp, error: null });
      const { parameters } = details(event, 'taskScheduledEventDetails');
      const {
        application: _,
        step: __,
        ...payload
      } = ((parsed(parameters) as JsonObject | null)?.['Payload'] ?? {}) as JsonObject;
      step.input = payload;
      break;
    }
    case 'TaskFailed':
    case 'TaskTimedOut': {
      const failed = details(
        event,
        event.type === 'TaskFailed' ? 'taskFailedEventDetails' : 'taskTimedOutEventDetails',
      );
      const latest = step.tries.at(-1);
      if (latest) latest.error = text(failed['error']) ?? event.type;
      break;
    }
    case 'TaskSubmitted':
      step.waitingSince = event.timestamp;
      break;
    default:
  }
}

/** How long an execution worked: all its steps but for waiting for people, in ms. */
export function processingMs({ steps }: Timeline): number {
  return steps.filter(({ depth }) => depth === 0).reduce((sum, step) => sum + activeMs(step), 0);
}

/** How long a step worked, in ms: until it began to wait for a person, or ended. */
export function activeMs({ enteredAt, endedAt, waitingSince }: TimelineStep): number {
  const until = waitingSince ?? endedAt;
  return until === null ? 0 : Date.parse(until) - Date.parse(enteredAt);
}

function details(event: HistoryEvent, key: string): JsonObject {
  return (event[key] ?? {}) as JsonObject;
}

const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

function parsed(json: Json | undefined): Json {
  if (typeof json !== 'string') return null;
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}

/** What a function answered, out of what Lambda puts around it. */
function withoutEnvelope(output: Json): Json {
  if (output === null || typeof output !== 'object' || Array.isArray(output)) return output;
  return 'Payload' in output && 'StatusCode' in output ? (output['Payload'] ?? null) : output;
}
