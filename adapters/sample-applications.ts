import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { consentsAt, type ConsentKind, type ConsentTexts } from '../domain/application/consents.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Sample } from './ports.ts';

interface Expectation {
  readonly status: string;
  readonly outcome?: string;
}

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

/** The applicant of a sample consented this long before the submission: 60,000 ms = 1 minute. */
const CONSENTED_BEFORE_MS = 60_000;

/**
 * Makes the submission of a sample. A file of `applications/` names only the kinds of consents, because a consent with a date
 * would become too old.
 * @param folder of the samples: `examples`. @param at the instant of the submission. @param texts of the lender.
 */
export function readSample(
  folder: string,
  name: string,
  at: Date,
  texts: ConsentTexts,
): JsonObject & { readonly applicationId: string } {
  const sample = read(folder, 'applications', `${name}.json`) as JsonObject & { readonly applicationId: string };
  const givenAt = new Date(at.getTime() - CONSENTED_BEFORE_MS).toISOString();
  return { ...sample, consents: consentsAt(sample['consents'] as ConsentKind[], givenAt, texts) };
}

/**
 * The sample applications by name.
 * @param folder of `applications/`, `expectations.json` (where each stands at the end) and `reviews.json` (what persons say
 * of some of them until then).
 */
export function readSamples(folder: string): ReadonlyMap<string, Sample> {
  const expectations = read(folder, 'expectations.json') as Record<string, Expectation>;
  const answered = new Set(
    (read(folder, 'reviews.json') as { applicationId: string }[]).map((each) => each.applicationId),
  );
  return new Map(
    Object.entries(expectations).map(([name, { status, outcome }]) => [
      name,
      {
        submissionAt: (at, texts) => readSample(folder, name, at, texts),
        expected: answered.has(name) ? 'WAITS' : (outcome ?? status),
      },
    ]),
  );
}
