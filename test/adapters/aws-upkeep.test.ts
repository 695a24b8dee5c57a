import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFauxqs } from 'fauxqs';

import { awsDeadLetters } from '../../adapters/aws/dead-letters.ts';
import { awsFunctions } from '../../adapters/aws/functions.ts';
import { awsVersions } from '../../adapters/aws/versions.ts';
import { readPullLog } from '../../adapters/bureaus/simulator/pull-log.ts';
import { FunctionFailed, StoreUnavailable, type Measure } from '../../adapters/ports.ts';
import { readSamples } from '../../adapters/sample-applications.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { submitSamples } from '../../app/operations/submit-samples.ts';
import type { Metric } from '../../domain/monitoring/metrics.ts';
import { openUnderwriting, type UnderwritingProcess } from '../../local/underwriting-process.ts';
import { lendingOf, stageNamed } from '../../stages/stage.ts';
import { localClient } from '../support/aws-servers.ts';
import { awsError, startStub, type StubAnswer } from '../support/aws-stub.ts';
import { temporaryDataFolder } from '../support/data-folder.ts';
import { lenderDate } from '../support/lender.ts';
import { folderClient } from '../support/signed.ts';

describe('Dead letters in SQS', () => {
  let server: Awaited<ReturnType<typeof startFauxqs>>;
  let client: SQSClient;
  let queueUrl: string;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
    client = new SQSClient(localClient(`http://127.0.0.1:${server.port}`));
    queueUrl = (await client.send(new CreateQueueCommand({ QueueName: 'letters' }))).QueueUrl ?? '';
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });
  const send = (body: string, attributes = {}) =>
    client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes: attributes }));
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:archive-history';

  test('are read as Lambda’s failure destination and EventBridge write them, and whatever else is there', async () => {
    await send(JSON.stringify({ requestContext: { functionArn: `${arn}:$LATEST` }, requestPayload: { detail: 1 } }));
    await send('{"source":"aws.states"}', { TARGET_ARN: { DataType: 'String', StringValue: arn } });
    await send('not JSON');
    const deadLetters = awsDeadLetters(client, queueUrl);
    const letters = await deadLetters.receive();
    expect(letters.map(({ functionName, payload }) => [functionName, payload])).toEqual(
      expect.arrayContaining([
        ['archive-history', { detail: 1 }],
        ['archive-history', { source: 'aws.states' }],
        [undefined, null],
      ]),
    );
    expect(await deadLetters.receive()).toEqual([]);
    for (const letter of letters) await deadLetters.remove(letter);
  });
});

describe('Versions in Step Functions and Lambda', () => {
  const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:underwriting';
  const version = (name: string, number: number) => `arn:aws:lambda:us-east-1:000000000000:function:${name}:${number}`;
  const definitions: Record<string, string> = {
    [MACHINE]: `{"A":"${version('apply', 3)}","B":"${version('score', 2)}"}`,
    [`${MACHINE}:2`]: `{"A":"${version('apply', 3)}","B":"${version('score', 2)}","C":"${version('apply', 3)}"}`,
    [`${MACHINE}:1`]: `{"A":"${version('apply', 1)}"}`,
  };
  const called: string[] = [];
  let stepFunctions: Awaited<ReturnType<typeof startStub>>;
  const lambda = createServer((request, response) => {
    called.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`);
    const name = /function:(\w+)/.exec(decodeURIComponent(request.url ?? ''))?.[1] ?? '';
    if (request.method === 'DELETE') {
      const known = !(request.url ?? '').includes('Qualifier=9');
      response.setHeader('x-amzn-errortype', 'ResourceNotFoundException');
      response.writeHead(known ? 204 : 404).end(known ? undefined : '{}');
      return;
    }
    const [more] = /Marker=next/.exec(request.url ?? '') ?? [];
    const Versions = (more ? ['2', '3'] : ['$LATEST', '1']).map((Version) => ({
      Version,
      FunctionArn: `${version(name, 0).slice(0, -1)}${Version}`,
    }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ Versions, ...(!more && { NextMarker: 'next' }) }));
  });
  let versions: ReturnType<typeof awsVersions>;
  const clients: { destroy(): void }[] = [];
  beforeAll(async () => {
    stepFunctions = await startStub((operation, input): StubAnswer => {
      called.push(operation);
      switch (operation) {
        case 'ListStateMachineVersions':
          return {
            body: {
              stateMachineVersions: [
                {
                  stateMachineVersionArn: input['nextToken'] ? `${MACHINE}:1` : `${MACHINE}:2`,
                  creationDate: 1_767_225_600,
                },
              ],
              ...(!input['nextToken'] && { nextToken: 'next' }),
            },
          };
        case 'DescribeStateMachine':
          return { body: { definition: definitions[input['stateMachineArn'] as string] ?? '' } };
        case 'DescribeStateMachineAlias':
          return { body: { routingConfiguration: [{ stateMachineVersionArn: `${MACHINE}:2`, weight: 100 }] } };
        case 'ListExecutions':
          return { body: { executions: input['stateMachineArn'] === `${MACHINE}:1` ? [] : [{ executionArn: 'arn' }] } };
        case 'DeleteStateMachineVersion':
          return { body: {} };
        default:
          return awsError('UnknownOperationException');
      }
    });
    await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
    const lambdaClient = new LambdaClient(localClient(`http://127.0.0.1:${(lambda.address() as AddressInfo).port}`));
    const stepFunctionsClient = new SFNClient(localClient(stepFunctions.endpoint));
    clients.push(lambdaClient, stepFunctionsClient);
    versions = awsVersions({ stepFunctions: stepFunctionsClient, lambda: lambdaClient, aliasArn: `${MACHINE}:live` });
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await stepFunctions.close();
    lambda.closeAllConnections();
    await new Promise((resolve) => lambda.close(resolve));
  });

  test('of the workflow come over all pages with the function versions that their definitions call', async () => {
    const found = await versions.workflowVersions();
    expect(found).toEqual([
      {
        arn: `${MACHINE}:2`,
        publishedAt: '2026-01-01T00:00:00.000Z',
        functionVersions: [version('apply', 3), version('score', 2)],
      },
      { arn: `${MACHINE}:1`, publishedAt: '2026-01-01T00:00:00.000Z', functionVersions: [version('apply', 1)] },
    ]);
    expect(await versions.routed()).toEqual([`${MACHINE}:2`]);
  });

  test('are asked for executions that run or wait to be redriven', async () => {
    expect(await versions.isRunning(`${MACHINE}:2`)).toBe(true);
    expect(await versions.isRunning(`${MACHINE}:1`)).toBe(false);
  });

  test('of functions come over all pages, without the unpublished one', async () => {
    expect(await versions.functionVersions()).toEqual(
      ['apply', 'score'].flatMap((name) => [1, 2, 3].map((number) => version(name, number))),
    );
  });

  test('are deleted by their number, and again without complaint', async () => {
    called.splice(0);
    await versions.deleteFunctionVersion(version('apply', 1));
    await versions.deleteFunctionVersion(version('apply', 9));
    await versions.deleteWorkflowVersion(`${MACHINE}:1`);
    expect(called.map((each) => each.replace(/^DELETE \S*function:apply/, 'DELETE apply'))).toEqual([
      'DELETE apply?Qualifier=1',
      'DELETE apply?Qualifier=9',
      'DeleteStateMachineVersion',
    ]);
  });
});

describe('Functions over the Lambda protocol', () => {
  const data = temporaryDataFolder();
  let underwriting: UnderwritingProcess;
  let client: LambdaClient;
  beforeAll(async () => {
    data.database.close();
    underwriting = await openUnderwriting({ folder: data.folder, bureauTimeoutMs: 50 });
    client = new LambdaClient(folderClient(underwriting.url, data.folder));
  });
  afterAll(async () => {
    client.destroy();
    await underwriting.close();
    data.remove();
  });

  interface Running {
    readonly embedded: UnderwritingProcess['embedded'];
    readonly lambda: LambdaClient;
  }
  const samples = readSamples('examples');
  const submit = (
    measure: Measure,
    { embedded, lambda }: Running = { embedded: underwriting.embedded, lambda: client },
  ) =>
    submitSamples({
      samples: () => samples,
      functions: awsFunctions(lambda),
      workStore: embedded.workStore,
      clock: systemClock,
      wait: () => new Promise((resolve) => setImmediate(resolve)),
      measure,
      lending: lendingOf(stageNamed('sandbox')),
    });
  const canary = async (sample: string, running?: Running) => {
    const measured: Metric[] = [];
    const run = submit((metrics) => void measured.push(...metrics), running);
    const { otherwise } = await run({ canary: true, samples: [sample] });
    return [otherwise, measured.find(({ name }) => name === 'CanaryAsExpected')?.value];
  };

  test('decide every sample as docs/deploy.md promises, and again answer as before', async () => {
    const promised = /"asExpected":(\d+),"otherwise":\[\]/.exec(readFileSync('docs/deploy.md', 'utf8'))?.[1];
    const answer = { asExpected: samples.size, otherwise: [] };
    expect(await submit(() => {})({})).toEqual(answer);
    expect(await submit(() => {})({})).toEqual(answer);
    expect(promised).toBe(String(samples.size));
  });

  test.each(['approve-lowest-rate', 'refer-approved'])(
    'decide the canary %s end to end, as expected',
    async (sample) => {
      expect(await canary(sample)).toEqual([[], 1]);
    },
  );

  test('decide the canary of production under its rules, and ask no bureau for the person who is none', async () => {
    const { sample } = stageNamed('production').canary;
    const lender = temporaryDataFolder();
    lender.database.close();
    const production = await openUnderwriting({
      folder: lender.folder,
      bureauTimeoutMs: 50,
      lending: lendingOf(stageNamed('production')),
    });
    const lambda = new LambdaClient(folderClient(production.url, lender.folder));
    try {
      // Production decides by approved policies alone.
      const { digest } = newestPolicy('personal-loan');
      const effective = lenderDate(new Date().toISOString());
      for (const [action, by] of [
        ['PROPOSE', 'a.author'],
        ['APPROVE', 'r.vega'],
      ] as const)
        expect(
          await production.invoke('GovernPolicy', { action, digest, effective, by, note: 'As it was backtested.' }),
        ).toMatchObject({ result: 'GOVERNED' });
      const { embedded } = production;
      expect(await canary(sample, { embedded, lambda })).toEqual([[], 1]);
      expect(await readPullLog(embedded.bureauLog)).toEqual([]);
    } finally {
      lambda.destroy();
      await production.close();
      lender.remove();
    }
  });

  test('that do not exist fail by name', async () => {
    await expect(awsFunctions(client).invoke('Missing', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test.each([
    ['LedgerConflict', FunctionFailed],
    ['StoreUnavailable', StoreUnavailable],
    ['Sandbox.Timedout', StoreUnavailable],
    ['Runtime.ExitError', StoreUnavailable],
  ])('that end in %s are told from those that answer, and from what a later call may get', async (ending, expected) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify({ errorType: ending }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const failing = new LambdaClient(localClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const error = await awsFunctions(failing)
      .invoke('intake', {})
      .catch((thrown: unknown) => thrown);
    failing.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(error).toBeInstanceOf(expected);
    expect((error as Error).message).toContain(ending);
  });
});
