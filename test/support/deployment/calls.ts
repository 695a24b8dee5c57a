/** What an AWS request asks for, as IAM sees it: read off the wire. */
import type { IncomingHttpHeaders } from 'node:http';

import { ACCOUNT, functionArn, REGION } from './template.ts';

/** An action on a resource, with what a policy's conditions can ask of it. */
export interface Call {
  /** The function, or `Workflow` for the state machine's own role, or `Auditor`. */
  readonly principal: string;
  /** Such as `dynamodb:PutItem`. */
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  body: Buffer;
}

type Asked = Omit<Call, 'principal'>;
type Fields = Record<string, unknown>;

/** Whose credentials signed the request, and for which service: the access key is the function's name. */
export function credential({ headers }: WireRequest): { principal: string; service: string } {
  const found = /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  if (!found) throw new TypeError('The request is not signed.');
  return { principal: found[1]!, service: found[2]! };
}

/** @param status of the answer: where a key is missing, S3 says so only to who may list. */
export function asked(service: string, request: WireRequest, status: number): Asked[] {
  const [, operation = ''] = /\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? '')) ?? [];
  switch (service) {
    case 's3':
      return ofS3(request, status);
    case 'lambda':
      return ofLambda(request);
    case 'dynamodb': {
      const { TableName, IndexName, ...input } = json(request) as { TableName: string; IndexName?: string };
      const index = IndexName === undefined ? '' : `/index/${IndexName}`;
      const resource = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TableName}${index}`;
      return [{ action: `dynamodb:${operation}`, resource, context: dynamoDbContext(input) }];
    }
    case 'kms': {
      const { KeyId, EncryptionContext = {} } = json(request) as {
        KeyId: string;
        EncryptionContext?: Record<string, string>;
      };
      const pairs = Object.entries(EncryptionContext);
      const context = {
        ...(pairs.length > 0 && { 'kms:EncryptionContextKeys': pairs.map(([name]) => name) }),
        ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]])),
      };
      return [{ action: `kms:${operation}`, resource: KeyId, context }];
    }
    case 'events':
      return (json(request) as { Entries: { EventBusName: string }[] }).Entries.map(({ EventBusName }) => ({
        action: `events:${operation}`,
        resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${EventBusName}`,
        context: {},
      }));
    case 'sqs': {
      const { QueueUrl } = json(request) as { QueueUrl: string };
      const resource = `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueUrl.split('/').at(-1)}`;
      return [{ action: `sqs:${operation}`, resource, context: {} }];
    }
    case 'states':
      return ofStepFunctions(operation, json(request));
    default:
      throw new TypeError(`Nothing here knows the service ${service}.`);
  }
}

const json = ({ body }: WireRequest): Fields => JSON.parse(body.toString()) as Fields;

/** docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
function dynamoDbContext({ Key, Item, Select, ProjectionExpression, ...query }: Fields): Call['context'] {
  // Of a query on an index, the leading key is the index's partition key, which our queries name `:pk`.
  const { ':pk': asked } = (query['ExpressionAttributeValues'] ?? {}) as { ':pk'?: { S?: string } };
  const { pk = asked } = (Key ?? Item ?? {}) as { pk?: { S?: string } };
  return {
    ...(pk?.S !== undefined && { 'dynamodb:LeadingKeys': [pk.S] }),
    ...(typeof Select === 'string' && { 'dynamodb:Select': [Select] }),
    ...(typeof ProjectionExpression === 'string' && { 'dynamodb:Attributes': ProjectionExpression.split(/,\s*/) }),
  };
}

function ofStepFunctions(operation: string, input: Fields): Asked[] {
  const action = `states:${operation}`;
  if (typeof input['executionArn'] === 'string') return [{ action, resource: input['executionArn'], context: {} }];
  // A token is of an execution, and an execution of the one state machine.
  if (typeof input['taskToken'] === 'string') {
    const resource = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:underwright-sandbox-workflow-underwriting`;
    return [{ action, resource, context: {} }];
  }
  const arn = String(input['stateMachineArn'] ?? input['stateMachineAliasArn'] ?? input['stateMachineVersionArn']);
  const parts = arn.split(':');
  const machine = parts.slice(0, 7).join(':');
  const [qualifier] = parts.slice(7);
  const context = { ...(qualifier !== undefined && { 'states:StateMachineQualifier': [qualifier] }) };
  if (qualifier === undefined || operation === 'StartExecution') return [{ action, resource: machine, context }];
  // Whether a version is authorised by its own ARN or by the state machine's, both must be allowed.
  return [machine, arn].map((resource) => ({ action, resource, context }));
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function ofS3({ method, url, headers }: WireRequest, status: number): Asked[] {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/');
  const key = rest.join('/');
  const resource = `arn:aws:s3:::${bucket}`;
  if (key === '') return [{ action: 's3:ListBucket', resource, context: {} }];
  const verb = method === 'PUT' ? 'Put' : 'Get';
  const object = { resource: `${resource}/${key}`, context: {} };
  if (searchParams.has('retention')) return [{ action: `s3:${verb}ObjectRetention`, ...object }];
  if (searchParams.has('legal-hold')) return [{ action: `s3:${verb}ObjectLegalHold`, ...object }];
  if (method === 'PUT') {
    const noneMatch = headers['if-none-match'];
    const context = {
      's3:ObjectCreationOperation': ['true'],
      ...(noneMatch !== undefined && { 's3:if-none-match': [noneMatch] }),
    };
    return [{ action: 's3:PutObject', resource: object.resource, context }];
  }
  if (method !== 'GET' && method !== 'HEAD') return [{ action: `s3:${method}`, ...object }];
  const version = searchParams.has('versionId') ? 'Version' : '';
  const read = { action: `s3:GetObject${version}`, ...object };
  return status === 404 ? [read, { action: 's3:ListBucket', resource, context: {} }] : [read];
}

function ofLambda({ method, url }: WireRequest): Asked[] {
  const { pathname, searchParams } = new URL(url, 'http://lambda');
  const [, byUrl] = /^\/function-url\/(\w+)/.exec(pathname) ?? [];
  if (byUrl !== undefined) {
    const resource = functionArn(byUrl);
    return [
      { action: 'lambda:InvokeFunctionUrl', resource, context: { 'lambda:FunctionUrlAuthType': ['AWS_IAM'] } },
      { action: 'lambda:InvokeFunction', resource, context: { 'lambda:InvokedViaFunctionUrl': ['true'] } },
    ];
  }
  const [, given = '', what = ''] = /^\/2015-03-31\/functions\/([^/]+)\/?(\w*)/.exec(pathname) ?? [];
  const name = decodeURIComponent(given).split(':').at(-1) ?? '';
  const qualifier = searchParams.get('Qualifier');
  const resource = `${functionArn(name)}${qualifier === null ? '' : `:${qualifier}`}`;
  const actions: Readonly<Record<string, string>> = {
    'POST invocations': 'InvokeFunction',
    'GET versions': 'ListVersionsByFunction',
    'DELETE ': 'DeleteFunction',
  };
  return [{ action: `lambda:${actions[`${method} ${what}`] ?? `${method} ${what}`}`, resource, context: {} }];
}
