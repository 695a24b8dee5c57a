import * as z from 'zod';

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
/** Nine digits and no more, with or without separators, wherever they stand. */
const NINE_DIGITS = /(?<!\d)\d{3}[-_]?\d{2}[-_]?\d{4}(?!\d)/;

/** How names of executions end that have an application's id before it: see domain/ledger/execution-name.ts. */
const LIKE_AN_EXECUTION = /--(r[1-9][0-9]*|[2-9])$/;

/**
 * The front end's own id of an application, its key for safe retries: 8 to 64 letters, digits, `_`, `-`. It is written to
 * logs, so nowhere in it may there be nine digits in a row, or as 3-2-4, which could be a social security number. UUIDs and
 * ULIDs are random and may.
 */
export const applicationId = z
  .string('must be text')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$/, 'must be 8 to 64 letters, digits, "_" or "-", such as a ULID or a UUID')
  .refine(
    (id) => UUID.test(id) || ULID.test(id) || !NINE_DIGITS.test(id),
    'has nine digits like a social security number: use a random id such as a ULID or a UUID',
  )
  .refine(
    (id) => !LIKE_AN_EXECUTION.test(id),
    'ends like a name of an execution, such as "--2" or "--r1": use another id',
  )
  .refine((id) => !id.startsWith('control-'), 'starts like the ledgers of the system, "control-": use another id');
