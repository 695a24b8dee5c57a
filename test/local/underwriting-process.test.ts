import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readPullLog } from '../../adapters/bureaus/simulator/pull-log.ts';
import { readSummary } from '../../app/work-items.ts';
import { receivedDigest } from '../../app/workflow/start-execution.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { openRecords } from '../../cli/open-records.ts';
import { verifyRecords } from '../../cli/verify-records.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { namesOfKind, type FunctionName } from '../../lambdas/functions.ts';
import type { LambdaHandler } from '../../lambdas/handler.ts';
import { openUnderwriting, STATE_MACHINE_ARN, type UnderwritingProcess } from '../../local/underwriting-process.ts';
import { underwright } from '../cli/program.ts';
import { calledContact } from '../support/clearances.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';

/** Above the first interval of a Retry, 1 s. */
const RETRY_MS = 1_500;

/**
 * Replaces functions of a process by ones whose first call does its work and then fails as Lambda reports a killed function.
 * @returns how often each was called; it puts the functions back.
 */
function killedOnce({ functions }: UnderwritingProcess, names: readonly FunctionName[]) {
  const calls: Partial<Record<FunctionName, number>> = {};
  const whole = { ...functions };
  const failing = names.map((name): [FunctionName, LambdaHandler] => [
    name,
    async (event, context) => {
      const answer = await whole[name](event, context);
      calls[name] = (calls[name] ?? 0) + 1;
      if (calls[name] > 1) return answer;
      throw Object.assign(new Error(name), { name: 'Runtime.ExitError' });
    },
  ]);
  Object.assign(functions, Object.fromEntries(failing));
  return () => {
    Object.assign(functions, whole);
    return calls;
  };
}

describe('the underwriting process', () => {
  let folder: string;
  let underwriting: UnderwritingProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'underwright-'));
    underwriting = await openUnderwriting({ folder, bureauTimeoutMs: 200 });
  });
  afterAll(async () => {
    await underwriting.close();
    rmSync(folder, { recursive: true });
  });

  const submit = async (applicationId: string, ssn: string) => {
    const answer = await underwriting.invoke(
      'IntakeApplication',
      submissionNow({ applicationId, applicant: identityOf({ ssn }) }),
    );
    expect(answer).toMatchObject({ result: 'ACCEPTED' });
    await underwriting.engine.drain();
  };
  const order = async (applicationId: string, action: string, more: object = {}, result = 'COMPLETED') => {
    const note = 'Ordered by a test of the process.';
    const { pk, sk } = keys.task(applicationId);
    const task = (await underwriting.embedded.workStore.get(pk, sk))?.data['eventId'] ?? 'none';
    const command = { applicationId, task, by: 'r.vega', action, note, ...more };
    const answer = await underwriting.invoke('CompleteTask', command);
    expect(answer).toMatchObject({ result });
    await underwriting.engine.drain();
  };
  const types = async (applicationId: string) =>
    (await underwriting.embedded.ledger.read(applicationId)).map(({ type }) => type);

  test('decides an application and archives its history', async () => {
    await submit('process-approve-1', '900-01-0005');
    expect(await types('process-approve-1')).toEqual([
      'APPLICATION_RECEIVED',
      'APPLICATION_VALIDATED',
      'APPLICANTS_SCREENED',
      'PRE_BUREAU_POLICY_APPLIED',
      'BUREAU_REPORT_PULLED',
      'APPLICATION_SCORED',
      'POLICY_APPLIED',
      'DECISION_RECORDED',
      'NOTICES_ISSUED',
      'HISTORY_ARCHIVED',
    ]);
  });

  test('decides an application of which every step but the pull was killed once after its work', async () => {
    const steps = namesOfKind('step').filter((name) => name !== 'PullBureauReport');
    const calls = killedOnce(underwriting, steps);
    await submit('process-killed', '900-01-0008');
    await underwriting.engine.drain(RETRY_MS);
    expect(calls()).toEqual(Object.fromEntries(steps.map((name) => [name, 2])));
    expect(await types('process-killed')).toEqual(await types('process-approve-1'));
    expect(await readSummary(underwriting.embedded.workStore, 'process-killed')).toMatchObject({ outcome: 'APPROVE' });
  });

  test('puts an application before a reviewer once, though AwaitReview was killed after it had done so', async () => {
    const calls = killedOnce(underwriting, ['AwaitReview']);
    await submit('process-waits', '900-70-0008');
    await underwriting.engine.drain(RETRY_MS);
    expect(calls()).toEqual({ AwaitReview: 2 });
    expect((await types('process-waits')).filter((type) => type === 'REVIEW_AWAITED')).toHaveLength(1);
    await order('process-waits', 'CLEAR', {
      clears: ['FRAUD_ALERT'],
      clearances: [calledContact('FRAUD_ALERT')],
    });
    expect(await readSummary(underwriting.embedded.workStore, 'process-waits')).toMatchObject({ outcome: 'APPROVE' });
  });

  test('holds an unreadable report, and pulls again only because a reviewer orders it', async () => {
    await submit('process-unreadable', '900-80-0001');
    await order('process-unreadable', 'RESUME');
    await order('process-unreadable', 'REFER');
    const pulls = async () =>
      (await readPullLog(underwriting.embedded.bureauLog)).filter(
        ({ posted, scenario }) => posted && scenario === 'UNREADABLE',
      );
    expect(await pulls()).toHaveLength(1);
    await order('process-unreadable', 'REPULL', { confirmSecondInquiry: 'REPORT_LOST' });
    expect(await pulls()).toHaveLength(2);
  });

  test('takes the posted report after an unreadable one, and neither declines for it nor pulls a second time', async () => {
    const id = 'process-unread-posted';
    await submit(id, '900-80-0002');
    const { embedded } = underwriting;
    const posted = async () => (await readPullLog(embedded.bureauLog)).filter((pull) => pull.posted).length;
    const before = await posted();
    await order(id, 'REFER');
    await order(id, 'TAKE_POSTED');
    await order(id, 'REFER');
    // The lender's own failure supports no decline.
    await order(id, 'DECLINE', { ownReason: 'The report could not be read' }, 'REJECTED');
    expect(await posted()).toBe(before);
    const records = await openRecords({ data: folder });
    try {
      expect((await verifyApplication(records, id))?.faults).toEqual([]);
      const { rows } = await verifyRecords(records);
      expect(rows.filter(({ applicationId }) => applicationId === id)).toEqual([]);
    } finally {
      records.close();
    }
  });

  test('takes the report of an ambiguous pull, posts no second inquiry, and verifies', async () => {
    const id = 'process-ambiguous';
    await submit(id, '900-50-0000');
    const { embedded } = underwriting;
    const slow = async () =>
      (await readPullLog(embedded.bureauLog)).filter(({ posted, scenario }) => posted && scenario === 'SLOW');
    expect(await slow()).toHaveLength(1);
    await order(id, 'TAKE_POSTED');
    expect(await slow()).toHaveLength(1);
    const pulls = (await embedded.ledger.read(id)).filter(({ type }) => type === 'BUREAU_REPORT_PULLED');
    expect(pulls.map((entry) => readBody(entry, 'BUREAU_REPORT_PULLED').output)).toMatchObject([
      { status: 'AMBIGUOUS' },
      { status: 'HIT' },
    ]);
    expect(await types(id)).toContain('DECISION_RECORDED');
    const records = await openRecords({ data: folder });
    try {
      expect((await verifyApplication(records, id))?.faults).toEqual([]);
    } finally {
      records.close();
    }
    expect(await underwright('replay', id, '--data', folder)).toMatchObject({ code: 0 });
  });

  test('decides again though a stranger tried the name of the reopening before', async () => {
    await submit('process-reopened', '900-01-0006');
    const { workStore, ledger } = underwriting.embedded;
    const [received] = await ledger.read('process-reopened');
    const input = JSON.stringify({ applicationId: 'process-reopened', digest: receivedDigest(received!) });
    const name = 'process-reopened--r1';
    await underwriting.engine.startExecution({ stateMachineArn: STATE_MACHINE_ARN, name, input });
    await underwriting.engine.drain();
    const decided = (await ledger.read('process-reopened')).find(({ type }) => type === 'DECISION_RECORDED');
    const command = {
      applicationId: 'process-reopened',
      decision: readBody(decided!, 'DECISION_RECORDED').evidence[0]?.address ?? '',
      why: 'REVIEW_REQUESTED',
      by: 'web.front-end',
    };
    expect(await underwriting.invoke('ReopenApplication', command)).toMatchObject({
      result: 'REOPENED',
      executionArn: expect.stringMatching(/:process-reopened--r1--2$/),
    });
    await underwriting.engine.drain();
    expect(await readSummary(workStore, 'process-reopened')).toMatchObject({ status: 'IN_REVIEW', reopening: 1 });
    expect(await underwriting.invoke('ReopenApplication', command)).toMatchObject({ repeated: true });
    await order('process-reopened', 'APPROVE');
    expect((await types('process-reopened')).slice(-3)).toEqual([
      'DECISION_RECORDED',
      'NOTICES_ISSUED',
      'HISTORY_ARCHIVED',
    ]);
  });

  test('finds no fault with a stranger that ended while the decision was reopened', async () => {
    const id = 'process-outpaced';
    await submit(id, '900-01-0007');
    const { ledger } = underwriting.embedded;
    const entries = await ledger.read(id);
    const name = `${id}--r1--2`;
    const input = JSON.stringify({ applicationId: id, digest: receivedDigest(entries[0]!) });
    const { executionArn } = await underwriting.engine.startExecution({
      stateMachineArn: STATE_MACHINE_ARN,
      name,
      input,
    });
    await underwriting.engine.drain();
    const decided = entries.find(({ type }) => type === 'DECISION_RECORDED');
    const { evidence } = readBody(decided!, 'DECISION_RECORDED');
    const decision = evidence[0]?.address ?? '';
    await ledger.append(
      ledgerEvent({
        id: `decisions/${decision}/closed`,
        applicationId: id,
        type: 'DECISION_REOPENED',
        occurredAt: new Date().toISOString(),
        actor: 'web.front-end',
        body: { number: 1, why: 'REVIEW_REQUESTED', note: null, affectedBy: null, consent: null, evidence },
      }),
    );
    await underwriting.invoke('ArchiveHistory', {
      'detail-type': 'Step Functions Execution Status Change',
      detail: { executionArn, name, status: 'FAILED' },
    });
    const command = { applicationId: id, decision, why: 'REVIEW_REQUESTED', by: 'web.front-end' };
    expect(await underwriting.invoke('ReopenApplication', command)).toMatchObject({ repeated: true });
    await underwriting.engine.drain();
    expect((await types(id)).filter((type) => type === 'HISTORY_ARCHIVED')).toHaveLength(2);
    const records = await openRecords({ data: folder });
    try {
      expect((await verifyApplication(records, id))?.faults).toEqual([]);
    } finally {
      records.close();
    }
  });

  test('is alone on its data folder', async () => {
    await expect(openUnderwriting({ folder })).rejects.toThrow(/Another Underwright process is running/);
  });
});
