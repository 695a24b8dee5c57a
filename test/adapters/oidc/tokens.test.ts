import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, exportJWK, SignJWT, type JWTPayload } from 'jose';

import { oidcTokens } from '../../../adapters/oidc/tokens.ts';
import { TokenRefused } from '../../../adapters/ports.ts';
import { manualClock } from '../../support/manual-clock.ts';

const ISSUER = 'https://issuer.example';
const clock = manualClock();
const now = () => Math.floor(clock.now().getTime() / 1000);
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' };
const tokens = oidcTokens({
  issuer: ISSUER,
  audiences: ['underwright', 'client-of-the-shop'],
  keys: createLocalJWKSet({ keys: [jwk] }),
  clock,
});

const CLAIMS: JWTPayload = {
  iss: ISSUER,
  aud: 'underwright',
  sub: '5b0c1d9e-0000-4000-8000-000000000000',
  client_id: 'console',
  username: 'R.Vega',
  token_use: 'access',
  'cognito:groups': ['reviewer'],
};

function signed(changes: JWTPayload = {}, { minutes = 5, key = keys.privateKey, alg = 'RS256' } = {}): Promise<string> {
  const claims = { iat: now(), exp: now() + minutes * 60, ...CLAIMS, ...changes };
  return new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg, kid: 'one' })
    .sign(key);
}
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('A token that is taken', () => {
  test('names the person and their roles', async () => {
    expect(await tokens.verify(await signed())).toEqual({ id: 'r.vega', roles: ['reviewer'], clientId: 'console' });
  });

  test('is a machine’s by its scopes, and names the client', async () => {
    const machine = {
      aud: undefined,
      client_id: 'client-of-the-shop',
      username: undefined,
      'cognito:groups': undefined,
      scope: 'underwright/front-end other/auditor auditor',
    };
    expect(await tokens.verify(await signed(machine))).toEqual({
      id: 'client-of-the-shop',
      roles: ['front-end'],
      clientId: 'client-of-the-shop',
    });
  });

  test('has no role that is not one of ours', async () => {
    expect(await tokens.verify(await signed({ 'cognito:groups': ['root', 'Reviewer', 'system'] }))).toMatchObject({
      roles: [],
    });
  });
});

describe('A token is refused', () => {
  const exp = (seconds: number) => ({ exp: now() + seconds });
  test.each<[string, () => Promise<string> | string]>([
    ['that is expired', () => signed(exp(-1))],
    ['that has no expiry', () => signed({ exp: undefined })],
    ['that is not good yet', () => signed({ nbf: now() + 60 })],
    ['of another issuer', () => signed({ iss: 'https://issuer.example.evil' })],
    ['for another audience', () => signed({ aud: 'another-api' })],
    ['for no audience, of a client that is not known', () => signed({ aud: undefined })],
    ['that only says who signed in', () => signed({ token_use: 'id' })],
    ['that another key signed', () => signed({}, { key: stranger.privateKey })],
    ['without a client', () => signed({ client_id: undefined })],
    ['of a person called as the machine is', () => signed({ username: 'system' })],
    ['of a person whose name is no user id', () => signed({ username: '900-01-0000' })],
    ['of a front end called as the machine is', () => signed({ client_id: 'system', 'cognito:groups': ['front-end'] })],
    ['with no signature', () => `${part({ alg: 'none' })}.${part({ ...CLAIMS, ...exp(60) })}.`],
    [
      'signed with the public key as a secret',
      () => {
        const text = `${part({ alg: 'HS256', kid: 'one' })}.${part({ ...CLAIMS, ...exp(60) })}`;
        const pem = createPublicKey(keys.privateKey).export({ type: 'spki', format: 'pem' });
        return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
      },
    ],
    [
      'that brings its own key',
      async () => {
        const own = await exportJWK(stranger.publicKey);
        return new SignJWT({ ...CLAIMS, ...exp(60) })
          .setProtectedHeader({ alg: 'RS256', jwk: own })
          .sign(stranger.privateKey);
      },
    ],
    ['that is none', () => 'a.b.c'],
  ])('%s', async (_, token) => {
    await expect(tokens.verify(await token())).rejects.toThrow(TokenRefused);
  });
});

test('What the issuer’s keys fail with is no refusal: nobody is told that their token is bad', async () => {
  const unreachable = oidcTokens({
    issuer: ISSUER,
    audiences: ['underwright'],
    clock,
    keys: async () => {
      throw new TypeError('fetch failed');
    },
  });
  await expect(unreachable.verify(await signed())).rejects.toThrow('fetch failed');
});
