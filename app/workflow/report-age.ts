import type { Evidence } from '../../adapters/ports.ts';
import { addDays, localDate, type LocalDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { readEvidence } from './read-evidence.ts';

/**
 * Reads the days for which a policy lends on a report: `report_days` of the first of its results that derived it.
 * @param results addresses of sealed policy results; null for a stage that was not reached.
 * @returns undefined where no result derived it.
 */
export async function reportDaysOf(
  evidence: Pick<Evidence, 'open'>,
  applicationId: string,
  results: readonly (string | null)[],
): Promise<number | undefined> {
  for (const address of results) {
    if (address === null) continue;
    const { derived } = await readEvidence(evidence, applicationId, 'policy', address);
    const days = derived['report_days'];
    if (typeof days === 'number') return days;
  }
  return undefined;
}

/** A local date of the lender, in its time zone. */
interface Day {
  readonly today: LocalDate;
  readonly timeZone: string;
}

/**
 * Whether what came in at an instant is fresh enough on a local date.
 * @param reportDays as `reportDaysOf`; nothing is fresh where a policy gave none.
 */
export function isFresh(receivedAt: string, { today, timeZone }: Day, reportDays: number | undefined): boolean {
  return reportDays !== undefined && today <= addDays(localDate(receivedAt, timeZone), reportDays);
}

/**
 * Whether what a decision read came in too long ago, by the policy of the decision. It may be older than its offers where a
 * person priced them.
 */
export async function isStale(
  evidence: Pick<Evidence, 'open'>,
  { applicationId, reportsUsed, completedAt, evidence: { policy, preBureauPolicy } }: DecisionRecord,
  day: Day,
): Promise<boolean> {
  if (reportsUsed.length === 0 || completedAt === null) return false;
  return !isFresh(completedAt, day, await reportDaysOf(evidence, applicationId, [policy, preBureauPolicy]));
}
