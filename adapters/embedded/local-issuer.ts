import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errors, SignJWT, type JWTVerifyGetKey } from 'jose';

import type { Role } from '../../domain/access/access.ts';
import type { Clock } from '../ports.ts';
import { createPrivate } from './private-files.ts';

/** What tokens of a data folder say they are from and for. */
export const LOCAL_ISSUER = 'urn:underwright:data-folder';
export const LOCAL_AUDIENCE = 'underwright';
/** Of the issuer's P-256 key. */
export const LOCAL_ALGORITHM = 'ES256';

interface TokenRequest {
  /** A person's user id; the client id for a front end. */
  readonly by: string;
  readonly role: Role;
  readonly minutes: number;
}

/** Signs tokens with a key of the data folder: whoever can read the folder can be anybody in it. */
export interface LocalIssuer {
  sign(request: TokenRequest): Promise<string>;
  readonly keys: JWTVerifyGetKey;
}

const keyFile = (folder: string): string => join(folder, 'token-private.pem');

export function localIssuer(folder: string, clock: Clock): LocalIssuer {
  return {
    async sign({ by, role, minutes }) {
      if (!existsSync(keyFile(folder))) createKey(folder);
      const now = Math.floor(clock.now().getTime() / 1_000);
      const claims = role === 'front-end' ? { client_id: by } : { client_id: 'command-line', username: by };
      return new SignJWT({ ...claims, scope: `${LOCAL_AUDIENCE}/${role}` })
        .setProtectedHeader({ alg: LOCAL_ALGORITHM, typ: 'at+jwt' })
        .setIssuer(LOCAL_ISSUER)
        .setAudience(LOCAL_AUDIENCE)
        .setSubject(by)
        .setIssuedAt(now)
        .setExpirationTime(now + minutes * 60)
        .sign(createPrivateKey(readFileSync(keyFile(folder))));
    },
    keys: async () => {
      if (!existsSync(keyFile(folder))) throw new errors.JWKSNoMatchingKey();
      return createPublicKey(readFileSync(keyFile(folder)));
    },
  };
}

function createKey(folder: string): void {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  createPrivate(keyFile(folder), privateKey);
}
