import * as z from 'zod';

import { LENDER_TYPES } from './pricing/rate-caps.ts';

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-US', { timeZone: name }));
  } catch {
    return false;
  }
}

/** The lender of record: the party that applicants contract with. */
export const lender = z.strictObject({
  name: z.string().min(1).describe('The legal name, as notices and decision files print it'),
  address: z.string().min(1).describe('The postal address on one line, as notices print it'),
  telephone: z.string().min(1).describe('The telephone number for applicants'),
  agency: z
    .string()
    .min(1)
    .describe("The lender's agency of 12 CFR 1002 Appendix A with its address, which adverse action notices name"),
  timeZone: z
    .string()
    .refine(isTimeZone, 'not a known time zone')
    .describe("The IANA name of the lender's time zone, such as America/Chicago: legal periods count its local dates"),
  type: z.enum(LENDER_TYPES).describe('The charter or license that decides which state rate caps apply'),
});
