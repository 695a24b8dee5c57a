import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createLocalJWKSet, errors, exportJWK, SignJWT, type JWTPayload } from 'jose';

import { oidcTokens } from '../../../adapters/oidc/tokens.ts';
import { StoreUnavailable, TokenRefused } from '../../../adapters/ports.ts';
import { ROLES, type Principal } from '../../../domain/access/access.ts';
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
    ['whose roles are a list in a list', () => signed({ 'cognito:groups': [['reviewer']] })],
    ['whose scopes are a list', () => signed({ scope: ['underwright/auditor'] as never })],
    ['whose subject is a number', () => signed({ sub: 7 as never })],
    ['whose expiry is a text', () => signed({ exp: String(now() + 60) as never })],
    ['whose audience is in a list in a list', () => signed({ aud: [['underwright']] as never })],
    ['whose client is a number', () => signed({ client_id: 7, azp: 'console' })],
    ['of a person who is called with a letter that only looks like one', () => signed({ username: '\u212aim' })],
  ])('%s', async (_, token) => {
    await expect(tokens.verify(await token())).rejects.toThrow(TokenRefused);
  });
});

describe('The issuer’s keys', () => {
  const failing = (error: Error) =>
    oidcTokens({
      issuer: ISSUER,
      audiences: ['underwright'],
      clock,
      keys: async () => {
        throw error;
      },
    });

  test.each<[string, Error]>([
    ['cannot be reached', new TypeError('fetch failed')],
    ['time out', new errors.JWKSTimeout()],
    ['answer with an error', new errors.JOSEError('Expected 200 OK from the JSON Web Key Set HTTP response')],
    ['are no key set', new errors.JWKSInvalid()],
  ])('that %s refuse no token', async (_, error) => {
    await expect(failing(error).verify(await signed())).rejects.toThrow(StoreUnavailable);
  });

  test('that have no key of the token’s name refuse it', async () => {
    await expect(failing(new errors.JWKSNoMatchingKey()).verify(await signed())).rejects.toThrow(TokenRefused);
  });
});

describe('Of any token', () => {
  const roles = fc.constantFrom(...ROLES);
  const near = fc.oneof(
    roles,
    roles.map((role) => role.toUpperCase()),
    roles.map((role) => ` ${role}`),
    fc.string(),
  );
  const shape = fc.oneof(
    near,
    fc.array(near, { maxLength: 3 }),
    fc.array(fc.array(near, { maxLength: 2 }), { maxLength: 2 }),
    fc.record({ 0: near, length: fc.constant(1) }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const text = fc.oneof(fc.constantFrom('underwright', 'console', 'r.vega', 'Kim', '\u212aim', 'system'), shape);
  const scope = fc.oneof(
    fc
      .array(
        near.map((each) => `underwright/${each}`),
        { maxLength: 3 },
      )
      .map((all) => all.join(' ')),
    shape,
  );
  const claim = (value: fc.Arbitrary<unknown>, kept: unknown) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(kept) }, { weight: 1, arbitrary: value });

  test('signed by the issuer, it is refused or has exactly the roles that its claims name', async () => {
    let taken = 0;
    const sent = fc.record({
      sub: claim(text, CLAIMS.sub),
      aud: claim(text, 'underwright'),
      exp: claim(fc.oneof(fc.constantFrom('9999999999', null, [9_999_999_999], -1), shape), now() + 60),
      iat: claim(shape, now()),
      nbf: claim(shape, undefined),
      client_id: claim(text, 'console'),
      username: claim(text, 'r.vega'),
      token_use: claim(shape, 'access'),
      'cognito:groups': claim(shape, ['auditor']),
      scope: claim(scope, undefined),
    });
    await fc.assert(
      fc.asyncProperty(sent, async (claims) => {
        const outcome = await tokens.verify(await signed(claims as JWTPayload)).catch((error: unknown) => error);
        if (outcome instanceof TokenRefused) return;
        const principal = outcome as Principal;
        const groups = claims['cognito:groups'];
        const named = [
          ...(Array.isArray(groups) ? groups : [groups]),
          ...(typeof claims.scope === 'string' ? claims.scope.split(' ') : []).flatMap((each) =>
            each.startsWith('underwright/') ? [each.slice('underwright/'.length)] : [],
          ),
        ];
        expect(principal.roles).toEqual(ROLES.filter((role) => named.includes(role)));
        for (const value of [claims.sub, claims.client_id]) expect(typeof value).toBe('string');
        expect(principal.id).toMatch(/^[a-z0-9._-]+$/i);
        expect(typeof claims.exp).toBe('number');
        taken += 1;
      }),
      { numRuns: 300 },
    );
    // Else the property would hold of nothing.
    expect(taken).toBeGreaterThan(30);
  });

  test('with any other header, it is refused and never an error', async () => {
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const local = oidcTokens({
      issuer: ISSUER,
      audiences: ['underwright'],
      keys: async () => elliptic.publicKey,
      clock,
    });
    const algorithms = [
      'RS256',
      'RS512',
      'PS256',
      'ES256',
      'ES384',
      'EdDSA',
      'Ed25519',
      'HS256',
      'none',
      'dir',
      '',
      'x',
    ];
    const header = fc.record(
      {
        alg: fc.oneof(fc.constantFrom(...algorithms), fc.jsonValue({ maxDepth: 1 })),
        kid: fc.oneof(fc.constant('one'), fc.jsonValue({ maxDepth: 1 })),
        typ: fc.jsonValue({ maxDepth: 1 }),
        crit: fc.oneof(fc.constantFrom(['b64'], ['x'], []), fc.jsonValue({ maxDepth: 1 })),
        b64: fc.jsonValue({ maxDepth: 1 }),
        jwk: fc.jsonValue({ maxDepth: 1 }),
        x5c: fc.jsonValue({ maxDepth: 1 }),
      },
      { requiredKeys: [] },
    );
    const body = part({ ...CLAIMS, exp: now() + 60 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(header, fc.jsonValue()), fc.base64String(), async (sent, signature) => {
        const bytes = Buffer.from(signature, 'base64').toString('base64url');
        const token = `${Buffer.from(JSON.stringify(sent)).toString('base64url')}.${body}.${bytes}`;
        for (const each of [tokens, local]) await expect(each.verify(token)).rejects.toThrow(TokenRefused);
      }),
      { numRuns: 300 },
    );
    for (const alg of algorithms) {
      const token = `${part({ alg, kid: 'one' })}.${body}.AAAA`;
      for (const each of [tokens, local]) await expect(each.verify(token)).rejects.toThrow(TokenRefused);
    }
  });
});
