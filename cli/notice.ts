import { readBody } from '../domain/ledger/events.ts';
import type { Notice } from '../domain/notices/render.ts';
import { openRecords } from './open-records.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import type { CommonOptions } from './program.ts';
import { plain, print, printJson } from './terminal.ts';

/** Prints what the applicant is told: it names the applicant. */
export async function notice(applicationId: string, { data, aws, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    if (entries.length === 0) throw notFound(applicationId, records);
    const issued = entries.findLast(({ type }) => type === 'NOTICES_ISSUED');
    const address = issued && readBody(issued, 'NOTICES_ISSUED').evidence[0]?.address;
    if (!address) {
      throw new CommandFailed(
        EXIT.NOT_SO,
        'NoNotice',
        `${applicationId} has no notice yet: nothing is decided. See where it stands with: underwright status ${applicationId} ${records.option}`,
      );
    }
    const rendered = (await records.evidence.open(applicationId, 'notice', address)) as unknown as Notice;
    if (json) printJson(rendered);
    else print(plain(rendered.text).trimEnd());
    return EXIT.OK;
  } finally {
    records.close();
  }
}
