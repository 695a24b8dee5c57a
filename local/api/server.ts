import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Engine, StepFunctionsError, functionNameOf, lambdaFailure } from '@underwright/asl-engine';
import * as z from 'zod';

import type { AccessKey } from '../../adapters/embedded/access-key.ts';
import type { Clock } from '../../adapters/ports.ts';
import { JSON_FAULTS, readJson } from '../../domain/json-text.ts';
import type { Json } from '../../domain/json.ts';
import type { Admission, Admitted } from './admission.ts';
import { overloaded, restKind, serveRest, type Invoke } from './rest.ts';
import { SignatureRefused, signatureVerifier, type Verifier } from './signature.ts';

/** Functions that the Lambda Invoke route calls, by name. */
type CallableFunctions = Readonly<Record<string, (payload: Json) => Promise<unknown>>>;

export interface ApiOptions {
  readonly engine: Engine;
  /** The key pair with which callers of Step Functions and Lambda sign. */
  readonly accessKey: AccessKey;
  /** Judges how old a signature is. */
  readonly clock: Clock;
  /** 0 takes a free port. @default 0 */
  readonly port?: number;
  /**
   * The address to listen on. `0.0.0.0` serves the published port of a container. Host names other than the loopback's are
   * refused there too. @default 127.0.0.1
   */
  readonly host?: string;
  /** @default none */
  readonly functions?: CallableFunctions;
  /** Calls the functions behind the routes of http/routes.ts. @default those routes are not served */
  readonly invoke?: Invoke;
  /** With it `/health?challenge=…` proves that this server, and no other on the port, knows it. @default no proof */
  readonly secret?: string;
  /** Refuses requests while the process has enough to do. @default none is refused */
  readonly admission?: Admission;
}

export interface Api {
  /** Such as `http://127.0.0.1:8083`: give it to clients as AWS_ENDPOINT_URL_SFN and AWS_ENDPOINT_URL_LAMBDA. */
  readonly endpoint: string;
  readonly port: number;
  /** Answers what is open, for some seconds at the most, then stops. */
  close(): Promise<void>;
}

class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLarge';
}

/** Lambda's limit on a payload, 6 MB, is the larger of the two services'. */
const MAX_REQUEST_BYTES = 6_291_556;

const arn = z.string().min(1).max(256);
const token = z.string().min(1).max(2048);
const error = z.string().max(256).optional();
const cause = z.string().max(32_768).optional();
const page = { maxResults: z.int().min(0).max(1000).optional(), nextToken: z.string().min(1).max(3096).optional() };
const status = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']);

interface Operation {
  readonly request: z.ZodType;
  readonly call: (request: never) => unknown;
}

function operation<Request extends z.ZodType>(
  request: Request,
  call: (request: z.output<Request>) => unknown,
): Operation {
  return { request, call };
}

function operationsOf(engine: Engine): Readonly<Record<string, Operation>> {
  const execution = z.object({ executionArn: arn });
  return {
    StartExecution: operation(
      z.object({ stateMachineArn: arn, name: z.string().optional(), input: z.string().optional() }),
      (request) => engine.startExecution(request),
    ),
    StopExecution: operation(execution.extend({ error, cause }), (request) => engine.stopExecution(request)),
    DescribeExecution: operation(execution, (request) => engine.describeExecution(request)),
    ListExecutions: operation(
      z.object({ stateMachineArn: arn, statusFilter: status.optional(), ...page }),
      ({ statusFilter, ...request }) =>
        // Only Distributed Maps, which do not run here, leave executions PENDING_REDRIVE.
        statusFilter === 'PENDING_REDRIVE' ? { executions: [] } : engine.listExecutions({ ...request, statusFilter }),
    ),
    GetExecutionHistory: operation(
      execution.extend({ reverseOrder: z.boolean().optional(), includeExecutionData: z.boolean().optional(), ...page }),
      (request) => engine.getExecutionHistory(request),
    ),
    DescribeStateMachine: operation(z.object({ stateMachineArn: arn }), (request) =>
      engine.describeStateMachine(request),
    ),
    ListStateMachines: operation(z.object(page), () => engine.listStateMachines()),
    SendTaskSuccess: operation(z.object({ taskToken: token, output: z.string() }), (request) =>
      engine.sendTaskSuccess(request),
    ),
    SendTaskFailure: operation(z.object({ taskToken: token, error, cause }), (request) =>
      engine.sendTaskFailure(request),
    ),
    SendTaskHeartbeat: operation(z.object({ taskToken: token }), (request) => engine.sendTaskHeartbeat(request)),
    RedriveExecution: operation(execution.extend({ clientToken: z.string().optional() }), (request) =>
      engine.redriveExecution(request),
    ),
  };
}

/**
 * Serves an engine as Step Functions (AWS JSON 1.0) and its callable functions as Lambda's Invoke, for the
 * AWS SDKs and command line unchanged, and the routes of the API under /v1. Both AWS services need a signature of the
 * access key, and the API needs a token. Host names other than the loopback's are refused, which keeps web pages out.
 */
export async function openApi(options: ApiOptions): Promise<Api> {
  const services: AwsServices = {
    verifier: signatureVerifier(options.accessKey, options.clock),
    operations: operationsOf(options.engine),
    functions: options.functions ?? {},
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(request, response, services, options).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, port, close: () => stop(server) };
}

/** How long a request that is still coming in, or being answered, may keep a server from stopping. */
const CLOSE_GRACE_MS = 2000;

function stop(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close((error) => {
      clearTimeout(grace);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}

/** What a server that knows the secret answers to a challenge. The secret itself goes over no connection. */
export function challengeProof(secret: string, challenge: string): string {
  return createHmac('sha256', secret).update(challenge).digest('hex');
}

interface AwsServices {
  readonly verifier: Verifier;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly functions: CallableFunctions;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: AwsServices,
  options: ApiOptions,
): Promise<void> {
  const { host, origin } = request.headers;
  const local = isLoopback(host) && (origin === undefined || isLoopback(origin.replace(/^https?:\/\//, '')));
  const refused = local ? undefined : 'Only the loopback interface and its own pages are served here.';
  const { invoke: called } = options;
  if (called && /^\/v1(?:[/?]|$)/.test(request.url ?? '')) {
    await admitted(
      response,
      options.admission?.admit(restKind(request)),
      () => serveRest(called, request, response, refused),
      (retryAfterSeconds) => overloaded(request, response, retryAfterSeconds),
    );
    return;
  }
  response.setHeader('x-amzn-RequestId', randomUUID());
  if (refused !== undefined) {
    fail(response, 403, 'AccessDeniedException', refused);
    return;
  }
  await answerAws(request, response, services, options);
}

/** Serves what is admitted; frees its place when the answer is out, or nobody takes it any more. */
async function admitted(
  response: ServerResponse,
  place: Admitted | undefined,
  served: () => Promise<void>,
  refuse: (retryAfterSeconds: number) => void,
): Promise<void> {
  if (place && !place.ok) {
    refuse(place.retryAfterSeconds);
    return;
  }
  try {
    await served();
  } finally {
    place?.done();
  }
}

async function answerAws(
  request: IncomingMessage,
  response: ServerResponse,
  services: AwsServices,
  { secret, admission }: ApiOptions,
): Promise<void> {
  const pathname = (request.url ?? '/').split('?')[0]!;
  if (request.method === 'GET' && pathname === '/health') {
    const challenge = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('challenge');
    const proof = secret !== undefined && challenge !== null && { proof: challengeProof(secret, challenge) };
    send(response, 200, 'application/json', JSON.stringify({ status: 'ok', ...proof }));
    return;
  }
  const route = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(pathname);
  const target = String(request.headers['x-amz-target'] ?? '');
  const begins = route ? BEGINS.includes(functionNameOf(decoded(route[1]!))) : target.endsWith('.StartExecution');
  await admitted(
    response,
    admission?.admit({ begins, waits: false }),
    async () => {
      const body = await signedBody(request, response, services.verifier);
      if (body === undefined) return;
      if (request.method !== 'POST') fail(response, 404, 'UnknownOperationException', 'Unknown operation');
      else if (route) await invoke(request, response, body, calledIn(services.functions, decoded(route[1]!)));
      else await call(request, response, body, services.operations);
    },
    (retryAfterSeconds) => throttled(request, response, route !== null, retryAfterSeconds),
  );
}

/** Functions that begin a workflow. */
const BEGINS = ['IntakeApplication', 'ReopenApplication'];

/** Refuses as the service does that is called: its SDK sends the call again. */
function throttled(
  request: IncomingMessage,
  response: ServerResponse,
  lambda: boolean,
  retryAfterSeconds: number,
): void {
  // The body must be out of the way of the next request on the connection.
  request.resume();
  response.setHeader('retry-after', String(retryAfterSeconds));
  if (!lambda) {
    fail(response, 400, 'ThrottlingException', 'Rate exceeded');
    return;
  }
  response.setHeader('x-amzn-ErrorType', 'TooManyRequestsException');
  const text = { Reason: 'ConcurrentInvocationLimitExceeded', Type: 'User', message: 'Rate Exceeded.' };
  send(response, 429, 'application/json', JSON.stringify(text));
}

/** Reads a body and verifies the signature over it. @returns undefined after the request was refused. */
async function signedBody(
  request: IncomingMessage,
  response: ServerResponse,
  verifier: Verifier,
): Promise<string | undefined> {
  const service = (request.url ?? '').startsWith('/2015-03-31/') ? 'lambda' : 'states';
  try {
    return (await verifier.verify(request, service, () => read(request))).toString('utf8');
  } catch (cause) {
    // Node drops what is still coming in as it comes, so a refused body takes no memory.
    if (cause instanceof SignatureRefused) {
      fail(response, 403, cause.type, cause.message);
      return undefined;
    }
    if (!(cause instanceof RequestTooLarge)) throw cause;
    response.setHeader('connection', 'close');
    fail(response, 413, 'RequestTooLargeException', cause.message);
    return undefined;
  }
}

async function call(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  operations: Readonly<Record<string, Operation>>,
): Promise<void> {
  const target = /^AWSStepFunctions\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? ''));
  const name = target?.[1];
  const found = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (!found) {
    fail(response, 400, 'UnknownOperationException', 'Unknown operation');
    return;
  }
  let json: unknown;
  try {
    json = JSON.parse(body || '{}');
  } catch {
    fail(response, 400, 'SerializationException', 'The request is no JSON');
    return;
  }
  const parsed = found.request.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
    fail(response, 400, 'ValidationException', `${faults.length} validation error(s) detected: ${faults.join('; ')}`);
    return;
  }
  try {
    const result = await found.call(parsed.data as never);
    send(response, 200, 'application/x-amz-json-1.0', JSON.stringify(result ?? {}, epochSeconds));
  } catch (error) {
    if (error instanceof StepFunctionsError) fail(response, error.status, error.name, error.message);
    else if (error instanceof Error && error.name === 'StoreUnavailable')
      fail(response, 503, error.name, error.message);
    else fail(response, 500, 'InternalServerError', 'The engine failed on this request.');
  }
}

async function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  called: CallableFunctions[string] | undefined,
): Promise<void> {
  if (!called) {
    response.setHeader('x-amzn-ErrorType', 'ResourceNotFoundException');
    const text = JSON.stringify({ Type: 'User', Message: 'Function not found' });
    send(response, 404, 'application/json', text);
    return;
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const json = readJson(body || '{}');
  if (!json.ok) {
    const fault = `Could not parse request body into json: it ${JSON_FAULTS[json.fault.kind]}`;
    invalid(response, 'InvalidRequestContentException', fault);
    return;
  }
  if (type === 'DryRun') {
    response.writeHead(204).end();
    return;
  }
  if (type !== 'RequestResponse') {
    invalid(response, 'InvalidParameterValueException', 'Only RequestResponse and DryRun are served here');
    return;
  }
  response.setHeader('X-Amz-Executed-Version', '$LATEST');
  try {
    const result = await called(json.value);
    send(response, 200, 'application/json', JSON.stringify(result ?? null));
  } catch (error) {
    response.setHeader('X-Amz-Function-Error', 'Unhandled');
    send(response, 200, 'application/json', lambdaFailure(error).cause);
  }
}

function calledIn(functions: CallableFunctions, nameOrArn: string): CallableFunctions[string] | undefined {
  const name = functionNameOf(nameOrArn);
  return Object.hasOwn(functions, name) ? functions[name] : undefined;
}

/** A part of a path, or as it is when its escapes are none: then nothing has that name. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function invalid(response: ServerResponse, type: string, message: string): void {
  response.setHeader('x-amzn-ErrorType', type);
  send(response, 400, 'application/json', JSON.stringify({ Type: 'User', message }));
}

/** Instants go over the wire as seconds since 1970. */
function epochSeconds(key: string, value: unknown): unknown {
  const instant = /^(startDate|stopDate|redriveDate|creationDate|timestamp)$/.test(key) && typeof value === 'string';
  return instant ? Date.parse(value) / 1000 : value;
}

/**
 * A page of another site can make a browser call 127.0.0.1 under its own name (DNS rebinding), which the Host header
 * tells, or under this one, which the Origin header tells.
 */
function isLoopback(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');
}

/** @throws RequestTooLarge */
async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) throw new RequestTooLarge(`The request has more than ${MAX_REQUEST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An error as clients of both services read it: Step Functions names it in the body, Lambda in a header. */
function fail(response: ServerResponse, status: number, type: string, message: string): void {
  response.setHeader('x-amzn-ErrorType', type);
  send(response, status, 'application/x-amz-json-1.0', JSON.stringify({ __type: type, message }));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
