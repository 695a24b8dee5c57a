/** One thing that is not as it must be. */
export interface Fault {
  /** Such as `CHANGED_ENTRY` or `EVIDENCE_MISSING`. */
  readonly fault: string;
  /** Of the ledger entry; null where no entry is at fault. */
  readonly sequence: number | null;
  readonly detail: string;
}
