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
  const last = history.at(-1);
  const end = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.exec(last?.type ?? '');
  const endedAt = end && last ? last.timestamp : null;
  return {
    startedAt: history[0]?.timestamp ?? '',
    endedAt,
    status: end?.[1]?.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase() ?? 'RUNNING',
    events: history.length,
    redrivenAt: history.filter(({ type }) => type === 'ExecutionRedriven').map(({ timestamp }) => timestamp),
    steps: stepsOf(history, endedAt),
  };
}

function stepsOf(history: readonly HistoryEvent[], endedAt: string | null): TimelineStep[] {
  const steps: TimelineStep[] = [];
  const stepOfEvent = new Map<number, TimelineStep | undefined>();
  const open: TimelineStep[] = [];
  for (const event of history) {
    let step = stepOfEvent.get(event.previousEventId);
    if (event.type.endsWith('StateEntered')) {
      step = entered(event, open.length);
      steps.push(step);
      open.push(step);
    } else if (event.type.endsWith('StateExited')) step = exited(event, step, open);
    else if (step) applyEvent(event, step);
    stepOfEvent.set(event.id, step);
  }
  if (endedAt !== null) for (const step of open) step.endedAt = endedAt;
  return steps;
}

function entered(event: HistoryEvent, depth: number): TimelineStep {
  const { name, input } = details(event, 'stateEnteredEventDetails');
  return {
    state: text(name) ?? '',
    type: event.type.replace('StateEntered', ''),
    enteredAt: event.timestamp,
    endedAt: null,
    depth,
    tries: [],
    waitingSince: null,
    input: parsed(input),
    output: null,
  };
}

/** Ends a step and the open steps inside it: the failed items of a Map have no exit of their own. */
function exited(
  event: HistoryEvent,
  previous: TimelineStep | undefined,
  open: TimelineStep[],
): TimelineStep | undefined {
  const { name, output } = details(event, 'stateExitedEventDetails');
  const isOpen = previous?.state === name && previous?.endedAt === null;
  const step = isOpen ? previous : open.findLast(({ state }) => state === name);
  if (!step) return undefined;
  step.output = withoutEnvelope(parsed(output));
  for (const ended of open.splice(open.indexOf(step))) ended.endedAt = event.timestamp;
  return step;
}

function applyEvent(event: HistoryEvent, step: TimelineStep): void {
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
