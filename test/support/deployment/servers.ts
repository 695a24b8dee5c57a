/** What stands for AWS on this machine, behind one address that records who asks for what. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { asked, credential, type Call, type WireRequest } from './calls.ts';
import { FunctionError } from './function-process.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string | Buffer;
}
/** @returns undefined for what the server behind it answers. */
export type Answering = (request: WireRequest) => Promise<Answer | undefined> | Answer | undefined;

export interface Service {
  /** Asked first. */
  readonly answer?: Answering;
  readonly endpoint?: string;
  /** The headers with which the server behind it is called. @default those of the request */
  readonly sign?: (url: string, request: WireRequest) => Promise<Record<string, string>>;
}

/**
 * One address for all services, told apart as AWS does: by the scope of the signature.
 * @param record what is recorded of a request. @default the actions and resources that IAM sees
 */
export async function startAws(services: Readonly<Record<string, Service>>, record: typeof asked = asked) {
  const calls: Call[] = [];
  const server = createServer((incoming, outgoing) => {
    answer(incoming)
      .catch((error: Error) => ({ status: 500, body: JSON.stringify({ message: error.message }) }))
      .then(({ status, headers = {}, body }: Answer) => outgoing.writeHead(status, headers).end(body))
      .catch(() => outgoing.destroy());
  });

  async function answer(incoming: IncomingMessage): Promise<Answer> {
    const request = await whole(incoming);
    const { principal, service } = credential(request);
    const { answer: own, endpoint, sign } = services[service] ?? {};
    // What was asked, whatever a server makes of it.
    const given = { ...request };
    const answered =
      (await own?.(request)) ?? (endpoint === undefined ? undefined : await forward(endpoint, request, sign));
    if (!answered) throw new TypeError(`Nothing answers ${request.method} ${request.url} of ${service}.`);
    for (const call of record(service, given, answered.status)) calls.push({ principal, ...call });
    return answered;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function whole(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = '', url = '', headers } = incoming;
  return { method, url, headers, body: Buffer.concat(chunks) };
}

export async function forward(endpoint: string, request: WireRequest, sign: Service['sign']): Promise<Answer> {
  const { method, url, body } = request;
  const headers = (await sign?.(`${endpoint}${url}`, request)) ?? request.headers;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${endpoint}${url}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const DAY_MS = 86_400_000;

/** Object Lock, which no npm package has: each version's retention and hold; by default what the bucket's template says. */
export function objectLocks(defaultDays: number): Answering {
  const retentions = new Map<string, string>();
  return ({ method, url, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const what = ['retention', 'legal-hold'].find((name) => searchParams.has(name));
    if (what === undefined) return undefined;
    const place = `${what} ${pathname} ${searchParams.get('versionId')}`;
    if (method === 'PUT') {
      retentions.set(place, body.toString());
      return { status: 200, body: '' };
    }
    const until = new Date(Date.now() + defaultDays * DAY_MS).toISOString();
    const standing = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: retentions.get(place) ?? standing,
    };
  };
}

/** EventBridge takes every event. @param heard gets them. */
export function eventBus(heard: { readonly type: string; readonly detail: string }[]): Answering {
  return ({ body }) => {
    const { Entries } = JSON.parse(body.toString()) as { Entries: { DetailType: string; Detail: string }[] };
    heard.push(...Entries.map(({ DetailType, Detail }) => ({ type: DetailType, detail: Detail })));
    const Entry = Entries.map((_, n) => ({ EventId: String(n) }));
    return json({ FailedEntryCount: 0, Entries: Entry });
  };
}

/** Lambda: calls functions, also by their URL, and has of each the versions that are given. */
export function lambda(
  invoke: (name: string, payload: unknown) => Promise<unknown>,
  versions: Map<string, string[]>,
  running: Set<Promise<unknown>>,
) {
  const answering: Answering = async ({ method, url, headers, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://lambda');
    const [, byUrl] = /^\/function-url\/(\w+)/.exec(pathname) ?? [];
    if (byUrl !== undefined) {
      const event = { version: '2.0', rawPath: '/', headers, body: body.toString('base64'), isBase64Encoded: true };
      const {
        statusCode,
        headers: own,
        body: text,
      } = (await invoke(byUrl, event)) as {
        statusCode: number;
        headers: Record<string, string>;
        body: string;
      };
      return { status: statusCode, headers: own, body: text };
    }
    const [, given = ''] = /^\/2015-03-31\/functions\/([^/]+)/.exec(pathname) ?? [];
    const arn = decodeURIComponent(given);
    const name = arn.split(':').at(-1) ?? '';
    if (method === 'GET') {
      const Versions = (versions.get(name) ?? []).map((Version) => ({ Version, FunctionArn: `${arn}:${Version}` }));
      return json({ Versions });
    }
    if (method === 'DELETE') {
      const gone = searchParams.get('Qualifier');
      versions.set(
        name,
        (versions.get(name) ?? []).filter((version) => version !== gone),
      );
      return { status: 204, body: '' };
    }
    const payload: unknown = JSON.parse(body.toString() || 'null');
    if (headers['x-amz-invocation-type'] === 'Event') {
      const call = invoke(name, payload)
        .catch(() => {})
        .finally(() => running.delete(call));
      running.add(call);
      return { status: 202, body: '' };
    }
    try {
      return json(await invoke(name, payload));
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      const failed = { errorType: error.name, errorMessage: error.message };
      return { ...json(failed), headers: { 'x-amz-function-error': 'Unhandled' } };
    }
  };
  return answering;
}

export const json = (body: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(body),
});
