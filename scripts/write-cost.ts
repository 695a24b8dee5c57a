/**
 * `npm run cost`: counts what a decision does, and writes docs/cost.md from that, the production templates and prices. With
 * `--measure` the times of the handlers are measured anew too, which otherwise stay. A test holds the document to the rest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { countDecisions, type Durations } from './cost/count.ts';
import { costDocument } from './cost/document.ts';
import { templateFacts } from './cost/template.ts';

const root = join(import.meta.dirname, '..');
const DURATIONS = join(import.meta.dirname, 'cost', 'durations.json');

/** The document, with the times that were measured when it was last written. Writes nothing itself. */
export async function costPage(): Promise<string> {
  const { counts } = await countDecisions();
  const durations = JSON.parse(readFileSync(DURATIONS, 'utf8')) as Durations;
  return costDocument({ counts, durations, facts: templateFacts() });
}

if (import.meta.main) {
  if (process.argv.includes('--measure')) {
    const { durations } = await countDecisions();
    writeFileSync(DURATIONS, `${JSON.stringify(durations, null, 2)}\n`);
  }
  writeFileSync(join(root, 'docs', 'cost.md'), await costPage());
}
