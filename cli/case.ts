import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';

import type { ActName } from '../app/casework/command.ts';
import { CursorRefused } from '../audit/list-applications.ts';
import { countCases, listCases as casesOf, type ListedCase } from '../audit/list-cases.ts';
import { endOfDay } from '../domain/calendar.ts';
import type { Json } from '../domain/json.ts';
import { holderOf } from '../domain/projections/case.ts';
import type { OutputOf } from '../lambdas/functions.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { processOptions, type CommonOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style, table } from './terminal.ts';

type Answer = OutputOf<'WorkCase'>;
type CaseView = Extract<Answer, { result: 'DONE' }>['case'];

interface CaseOptions extends RunOptions {
  readonly by: string;
  readonly role?: string;
}

/** Records what a person does on a case, and prints the case. @param more what the act takes. */
export async function workCase(
  act: ActName,
  applicationId: string,
  { by, role, ...options }: CaseOptions,
  more: Record<string, Json | undefined>,
): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
    const command = { act, applicationId, by, ...(role !== undefined && { role }), ...given };
    const answer = await folder.invoke('WorkCase', command);
    if (options.json) printJson(answer);
    else printAnswer(applicationId, answer);
    return answer.result === 'DONE' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
};

/** Attaches a file to a case, whose type its name gives. @throws CommandFailed for a file that cannot be read. */
export async function attach(
  applicationId: string,
  file: string,
  { fromStaff, ...options }: CaseOptions & { readonly fromStaff?: boolean },
): Promise<ExitCode> {
  const mediaType = TYPES[extname(file).toLowerCase()];
  if (mediaType === undefined) {
    throw new CommandFailed(
      EXIT.USAGE,
      'DocumentTypeUnknown',
      `The file must end with ${Object.keys(TYPES).join(', ')}.`,
    );
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandFailed(
      EXIT.USAGE,
      'FileUnreadable',
      `The file cannot be read (${(error as { code?: string }).code}).`,
    );
  }
  const document = { name: basename(file), mediaType, content: bytes.toString('base64') };
  return workCase('ATTACH', applicationId, options, { document, from: fromStaff ? 'STAFF' : 'APPLICANT' });
}

/** Claims the case that is due first, and prints it. */
export async function nextCase(
  options: CaseOptions & { readonly queue: string; readonly product?: string; readonly hours: number },
): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, role, queue, product, hours } = options;
    const command = {
      by,
      queue: queue.toUpperCase(),
      hours,
      ...(role !== undefined && { role }),
      ...(product !== undefined && { product }),
    };
    const answer = await folder.invoke('NextCase', command);
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result === 'NONE') print(plainLine(answer.message));
    else {
      print(`${plainLine(answer.case.applicationId)}  is claimed by ${plainLine(by)}.`);
      for (const line of caseLines(answer.case)) print(line);
    }
    return answer.result === 'CLAIMED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

interface CaseListOptions extends CommonOptions {
  readonly waitsFor: string;
  readonly product?: string;
  readonly rule?: string;
  readonly claimedBy?: string;
  readonly unclaimed?: boolean;
  /** A local date of the creditor. */
  readonly dueUntil?: string;
  readonly days?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Cases of a page that no option sizes. */
const PAGE = 50;

/** Prints a page of cases, and how many wait. */
export async function listCases(options: CaseListOptions): Promise<ExitCode> {
  const { product, rule, claimedBy, unclaimed, dueUntil, days, limit = PAGE, cursor } = options;
  const records = await openRecords(options);
  try {
    const { timeZone } = records.lending.lender;
    const due = dueUntil === undefined ? undefined : endOfDay(dueUntil, timeZone);
    const filter = { product, rule, claimedBy, unclaimed, dueUntil: due, days };
    const waitsFor = options.waitsFor.toUpperCase() as 'REVIEW' | 'ATTENTION' | 'APPLICANT';
    const { cases, next } = await casesOf(records, waitsFor, filter, { limit, cursor });
    const counts = await countCases(records);
    if (options.json) {
      printJson({ cases, counts, next: next ?? null });
      return EXIT.OK;
    }
    const now = records.clock.now().toISOString();
    if (cases.length > 0) print(tableOf(cases, now));
    else print('No case matches.');
    for (const { waitsFor: queue, cases: all, claimed, overdue } of counts) {
      print(`  ${queue.toLowerCase().padEnd(10)} ${all} cases, ${claimed} claimed, ${overdue} overdue`);
    }
    if (next !== undefined) print(`\nNext page: repeat the command with --cursor ${next}`);
    return EXIT.OK;
  } catch (error) {
    if (!(error instanceof CursorRefused)) throw error;
    throw new CommandFailed(EXIT.USAGE, error.name, `--cursor ${error.message}.`);
  } finally {
    records.close();
  }
}

function tableOf(cases: readonly ListedCase[], now: string): string {
  const seconds = (instant: string) => instant.slice(0, 19).replace('T', ' ');
  return table(
    ['application', 'product', 'decide by (UTC)', 'since (UTC)', 'claimed by', 'waits for'],
    cases.map((row) => [
      plainLine(row.applicationId),
      row.product,
      seconds(row.pendingUntil ?? row.dueAt),
      seconds(row.since),
      plainLine(holderOf(row, now) ?? ''),
      plainLine(row.waitsFor.join(', ')),
    ]),
    [null, 14, 20, 20, 14, 30],
  );
}

function printAnswer(applicationId: string, answer: Answer): void {
  if (answer.result === 'REJECTED') return print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
  const id = plainLine(applicationId);
  if (answer.result === 'REFUSED') {
    return print(`${style('red', answer.reason)}  ${id}: ${plainLine(answer.message)}`);
  }
  print(`${id}  ${answer.act} is recorded${answer.repeated ? ', as before' : ''}.`);
  if (answer.warning) print(`  ${style('yellow', 'warning')}    ${plainLine(answer.warning)}`);
  for (const line of caseLines(answer.case)) print(line);
}

/** The lines that show who works on a case, its clocks, and whether it waits for the applicant. */
export function* caseLines({
  claim,
  conflicts,
  request,
  dueAt,
  hardStopAt,
  comments,
  documents,
}: CaseView): Generator<string> {
  yield `  claimed    ${claim ? `by ${plainLine(claim.holder)} until ${claim.until}` : 'by no person'}`;
  for (const { by, role, at } of conflicts) yield `  conflict   ${plainLine(by)} as ${role}, declared ${at}`;
  yield `  due        ${dueAt}; at the latest, 25 days after receipt or its reopening: ${hardStopAt}`;
  if (request) yield `  applicant  has until ${request.answerBy} to send what ${plainLine(request.by)} requested`;
  if (comments + documents > 0) yield `  work       ${comments} comments, ${documents} documents`;
}
