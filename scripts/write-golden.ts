/**
 * Adds decisions to the golden corpus: `node scripts/write-golden.ts DATA_FOLDER`, such as one that the demo left. A case
 * that is there already is never written again, because a past decision does not change.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { decisionsIn, freezeDecision } from '../audit/replay/freeze.ts';
import { openRecords } from '../cli/open-records.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('Name a data folder: node scripts/write-golden.ts DATA_FOLDER');
const records = await openRecords({ data: folder });
try {
  for await (const applicationId of records.ledger.applications()) {
    const path = join(import.meta.dirname, '..', 'test', 'golden', `${applicationId}.json`);
    if (existsSync(path)) continue;
    const [decided] = await decisionsIn(records, applicationId);
    if (decided) writeFileSync(path, `${JSON.stringify(await freezeDecision(records, decided))}\n`);
  }
} finally {
  records.close();
}
