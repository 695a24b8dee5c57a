import type { LedgerEntry } from './chain.ts';
import { evidenceNamedBy, readBody, type EvidenceReference } from './events.ts';

/** The entries of an application by the execution that they are of: the first one's, then from each reopening on the next one's. */
export function byExecution(entries: readonly LedgerEntry[]): LedgerEntry[][] {
  const parts: LedgerEntry[][] = [[]];
  for (const entry of entries) {
    if (entry.type === 'DECISION_REOPENED') parts.push([]);
    parts.at(-1)?.push(entry);
  }
  return parts;
}

/** The entries of the execution that decides now, from its reopening on where there was one. */
export function ofNewestExecution(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return byExecution(entries).at(-1) ?? [];
}

/**
 * Whether the newest execution has recorded its decision. Retention may then forget the applicant. Another fact than
 * `isOpen`: a decided application whose notice waits for an operator is open too.
 */
export function isDecided(entries: readonly LedgerEntry[]): boolean {
  return ofNewestExecution(entries).some(({ type }) => type === 'DECISION_RECORDED');
}

/** @param part the entries of one execution. @returns its ARN, once it was validated: another of the same name is a stranger's. */
export function validatedExecution(part: readonly LedgerEntry[]): string | undefined {
  const validated = part.find(({ type }) => type === 'APPLICATION_VALIDATED');
  const executionArn = validated && readBody(validated, 'APPLICATION_VALIDATED').facts['executionArn'];
  return typeof executionArn === 'string' ? executionArn : undefined;
}

/**
 * The sealed application that counts after some entries: the one that was received, or the newest that completed or
 * corrected it. @returns undefined before the receipt.
 */
export function applicationIn(entries: readonly LedgerEntry[]): EvidenceReference | undefined {
  return entries
    .filter(({ type }) => type === 'APPLICATION_RECEIVED' || type === 'DECISION_REOPENED')
    .flatMap(evidenceNamedBy)
    .findLast(({ kind }) => kind === 'application');
}

/** The entry by which the applicant withdrew before an execution decided. @param part the entries of the execution. */
export function withdrawalIn(part: readonly LedgerEntry[]): LedgerEntry | undefined {
  return part.find((entry) => entry.type === 'APPLICATION_WITHDRAWN' && evidenceNamedBy(entry).length === 0);
}
