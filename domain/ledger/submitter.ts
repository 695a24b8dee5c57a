import type { LedgerEntry } from './chain.ts';

/** The front end that submitted an application; `system` for one that the operator of the machine submitted without a name. */
export const submitterOf = (entries: readonly LedgerEntry[]): string | undefined =>
  entries.find(({ type }) => type === 'APPLICATION_RECEIVED')?.actor;

/**
 * Whether a front end may answer for the applicant: it submitted the application. An application that `system` submitted belongs
 * to no front end, so the name that the operator gives counts.
 */
export function answersFor(entries: readonly LedgerEntry[], frontEnd: string): boolean {
  const submitter = submitterOf(entries);
  return submitter === frontEnd || submitter === 'system';
}
