import type { Records } from '../audit/records.ts';
import type { Amending } from '../domain/application/amendment.ts';
import { answersFor, submitterOf } from '../domain/ledger/submitter.ts';
import { readApplicationView } from './application-view.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { printApplication } from './print-application.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { readSubmissions } from './submission-file.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

export interface AnswerOptions extends RunOptions {
  /** The front end through which the applicant answered. */
  readonly by: string;
}

/** A file with the members that an applicant completes or corrects. */
export interface Amendment {
  readonly applicationId: string;
  readonly file: string;
  readonly why: Amending;
}

/** Completes or corrects an application, and waits until it has gone as far as it can without a person. */
export async function amend({ applicationId, file, why }: Amendment, options: AnswerOptions): Promise<ExitCode> {
  const [content, ...more] = await readSubmissions(file);
  if (!content || more.length > 0) {
    throw new CommandFailed(EXIT.USAGE, 'ManyObjects', `${file} has several lines: send one JSON object.`);
  }
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    if (!(await readApplicationView(folder.records, applicationId))) throw notFound(applicationId, folder.records);
    await requireSubmitter(folder.records, applicationId, options.by);
    const command = { applicationId, why, by: options.by, content: content.value };
    const answer = await folder.invoke('AmendApplication', command);
    if (answer.result !== 'AMENDED') return refused(applicationId, answer, options.json);
    await folder.settled([applicationId]);
    const done = why === 'COMPLETED' ? 'completed' : 'corrected';
    await printApplication(folder.records, answer, answer.repeated ? `${done} before` : done, options.json);
    return EXIT.OK;
  } finally {
    await folder.close();
  }
}

/** Withdraws an application for the applicant, and waits until that is recorded. */
export async function withdraw(applicationId: string, options: AnswerOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    if (!(await readApplicationView(folder.records, applicationId))) throw notFound(applicationId, folder.records);
    await requireSubmitter(folder.records, applicationId, options.by);
    const answer = await folder.invoke('WithdrawApplication', { applicationId, by: options.by });
    if (answer.result !== 'WITHDRAWN') return refused(applicationId, answer, options.json);
    await folder.settled([applicationId]);
    await printApplication(folder.records, answer, answer.repeated ? 'withdrawn before' : 'withdrawn', options.json);
    return EXIT.OK;
  } finally {
    await folder.close();
  }
}

/** @throws OtherFrontEnd where another front end submitted the application: the operator then names that one. */
export async function requireSubmitter(
  { ledger }: Pick<Records, 'ledger'>,
  applicationId: string,
  by: string,
): Promise<void> {
  const entries = await ledger.read(applicationId);
  const submitter = submitterOf(entries);
  if (submitter === undefined || answersFor(entries, by)) return;
  const id = plainLine(applicationId);
  const message = `The front end ${plainLine(submitter)} submitted ${id}: give --by ${plainLine(submitter)} to record the applicant's answer under its name.`;
  throw new CommandFailed(EXIT.USAGE, 'OtherFrontEnd', message);
}

type Refused =
  | { readonly result: 'REJECTED'; readonly errors: { path: string; message: string }[] }
  | { readonly result: string; readonly why: string; readonly message: string };

function refused(applicationId: string, answer: Refused, json: boolean | undefined): ExitCode {
  if (json) printJson(answer);
  else if ('errors' in answer) print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
  else print(`${style('red', answer.why)}  ${plainLine(applicationId)}: ${plainLine(answer.message)}`);
  return EXIT.NOT_SO;
}
