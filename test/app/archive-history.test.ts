import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { HistoryEvent, Ledger } from '../../adapters/ports.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { archiveHistory, redactTaskTokens } from '../../app/workflow/archive-history.ts';
import { awaitReview } from '../../app/workflow/await-review.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import type { Identity } from '../../domain/application/submission.ts';
import { keys } from '../../domain/projections/keys.ts';
import { statusOf } from '../../domain/status.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { Died, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { submissionOf } from '../support/submissions.ts';
import { end, finish, startWalk, walkAgain, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const TOKEN = 'AAAAKgAAAAIAAAAAAAAAAQ+/=token';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const event = (id: number, type: string, details: object = {}): HistoryEvent => ({
  id,
  previousEventId: id - 1,
  type,
  timestamp: `2026-01-05T12:00:0${id}.000Z`,
  ...details,
});

/** A history with a token at two depths of JSON text. */
function historyOf(input: unknown): HistoryEvent[] {
  const payload = { FunctionName: 'AwaitReview', Payload: { taskToken: TOKEN, stage: 'FULL' } };
  return [
    event(1, 'ExecutionStarted', { executionStartedEventDetails: { input: JSON.stringify(input) } }),
    event(2, 'TaskScheduled', { taskScheduledEventDetails: { parameters: JSON.stringify(payload) } }),
    event(3, 'TaskSubmitted', {
      taskSubmittedEventDetails: { output: JSON.stringify({ body: JSON.stringify(payload, null, 1) }) },
    }),
    event(4, 'ExecutionSucceeded'),
  ];
}

async function ended(
  history: HistoryEvent[],
  name = ID,
  executionArn = `arn:aws:states:us-east-1:000000000000:execution:underwriting:${name}--2`,
) {
  embedded.histories.set(executionArn, history);
  const input = CONTRACTS.ArchiveHistory.input.parse({
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn, name, status: 'SUCCEEDED' },
  });
  return CONTRACTS.ArchiveHistory.output.parse(await archiveHistory(embedded.ports)(input));
}

describe('an ended execution', () => {
  test('is kept whole but for its task tokens, once', async () => {
    const walk = await startWalk(embedded, submissionOf());
    await walk.call('ValidateApplication', {});
    const history = historyOf(walk.application);
    const kept = await ended(history, ID, walk.stepAt('Archive').executionArn);
    expect(kept.events).toBe(4);
    const opened = (await embedded.ports.evidence.open(ID, 'history', kept.evidence!)) as { events: HistoryEvent[] };
    expect(JSON.stringify(opened)).not.toContain(TOKEN);
    expect(opened.events.map(({ type }) => type)).toEqual(history.map(({ type }) => type));
    expect(opened.events[0]).toEqual(history[0]);
    embedded.ports.clock.advance(1000);
    expect(await ended(history, ID, walk.stepAt('Archive').executionArn)).toEqual(kept);
    // Another execution with the application's reference was rejected, and its history is nobody's.
    expect(await ended(history)).toEqual({ evidence: null, events: 0 });
    const entries = await embedded.ports.ledger.read(ID);
    expect(entries.filter(({ type }) => type === 'HISTORY_ARCHIVED')).toMatchObject([
      { occurredAt: '2026-01-05T12:00:04.000Z', body: { status: 'SUCCEEDED', events: 4, personalData: [] } },
    ]);
  });

  test('that was stopped before its first step is kept too', async () => {
    const { application } = await startWalk(embedded, submissionOf());
    const aborted = [...historyOf(application).slice(0, 1), event(2, 'ExecutionAborted')];
    expect(await ended(aborted)).toMatchObject({ events: 2, evidence: expect.any(String) });
  });

  test('is kept also when it was redriven after a reopening superseded it', async () => {
    const walked = await walkToPolicy(embedded, submissionOf());
    const { decision } = await finish(walked);
    await end(embedded, walked);
    const command = { applicationId: ID, decision: decision.evidence, why: 'REVIEW_REQUESTED', by: 'web.front-end' };
    const again = await walkAgain(embedded, walked, command);
    const history = historyOf(walked.walk.application);
    expect(await ended(history)).toEqual({ evidence: null, events: 0 });
    expect(await ended(history, `${ID}--r1`)).toEqual({ evidence: null, events: 0 });
    expect(await ended(history, `${ID}--r2`)).toEqual({ evidence: null, events: 0 });
    for (const { walk } of [walked, again]) {
      const { executionArn } = walk.stepAt('Archive');
      const name = executionArn.split(':').at(-1)!;
      expect(await ended(history, name, executionArn)).toMatchObject({ events: 4, evidence: expect.any(String) });
    }
  });

  test.each([
    ['the number', (identity: Identity) => identity.ssn, ['SSN', 'IDENTITY']],
    ['the surname', (identity: Identity) => identity.lastName.toUpperCase(), ['IDENTITY']],
    ['the date of birth', (identity: Identity) => identity.dateOfBirth, ['DATE_OF_BIRTH', 'IDENTITY']],
    ['somebody else’s e-mail', () => 'somebody@mail.example.com', ['EMAIL']],
    ['somebody else’s telephone', () => '(312) 555-0147', ['PHONE']],
  ])('with %s in it is kept, sealed, recorded and announced', async (_, leak, kinds) => {
    const submission = submissionOf();
    const walk = await startWalk(embedded, submission);
    await walk.call('ValidateApplication', {});
    const cause = JSON.stringify({ errorMessage: `refused ${leak(submission.applicant)}` });
    const history = [...historyOf(walk.application), event(5, 'TaskFailed', { taskFailedEventDetails: { cause } })];
    const executionArn = walk.stepAt('Archive').executionArn;
    const kept = await ended(history, ID, executionArn);
    expect(await ended(history, ID, executionArn)).toEqual(kept);
    expect(await embedded.ports.evidence.open(ID, 'history', kept.evidence!)).toMatchObject({
      events: redactTaskTokens(history),
    });
    const archived = (await embedded.ports.ledger.read(ID)).filter(({ type }) => type === 'HISTORY_ARCHIVED');
    expect(archived).toMatchObject([{ body: { personalData: kinds } }]);
    const told = (await embedded.ports.events.read()).map((each) => each.event);
    const findings = told.filter(({ type }) => type === 'PersonalDataInHistory');
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
    expect(findings[0]?.detail).toEqual({ applicationId: ID, executionArn, kinds });
    expect(embedded.bytes()).not.toContain(leak(submission.applicant));
  });

  const reported = async () =>
    (await embedded.ports.events.read())
      .map(({ event: told }) => told)
      .filter(({ type }) => type === 'RecordsNeedAttention');

  test.each([
    ['an unknown application', { applicationId: 'unknown-0001', digest: 'a'.repeat(64) }, 'unknown-0001'],
    ['a digest that intake did not give', { applicationId: ID, digest: 'a'.repeat(64) }, ID],
    ['personal data for an input', { ssn: '900-01-0000' }, ID],
    ['no JSON for an input', undefined, ID],
  ])('with %s is not archived, and is reported without its input', async (_, input, name) => {
    await startWalk(embedded, submissionOf());
    const before = embedded.rows('evidence_objects').length;
    const history = historyOf(input);
    expect(await ended(history, name)).toEqual({ evidence: null, events: 0 });
    expect(await ended(history, name)).toEqual({ evidence: null, events: 0 });
    expect(embedded.rows('evidence_objects')).toHaveLength(before);
    const told = await reported();
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    const about = `arn:aws:states:us-east-1:000000000000:execution:underwriting:${name}--2, started 2026-01-05T12:00:01.000Z`;
    expect(told[0]?.detail).toEqual({
      findings: [{ applicationId: null, kind: 'EXECUTION_INPUT_UNKNOWN', about }],
    });
    expect(embedded.bytes()).not.toContain('900-01-0000');
  });

  test('with the reference of an application and another name is reported, and a name with a number is withheld', async () => {
    const { application } = await startWalk(embedded, submissionOf());
    const name = 'ssn-900-01-0000';
    const arn = `arn:aws:states:us-east-1:000000000000:execution:underwriting:${name}`;
    expect(await ended(historyOf(application), name, arn)).toEqual({ evidence: null, events: 0 });
    expect(JSON.stringify((await reported()).map(({ detail }) => detail))).toContain(
      'execution:underwriting:(name withheld), started 2026-01-05T12:00:01.000Z',
    );
    expect(embedded.bytes()).not.toContain('900-01-0000');
  });

  test('of a stranger who holds the reference is not reported', async () => {
    const { application } = await startWalk(embedded, submissionOf());
    expect(await ended(historyOf(application), `${ID}--r1`)).toEqual({ evidence: null, events: 0 });
    expect(await reported()).toEqual([]);
  });
});

describe('an execution that was stopped in review', () => {
  /** Waits for a review with `token-1`, and was stopped. Its redrive calls the same task with `token-2`. */
  async function stopped() {
    const { walk, policy } = await walkToPolicy(embedded, submissionOf());
    const step = walk.stepAt('AwaitReview');
    const { executionArn } = step;
    const called = { application: walk.application, step, policy: policy!.evidence, stage: 'FULL', failure: null };
    const open = async (taskToken: string, escalation = 0) => {
      embedded.open.add(taskToken);
      const input = CONTRACTS.AwaitReview.input.parse({ ...called, taskToken, escalation });
      await awaitReview(embedded.ports)(input);
    };
    const scheduled = (id: number, taskToken: string) =>
      event(id, 'TaskScheduled', { taskScheduledEventDetails: { parameters: JSON.stringify({ taskToken }) } });
    const [started] = historyOf(walk.application);
    const history = [started!, scheduled(2, 'token-1'), event(3, 'ExecutionAborted')];
    const redriven = [...history, event(4, 'ExecutionRedriven'), scheduled(5, 'token-2')];
    await open('token-1');
    embedded.histories.set(executionArn, history);
    const redrive = async () => {
      embedded.histories.set(executionArn, redriven);
      await open('token-2');
    };
    const archiveWith = (over: object = {}) =>
      archiveHistory({ ...embedded.ports, ...over })(
        CONTRACTS.ArchiveHistory.input.parse({
          'detail-type': 'Step Functions Execution Status Change',
          detail: { executionArn, name: ID, status: 'ABORTED' },
        }),
      );
    return { open, redrive, redriven, executionArn, archiveWith };
  }

  /** The ledger, and what happens right before it appends the archive. */
  function archiving(act: () => Promise<void> | void): { ledger: Ledger } {
    const { ledger } = embedded.ports;
    const append: Ledger['append'] = async (appended) => {
      if (appended.type === 'HISTORY_ARCHIVED') await act();
      return ledger.append(appended);
    };
    return { ledger: { ...ledger, append } };
  }

  const shown = async () => {
    const entries = await embedded.ports.ledger.read(ID);
    const row = async ({ pk, sk }: { pk: string; sk: string }) => (await embedded.ports.workStore.get(pk, sk))?.data;
    return {
      entries: entries.slice(entries.findIndex(({ type }) => type === 'REVIEW_AWAITED') + 1).map(({ type }) => type),
      status: statusOf(entries)!.status,
      summary: (await row(keys.summary(ID)))?.['status'],
      token: (await row(keys.task(ID)))?.['taskToken'],
      ended: (await row(keys.ended(ID))) !== undefined,
    };
  };
  const RESUMED = {
    entries: ['HISTORY_ARCHIVED', 'TASK_RESUMED'],
    status: 'IN_REVIEW',
    summary: 'IN_REVIEW',
    token: 'token-2',
    ended: false,
  };

  test('is queued for operators without its task', async () => {
    const { archiveWith } = await stopped();
    expect((await archiveWith()).events).toBe(3);
    expect(await shown()).toEqual({
      entries: ['HISTORY_ARCHIVED'],
      status: 'ENDED',
      summary: 'ENDED',
      token: undefined,
      ended: true,
    });
  });

  test('and redriven before its history is read is not archived, and its task waits', async () => {
    const { redrive, archiveWith } = await stopped();
    await redrive();
    expect(await archiveWith()).toEqual({ evidence: null, events: 0 });
    expect(await shown()).toEqual({ ...RESUMED, entries: [] });
  });

  test('and redriven before its archive is appended keeps the newer task, which takes its answer', async () => {
    const { redrive, archiveWith } = await stopped();
    const archived = await archiveWith(archiving(redrive));
    expect(archived.events).toBe(3);
    expect(await shown()).toEqual(RESUMED);
    // Another delivery of the event comes to the same.
    expect(await archiveWith()).toEqual(archived);
    expect(await shown()).toEqual(RESUMED);
    const entries = await embedded.ports.ledger.read(ID);
    expect(await entryFaults(embedded.ports as unknown as Records, entries)).toEqual([]);
    const task = entries.find(({ type }) => type === 'REVIEW_AWAITED');
    const answer = { action: 'APPROVE', note: 'On the terms of the policy.' };
    const answered = await completeTask(embedded.ports)({ applicationId: ID, task: task!.id, by: 'r.vega', ...answer });
    expect(answered).toMatchObject({ result: 'COMPLETED' });
    expect(embedded.answered.map(({ taskToken }) => taskToken)).toEqual(['token-2']);
  });

  test('and redriven before its archive is appended loses no task to a process that dies after the append', async () => {
    const { redrive, archiveWith } = await stopped();
    const redriving = archiving(redrive);
    const append: Ledger['append'] = async (appended) => {
      await redriving.ledger.append(appended);
      throw new Died('The process died.');
    };
    await expect(archiveWith({ ledger: { ...redriving.ledger, append } })).rejects.toThrow(Died);
    expect((await archiveWith()).events).toBe(3);
    expect(await shown()).toEqual(RESUMED);
  });

  test('and redriven before its task is called again loses the task whose token is spent', async () => {
    const { open, executionArn, redriven, archiveWith } = await stopped();
    await archiveWith(
      archiving(() => {
        embedded.histories.set(executionArn, redriven.slice(0, -1));
      }),
    );
    expect(await shown()).toEqual({ ...RESUMED, token: undefined });
    await open('token-2');
    expect(await shown()).toEqual(RESUMED);
  });

  test('and redriven to a later task resumes none, however often its end is delivered', async () => {
    const { open, executionArn, redriven, archiveWith } = await stopped();
    await archiveWith();
    embedded.histories.set(executionArn, redriven);
    await open('token-2', 1);
    await archiveWith();
    expect(await shown()).toEqual({ ...RESUMED, entries: ['HISTORY_ARCHIVED', 'REVIEW_AWAITED'] });
  });

  test('and redriven while it is queued for operators is taken off their queue', async () => {
    const { redrive, archiveWith } = await stopped();
    const { workStore } = embedded.ports;
    let left = 1;
    const create: typeof workStore.create = async (item) => {
      if (item.sk === keys.ended(ID).sk && item.pk === keys.ended(ID).pk && left-- > 0) await redrive();
      return workStore.create(item);
    };
    await archiveWith({ workStore: { ...workStore, create } });
    expect(await shown()).toEqual(RESUMED);
  });
});

test('a history without tokens is left as it is', () => {
  const history = [event(1, 'TaskScheduled', { parameters: '{"note":"taskToken is a word"}' })];
  expect(redactTaskTokens(history)).toEqual(history);
});
