import type { LedgerEntry } from '../ledger/chain.ts';

/** The entries that close the newest decision: at most a lapse and then a reopening. */
export function closingsOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const decided = entries.findLastIndex(({ type }) => type === 'DECISION_RECORDED');
  return entries
    .slice(decided + 1)
    .filter(({ type }) => type === 'OFFER_ACCEPTED' || type === 'OFFER_LAPSED' || type === 'DECISION_REOPENED');
}

/** How the newest decision was closed; `OPEN`: it is not, or none is recorded. */
export type Closing =
  | { readonly state: 'OPEN' | 'REOPENED' }
  /** `entry`: the acceptance, or the lapse of every offer. */
  | { readonly state: 'ACCEPTED' | 'LAPSED'; readonly entry: LedgerEntry };

/** What happened to the offers of an application's newest decision. */
export function offerStateOf(entries: readonly LedgerEntry[]): Closing {
  const entry = closingsOf(entries).at(-1);
  if (!entry) return { state: 'OPEN' };
  if (entry.type === 'DECISION_REOPENED') return { state: 'REOPENED' };
  return { state: entry.type === 'OFFER_ACCEPTED' ? 'ACCEPTED' : 'LAPSED', entry };
}
