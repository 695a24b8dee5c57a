import { pullConsentAt } from '../domain/application/consents.ts';
import { readApplicationView } from './application-view.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { printApplication } from './print-application.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { outcomeStyled, plainLine, print, printJson, style } from './terminal.ts';

export interface ReopenOptions extends RunOptions {
  readonly why: string;
  readonly by: string;
  readonly note?: string;
  readonly affectedBy?: string;
  readonly consentGiven?: string;
}

/** Has the newest decision of an application made again, and waits until it has gone as far as it can without a person. */
export async function reopen(applicationId: string, options: ReopenOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const before = await readApplicationView(folder.records, applicationId);
    if (!before) throw notFound(applicationId, folder.records);
    if (before.decisionAddress === null) {
      throw new CommandFailed(EXIT.NOT_SO, 'NothingDecided', `${applicationId} has no decision yet: see its status.`);
    }
    const { why, by, note, affectedBy, consentGiven } = options;
    const answer = await folder.invoke('ReopenApplication', {
      applicationId,
      decision: before.decisionAddress,
      why,
      by,
      ...(note !== undefined && { note }),
      ...(affectedBy !== undefined && { affectedBy }),
      ...(consentGiven !== undefined && {
        consent: pullConsentAt(consentGiven, folder.records.lending.lender.consentTexts),
      }),
    });
    if (answer.result !== 'REOPENED') {
      if (options.json) printJson(answer);
      else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
      else print(`${style('red', answer.why)}  ${plainLine(applicationId)}: ${plainLine(answer.message)}`);
      return EXIT.NOT_SO;
    }
    await folder.settled([applicationId]);
    const said = `decided again: it was ${outcomeStyled(before.outcome ?? before.status)}`;
    await printApplication(folder.records, answer, said, options.json);
    return EXIT.OK;
  } finally {
    await folder.close();
  }
}
