/** Declarations of a conflict of interest. A declaration is of the application, so it covers the cases after a reopening too. */
import type { LedgerEntry } from '../ledger/chain.ts';

/** The declarations among the entries of an application, oldest first. */
export const declarationsIn = (entries: readonly LedgerEntry[]): LedgerEntry[] =>
  entries.filter(({ type }) => type === 'CONFLICT_DECLARED');

/** Whether a person made one of the declarations. */
export const hasDeclared = (declarations: readonly LedgerEntry[], person: string): boolean =>
  declarations.some(({ actor }) => actor === person);
