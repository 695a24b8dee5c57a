import * as z from 'zod';

import type { LocalDate } from '../calendar.ts';

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

/** A change of where the versions of a product stand, as one entry of the ledger has it. */
export interface PolicyChange {
  readonly action: 'PROPOSE' | 'APPROVE' | 'WITHDRAW';
  readonly digest: string;
  readonly version: string;
  /** From which on it decides, or of a withdrawal no longer does. */
  readonly date: LocalDate;
  readonly by: string;
  readonly at: string;
  readonly entry: string;
}

/** The proposal of a version that waits for its approval, or has it, and was not withdrawn. */
export function openProposal(proposals: readonly Proposal[], digest: string): Proposal | undefined {
  const newest = proposals.findLast((each) => each.digest === digest);
  return newest?.withdrawn === null ? newest : undefined;
}

/** The proposals of a version that a withdrawal from a date on takes back: those not withdrawn by then. */
export function standingFrom(proposals: readonly Proposal[], digest: string, from: LocalDate): Proposal[] {
  return proposals.filter((each) => each.digest === digest && (each.withdrawn === null || from < each.withdrawn.from));
}

/** What a change makes of the proposals of its product: who holds the ledger can tell from it alone what is in force. */
export function afterChange(
  before: readonly Proposal[],
  { action, digest, version, date, by, at, entry }: PolicyChange,
): Proposal[] {
  const signature = { by, at };
  switch (action) {
    case 'PROPOSE':
      return [...before, { digest, version, effective: date, proposed: signature, approved: null, withdrawn: null }];
    case 'APPROVE': {
      const open = openProposal(before, digest);
      return before.map((each) => (each === open ? { ...each, approved: { ...signature, entry } } : each));
    }
    case 'WITHDRAW': {
      const standing = standingFrom(before, digest, date);
      return before.map((each) =>
        standing.includes(each) ? { ...each, withdrawn: { ...signature, from: date } } : each,
      );
    }
  }
}

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
