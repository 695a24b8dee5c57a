import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Sample } from './ports.ts';

interface Expectation {
  readonly status: string;
  readonly outcome?: string;
}

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

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
        submission: read(folder, 'applications', `${name}.json`) as Sample['submission'],
        expected: answered.has(name) ? 'WAITS' : (outcome ?? status),
      },
    ]),
  );
}
