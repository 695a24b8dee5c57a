import { StoreUnavailable } from '../ports.ts';

// What the services name their refusals to take more for now; with any of them the call did nothing.
const THROTTLED = new Set([
  'InternalThrottlingException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/**
 * Awaits a call of an AWS client, which has its own retries.
 * @throws StoreUnavailable when the service still throttles after them; any other error as it is.
 */
export async function answered<T>(service: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!THROTTLED.has(nameOf(cause))) throw cause;
    throw new StoreUnavailable(`${service} throttles (${nameOf(cause)}) past all retries: try again later.`, { cause });
  }
}

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** @throws TypeError when KMS answered without the bytes that it promises. */
export function present(bytes: Uint8Array | undefined, operation: string): Uint8Array {
  if (bytes) return new Uint8Array(bytes);
  throw new TypeError(`KMS answered ${operation} without bytes.`);
}
