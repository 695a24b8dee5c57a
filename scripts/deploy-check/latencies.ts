import type { HistoryEvent } from '../../adapters/ports.ts';

/** Durations by nearest rank, in ms. */
interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Latencies {
  /** Succeeded executions in which no person took part. */
  readonly executions: number;
  /** From the start to the end of an execution. */
  readonly all: Percentiles;
  /** The same without the time in PullBureauReport, its retries included. */
  readonly withoutBureau: Percentiles;
}

const BUREAU = 'PullBureauReport';
/** The states in which an execution waits for a person. */
const WITH_A_PERSON = new Set(['AwaitReview', 'NeedsAttention']);

/** Measures executions by their histories. @returns undefined where none ended without a person */
export function latenciesOf(histories: readonly (readonly HistoryEvent[])[]): Latencies | undefined {
  const automatic = histories.filter(
    (history) =>
      history.at(-1)?.type === 'ExecutionSucceeded' &&
      !history.some((event) => WITH_A_PERSON.has(enteredState(event) ?? '')),
  );
  const all = automatic.map(durationOf);
  if (all.length === 0) return undefined;
  const withoutBureau = automatic.map((history, index) => (all[index] ?? 0) - bureauTimeOf(history));
  return { executions: all.length, all: percentilesOf(all), withoutBureau: percentilesOf(withoutBureau) };
}

/** Counts the state transitions that AWS bills: each entered state. */
export const transitionsOf = (history: readonly HistoryEvent[]): number =>
  history.filter(({ type }) => type.endsWith('StateEntered')).length;

const durationOf = (history: readonly HistoryEvent[]): number => at(history.at(-1)) - at(history[0]);

function bureauTimeOf(history: readonly HistoryEvent[]): number {
  let [sum, entered] = [0, 0];
  for (const event of history) {
    if (enteredState(event) === BUREAU) entered = at(event);
    if (exitedState(event) === BUREAU) sum += at(event) - entered;
  }
  return sum;
}

const at = (event: HistoryEvent | undefined): number => Date.parse(event?.timestamp ?? '');
const nameIn = (event: HistoryEvent, details: string): string | undefined =>
  (event[details] as { name?: string } | undefined)?.name;
const enteredState = (event: HistoryEvent) => nameIn(event, 'stateEnteredEventDetails');
const exitedState = (event: HistoryEvent) => nameIn(event, 'stateExitedEventDetails');

/** By nearest rank: the smallest value that at least so many percent of the values do not exceed. */
function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent: number) => Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
  return { p50: rank(50), p95: rank(95), max: rank(100) };
}
