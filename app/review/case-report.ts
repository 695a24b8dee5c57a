import type { Evidence } from '../../adapters/ports.ts';
import type { CreditReport } from '../../domain/bureau/report.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { readEvidence } from '../workflow/read-evidence.ts';

/** The report that a case is decided on. */
export interface CaseReport {
  readonly report: CreditReport | null;
  /** When the newest execution received or reused it; null without a report. */
  readonly reportedAt: string | null;
  /** The address of the raw answer; null without a report. */
  readonly answer: string | null;
}

/** Reads the report of the last pull of the newest execution. @param entries of the application, oldest first. */
export async function caseReport(
  evidence: Pick<Evidence, 'open'>,
  entries: readonly LedgerEntry[],
): Promise<CaseReport> {
  const pulled = ofNewestExecution(entries).findLast(({ type }) => type === 'BUREAU_REPORT_PULLED');
  const addressOf = (kind: string) =>
    pulled && evidenceNamedBy(pulled).find((reference) => reference.kind === kind)?.address;
  const address = addressOf('bureau-report');
  if (!pulled || !address) return { report: null, reportedAt: null, answer: null };
  const report = await readEvidence(evidence, pulled.applicationId, 'bureau-report', address);
  return { report, reportedAt: pulled.occurredAt, answer: addressOf('bureau-answer') ?? null };
}
