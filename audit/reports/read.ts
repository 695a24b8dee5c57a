import type { Json } from '../../domain/json.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { damageOf } from '../damage.ts';
import type { Records } from '../records.ts';
import type { Recorded, Report } from './report.ts';

/** Applications that are read at once: as many as keep a remote store busy. */
const AT_ONCE = 32;

/** What could not be read whole. */
export interface LeftOut {
  /** Applications whose key was destroyed: what was sealed of them can never be read again. */
  forgotten: number;
  /** Applications whose evidence is missing, damaged or of another release. */
  unreadable: string[];
}

/** The records of applications, in their order; those that cannot be read are counted in `leftOut`. */
export async function* readRecorded(
  records: Records,
  applicationIds: readonly string[],
  { reads }: Pick<Report, 'reads'>,
  leftOut: LeftOut,
): AsyncIterable<Recorded> {
  for (let from = 0; from < applicationIds.length; from += AT_ONCE) {
    const batch = applicationIds.slice(from, from + AT_ONCE);
    const read = await Promise.all(batch.map((id) => recordedOf(records, id, reads, leftOut)));
    for (const each of read) if (each) yield each;
  }
}

async function recordedOf(
  records: Records,
  applicationId: string,
  reads: Report['reads'],
  leftOut: LeftOut,
): Promise<Recorded | undefined> {
  try {
    const entries = await records.ledger.read(applicationId);
    // The ledger has chains of switches and policies too.
    if (!entries.some(({ type }) => type === 'APPLICATION_RECEIVED')) return undefined;
    const values = new Map<string, Json>();
    for (const entry of entries) {
      for (const { kind, address } of evidenceNamedBy(entry)) {
        if (!reads.some((each) => each === kind) || values.has(address)) continue;
        values.set(address, await openedForReport(records, applicationId, kind, address));
      }
    }
    return { applicationId, entries, values, timeZone: records.lending.lender.timeZone };
  } catch (error) {
    const { name } = error as Error;
    if (name === 'KeyDestroyed') leftOut.forgotten += 1;
    else if (damageOf(error) !== undefined) leftOut.unreadable.push(applicationId);
    else throw error;
    return undefined;
  }
}

/** The one place where a report opens sealed evidence: identity is never asked for. */
function openedForReport(records: Records, applicationId: string, kind: string, address: string): Promise<Json> {
  return records.evidence.open(applicationId, kind, address);
}
