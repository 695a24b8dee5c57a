import { newestAddress } from '../app/status.ts';
import type { Notice } from '../documents/notices.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { recordedRead, type ReaderOptions } from './recorded-read.ts';
import type { CommonOptions } from './run-options.ts';
import { plain, print, printJson } from './terminal.ts';

/** Prints what the applicant is told: it names the applicant, so that it is read is recorded first. */
export async function notice(applicationId: string, options: CommonOptions & ReaderOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    if (entries.length === 0) throw notFound(applicationId, records);
    const address = newestAddress(entries, 'NOTICES_ISSUED');
    if (!address) {
      throw new CommandFailed(
        EXIT.NOT_SO,
        'NoNotice',
        `${applicationId} has no notice yet: nothing is decided. See its status with: underwright status ${applicationId} ${records.option}`,
      );
    }
    const read = { command: 'notice', action: 'READ_NOTICE', kinds: ['notice'] } as const;
    await recordedRead({ data, keyDir, aws }, applicationId, read, options);
    const rendered = (await records.evidence.open(applicationId, 'notice', address)) as unknown as Notice;
    if (json) printJson(rendered);
    else print(plain(rendered.text).trimEnd());
    return EXIT.OK;
  } finally {
    records.close();
  }
}
