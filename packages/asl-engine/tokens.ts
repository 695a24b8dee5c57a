import { randomBytes } from 'node:crypto';

import { InvalidToken, ValidationException } from './errors.ts';

/** 256 random bits, and which execution it belongs to. */
export function newToken(execution: number, frame: number): string {
  return Buffer.from(`${execution}.${frame}.${randomBytes(32).toString('base64url')}`).toString('base64url');
}

/** Undefined for what is no task token. */
export function executionOfToken(token: string): number | undefined {
  const match = /^(\d{1,15})\.\d{1,15}\.[\w-]{43}$/.exec(Buffer.from(token, 'base64url').toString());
  return match ? Number(match[1]) : undefined;
}

type PageKind = 'executions' | 'history' | 'history-reversed';

/** A `nextToken`: which call it belongs to, and the last id on the page. */
export function pageToken(kind: PageKind, after: number): string {
  return Buffer.from(`${kind}.${after}`).toString('base64url');
}

/** @throws InvalidToken */
export function readPageToken(token: string, kind: PageKind): number {
  const match = /^([a-z-]+)\.(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString());
  if (match?.[1] !== kind) throw new InvalidToken(`Invalid Token: this nextToken is not from the same call`);
  return Number(match[2]);
}

/** 0 asks for the default, as on AWS. @throws ValidationException */
export function pageSize(maxResults: number | undefined, absent: number): number {
  if (maxResults === undefined || maxResults === 0) return absent;
  if (!Number.isInteger(maxResults) || maxResults < 0 || maxResults > 1000) {
    throw new ValidationException('maxResults must be from 0 to 1000');
  }
  return maxResults;
}
