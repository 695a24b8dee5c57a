import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve, join } from 'node:path';

import { createPrivate } from './private-files.ts';

/** The name of the one profile in `aws-credentials`. */
export const ACCESS_KEY_PROFILE = 'underwright';

/** A key pair with which callers of the loopback AWS endpoints sign their requests. */
export interface AccessKey {
  /** 20 letters and digits; not a secret. */
  readonly accessKeyId: string;
  /** 40 characters of Base64. */
  readonly secretAccessKey: string;
}

export class AccessKeyMissing extends Error {
  override readonly name = 'AccessKeyMissing';
}

/** Where SDKs and the AWS CLI find the key pair: the value of AWS_SHARED_CREDENTIALS_FILE. */
export const accessKeyFile = (folder: string): string => resolve(join(folder, 'aws-credentials'));

/** The key pair of a data folder, which is created where there is none. @throws AccessKeyMissing for a damaged file. */
export function ensureAccessKey(folder: string): AccessKey {
  const path = accessKeyFile(folder);
  if (!existsSync(path)) createPrivate(path, asProfile(newKey()));
  return readAccessKey(folder);
}

/** The key pair of a data folder. @throws AccessKeyMissing for no file and for a damaged one. */
export function readAccessKey(folder: string): AccessKey {
  const path = accessKeyFile(folder);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const found = /^aws_access_key_id = ([A-Z0-9]{20})\naws_secret_access_key = ([A-Za-z0-9+/]{40})$/m.exec(text);
  if (found) return { accessKeyId: found[1]!, secretAccessKey: found[2]! };
  throw new AccessKeyMissing(
    `${path} has no key pair of this program. Delete the file if there is one, then stop and start the process that runs on the folder: it makes a new pair.`,
  );
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function newKey(): AccessKey {
  const random = Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  // 30 bytes are 40 characters without padding, which a credentials file would read as a second "=".
  return { accessKeyId: `UWLK${random}`, secretAccessKey: randomBytes(30).toString('base64') };
}

function asProfile({ accessKeyId, secretAccessKey }: AccessKey): string {
  return `[${ACCESS_KEY_PROFILE}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}
