import type { Clock, Evidence } from '../adapters/ports.ts';
import { localDate } from '../domain/calendar.ts';
import { DUTY_EVIDENCE, dutyFacts } from '../domain/duties/facts.ts';
import { dutiesOf, type DutyStatus } from '../domain/duties/status.ts';
import type { Json } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../domain/ledger/events.ts';
import type { LendingSettings } from '../domain/lender.ts';

interface DutyPorts {
  readonly clock: Clock;
  readonly evidence: Pick<Evidence, 'open'>;
  readonly lending: LendingSettings;
}

/**
 * Derives the duties toward an applicant on the creditor's date of today.
 * @param entries all of the application's.
 * @throws KeyDestroyed once the applicant is forgotten, EvidenceMissing, EvidenceDamaged.
 */
export async function dutiesFor(
  { clock, evidence, lending }: DutyPorts,
  entries: readonly LedgerEntry[],
): Promise<DutyStatus[]> {
  const values = new Map<string, Json>();
  for (const { applicationId, kind, address } of entries.flatMap(namedWithId)) {
    if (DUTY_EVIDENCE.includes(kind) && !values.has(address)) {
      values.set(address, await evidence.open(applicationId, kind, address));
    }
  }
  const { timeZone } = lending.lender;
  const today = localDate(clock.now().toISOString(), timeZone);
  return dutiesOf(dutyFacts({ entries, valueAt: (address) => values.get(address), timeZone, today }));
}

const namedWithId = (entry: LedgerEntry) =>
  evidenceNamedBy(entry).map((each) => ({ ...each, applicationId: entry.applicationId }));
