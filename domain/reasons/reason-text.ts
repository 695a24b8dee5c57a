import { REASONS, type ReasonCode } from './catalogue.ts';

/** A principal reason of a decision: a code, and the words of a reviewer where the code says none (AA24). */
export interface StatedReason {
  readonly code: string;
  readonly text?: string | undefined;
}

/** The code of a reason in a reviewer's own words: "Other, specify" of form C-1. */
export const OWN_WORDS = 'AA24';

/** A reason as the applicant reads it. */
export const reasonText = ({ code, text }: StatedReason): string => text ?? REASONS[code as ReasonCode] ?? code;
