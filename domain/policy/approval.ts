import * as z from 'zod';

import type { LocalDate } from '../application/local-date.ts';

const signed = { by: z.string(), at: z.iso.datetime({ precision: 3 }) };

/** A version of a policy on its way into force: proposed by its author, approved by another officer. */
export const proposal = z.strictObject({
  /** SHA-256 of the compiled module. */
  digest: z.string(),
  version: z.string(),
  /** The creditor's local date from which on it decides. */
  effective: z.string(),
  proposed: z.strictObject(signed),
  /** `entry`: the ledger entry that has the approval, with its note. */
  approved: z.strictObject({ ...signed, entry: z.string() }).nullable(),
  /** `from`: the first local date of which it is no longer in force. */
  withdrawn: z.strictObject({ ...signed, from: z.string() }).nullable(),
});
export type Proposal = z.infer<typeof proposal>;
export type Approved = Proposal & { readonly approved: NonNullable<Proposal['approved']> };

/** Whether a person has ever approved a version: from then on nothing else is in force. */
export function isGoverned(proposals: readonly Proposal[]): boolean {
  return proposals.some(({ approved }) => approved !== null);
}

/**
 * The version in force on a date: of those approved, in effect and not withdrawn by then, the one with the latest effective
 * date; of equal ones the one approved last.
 * @param proposals of one product, in the order in which they were made.
 */
export function inForceOn(proposals: readonly Proposal[], date: LocalDate): Approved | undefined {
  return proposals
    .filter((each): each is Approved => each.approved !== null)
    .filter(({ effective, withdrawn }) => effective <= date && (withdrawn === null || date < withdrawn.from))
    .toSorted((a, b) => compare(a.effective, b.effective) || compare(a.approved.at, b.approved.at))
    .at(-1);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
