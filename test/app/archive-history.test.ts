import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { HistoryEvent } from '../../adapters/ports.ts';
import { archiveHistory, redactTaskTokens } from '../../app/workflow/archive-history.ts';
import type { Identity } from '../../domain/application/submission.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
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

test('a history without tokens is left as it is', () => {
  const history = [event(1, 'TaskScheduled', { parameters: '{"note":"taskToken is a word"}' })];
  expect(redactTaskTokens(history)).toEqual(history);
});
