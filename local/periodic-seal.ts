/** Five minutes: as on AWS. What is unsealed for longer, an attacker with the database could change without a trace in a seal. */
const EVERY_MS = 300_000;

/**
 * Seals what is new: now, and every five minutes for as long as the process runs.
 * @param seal a failure is logged by the function itself; the next round tries again.
 * @returns what stops it.
 */
export async function sealPeriodically(seal: () => Promise<unknown>): Promise<() => void> {
  const round = async (): Promise<void> => {
    try {
      await seal();
    } catch {
      // The next round seals it.
    }
  };
  await round();
  const timer = setInterval(() => void round(), EVERY_MS).unref();
  return () => clearInterval(timer);
}
