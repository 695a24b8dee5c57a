import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { composeEmbedded, type Embedded } from '../../adapters/compose/embedded.ts';
import { sealNow, type ClockConfirmed } from '../../app/sealing/seal-ledger.ts';
import { verifySealing } from '../../audit/verify/seals.ts';
import { folderRecords } from '../../cli/folder-records.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { ONE_PROCESS } from '../../local/functions.ts';
import { manualClock } from '../support/manual-clock.ts';
import { sealedHeads } from '../support/sealed-heads.ts';
import type { Fault } from './fault.ts';

const DAY_MS = 86_400_000;
/** How wrong a clock is, in ms. */
const ERRORS = [1, 500, 30_000, 3_600_000, 2 * DAY_MS, 40 * DAY_MS, 400 * DAY_MS, 3_650 * DAY_MS];
const APPLICATIONS = ['application-1', 'application-2', 'application-3'];
const STEPS = 14;

const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!;

/**
 * Appends and seals under a clock that jumps, sets the clock right, and follows what a seal names until nothing is refused.
 * `INTACT`: everything is sealed and nothing was named. `FOUND`: a wrong clock was named, and everything is sealed after
 * its recovery. `UNDETECTED`: an entry has no seal and no seal names it. `LOST`: a chain or a seal does not hold.
 */
export async function* clockFaults(runs: number, random: () => number): AsyncIterable<Fault> {
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'underwright-clocks-'));
    try {
      yield await oneClock(folder, random);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

async function oneClock(folder: string, random: () => number): Promise<Fault> {
  const clock = manualClock();
  const records = composeEmbedded(folder, { clock });
  const steps: string[] = [];
  let time = clock.now().getTime();
  const set = (error: number) => clock.set(new Date(time + error).toISOString());
  try {
    let named = false;
    let error = 0;
    for (let step = 0; step < STEPS; step += 1) {
      time += Math.floor(random() * 2 * 3_600_000);
      if (random() < 0.3) {
        error = random() < 0.4 ? 0 : pick(ERRORS, random) * (random() < 0.5 ? 1 : -1);
        steps.push(`clock ${error}`);
      }
      set(error);
      if (random() < 0.6) await append(records, pick(APPLICATIONS, random));
      else {
        const { refused } = await sealNow(records, ONE_PROCESS);
        named ||= refused.length > 0;
        steps.push(`seal ${refused.map(({ fault }) => fault).join('+')}`);
      }
    }
    time += DAY_MS;
    set(0);
    const verdict = await settled(records, folder, () => {
      time += 1_000;
      set(0);
    });
    return {
      kind: 'clock that jumps',
      place: steps.join(', '),
      verdict: named && verdict === 'INTACT' ? 'FOUND' : verdict,
    };
  } finally {
    records.close();
  }
}

async function append(records: Embedded, applicationId: string): Promise<void> {
  const { length } = await records.ledger.read(applicationId);
  await records.ledger.append({
    id: `event/${length}`,
    applicationId,
    type: 'APPLICATION_SCORED',
    schemaVersion: 1,
    occurredAt: records.clock.now().toISOString(),
    actor: 'system',
    body: {},
  });
}

/** What a person confirms where a seal names a fault of the clock. */
const RECOVERY: Readonly<Record<string, ClockConfirmed['clock']>> = {
  CLOCK_BEHIND_SEAL: 'WAS_WRONG',
  RECORDED_AFTER_NOW: 'WAS_WRONG',
  RECORDED_BEFORE_A_SEAL_WITHOUT_IT: 'WAS_WRONG',
  CLOCK_AHEAD_OF_SEAL: 'IS_RIGHT',
};

async function settled(
  records: Embedded,
  folder: string,
  tick: () => void,
): Promise<'INTACT' | 'FOUND' | 'UNDETECTED' | 'LOST'> {
  let found = false;
  let confirmed: ClockConfirmed | undefined;
  const sealing = () => verifySealing(folderRecords(records, folder));
  // A seal names one fault of a clock at a time, and verification names what no seal looks back for.
  for (let tries = 0; tries < 4; tries += 1) {
    tick();
    const { refused } = await sealNow(records, { ...ONE_PROCESS, confirmed });
    const named = [...refused, ...(refused.length > 0 ? [] : (await sealing()).faults)];
    const recovery = named.map(({ fault }) => RECOVERY[fault]).find((each) => each !== undefined);
    if (named.length > 0 && recovery === undefined) return 'LOST';
    if (!recovery) break;
    found = true;
    confirmed = { clock: recovery, by: 'r.vega', note: 'The clock of this machine was set again.' };
  }
  for (const applicationId of APPLICATIONS) {
    const entries = await records.ledger.read(applicationId);
    if (verifyChain(applicationId, entries).length > 0) return 'LOST';
    const heads = (await sealedHeads(records.sealLog)).filter((head) => head.applicationId === applicationId);
    if (entries.length > 0 && heads.at(-1)?.headHash !== entries.at(-1)?.hash) return 'UNDETECTED';
  }
  return (await sealing()).faults.length > 0 ? 'LOST' : found ? 'FOUND' : 'INTACT';
}
