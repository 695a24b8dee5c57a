import type { Clock, Ledger, SealLog } from '../adapters/ports.ts';

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 3_600_000;

export interface DailySealPorts {
  readonly ledger: Ledger;
  readonly sealLog: SealLog;
  readonly clock: Clock;
}

/**
 * Has the ledger sealed when its last seal, or without one its first entry, is a day old: now, and for as long as the
 * process runs.
 * @param seal a failure is logged by the function itself; the next hour tries again.
 * @returns what stops it.
 */
export async function sealDaily(ports: DailySealPorts, seal: () => Promise<unknown>): Promise<() => void> {
  const look = async (): Promise<void> => {
    try {
      if (await isDue(ports)) await seal();
    } catch {
      // What is not sealed now is sealed later.
    }
  };
  await look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

async function isDue({ ledger, sealLog, clock }: DailySealPorts): Promise<boolean> {
  const since = (await sealLog.newest())?.seal.sealedAt ?? (await firstRecordedAt(ledger));
  return since !== undefined && clock.now().getTime() - Date.parse(since) >= DAY_MS;
}

async function firstRecordedAt(ledger: Ledger): Promise<string | undefined> {
  for await (const applicationId of ledger.applications()) return (await ledger.read(applicationId))[0]?.recordedAt;
  return undefined;
}
