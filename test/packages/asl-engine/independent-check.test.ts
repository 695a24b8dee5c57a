import { readdirSync } from 'node:fs';

import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { JsonObject } from '../../../domain/json.ts';
import { fixturesFolder, readFixture, runFixture, type Expected, type Run } from '../../local/support/fixture.ts';
import { openInterpreter, type Interpreter } from '../../local/support/interpreter.ts';

const endpoint = process.env['UNDERWRIGHT_MOTO'];
const lambda = process.env['UNDERWRIGHT_MOTO_LAMBDA'];

/** What only one of the two histories has, as event types. Each is explained in docs/engine-differences.md. */
interface Difference {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const UNNAMED: Difference = { ours: ['EvaluationFailed', 'ExecutionFailed'], theirs: ['ExecutionFailed'] };
const CAUGHT_BY_NONE: Difference = {
  ours: ['SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
  theirs: ['ExecutionFailed'],
};
const KNOWN: Readonly<Record<string, Difference | 'refused' | 'racing' | 'unordered'>> = {
  'added-functions': { ours: ['PassStateExited', 'ExecutionSucceeded'], theirs: ['ExecutionFailed'] },
  'choice-condition-not-boolean': UNNAMED,
  'choice-none-matched': { ours: ['ExecutionFailed'], theirs: ['ExecutionFailed'] },
  'evaluation-error-caught': { ours: [], theirs: ['EvaluationFailed'] },
  'execution-timeout': { ours: ['ExecutionTimedOut'], theirs: ['ExecutionTimedOut'] },
  infinity: { ours: ['PassStateExited', 'ExecutionSucceeded'], theirs: ['ExecutionFailed'] },
  'map-item-fails': 'racing',
  'map-retried': { ours: ['TaskStateAborted'], theirs: [] },
  'map-threshold-exceeded': 'refused',
  'map-tolerates-a-failure': {
    ours: [
      'MapIterationStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'MapIterationSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ],
    theirs: ['MapStateFailed', 'ExecutionFailed'],
  },
  'parallel-branch-fails': { ...CAUGHT_BY_NONE, ours: ['ParallelStateExited', ...CAUGHT_BY_NONE.ours] },
  // It evaluates Output and Assign of a Pass in either order, not on one snapshot: what comes out is left to chance.
  'pass-output-and-assign': 'unordered',
  'task-heartbeat-missed': { ...CAUGHT_BY_NONE, ours: ['TaskStateExited', ...CAUGHT_BY_NONE.ours] },
  'task-token-fails': {
    ours: ['TaskStateExited', 'FailStateEntered'],
    theirs: ['TaskStateExited', 'FailStateEntered'],
  },
  'wait-timestamp-is-none': UNNAMED,
};

if (endpoint === undefined || lambda === undefined) {
  const skipped = 'the engine beside an interpreter by other people';
  console.warn(`Not tested here: ${skipped}. "node scripts/with-moto.mjs npm test" does (Python 3).`);
  test(`without UNDERWRIGHT_MOTO, ${skipped} is left out`, () => {
    expect(endpoint === undefined || lambda === undefined).toBe(true);
  });
} else {
  checkAgainst(endpoint, lambda);
}

function checkAgainst(moto: string, functions: string): void {
  let interpreter: Interpreter;
  beforeAll(async () => {
    interpreter = await openInterpreter(moto, functions);
  });
  afterAll(() => interpreter.close());

  const names = readdirSync(fixturesFolder)
    .filter((file) => file.endsWith('.asl.json'))
    .map((file) => file.replace('.asl.json', ''));

  describe('each state machine of test/local/fixtures, beside the interpreter of LocalStack', () => {
    test.each(names)(
      '%s: the same end and the same events, or the difference that is explained',
      async (name) => {
        const { definition, expected } = hastened(readFixture(name));
        const ours = await runFixture(definition, expected);
        const known = KNOWN[name];
        if (known === 'refused') {
          await expect(interpreter.run(name, definition, expected)).rejects.toBeInstanceOf(Error);
          return;
        }
        const theirs = await interpreter.run(name, definition, expected);
        if (known === 'unordered') {
          expect(theirs.status).toBe(ours.status);
          expect(theirs.events.map(({ type }) => type)).toEqual(ours.events.map(({ type }) => type));
          return;
        }
        if (known === 'racing') {
          expect(end(theirs)).toEqual(end(ours));
          return;
        }
        const differing = {
          ours: without(ours.events, theirs.events),
          theirs: without(theirs.events, ours.events),
        };
        expect(differing).toEqual(known ?? { ours: [], theirs: [] });
        if (known) return;
        expect(end(theirs)).toEqual(end(ours));
        // Which of several branches goes first is left to chance there.
        if (!/"Type": "(Parallel|Map)"/.test(definition) || definition.includes('"MaxConcurrency": 1')) {
          expect(theirs.events.map((event) => placed(event))).toEqual(ours.events.map((event) => placed(event)));
        }
      },
      30_000,
    );
  });

  test('every explained difference is of a state machine that is run', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(KNOWN)));
  });
}

/** With every time about a thirtieth, and 1 s at least: the interpreter waits in real time. */
function hastened({ definition, expected }: { definition: string; expected: Expected }) {
  const shorter = (seconds: string | number) => Math.max(1, Math.round(Number(seconds) / 30));
  const input = expected.input as JsonObject;
  return {
    definition: definition.replace(
      /"((?:Timeout|Heartbeat)?Seconds)": (\d+)/g,
      (_, field: string, seconds: string) => `"${field}": ${shorter(seconds)}`,
    ),
    expected: {
      ...expected,
      input: {
        ...input,
        ...(typeof input['s'] === 'number' && { s: 1 }),
        ...(typeof input['limit'] === 'number' && { limit: 1 }),
      },
    },
  };
}

const end = ({ status, output, error }: Run) => ({ status, output: withoutOwn(output), error });

/** What a Map's end follows is told in docs/engine-differences.md. */
const MAP_ENDS: readonly (string | undefined)[] = ['MapStateSucceeded', 'MapStateExited'];

const placed = (event: HistoryEvent) => [
  event.id,
  MAP_ENDS.includes(event.type) ? undefined : event.previousEventId,
  told(event),
];

/** Types of the events that `others` have no equal of, one for one, in order. */
function without(events: readonly HistoryEvent[], others: readonly HistoryEvent[]): string[] {
  const left = others.map((event) => told(event));
  return events
    .filter((event) => {
      const at = left.indexOf(told(event));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .map((event) => event.type!);
}

/** What two histories must agree on: neither the words of causes nor names of places and tokens. */
function told(event: HistoryEvent): string {
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1] as JsonObject | undefined;
  const { name, index, length, error, resource, resourceType, timeoutInSeconds, heartbeatInSeconds } = details ?? {};
  const data = [details?.['input'], details?.['output'], details?.['parameters']].map((text) =>
    typeof text === 'string' ? withoutOwn(JSON.parse(text)) : undefined,
  );
  const numbers = [index, length, timeoutInSeconds, heartbeatInSeconds];
  return JSON.stringify([
    event.type,
    name,
    error,
    resource,
    resourceType,
    numbers,
    data,
    details?.['assignedVariables'],
  ]);
}

/** Members in order, and neither tokens, instants nor the causes of what a program itself found wrong. */
function withoutOwn(data: unknown): unknown {
  if (Array.isArray(data)) return data.map((part) => withoutOwn(part));
  if (typeof data === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(data)) return 'an instant';
  if (data === null || typeof data !== 'object') return data;
  const { Error: error } = data as JsonObject;
  const found = typeof error === 'string' && error.startsWith('States.');
  return Object.fromEntries(
    Object.entries(data)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => {
        if (key === 'token') return [key, 'a token'];
        return [key, key === 'Cause' && found ? 'a cause' : withoutOwn(value)];
      }),
  );
}
