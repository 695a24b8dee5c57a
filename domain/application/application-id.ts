import * as z from 'zod';

/**
 * The front end's own id of an application, its key for safe retries: 8 to 64 letters, digits, `_`, `-`. No part of it may
 * be nine digits, which could be a social security number.
 */
export const applicationId = z
  .string('must be text')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$/, 'must be 8 to 64 letters, digits, "_" or "-", such as a ULID or a UUID')
  .refine(
    (id) => !/(^|[-_])\d{3}[-_]?\d{2}[-_]?\d{4}([-_]|$)/.test(id),
    'may not look like a social security number: use a random id such as a ULID or a UUID',
  );
