import * as z from 'zod';

import { consentTexts } from './application/consents.ts';
import { LENDER_TYPES } from './pricing/rate-caps.ts';

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-US', { timeZone: name }));
  } catch {
    return false;
  }
}

/** One line that a notice can print. */
const line = () =>
  z
    .string()
    .trim()
    .max(200)
    .regex(/[\p{L}\p{N}]/u, 'not a text with a letter or a digit')
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'not one line of visible characters');

/**
 * Which scores the lender discloses as credit scores (15 USC 1681m(a)(2), 1681g(f)(2)(A)). OWN and BOTH count the score of the
 * lender's own model. A bureau's score that was used is disclosed under every setting.
 */
const SCORE_DISCLOSURES = ['OWN', 'BUREAU', 'BOTH'] as const;
export type ScoreDisclosure = (typeof SCORE_DISCLOSURES)[number];

/** The lender of record: the party that applicants contract with. */
export const lender = z.strictObject({
  name: line().describe('The legal name, as notices and decision files print it'),
  address: line().describe('The postal address on one line, as notices print it'),
  telephone: line().describe('The telephone number for applicants'),
  agency: line().describe(
    "The lender's agency of 12 CFR 1002 Appendix A with its address, which adverse action notices name",
  ),
  timeZone: z
    .string()
    .refine(isTimeZone, 'not a known time zone')
    .describe("The IANA name of the lender's time zone, such as America/Chicago: legal periods count its local dates"),
  consentTexts: consentTexts.describe(
    'The texts that applicants consent to, each with the time in which front ends show it; a consent to another text, or ' +
      'of another time, does not count',
  ),
  scoreDisclosure: z
    .enum(SCORE_DISCLOSURES)
    .default('BOTH')
    .describe(
      "Which scores count as credit scores: OWN or BOTH include the score of the lender's own model; BUREAU leaves it out. A " +
        "bureau's score that a decision used is always disclosed",
    ),
  type: z.enum(LENDER_TYPES).describe('The charter or license that decides which state rate caps apply'),
});
export type Lender = z.infer<typeof lender>;

/** The facts of the lender that a decision depends on: which rate caps apply, and which day an instant falls on. */
export type DecidingLender = Pick<Lender, 'type' | 'timeZone'>;

/** The lender of policy results that record none: earlier releases knew no other. */
export const UNRECORDED_LENDER: DecidingLender = { type: 'STATE_LICENSEE', timeZone: 'America/Chicago' };

/** Those facts alone, as policy results record them. */
export const decidingLender = ({ type, timeZone }: Lender): DecidingLender => ({ type, timeZone });

export const LENDING_MODES = ['sandbox', 'production'] as const;

/** In `production` a rate cap that counsel has not confirmed does not count, so nothing is offered under it. */
export type LendingMode = (typeof LENDING_MODES)[number];

/** The mode and the lender of a deployment. */
export const lendingSettings = z.strictObject({ mode: z.enum(LENDING_MODES), lender });
export type LendingSettings = z.infer<typeof lendingSettings>;
