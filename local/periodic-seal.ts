/** Five minutes: as on AWS. What is unsealed for longer, an attacker with the database could change without a trace in a seal. */
const EVERY_MS = 300_000;

/**
 * Seals what is new: now, and every five minutes for as long as the process runs.
 * @returns what stops it.
 */
export async function sealPeriodically(seal: () => Promise<unknown>): Promise<() => void> {
  await tried(seal);
  return periodically(seal);
}

/**
 * Makes a call every five minutes, the first time in five minutes: a command that ends before sends nothing.
 * @returns what stops it.
 */
export function periodically(call: () => Promise<unknown>): () => void {
  const timer = setInterval(() => void tried(call), EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** The function itself logs a failure. The next round tries again. */
const tried = (call: () => Promise<unknown>): Promise<unknown> => call().catch(() => undefined);
