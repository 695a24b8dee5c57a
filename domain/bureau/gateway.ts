/** The protocol of a bureau's gateway over HTTPS: a POST of a pull or a lookup, answered by a report or a problem. */
import * as z from 'zod';

import type { BureauAnswer, BureauRequest } from './request.ts';

export const gatewayRequest: z.ZodType<BureauRequest> = z.strictObject({
  bureau: z.string(),
  applicationId: z.string(),
  inquiry: z.enum(['HARD', 'SOFT']),
  purpose: z.literal('EXTENSION_OF_CREDIT'),
  reference: z.string(),
  consumer: z.strictObject({
    firstName: z.string().nullable(),
    lastName: z.string(),
    dateOfBirth: z.string(),
    ssn: z.string(),
    address: z.strictObject({ street: z.string(), city: z.string(), state: z.string(), zip: z.string() }),
  }),
});

/**
 * Asks for the report of a posted inquiry, without a new one. The pull's request is nested, so a gateway that does not know
 * this request cannot read it as a pull.
 */
export const gatewayLookup = z.strictObject({ operation: z.literal('POSTED'), request: gatewayRequest });

export const gatewayAnswer: z.ZodType<BureauAnswer> = z.strictObject({ format: z.string(), body: z.json() });

/** RFC 9457. `title` is the name of an error of the bureau port; no member repeats anything of the request. */
export const gatewayProblem = z.looseObject({ title: z.string() });

/** By which status a gateway says what became of a request. Any other, and no answer at all, leaves it unknown. */
export const GATEWAY_STATUS = {
  /** Proven not pulled: it may be sent again. */
  BureauUnavailable: 503,
  /** Nobody can tell whether it was pulled. */
  BureauAmbiguous: 504,
  /** A simulated bureau was asked for a person who may be real: nothing was asked or logged. */
  NotASyntheticApplicant: 422,
  /** The answer to a lookup: the bureau has no inquiry of this reference. */
  NothingPosted: 404,
  /** Not a request: nothing was asked or logged. */
  RequestUnreadable: 400,
} as const;
