import { createHash, createHmac } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';

import { bureauGateway } from '../../../adapters/bureaus/gateway/gateway.ts';
import { iamSignature } from '../../../adapters/bureaus/gateway/iam-signature.ts';
import { BureauAmbiguous, BureauUnavailable, type Bureau } from '../../../adapters/ports.ts';
import { contract, simulatedBureau as simulatedBureauGateway } from '../../../app/operations/simulated-bureau.ts';
import { lambdaHandler } from '../../../lambdas/handler.ts';
import { bureauRequest } from '../../support/bureau-requests.ts';
import { startFunctionUrl, type Heard } from '../../support/function-url.ts';

const SECRET = 'secret-of-the-role';
const keys = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: 'token-of-the-role',
};
const request = bureauRequest('900-01-0000');
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const pullFrom = (listener: RequestListener) => from(listener, (bureau) => bureau.pull(request));

async function from(listener: RequestListener, ask: (bureau: Bureau) => Promise<unknown>): Promise<unknown> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return ask(gatewayAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).catch((error: unknown) => error);
}

const gatewayAt = (url: string) => bureauGateway({ url, sign: iamSignature(keys), timeoutMs: 2_000 });
const pullAt = (url: string) =>
  gatewayAt(url)
    .pull(request)
    .catch((error: unknown) => error);

const answering =
  (status: number, body: string): RequestListener =>
  (incoming, response) => {
    incoming.resume().on('end', () => response.writeHead(status).end(body));
  };
const problem = (title: string) => JSON.stringify({ title });

describe('A gateway’s answer', () => {
  test.each([
    [403, '{"Message":"Forbidden"}', BureauUnavailable],
    [429, '', BureauUnavailable],
    [400, problem('RequestUnreadable'), BureauUnavailable],
    [503, problem('BureauUnavailable'), BureauUnavailable],
    [503, 'Service Unavailable', BureauAmbiguous],
    [504, problem('BureauAmbiguous'), BureauAmbiguous],
    [500, '', BureauAmbiguous],
    [502, 'Internal Server Error', BureauAmbiguous],
    [422, '{}', BureauAmbiguous],
    [204, '', BureauAmbiguous],
    [200, 'not JSON', BureauAmbiguous],
    [200, '{"format":"x"}', BureauAmbiguous],
  ])('%i %s proves what it proves and no more', async (status, body, expected) => {
    const error = await pullFrom(answering(status, body));
    expect(error).toBeInstanceOf(expected);
    for (const personal of Object.values(request.consumer).filter((value) => typeof value === 'string'))
      expect((error as Error).message).not.toContain(personal);
  });

  test.each([
    [404, problem('NothingPosted'), undefined],
    [404, '', BureauUnavailable],
    [400, problem('RequestUnreadable'), BureauUnavailable],
    [504, '', BureauUnavailable],
    [200, 'not JSON', BureauUnavailable],
  ])('%i %s to a lookup proves that nothing is posted only by its name', async (status, body, expected) => {
    const answer = await from(answering(status, body), (bureau) => bureau.posted(request));
    if (expected) expect(answer).toBeInstanceOf(expected);
    else expect(answer).toBeUndefined();
  });

  test('of a redirect is not followed: the request would leave a second time', async () => {
    let asked = 0;
    const error = await pullFrom((incoming, response) => {
      asked += 1;
      incoming.resume().on('end', () => response.writeHead(307, { location: '/again' }).end());
    });
    expect(error).toBeInstanceOf(BureauAmbiguous);
    expect(asked).toBe(1);
  });
});

describe('A connection', () => {
  test('that was refused proves that nothing was pulled', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await pullAt(`http://127.0.0.1:${port}/`)).toBeInstanceOf(BureauUnavailable);
  });

  test('that breaks once the request has left proves nothing', async () => {
    expect(await pullFrom((incoming) => incoming.on('data', () => incoming.socket.destroy()))).toBeInstanceOf(
      BureauAmbiguous,
    );
  });
});

test('What cannot be signed is not sent', async () => {
  const unsigned = bureauGateway({
    url: 'http://127.0.0.1:1/',
    sign: () => Promise.reject(new Error('no keys')),
    timeoutMs: 1,
  });
  await expect(unsigned.pull(request)).rejects.toThrow(BureauUnavailable);
});

test('A request is signed as IAM checks it: Signature Version 4 of the service lambda, over body and session', async () => {
  const bureau = { pull: async () => ({ format: 'f', body: {} }), posted: async () => undefined };
  const server = await startFunctionUrl(lambdaHandler(contract, simulatedBureauGateway({ simulator: bureau })));
  open.push(() => server.close());
  await bureauGateway({ url: server.url, sign: iamSignature(keys), timeoutMs: 2_000 }).pull(request);
  const [heard] = server.heard as [Heard];
  expect(heard.headers['x-amz-security-token']).toBe('token-of-the-role');
  expect(heard.headers['authorization']).toBe(signatureOf(heard));
  expect(JSON.stringify(heard.headers)).not.toContain(SECRET);
});

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, of a POST to `/`. */
function signatureOf({ headers, body }: Heard): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const at = String(headers['x-amz-date']);
  const scope = `${at.slice(0, 8)}/us-east-1/lambda/aws4_request`;
  const signed = /SignedHeaders=([^,]+)/.exec(String(headers['authorization']))?.[1] ?? '';
  const canonicalHeaders = signed.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = ['POST', '/', '', canonicalHeaders.join(''), signed, hash(body)].join('\n');
  const key = ['us-east-1', 'lambda', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${SECRET}`, at.slice(0, 8)));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', at, scope, hash(canonical)].join('\n')).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}
