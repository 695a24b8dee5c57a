import { dutiesFor } from '../audit/duties.ts';
import type { DutyStatus } from '../domain/duties/status.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { plainLine, print, printJson, style, table } from './terminal.ts';

interface DutiesOptions extends CommonOptions {
  readonly all?: boolean;
}

/** Prints each duty toward an applicant, with what met it. It shows no personal data. Returns 1 where a duty is late. */
export async function duties(applicationId: string, options: DutiesOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json, all = false } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    if (entries.length === 0) throw notFound(applicationId, records);
    const found = await dutiesFor(records, entries);
    if (json) printJson({ applicationId, duties: found });
    else for (const line of inWords(applicationId, found, all)) print(line);
    return found.some(({ status }) => status === 'LATE') ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}

const applies = ({ status }: DutyStatus): boolean => status !== 'NOT_APPLICABLE' && status !== 'NOT_YET_IN_FORCE';

function* inWords(applicationId: string, found: readonly DutyStatus[], all: boolean): Generator<string> {
  const shown = all ? found : found.filter(applies);
  const late = found.filter(({ status }) => status === 'LATE').length;
  yield `${style('bold', plainLine(applicationId))}  ${found.filter(applies).length} duties apply, ${late} late`;
  yield table(
    ['duty', 'status', 'due', 'met', 'by'],
    shown.map(({ duty, status, dueOn, metBy, note }) => [
      duty,
      status === 'LATE' ? style('red', status) : status,
      dueOn ?? '',
      metBy?.on ?? '',
      note ?? metBy?.field ?? metBy?.event ?? '',
    ]),
    [30, 17, 11, 11, 60],
  );
  if (!all && shown.length < found.length) yield `${found.length - shown.length} more do not apply: --all shows them.`;
}
