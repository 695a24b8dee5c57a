import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { ApiProblem, ApiUnreachable, underwrightClient } from '../../client/index.ts';

interface Answered {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}
/** What the server answers next; undefined hangs up. */
let next: (Answered | undefined)[] = [];
let asked: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]> }[] = [];
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const answer = next.shift();
    if (!answer) request.socket.destroy();
    else response.writeHead(answer.status, { ...answer.headers }).end(JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  next = [];
  asked = [];
});

const paused: number[] = [];
const clientOf = (retries = 3) =>
  underwrightClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
    token: async () => 'a.b.c',
    retries,
    pause: async (ms) => paused.push(ms),
  });
const params = { applicationId: 'client-00000001' };

describe('The client', () => {
  test('sends what had no answer again, under the same request id, after as long as it was told', async () => {
    next = [undefined, { status: 503, headers: { 'retry-after': '2' } }, { status: 200, body: { status: 'DECIDED' } }];
    expect(await clientOf().call('getApplication', { params })).toEqual({ status: 'DECIDED' });
    expect(asked.map(({ url }) => url)).toEqual(Array(3).fill('/v1/applications/client-00000001'));
    expect(new Set(asked.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
    expect(asked[0]?.headers['authorization']).toBe('Bearer a.b.c');
    expect(paused.slice(-2)).toEqual([100, 2_000]);
  });

  test('gives up after as many tries as it has, and says so', async () => {
    next = [undefined, undefined];
    await expect(clientOf(1).call('getApplication', { params })).rejects.toThrow(ApiUnreachable);
    expect(asked).toHaveLength(2);
  });

  test('sends no refusal again, and tells it as the problem that it is', async () => {
    const problem = { type: 'urn:underwright:problem:not-found', title: 'There is no such thing here', status: 404 };
    const body = { ...problem, detail: 'There is no such application.', instance: 'urn:underwright:request:1' };
    next = [{ status: 404, body, headers: { 'content-type': 'application/problem+json' } }];
    const refused = await clientOf()
      .call('getApplication', { params })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiProblem);
    expect(refused).toMatchObject({ status: 404, kind: 'not-found', message: 'There is no such application.' });
    expect(asked).toHaveLength(1);
  });

  test('tells of what stands between and answers with no problem, by its status', async () => {
    next = [{ status: 418, body: { teapot: true } }];
    const refused = clientOf().call('getApplication', { params });
    await expect(refused).rejects.toMatchObject({ name: 'ApiProblem', status: 418 });
  });

  test('puts parameters where the route has them, escaped', async () => {
    next = [{ status: 200, body: { applications: [], next: null } }];
    await clientOf().call('listApplications', { query: { decidedSince: '2026-11-25', cursor: 'a&b' } });
    expect(asked[0]?.url).toBe('/v1/applications?decidedSince=2026-11-25&cursor=a%26b');
  });
});
