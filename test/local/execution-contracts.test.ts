import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readAccessKey } from '../../adapters/embedded/access-key.ts';
import { receivedDigest } from '../../app/workflow/start-execution.ts';
import { pointers } from '../../cli/start.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { keys } from '../../domain/projections/keys.ts';
import {
  BATCH_MACHINE_ARN,
  openUnderwriting,
  STATE_MACHINE_ARN,
  type UnderwritingProcess,
} from '../../local/underwriting-process.ts';
import { callSigned, folderClient } from '../support/signed.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';

/** What must be in no file, and in no answer. */
const MARKERS = ['900-77-1234', '900771234', 'Zebulon'] as const;
const [SSN, DIGITS, NAME] = MARKERS;
const ID = 'contract-000001';
/** Waits for a reviewer: there is no file of this person. */
const WAITING = 'contract-000002';

let folder: string;
let underwriting: UnderwritingProcess;
let digest: string;
let taskToken: string;
beforeAll(async () => {
  // A path that a shell would take apart.
  folder = mkdtempSync(join(tmpdir(), "underwright it's "));
  underwriting = await openUnderwriting({ folder, bureauTimeoutMs: 200 });
  for (const [applicationId, ssn] of [
    [ID, '900-01-0005'],
    [WAITING, '900-10-0005'],
  ]) {
    const submission = submissionNow({ applicationId: applicationId!, applicant: identityOf({ ssn: ssn! }) });
    expect(await underwriting.invoke('IntakeApplication', submission)).toMatchObject({ result: 'ACCEPTED' });
  }
  await underwriting.engine.drain();
  digest = receivedDigest((await underwriting.embedded.ledger.read(ID))[0]!);
  const { pk, sk } = keys.task(WAITING);
  taskToken = (await underwriting.embedded.workStore.get(pk, sk))?.data['taskToken'] as string;
});
afterAll(async () => {
  await underwriting.close();
  rmSync(folder, { recursive: true });
});

const executionArn = (name: string) => STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:') + `:${name}`;

/** @returns the status and the name of the error, once nothing of the markers is in the answer. */
async function refusalOf(operation: string, request: Json): Promise<string> {
  const answer = await callSigned(underwriting.url, operation, JSON.stringify(request), readAccessKey(folder));
  const text = await answer.text();
  for (const marker of MARKERS) expect(text).not.toContain(marker);
  return `${answer.status} ${(JSON.parse(text) as { __type?: string }).__type ?? 'ANSWERED'}`;
}

/** Files of the data folder in which a marker is. */
function marked(): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile())
    .filter((name) => MARKERS.some((marker) => readFileSync(join(folder, name)).includes(marker)));
}

const executions = async (stateMachineArn: string) =>
  (await underwriting.engine.listExecutions({ stateMachineArn, maxResults: 1000 })).executions.map(({ name }) => name);

describe('StartExecution', () => {
  const person = { ssn: SSN, firstName: NAME };
  const inputs: [string, () => { name?: string; input?: string }][] = [
    [
      'an application in place of its reference',
      () => ({ name: ID, input: JSON.stringify({ applicationId: ID, applicant: person }) }),
    ],
    ['a reference and more', () => ({ name: ID, input: JSON.stringify({ applicationId: ID, digest, note: SSN }) })],
    [
      'a reference whose member is there twice',
      () => ({ name: ID, input: `{"applicationId":"${NAME}","applicationId":"${ID}","digest":"${digest}"}` }),
    ],
    [
      'a number in place of the digest',
      () => ({ name: ID, input: JSON.stringify({ applicationId: ID, digest: DIGITS.padEnd(64, '0') }) }),
    ],
    [
      'an application that is unknown',
      () => ({ name: 'unknown-0001', input: JSON.stringify({ applicationId: 'unknown-0001', digest }) }),
    ],
    [
      'a UUID that carries a number',
      () => {
        const applicationId = `${DIGITS.slice(0, 8)}-0000-4000-8000-000000000000`;
        return { name: applicationId, input: JSON.stringify({ applicationId, digest }) };
      },
    ],
    [
      'a name that carries a number',
      () => ({ name: `ssn-${SSN}`, input: JSON.stringify({ applicationId: ID, digest }) }),
    ],
    ['a name behind the id', () => ({ name: `${ID}--${NAME}`, input: JSON.stringify({ applicationId: ID, digest }) })],
    ['no name', () => ({ input: JSON.stringify({ applicationId: ID, digest }) })],
    ['a name that is none', () => ({ name: `${NAME} ${SSN}`, input: JSON.stringify({ applicationId: ID, digest }) })],
    ['no input', () => ({ name: NAME })],
    ['a text that is no JSON', () => ({ name: ID, input: `{"ssn":"${SSN}"` })],
    ['a text', () => ({ name: ID, input: JSON.stringify(SSN) })],
  ];

  test.each(inputs)('with %s stores nothing', async (_, request) => {
    const before = await executions(STATE_MACHINE_ARN);
    expect(await refusalOf('StartExecution', { stateMachineArn: STATE_MACHINE_ARN, ...request() })).toMatch(
      /^400 (InvalidExecutionInput|InvalidName)$/,
    );
    expect(await executions(STATE_MACHINE_ARN)).toEqual(before);
    expect(marked()).toEqual([]);
  });

  test('with the reference that intake gave is answered, under the names of the application alone', async () => {
    const input = JSON.stringify({ applicationId: ID, digest });
    for (const name of [`${ID}--2`, `${ID}--r1`, `${ID}--r1--2`]) {
      expect(await refusalOf('StartExecution', { stateMachineArn: STATE_MACHINE_ARN, name, input })).toBe(
        '200 ANSWERED',
      );
    }
    await underwriting.engine.drain();
  });

  test('is refused with an error that the SDK reads, and that says the way out', async () => {
    const client = new SFNClient(folderClient(underwriting.url, folder));
    try {
      await expect(
        client.send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name: ID, input: '{}' })),
      ).rejects.toMatchObject({
        name: 'InvalidExecutionInput',
        message: expect.stringContaining('Invoke IntakeApplication'),
      });
    } finally {
      client.destroy();
    }
  });

  const batch = { batchId: 'one', key: 'input/one.jsonl', format: 'JSONL' };
  test.each<[string, JsonObject, string]>([
    ['an application', { ...batch, applicant: { ssn: SSN } }, 'one'],
    ['a key that carries a number', { ...batch, key: `input/${SSN}.jsonl` }, 'one'],
    ['an id that carries a number', { ...batch, batchId: DIGITS }, 'one'],
    ['a policy that is a text', { ...batch, candidate: `${NAME} ${SSN}` }, 'one'],
    ['a name that carries a number', batch, `batch-${SSN}`],
  ])('of a batch with %s stores nothing', async (_, input, name) => {
    const request = { stateMachineArn: BATCH_MACHINE_ARN, input: JSON.stringify(input), name };
    expect(await refusalOf('StartExecution', request)).toMatch(/^400 (InvalidExecutionInput|InvalidName)$/);
    expect(await executions(BATCH_MACHINE_ARN)).toEqual([]);
    expect(marked()).toEqual([]);
  });
});

describe('No other call takes personal data into a history', () => {
  const waiting = executionArn(WAITING);
  const calls: [string, string, () => JsonObject][] = [
    ['an output', 'SendTaskSuccess', () => ({ taskToken, output: JSON.stringify({ action: 'APPROVE', note: SSN }) })],
    [
      'an output in which a member is there twice',
      'SendTaskSuccess',
      () => ({ taskToken, output: `{"action":"${NAME}","action":"APPROVE","evidence":"${'0'.repeat(64)}"}` }),
    ],
    ['a text as an output', 'SendTaskSuccess', () => ({ taskToken, output: JSON.stringify(SSN) })],
    ['the error of a task', 'SendTaskFailure', () => ({ taskToken, error: SSN })],
    ['the cause of a task', 'SendTaskFailure', () => ({ taskToken, error: 'Stopped', cause: NAME })],
    ['the error of an execution', 'StopExecution', () => ({ executionArn: waiting, error: DIGITS })],
    ['the cause of an execution', 'StopExecution', () => ({ executionArn: waiting, cause: `${NAME} asked for it` })],
    ['a task token', 'SendTaskSuccess', () => ({ taskToken: SSN, output: '{}' })],
    ['the heartbeat of a task', 'SendTaskHeartbeat', () => ({ taskToken: NAME })],
    ['the token of a redrive', 'RedriveExecution', () => ({ executionArn: waiting, clientToken: SSN })],
    ['an execution that is unknown', 'RedriveExecution', () => ({ executionArn: executionArn(SSN) })],
    ['an execution to describe', 'DescribeExecution', () => ({ executionArn: executionArn(NAME) })],
    ['an ARN that is none', 'DescribeExecution', () => ({ executionArn: `${NAME}:${SSN}` })],
    ['a state machine that is unknown', 'ListExecutions', () => ({ stateMachineArn: `${STATE_MACHINE_ARN}${NAME}` })],
    ['a page', 'ListExecutions', () => ({ stateMachineArn: STATE_MACHINE_ARN, nextToken: SSN })],
    ['a member that is unknown', 'ListStateMachines', () => ({ nextToken: 'x', [NAME]: SSN })],
    ['a status', 'ListExecutions', () => ({ stateMachineArn: STATE_MACHINE_ARN, statusFilter: SSN })],
    ['an operation', NAME, () => ({})],
  ];

  test.each(calls)('as %s (%s)', async (what, operation, request) => {
    const before = await underwriting.engine.history(waiting);
    const answer = await refusalOf(operation, request());
    if (what !== 'a member that is unknown') expect(answer).toMatch(/^400 /);
    expect(await underwriting.engine.history(waiting)).toEqual(before);
    expect(marked()).toEqual([]);
  });

  test('as a payload that a function refuses', async () => {
    const client = new LambdaClient(folderClient(underwriting.url, folder));
    const person = { ssn: SSN, firstName: NAME, by: SSN, note: `${NAME} ${SSN}`, applicationId: `ssn-${SSN}` };
    try {
      for (const FunctionName of [
        'IntakeApplication',
        'CompleteTask',
        'WorkCase',
        'NextCase',
        'AcceptOffer',
        'ReopenApplication',
        'SetSwitch',
        'GovernPolicy',
        'GovernModel',
        'SetLegalHold',
        'RequestForgetting',
        'SearchApplicant',
        'ForgetApplicants',
        'ReconcileRecords',
      ]) {
        for (const Payload of [JSON.stringify(person), JSON.stringify(SSN)]) {
          const { Payload: answer } = await client.send(new InvokeCommand({ FunctionName, Payload }));
          expect(answer?.transformToString()).toMatch(/REJECTED|errorType|CONFLICT|"/);
          for (const marker of MARKERS) expect(answer?.transformToString()).not.toContain(marker);
        }
        await expect(
          client.send(new InvokeCommand({ FunctionName, Payload: `{"ssn":"${SSN}"` })),
        ).rejects.toMatchObject({ name: 'InvalidRequestContentException', message: expect.not.stringContaining(SSN) });
      }
      await expect(client.send(new InvokeCommand({ FunctionName: NAME }))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: expect.not.stringContaining(NAME),
      });
    } finally {
      client.destroy();
    }
    expect(marked()).toEqual([]);
  });

  test('and a reviewer’s answer still takes the task on, as does an operator’s stop', async () => {
    const output = JSON.stringify({ action: 'CLEAR', evidence: 'f'.repeat(64) });
    expect(await refusalOf('SendTaskHeartbeat', { taskToken })).toBe('200 ANSWERED');
    expect(await refusalOf('StopExecution', { executionArn: waiting, error: 'Operator.Stop' })).toBe('200 ANSWERED');
    expect(await refusalOf('SendTaskSuccess', { taskToken, output })).toBe('400 TaskTimedOut');
  });
});

test('The variables that start prints are all that an SDK needs, also where others were set', async () => {
  const lines = pointers(underwriting.url, folder)
    .split('\n')
    .filter((line) => /^ +(unset|export) /.test(line));
  const script = `
    import { SFNClient, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
    import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
    const { stateMachines } = await new SFNClient().send(new ListStateMachinesCommand());
    const { StatusCode } = await new LambdaClient().send(
      new InvokeCommand({ FunctionName: 'SetSwitch', InvocationType: 'DryRun' }),
    );
    console.log(stateMachines.length, StatusCode);`;
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-c', `${lines.join('\n')}\nexec "$0" --input-type=module -e "$1"`, process.execPath, script],
    { env: { ...process.env, AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other', AWS_SESSION_TOKEN: 'other' } },
  );
  expect(stdout).toBe('2 204\n');
  expect(lines.join()).not.toContain(readAccessKey(folder).secretAccessKey);
});
