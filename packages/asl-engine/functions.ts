import { types } from 'node:util';

import type { Failure } from './errors.ts';

/** So that the cause, which escapes it, stays near the API's 32,768 characters. */
const MAX_MESSAGE_LENGTH = 16_000;

/** How Lambda reports what a function threw. No trace: its lines can quote data. */
export function lambdaFailure(error: unknown): Failure {
  const thrown = asError(error);
  // A thrown value can have anything under these names.
  const { name: itsName, message } = thrown as { name: unknown; message: unknown };
  const name = typeof itsName === 'string' && itsName !== '' ? itsName : 'Error';
  const errorMessage = typeof message === 'string' ? message.slice(0, MAX_MESSAGE_LENGTH) : '';
  return { error: name.slice(0, 256), cause: JSON.stringify({ errorType: name, errorMessage, trace: [] }) };
}

/** The bare name in a function's name, ARN or partial ARN, without its version or alias. */
export function functionNameOf(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  const at = parts.indexOf('function');
  return (at >= 0 ? parts[at + 1] : parts[0]) ?? nameOrArn;
}

/** What was thrown, as an error: also when it is one of another realm, such as a `vm` context, or no error at all. */
export function asError(thrown: unknown): Error {
  if (types.isNativeError(thrown)) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error('What was thrown is no error and has no text.');
  }
}
