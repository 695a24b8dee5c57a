import { setTimeout as pause } from 'node:timers/promises';

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';

import type { JsonObject } from '../../domain/json.ts';
import { STATE_MACHINE_ARN } from '../../local/underwriting-process.ts';
import { folderClient } from '../support/signed.ts';
import type { CrashCase } from './applications.ts';

/** What the front end was told and may rely on. */
interface Acknowledged {
  readonly digest: string;
  readonly receivedAt: string;
  readonly executionArn: string;
}

/** What front end and reviewers know: it outlives every process that is killed. */
export interface Outside {
  readonly cases: Map<string, CrashCase>;
  readonly acknowledged: Map<string, Acknowledged>;
  /** Commands sent and not answered, with the last event that was seen before. */
  readonly unanswered: Map<string, { readonly command: JsonObject; readonly event: number }>;
  /** Answers that no client should ever get. */
  readonly faults: string[];
}

export function outside(): Outside {
  return { cases: new Map(), acknowledged: new Map(), unanswered: new Map(), faults: [] };
}

/** How often a person orders a new pull for one application whose pull is ambiguous. */
const MAX_REPULLS = 2;
const IN_FLIGHT = 6;

export interface Clients {
  /** Sends what is not acknowledged, and now and then what is. */
  submit(random: () => number): Promise<void>;
  /** Answers whatever waits. @returns whether every application has ended or is left waiting. */
  review(): Promise<boolean>;
  close(): void;
}

/** A front end and the reviewers, over the AWS SDK, against one life of the process. */
export function clients(endpoint: string, folder: string, known: Outside): Clients {
  const settings = folderClient(endpoint, folder);
  const lambda = new LambdaClient(settings);
  const workflows = new SFNClient(settings);

  async function invoke(name: string, payload: JsonObject): Promise<JsonObject> {
    const { Payload, FunctionError } = await admitted(() =>
      lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) })),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as JsonObject;
    if (FunctionError) known.faults.push(`${name} failed: ${JSON.stringify(answer['errorType'])}`);
    return answer;
  }

  async function submitOne(applicationId: string, submission: JsonObject): Promise<void> {
    const answer = await invoke('IntakeApplication', submission);
    if (answer['result'] !== 'ACCEPTED') {
      known.faults.push(`${applicationId} was answered ${JSON.stringify(answer['result'])}`);
      return;
    }
    const { digest, receivedAt, executionArn } = answer as unknown as Acknowledged;
    const earlier = known.acknowledged.get(applicationId);
    if (earlier && (earlier.digest !== digest || earlier.receivedAt !== receivedAt)) {
      known.faults.push(`${applicationId} was acknowledged twice with different answers`);
    }
    known.acknowledged.set(applicationId, earlier ?? { digest, receivedAt, executionArn });
  }

  async function reviewOne(applicationId: string, executionArn: string): Promise<boolean> {
    const { events: [last] = [] } = await admitted(() =>
      workflows.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 })),
    );
    const event = last?.id ?? 0;
    const pending = known.unanswered.get(applicationId);
    if (pending && pending.event !== event) {
      if (last?.type === 'TaskSubmitted') known.unanswered.delete(applicationId);
    }
    if (last?.type !== 'TaskSubmitted') return false;
    const { events = [] } = await admitted(() =>
      workflows.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
    );
    const command = commandFor(applicationId, known.cases.get(applicationId), events);
    if (!command) return true;
    known.unanswered.set(applicationId, { command, event });
    await answerTask(applicationId, command);
    return false;
  }

  async function answerTask(applicationId: string, command: JsonObject): Promise<void> {
    const answer = await invoke('CompleteTask', command);
    // A refused command would be sent for ever.
    if (answer['result'] === 'REJECTED') {
      throw new Error(`${applicationId} refused a command: ${JSON.stringify(answer['errors'])}`);
    }
    known.unanswered.delete(applicationId);
  }

  return {
    async submit(random) {
      const due = [...known.cases].filter(([id]) => !known.acknowledged.has(id) || random() < 0.03);
      await eachOf(due, ([id, { submission }]) => submitOne(id, submission));
    },
    async review() {
      const { executions = [] } = await admitted(() =>
        workflows.send(
          new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE_ARN, statusFilter: 'RUNNING', maxResults: 1000 }),
        ),
      );
      const running = new Set(executions.map(({ name }) => name));
      // As a front end does: an order that was not answered is sent again, also when it has had its effect.
      const ended = [...known.unanswered].filter(([id]) => !running.has(id));
      await eachOf(ended, ([id, { command }]) => answerTask(id, command));
      const left = await eachOf(executions, ({ name = '', executionArn = '' }) => reviewOne(name, executionArn));
      return known.acknowledged.size === known.cases.size && left.every(Boolean);
    },
    close() {
      lambda.destroy();
      workflows.destroy();
    },
  };
}

/** Calls again what a busy process refused. A call that broke off is not repeated: its process is dead. */
async function admitted<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Error) || !/^(Throttling|TooManyRequests)Exception$/.test(error.name)) throw error;
      await pause(100);
    }
  }
}

interface SeenEvent {
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly taskScheduledEventDetails?: { readonly parameters?: string | undefined } | undefined;
  readonly stateExitedEventDetails?:
    | { readonly name?: string | undefined; readonly output?: string | undefined }
    | undefined;
}

/** The id of the task that was opened last, from what its function was called with. */
function taskOf(events: readonly SeenEvent[]): string {
  const parameters = events.findLast(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails?.parameters;
  const { Payload: called } = JSON.parse(parameters ?? '{}') as {
    Payload: { step: { executionArn: string; state: string; round: number }; escalation?: number; retryCount?: number };
  };
  const { executionArn, state, round } = called.step;
  return [executionArn, state, round, called.escalation ?? called.retryCount ?? 0].join('/');
}

/** What a person answers, from the history alone; undefined leaves the application waiting. */
function commandFor(
  applicationId: string,
  known: CrashCase | undefined,
  events: readonly SeenEvent[],
): JsonObject | undefined {
  const entered = events.findLast(({ type }) => type === 'TaskStateEntered');
  const waitsIn = entered?.stateEnteredEventDetails?.name;
  // A repeated command has the same instant.
  const at = entered?.timestamp?.toISOString() ?? '';
  const order = (command: JsonObject | undefined, by: string): JsonObject | undefined =>
    command && {
      applicationId,
      task: taskOf(events),
      by,
      ...command,
      clearances: ((command['clearances'] ?? []) as JsonObject[]).map((each) => ({ ...each, at })),
    };
  if (waitsIn === 'NeedsAttention') return order(known?.attention, 'o.perator');
  const exits = events.flatMap(({ stateExitedEventDetails: exit }) => (exit ? [exit] : []));
  const pulls = exits.filter(({ name }) => name === 'PullBureauReports');
  const reviews = exits.filter(({ name }) => name === 'AwaitReview').map(({ output }) => output ?? '');
  if (pulls.at(-1)?.output?.includes('"AMBIGUOUS"')) {
    // Some applicants are asked anew, the others stay with their reviewer.
    const mayRepull = applicationId.length % 2 === 0 && pulls.length <= MAX_REPULLS;
    return mayRepull
      ? order(
          { action: 'REPULL', confirmSecondInquiry: 'NOT_POSTED', note: 'The bureau has no record of it.' },
          'r.vega',
        )
      : undefined;
  }
  const judged = reviews.filter((output) => !output.includes('"REPULL"')).length;
  return order(known?.reviews?.[judged], 'r.vega');
}

/** Calls `work` for each, some at once. */
async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return results;
}
