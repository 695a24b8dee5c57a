import { writeFileSync } from 'node:fs';

import { issuedNotices, type IssuedNotice } from '../app/notices/issued.ts';
import { readEvidence } from '../app/workflow/read-evidence.ts';
import { documentPage } from '../documents/html.ts';
import { noticeDocument, noticeText } from '../documents/notices/document.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { recordedRead, type ReaderOptions } from './recorded-read.ts';
import type { CommonOptions } from './run-options.ts';
import { plain, print, printJson } from './terminal.ts';

interface NoticeOptions extends CommonOptions, ReaderOptions {
  /** @default - every notice of the newest decision */
  readonly kind?: string;
  readonly html?: string;
  readonly pdf?: string;
}

/** Prints the newest notices to the applicant, or writes one to a file. A notice names the applicant, so the read is recorded first. */
export async function notice(applicationId: string, options: NoticeOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json, html, pdf } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    if (entries.length === 0) throw notFound(applicationId, records);
    const chosen = selected(issuedNotices(entries), applicationId, { ...options, option: records.option });
    const [first] = chosen;
    if (!first) return EXIT.OK;
    const read = { command: 'notice', action: 'READ_NOTICE', kinds: ['notice'] } as const;
    await recordedRead({ data, keyDir, aws }, applicationId, read, options);
    const notices = await Promise.all(
      chosen.map(({ address }) => readEvidence(records.evidence, applicationId, 'notice', address)),
    );
    const [only] = notices;
    if (only && html !== undefined) writeFileSync(html, documentPage(noticeDocument(only)), { mode: 0o600 });
    if (only && pdf !== undefined) {
      const { documentPdf } = await import('../documents/pdf.ts');
      writeFileSync(pdf, await documentPdf(noticeDocument(only), first.issuedAt), { mode: 0o600 });
    }
    if (json) printJson({ notices: notices.map((each, at) => ({ address: chosen[at]?.address, ...each })) });
    else if (html === undefined && pdf === undefined)
      print(
        notices
          .map((each) => plain(noticeText(each)))
          .join(RULE)
          .trimEnd(),
      );
    else for (const path of [html, pdf]) if (path !== undefined) print(path);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

/** Between two notices on a screen. */
const RULE = `\n${'-'.repeat(72)}\n\n`;

/** The notices of the newest issue, of one kind where it is given. A file takes one notice. */
function selected(
  issued: readonly IssuedNotice[],
  applicationId: string,
  { kind, html, pdf, option }: NoticeOptions & { readonly option: string },
): IssuedNotice[] {
  const newest = issued.at(-1);
  if (!newest) {
    throw new CommandFailed(
      EXIT.NOT_SO,
      'NoNotice',
      `${applicationId} has no notice yet: nothing is decided. See its status with: underwright status ${applicationId} ${option}`,
    );
  }
  const wanted = kind?.toUpperCase().replaceAll('-', '_');
  const chosen =
    wanted === undefined
      ? issued.filter(({ issuedAt }) => issuedAt === newest.issuedAt)
      : issued.filter((each) => each.kind === wanted).slice(-1);
  const kinds = [...new Set(issued.map((each) => each.kind))].join(', ');
  if (chosen.length === 0) {
    throw new CommandFailed(EXIT.NOT_SO, 'NoNotice', `${applicationId} has no notice of this kind. It has: ${kinds}`);
  }
  if (chosen.length > 1 && (html !== undefined || pdf !== undefined)) {
    throw new CommandFailed(EXIT.USAGE, 'UsageError', `a file takes one notice: choose with --kind one of ${kinds}`);
  }
  return chosen;
}
