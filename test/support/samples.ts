import { join } from 'node:path';

import { readSample } from '../../adapters/sample-applications.ts';
import type { JsonObject } from '../../domain/json.ts';
import { LENDER } from './lender.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

const made = new Map<string, ReturnType<typeof readSample>>();

/** A sample application that can be submitted now. Each call for a name gives the same, so that it can be submitted again. */
export function sampleNow(name: string): JsonObject & { readonly applicationId: string } {
  const known = made.get(name) ?? readSample(EXAMPLES, name, new Date(), LENDER.consentTexts);
  made.set(name, known);
  return structuredClone(known);
}
