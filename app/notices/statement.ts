import * as z from 'zod';

import { isCalendarDate } from '../../domain/calendar.ts';
import { RETURN_REASONS } from '../../domain/ledger/events.ts';
import { evidenceAddress } from '../contracts.ts';

const stated = {
  /** The address of the sealed notice. @default the one notice that the act fits */
  notice: evidenceAddress.optional(),
  /** The creditor's local date. @default today */
  on: z.string().refine(isCalendarDate, 'must be a date of the calendar, as YYYY-MM-DD').optional(),
};
/** The print shop mailed a notice. */
export const mailedStatement = z.strictObject({
  act: z.literal('MAILED'),
  ...stated,
  /** The print shop's own, such as the number of a batch. */
  reference: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, 'must have 1 to 64 letters, digits, ".", "_", "/" or "-"')
    .default('none'),
  /** Whether the statement is about every notice that it fits. Else it has to fit one. */
  all: z.boolean().default(false),
});
/** A sent notice came back. */
export const returnedStatement = z.strictObject({ act: z.literal('RETURNED'), ...stated, why: z.enum(RETURN_REASONS) });

/** What a person states, without the person. */
export const deliveryStatement = z.discriminatedUnion('act', [mailedStatement, returnedStatement]);

/** The notices that a statement is about, each with the attempt and the local date. */
export const recordedNotices = z
  .array(z.strictObject({ notice: evidenceAddress, kind: z.string(), attempt: z.int(), on: z.string() }))
  .min(1);
