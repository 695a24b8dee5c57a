import type { Records } from '../audit/records.ts';
import { ALARMS, REPAIRS, ROW_REPAIRS, type AlarmKind } from '../domain/reconciliation/reconcile.ts';
import type { OutputOf } from '../lambdas/functions.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { plainLine, print, printJson, style } from './terminal.ts';
import { verifyRecords } from './verify-records.ts';

type Found = OutputOf<'ReconcileRecords'>['findings'][number];

/** A call of so many applications takes about a minute. */
const LIMIT = 10_000;

/** Goes once through all rows, all applications and all evidence. @returns 1 when something needs a person. */
export async function reconcile(options: RunOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const repaired = new Map<string, Found>();
    const findings = new Map<string, Found>();
    const nameOf = (found: Found) => `${found.applicationId} ${found.kind} ${found.about}`;
    for (const only of ['ROWS', 'APPLICATIONS', 'EVIDENCE'] as const) {
      for (let ended = false; !ended;) {
        const answer = await folder.invoke('ReconcileRecords', { limit: LIMIT, only });
        for (const found of answer.repaired) repaired.set(nameOf(found), found);
        for (const found of answer.findings) findings.set(nameOf(found), found);
        ended = { ROWS: answer.rowsEnded, APPLICATIONS: answer.applicationsEnded, EVIDENCE: answer.evidenceEnded }[
          only
        ];
      }
    }
    // What a later call of this very pass repaired is not found any more.
    for (const name of repaired.keys()) findings.delete(name);
    const left = await acceptRebuilt(folder.records, folder.shared);
    const [done, open] = [[...repaired.values()], [...findings.values()]];
    if (options.json) printJson({ repaired: done, findings: open, left });
    else {
      for (const found of done) print(inWords('green', found, DONE[found.kind] ?? ''));
      for (const found of open) print(inWords('red', found, WORDS[found.kind] ?? ''));
      print(`${done.length} repaired, ${open.length} need a person.`);
      if (left.length > 0) {
        print(
          `Still named by underwright verify --all: ${left.join(', ')}. What is younger than 15 minutes is left alone: run it again then.`,
        );
      }
    }
    return open.length + left.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    await folder.close();
  }
}

/**
 * Accepts the rows of the rebuilt tables where the ledger determines every one of them and nothing else was changed.
 * @param readOnly another process runs on the folder: it is only judged. @returns the names of the faults that are left.
 */
export async function acceptRebuilt(records: Records, readOnly = false): Promise<string[]> {
  if ((records.databaseFaults?.() ?? []).length === 0) return [];
  const { verifications, sealing, rows, executions } = await verifyRecords(records);
  const faults = [...verifications.flatMap((each) => each.faults), ...sealing.faults, ...executions, ...rows];
  const onlyRows = faults.every(({ fault }) => fault === 'ROWS_CHANGED');
  const accepts = onlyRows && !readOnly;
  if (accepts) await records.acceptDerivedRows?.();
  const left = accepts ? (records.databaseFaults?.() ?? []) : faults;
  return [...new Set(left.map(({ fault }) => fault))].toSorted();
}

const DONE: Readonly<Record<string, string>> = { ...REPAIRS, ...ROW_REPAIRS };

const BY_HAND = 'nothing derives it: restore it from a backup, or repeat the act';

const WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(ROW_REPAIRS).map((kind) => [kind, BY_HAND])),
  ...(ALARMS satisfies Record<AlarmKind, string>),
  ARCHIVE_MISSING: 'its history could not be archived',
  NOT_STARTED: 'its execution could not be started',
  KEY_RESTORED: 'its key is back and could not be put on the list of the sweep',
  EVIDENCE_UNNAMED: 'no ledger names this piece: a step died between sealing and recording it, or entries were cut off',
};

function inWords(colour: 'green' | 'red', { kind, applicationId, about }: Found, words: string): string {
  const what = [applicationId, about].filter((each) => each !== null).map(plainLine);
  return `${style(colour, kind)}  ${what.join(' ')}: ${words}`;
}
