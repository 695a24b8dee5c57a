import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { person } from '../app/contracts.ts';
import { coverPage } from '../documents/cover-page.ts';
import { documentPage } from '../documents/html.ts';
import { personalDataIn } from '../domain/application/personal-data.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { print, printJson, VERIFIER } from './terminal.ts';

interface ExportOptions extends CommonOptions {
  readonly purpose: string;
  readonly by: string;
  readonly identity?: boolean;
  readonly out: string;
}

/** Writes the decision file of an application and its cover page, as a web page and as a PDF; that it was taken out is in the ledger first. */
export async function exportDecision(applicationId: string, options: ExportOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json, out } = options;
  refuseUnclear(options);
  const records = await openRecords({ data, keyDir, aws }, { readOnly: false });
  try {
    if ((await records.ledger.read(applicationId)).length === 0) throw notFound(applicationId, records);
    const { purpose, by, identity = false } = options;
    const file = await records.takeOut(applicationId, {
      purpose,
      by,
      role: 'auditor',
      withIdentity: identity,
      requestId: crypto.randomUUID(),
    });
    const cover = coverPage(file);
    // The renderer and its fonts are read only where a PDF is made.
    const { documentPdf } = await import('../documents/pdf.ts');
    const [jsonPath, htmlPath, pdfPath] = ['json', 'html', 'pdf'].map((extension) =>
      join(out, `${applicationId}.decision.${extension}`),
    ) as [string, string, string];
    const pdf = await documentPdf(cover, file.export.at);
    mkdirSync(out, { recursive: true, mode: 0o700 });
    writeFileSync(jsonPath, `${JSON.stringify(file, null, 1)}\n`, { mode: 0o600 });
    writeFileSync(htmlPath, documentPage(cover), { mode: 0o600 });
    writeFileSync(pdfPath, pdf, { mode: 0o600 });
    if (json) {
      const written = { file: jsonPath, coverPage: htmlPath, coverPagePdf: pdfPath };
      printJson({ ...written, withIdentity: identity, sealed: file.seal !== null });
    } else {
      print(`${jsonPath}\n${htmlPath}\n${pdfPath}`);
      print(`${identity ? 'With' : 'Without'} identity. Verify with: ${VERIFIER} ${jsonPath} ${keyOptions(options)}`);
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}

/** In a data folder one key signs all; on AWS seals have a key of their own. */
const keyOptions = ({ data, keyDir = data, aws }: ExportOptions): string =>
  aws
    ? '--key export-public.pem --seal-key seal-public.pem, which underwright keys --aws writes'
    : `--key ${join(keyDir, 'seal-public.pem')}`;

function refuseUnclear({ purpose, by }: ExportOptions): void {
  const refused = (message: string) => new CommandFailed(EXIT.USAGE, 'UsageError', message);
  if (!person.safeParse(by).success) throw refused('--by must be a user id such as r.vega');
  if (purpose.length < 10 || purpose.length > 200)
    throw refused('--purpose must have 10 to 200 characters, such as "Examination 2026-14"');
  // The ledger is never forgotten, so no number that could be a person's goes into it.
  if (personalDataIn(purpose, new Date().getUTCFullYear()).length > 0)
    throw refused('--purpose must not have personal data in it: name the matter, not the person');
}
