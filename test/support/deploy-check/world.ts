import { setTimeout } from 'node:timers/promises';

import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

import { awsWorkStore } from '../../../adapters/aws/work-store.ts';
import { readSamples } from '../../../adapters/sample-applications.ts';
import { systemClock } from '../../../adapters/system-clock.ts';
import { contract as submitSamplesContract, submitSamples } from '../../../app/operations/submit-samples.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { FunctionName } from '../../../lambdas/functions.ts';
import { lendingOf, stageNamed } from '../../../stages/stage.ts';
import { localClient } from '../aws-servers.ts';
import { openAwsWorld } from '../aws-world.ts';
import type { WireRequest } from '../deployment/calls.ts';
import { FunctionError } from '../deployment/function-process.ts';
import { forward, json, lambda, startAws, type Answer, type Service } from '../deployment/servers.ts';
import { signedHeaders } from '../signed.ts';

/**
 * An account on this machine behind one address: moto has CloudFormation, CloudWatch, STS, KMS and the buckets of stacks;
 * the real functions decide over a DynamoDB, an evidence bucket and the embedded engine, as in `openAwsWorld`.
 * @param moto the address of moto.
 */
export async function openAccount(moto: string) {
  const cloudWatch = new CloudWatchClient(localClient(moto));
  const measure = async (name: string, values: Readonly<Record<string, number>>) => {
    const Dimensions = [{ Name: 'FunctionName', Value: name }];
    const MetricData = Object.entries(values).map(([MetricName, Value]) => ({ MetricName, Value, Dimensions }));
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData }));
  };
  const throttled = new Set<string>();
  // Lambda measures each call.
  const onCall = async (name: string, call: () => Promise<Json>): Promise<Json> => {
    const started = performance.now();
    try {
      return await call();
    } finally {
      const Throttles = throttled.delete(name) ? 3 : 0;
      await measure(name, { Invocations: 1, Duration: performance.now() - started, Throttles });
    }
  };
  const world = await openAwsWorld({ onCall });
  const { environment } = world;
  // A data folder has no SubmitSamples.
  const samples = readSamples('examples');
  const submit = submitSamples({
    samples: () => samples,
    functions: { invoke: (name, payload) => world.invoke(name as FunctionName, payload as JsonObject) },
    workStore: awsWorkStore({ client: world.dynamoDb, tableName: environment.WORK_TABLE }),
    clock: systemClock,
    wait: setTimeout,
    measure: () => {},
    lending: lendingOf(stageNamed('proof')),
  });
  const invoke = async (name: string, payload: unknown): Promise<Json> => {
    try {
      if (name === 'SubmitSamples') return await submit(submitSamplesContract.input.parse(payload));
      return await world.invoke(name as FunctionName, payload as JsonObject);
    } catch (error) {
      const { name, message } = error as Error;
      throw Object.assign(new FunctionError(message), { name });
    }
  };
  const functions = lambda(invoke, new Map(), new Set());
  const refused = new Set<string>();
  const services: Record<string, Service> = {
    dynamodb: { endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB },
    s3: {
      endpoint: moto,
      answer: (request) =>
        new RegExp(`^/${environment.EVIDENCE_BUCKET}[/?]`).test(request.url)
          ? forward(environment.AWS_ENDPOINT_URL_S3, request, undefined)
          : undefined,
    },
    kms: {
      endpoint: moto,
      // moto has the keys of stacks and their deletion, but makes no pair for a template's key: the other KMS signs.
      answer: (request) =>
        /\.(DescribeKey|ScheduleKeyDeletion|CreateKey)$/.test(String(request.headers['x-amz-target']))
          ? undefined
          : forward(environment.AWS_ENDPOINT_URL_KMS, request, undefined),
    },
    states: {
      endpoint: environment.AWS_ENDPOINT_URL_SFN,
      sign: (url, { headers, body }) =>
        signedHeaders({ service: 'states', url, body: body.toString(), headers: targetOf(headers) }),
    },
    lambda: { answer: (request) => (request.method === 'POST' ? functions(request) : json({ MemorySize: 512 })) },
  };
  // Any other service is moto's.
  const all = new Proxy(services, { get: (own, name: string) => refusing(own[name] ?? { endpoint: moto }, refused) });
  const aws = await startAws(all, () => []);
  return {
    ...world,
    /** Throttles the next call of a function three times. */
    throttled,
    /** Refuses an operation as IAM does: its name, such as `DeleteStack`, or the last part of its path. */
    refused,
    /** The environment of an operator. */
    operator: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    /** The settings of the auditor, as the workflow stack states them. */
    settings: Object.fromEntries(
      Object.entries(environment).filter(([name]) => /_(TABLE|BUCKET|KEY_ID)$|^STATE_MACHINE|^LENDING$/.test(name)),
    ) as Record<string, string>,
    async close() {
      await aws.close();
      await world.close();
      cloudWatch.destroy();
    },
  };
}
export type Account = Awaited<ReturnType<typeof openAccount>>;

/** The headers that name the operation. */
const targetOf = (headers: WireRequest['headers']) =>
  Object.fromEntries(['x-amz-target', 'content-type'].map((name) => [name, String(headers[name] ?? '')]));

function refusing(service: Service, refused: ReadonlySet<string>): Service {
  const isRefused = ({ url, headers, body }: WireRequest): boolean => {
    const operation = /[./](\w+)$/.exec(String(headers['x-amz-target'] ?? url))?.[1];
    return [...refused].some((action) => operation === action || body.includes(`Action=${action}&`));
  };
  const message = 'User: local is not authorized to perform this action.';
  const xml = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`;
  const denial = ({ body }: WireRequest): Answer =>
    body.includes('Action=')
      ? { status: 403, headers: { 'content-type': 'text/xml' }, body: xml }
      : { ...json({ __type: 'AccessDeniedException', message }), status: 400 };
  return { ...service, answer: (request) => (isRefused(request) ? denial(request) : service.answer?.(request)) };
}
