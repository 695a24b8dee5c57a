/**
 * Writes the golden notices of test/golden/notices again: `node scripts/remake-golden-notices.ts`. A folder as the argument also
 * gets each notice as a PDF. View every notice that changes as an image before you commit it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { documentPage } from '../documents/html.ts';
import { noticeDocument } from '../documents/notices/document.ts';
import { documentPdf } from '../documents/pdf.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { goldenNotices } from '../test/support/golden-notices.ts';

const folder = join(import.meta.dirname, '..', 'test', 'golden', 'notices');
const [, , pdfFolder] = process.argv;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const digests: Record<string, string> = {};
for (const { name, notice, record } of goldenNotices()) {
  const page = noticeDocument(notice);
  const pdf = await documentPdf(page, record.decision.decidedAt);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(notice, null, 1)}\n`);
  writeFileSync(join(folder, `${name}.html`), documentPage(page));
  digests[name] = sha256(pdf);
  if (pdfFolder !== undefined) writeFileSync(join(pdfFolder, `${name}.pdf`), pdf);
}
writeFileSync(join(folder, 'pdf-digests.json'), `${JSON.stringify(digests, null, 1)}\n`);
