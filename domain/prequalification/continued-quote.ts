import * as z from 'zod';

import { application } from '../application/submission.ts';
import { creditReport } from '../bureau/report.ts';
import { digest } from '../ledger/digest.ts';
import { policyResult } from '../policy/result.ts';
import { quote } from './quote.ts';

/**
 * The quote that an application continues, with its basis, sealed under the key of the application. So the record of a
 * decision lives as long as the application, also after the prequalification is forgotten.
 */
export const continuedQuote = z.strictObject({
  schemaVersion: z.literal(1),
  quote,
  /** The request for the quote, with the words of its consents. */
  stated: application,
  report: creditReport,
  policy: policyResult.shape.policy,
  /** Null where the report had no attributes to score. */
  model: z.strictObject({ id: z.string(), version: z.string(), packageDigest: digest }).nullable(),
});
export type ContinuedQuote = z.infer<typeof continuedQuote>;

/** The kind under which it is sealed. */
export const CONTINUED_QUOTE = 'continued-quote';
