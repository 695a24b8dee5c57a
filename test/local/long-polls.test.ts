import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { identityOf, submissionNow } from '../support/submissions.ts';
import { openUnderwritingApi, type UnderwritingApi } from '../support/underwriting-api.ts';

const POLLS = 2_000;
const ID = 'polled-000001';
let api: UnderwritingApi;
let reads = 0;
beforeAll(async () => {
  api = await openUnderwritingApi();
  const submission = submissionNow({ applicationId: ID, applicant: identityOf({ ssn: '900-01-0005' }) });
  await api.client('front-end').submitAndWait(submission as never);
  await api.underwriting.engine.drain();
  const { ledger } = api.underwriting.embedded;
  const read = ledger.read.bind(ledger);
  ledger.read = (applicationId) => {
    reads += 1;
    return read(applicationId);
  };
});
afterAll(() => api.close());

test('Two thousand open long polls read nothing until something happens, and delay no other request', async () => {
  const authorization = `Bearer ${await api.token('front-end')}`;
  const { headers } = await api.raw('GET', `/v1/applications/${ID}`, { authorization });
  const waiting = () => api.underwriting.embedded.changes.waiting;
  const other = () => api.raw('GET', `/v1/applications/${ID}`, { authorization });
  let ended = 0;
  const poll = {
    httpMethod: 'GET',
    resource: '/applications/{applicationId}',
    pathParameters: { applicationId: ID },
    multiValueQueryStringParameters: {},
    multiValueHeaders: { prefer: ['wait=20'], 'if-none-match': [String(headers['etag'])] },
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'a-poll-of-many',
      authorizer: { id: 'web-shop', clientId: 'web-shop', roles: 'front-end' },
    },
  };
  for (let open = 0; open < POLLS; open += 1) {
    void api.underwriting
      .invoke('FrontEndApi', poll)
      .finally(() => (ended += 1))
      .catch(() => undefined);
  }
  while (waiting() + ended < POLLS) await fetch(`${api.underwriting.url}/health`);
  reads = 0;
  expect((await other()).status).toBe(200);
  expect([waiting(), reads]).toEqual([POLLS, 1]);

  // Each poll looks again after an entry, and another request is answered long before all have.
  const params = { applicationId: ID, matter: '2026-CV-1' };
  const body = { on: true, note: 'A proceeding of this test.' };
  await api.client('administrator').call('setLegalHold', { params, body });
  reads = 0;
  expect((await other()).status).toBe(200);
  expect(reads).toBeLessThan(POLLS / 2);
}, 120_000);
