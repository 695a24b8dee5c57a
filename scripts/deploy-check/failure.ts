/** A step that did not pass: a sentence with the fault and the fix. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** The names under which AWS services refuse a caller without the permission. */
const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'UnauthorizedException',
  'UnauthorizedOperation',
]);
const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/**
 * Explains an error of a step as a sentence with its fix.
 * @param doing the step, such as `deploy`. @param signal of the step: it separates a timeout from an interruption.
 */
export function explained(error: unknown, doing: string, signal?: AbortSignal): string {
  if (signal?.aborted) {
    const { reason } = signal as { reason: unknown };
    return reason instanceof CheckFailed
      ? reason.message
      : `The step ${doing} did not end in time: read its output above, then run the check again with --reuse REPORT.`;
  }
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (NO_CREDENTIALS.has(name))
    return `AWS has no valid credentials (${name}): sign in, or set AWS_PROFILE, then run the check again.`;
  if (REFUSED.has(name))
    return `AWS refused a call of the step ${doing}: ${message} Give the caller this permission (docs/deploy.md).`;
  return message;
}

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
