import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { MAX_BODY_BYTES } from '../../app/contracts.ts';
import { PERMITTED, ROLES } from '../../domain/access/access.ts';
import { operations, ROUTES, type Operation } from '../../http/routes.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';
import { openUnderwritingApi, type RawAnswer, type UnderwritingApi } from '../support/underwriting-api.ts';

let api: UnderwritingApi;
const ID = 'secure-000001';
beforeAll(async () => {
  api = await openUnderwritingApi();
  await api
    .client('front-end')
    .submitAndWait(submissionNow({ applicationId: ID, applicant: identityOf({ ssn: '900-01-0005' }) }) as never);
});
afterAll(() => api.close());

/** Where a route is, with everything that it asks for in its path. */
const placeOf = (operation: Operation): [string, string] => {
  const { method, path } = ROUTES[operation];
  const values: Record<string, string> = {
    applicationId: ID,
    offerId: '0123456789abcdef',
    decision: 'f'.repeat(64),
    condition: 'INCOME',
    notice: 'f'.repeat(64),
    queue: 'review',
    kind: 'product',
    id: 'personal-loan',
    digest: 'f'.repeat(64),
    document: 'f'.repeat(64),
    matter: '2026-CV-114',
  };
  return [method, `/v1${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')}`];
};
const problem = ({ text }: RawAnswer) => JSON.parse(text) as { type: string; detail: string; errors?: unknown[] };
const kind = (answer: RawAnswer) => problem(answer).type.split(':').at(-1);
const bearer = async (...args: Parameters<UnderwritingApi['token']>) => ({
  authorization: `Bearer ${await api.token(...args)}`,
});
const JSON_TYPE = { 'content-type': 'application/json' };

describe('Every route', () => {
  test.each(operations.map(([operation]) => operation))('%s answers nobody without a good token', async (operation) => {
    const [method, path] = placeOf(operation);
    const good = await api.token('auditor');
    const [head = '', body = ''] = good.split('.');
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = header({ alg: 'none' });
    const bad = [
      undefined,
      '',
      'Bearer',
      `Basic ${Buffer.from('r.vega:secret').toString('base64')}`,
      `Bearer ${good.slice(0, -4)}AAAA`,
      `Bearer ${none}.${body}.`,
      `Bearer ${head}.${Buffer.from('{"scope":"underwright/auditor"}').toString('base64url')}.x`,
      `Bearer ${await api.token('auditor', 'a.moss', -1)}`,
      ...['RS256', 'PS256', 'EdDSA', 'ES256', 'ES384'].map((alg) => `Bearer ${header({ alg })}.${body}.AAAA`),
      `Bearer ${header({ alg: 'ES256', crit: ['b64'], b64: false })}.${body}.AAAA`,
      `Bearer ${'a'.repeat(9_000)}`,
    ];
    for (const authorization of bad) {
      const answer = await api.raw(method, path, authorization === undefined ? {} : { authorization });
      expect([answer.status, kind(answer), answer.headers['www-authenticate']]).toEqual([
        401,
        'unauthenticated',
        expect.stringMatching(/^Bearer/),
      ]);
    }
  });

  test.each(operations.map(([operation]) => operation))(
    '%s refuses every role that it is not for',
    async (operation) => {
      const [method, path] = placeOf(operation);
      const { actions } = ROUTES[operation];
      for (const role of ROLES) {
        if (actions.some((action) => PERMITTED[role].includes(action))) continue;
        const answer = await api.raw(method, path, await bearer(role));
        expect([role, answer.status, kind(answer)]).toEqual([role, 403, 'forbidden']);
      }
    },
  );

  test('answers with headers that keep it from being kept, framed or guessed at', async () => {
    const answers = [
      await api.raw('GET', `/v1/applications/${ID}`, await bearer('auditor')),
      await api.raw('GET', '/v1/nothing', await bearer('auditor')),
      await api.raw('GET', `/v1/applications/${ID}`),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'strict-transport-security': expect.stringContaining('max-age'),
        'x-request-id': expect.stringMatching(/^[\w.-]{8,128}$/),
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });
});

describe('A path', () => {
  test.each([
    `/v1/applications/${ID}%2Fentries`,
    `/v1/applications/${ID}/../${ID}/entries`,
    `/v1/applications/%2e%2e/${ID}`,
    `/v1//applications/${ID}`,
    `/v1/applications//${ID}`,
    `/v1/applications/${ID}/`,
    `/v1/applications/${ID};role=auditor`,
    `/v1/applications/${ID}%00`,
    `/v1/./applications/${ID}`,
    `/v1/Applications/${ID}`,
    `/v1/applications/${encodeURIComponent("' OR 1=1 --")}`,
    '/v1/applications/__proto__',
    '/v1/applications/constructor/evidence',
    '/v1',
    '/v1/',
  ])('that is written otherwise leads nowhere: %s', async (path) => {
    const answer = await api.raw('GET', path, {
      ...(await bearer('auditor')),
      'access-purpose': 'Examination 2026-14',
    });
    expect([answer.status, kind(answer)]).toEqual([404, 'not-found']);
  });

  test.each(['DELETE', 'PATCH', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'BREW'])('has no method %s', async (method) => {
    const answer = await api.raw(method, `/v1/applications/${ID}`, await bearer('auditor')).catch(() => undefined);
    // What is no method of HTTP is refused before it is a request.
    expect([400, 405]).toContain(answer?.status ?? 400);
    if (answer?.status === 405) expect(answer.headers['allow']).toBe('GET');
  });

  test('that was asked for in another form of address is not served', async () => {
    // It is none of the routes under /v1, and everything else needs a signature.
    const answer = await api.raw('GET', `http://evil.example/v1/applications/${ID}`, await bearer('auditor'));
    expect(answer.status).toBe(403);
  });
});

describe('A header', () => {
  test.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
    'cannot turn a method into another: %s',
    async (name) => {
      const answer = await api.raw('GET', '/v1/switches', { ...(await bearer('auditor')), [name]: 'PUT' });
      expect(answer.status).toBe(200);
    },
  );

  test.each(['x-original-url', 'x-rewrite-url', 'x-forwarded-prefix'])('cannot turn a path: %s', async (name) => {
    const answer = await api.raw('GET', '/v1/switches', {
      ...(await bearer('officer')),
      [name]: `/v1/applications/${ID}/entries`,
    });
    expect(JSON.parse(answer.text)).toHaveProperty('switches');
  });

  test('that says who acts is not believed', async () => {
    const posing = { 'x-role': 'auditor', 'x-principal-id': 'a.moss', 'x-amzn-oidc-identity': 'a.moss' };
    const answer = await api.raw('GET', `/v1/applications/${ID}/entries`, { ...(await bearer('officer')), ...posing });
    expect(answer.status).toBe(403);
  });

  test.each(['x-request-id', 'access-purpose', 'if-none-match', 'prefer'])(
    'that is sent twice is refused: %s',
    async (name) => {
      const headers = { ...(await bearer('auditor')), [name]: ['wait=1', 'wait=2-is-long-enough'] };
      const answer = await api.raw('GET', `/v1/applications/${ID}`, headers);
      expect([answer.status, kind(answer)]).toEqual([400, 'malformed-request']);
    },
  );

  test('of authorization that is sent twice is refused', async () => {
    const { authorization } = await bearer('front-end');
    const headers = { authorization: [authorization, (await bearer('auditor')).authorization] };
    const answer = await api.raw('GET', `/v1/applications/${ID}/entries`, headers);
    expect([answer.status, kind(answer)]).toEqual([401, 'unauthenticated']);
  });

  test('of another site’s page is refused', async () => {
    const others: Record<string, string>[] = [{ origin: 'https://evil.example' }, { host: 'evil.example' }];
    for (const headers of others) {
      const answer = await api.raw('GET', `/v1/applications/${ID}`, { ...(await bearer('auditor')), ...headers });
      expect([answer.status, kind(answer)]).toEqual([403, 'forbidden']);
    }
  });
});

describe('A body', () => {
  const post = async (body: string, headers: Record<string, string | string[]> = JSON_TYPE) =>
    api.raw('POST', '/v1/applications', { ...(await bearer('front-end')), ...headers }, body);
  const whole = JSON.stringify(submissionNow({ applicationId: 'secure-body-01' }));

  test.each([
    [
      'has a member twice',
      whole.replace('{', '{"applicationId":"secure-body-02",'),
      /same name twice: send each once: see line 1/,
    ],
    ['is nested too deep', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, /nested deeper than 32 levels/],
    ['is not JSON', '{"applicationId": secret}', /is not JSON: see line 1, column 19/],
    ['is empty', '', /is not JSON/],
  ])('that %s is refused with its place and nothing of its text', async (_, body, detail) => {
    const answer = await post(body);
    expect([answer.status, kind(answer)]).toEqual([400, 'malformed-request']);
    expect(problem(answer).detail).toMatch(detail);
    expect(answer.text).not.toMatch(/secret|secure-body|Zoë|at \w+ \(/);
  });

  test('that is no object is refused by name', async () => {
    for (const body of ['[]', 'null', '"text"', '1']) expect((await post(body)).status).toBe(422);
  });

  test('that is too large is refused before it has come in', async () => {
    const answer = await post(`{"a":"${'x'.repeat(MAX_BODY_BYTES)}"}`);
    expect([answer.status, kind(answer)]).toEqual([413, 'too-large']);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonx',
    '',
  ])('of the type "%s" is refused', async (type) => {
    const answer = await post(whole, type === '' ? {} : { 'content-type': type });
    expect([answer.status, kind(answer)]).toEqual([415, 'unsupported-media-type']);
  });

  test('that is not asked for is refused', async () => {
    const answer = await api.raw('GET', '/v1/switches', { ...(await bearer('officer')), ...JSON_TYPE }, '{}');
    expect([answer.status, kind(answer)]).toEqual([400, 'malformed-request']);
  });

  test('cannot name another front end, nor make a prototype', async () => {
    const fields = ['submittedBy', '__proto__', 'constructor'];
    for (const field of fields) {
      const answer = await post(whole.replace('{', `{"${field}":{"submittedBy":"other-shop"},`));
      expect(answer.status).toBe(422);
      expect(problem(answer).errors).toHaveLength(1);
    }
  });
});

test('Nothing of all this left a trace but the one application that was sent', async () => {
  expect(await api.underwriting.embedded.ledger.read('secure-body-01')).toEqual([]);
  const entries = await api.underwriting.embedded.ledger.read(ID);
  expect(entries.filter(({ type }) => type === 'PERSONAL_DATA_READ')).toEqual([]);
});
