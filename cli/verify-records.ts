import { setTimeout as pause } from 'node:timers/promises';

import { everyApplication } from '../audit/applications.ts';
import { damageOf } from '../audit/damage.ts';
import type { Records } from '../audit/records.ts';
import type { RowFaultOf } from '../audit/verify/engine.ts';
import { executionInputFaults, type ExecutionFault } from '../audit/verify/executions.ts';
import { scanRows, strayFaults } from '../audit/verify/rows.ts';
import { verifySealing, type SealVerification } from '../audit/verify/seals.ts';
import { verifyApplication, type Verification } from '../audit/verify/verification.ts';
import { applicationId as applicationIdSchema } from '../domain/application/application-id.ts';
import type { SignedSeal } from '../domain/ledger/seal.ts';
import { notFound } from './failure.ts';
import { progress } from './progress.ts';

export interface Verified {
  readonly verifications: readonly Verification[];
  readonly sealing: SealVerification;
  /** Of rows and files that belong to no verification: the engine's, and what nothing in the ledger explains. */
  readonly rows: readonly RowFaultOf[];
  /** Of executions that intake did not start. */
  readonly executions: readonly ExecutionFault[];
}

export interface VerifyOptions {
  /** @default all */
  readonly only?: string | undefined;
  /** A seal that was kept elsewhere. */
  readonly anchor?: SignedSeal | undefined;
}

/**
 * Verifies one application or all, with the seals and the rows of every table. @throws CommandFailed for an unknown one.
 */
export async function verifyRecords(records: Records, { only, anchor }: VerifyOptions = {}): Promise<Verified> {
  // Every row of the database is read for it.
  const database = only === undefined ? (records.databaseFaults?.() ?? []) : [];
  try {
    return await verifyReadable(records, { only, anchor }, database);
  } catch (error) {
    const detail = damageOf(error);
    if (database.length === 0 || detail === undefined) throw error;
    const unreadable = { fault: 'RECORDS_UNREADABLE', sequence: null, applicationId: null, detail };
    return {
      verifications: [],
      sealing: { seals: 0, faults: [], corrected: [] },
      rows: [...database, unreadable],
      executions: [],
    };
  }
}

async function verifyReadable(
  records: Records,
  { only, anchor }: VerifyOptions,
  database: readonly RowFaultOf[],
): Promise<Verified> {
  // Rows before the ledger: what they say is in the ledger already, also while a process runs.
  const scan = only === undefined ? await scanRows(records) : undefined;
  const ids = only === undefined ? await Array.fromAsync(everyApplication(records)) : [only];
  const sealing = await verifySealing(records, { only, anchor });
  const bar = progress('verifying', ids.length);
  const verifications: Verification[] = [];
  const empty: RowFaultOf[] = [];
  try {
    for (const applicationId of ids) {
      const verified = await verifyApplication(records, applicationId, scan);
      if (verified) verifications.push(verified);
      else if (!sealing.faults.some((each) => each.applicationId === applicationId)) {
        if (only !== undefined) throw notFound(applicationId, records);
        empty.push(emptyLedger(applicationId));
      }
      bar.step();
    }
  } finally {
    bar.stop();
  }
  const known = new Set(verifications.map(({ applicationId }) => applicationId));
  const strays = scan ? await strayFaults(records, scan, known) : [];
  const executions = scan ? await executionInputFaults(records) : [];
  return {
    verifications,
    sealing,
    rows: [...empty, ...strays, ...(await engineRows(records, only)), ...database],
    executions,
  };
}

/** The fault of a listed ledger that has no entries. Its name may be any text, so only an application's id is repeated. */
function emptyLedger(name: string): RowFaultOf {
  const detail = 'A ledger is listed and has no entries: it was cut, or another program added its name.';
  const applicationId = applicationIdSchema.safeParse(name).data ?? null;
  return { fault: 'RECEIPT_MISSING', sequence: null, applicationId, detail };
}

/** While a process runs, an execution may end between two looks: a difference is checked again until it persists. */
async function engineRows(records: Records, only: string | undefined): Promise<RowFaultOf[]> {
  let found = (await records.engineFaults?.(only)) ?? [];
  for (const ms of records.isInUse() ? [20, 100, 400, 1_500] : []) {
    if (found.length === 0) break;
    await pause(ms);
    found = (await records.engineFaults?.(only)) ?? [];
  }
  return found;
}
