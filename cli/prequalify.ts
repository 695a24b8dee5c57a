import { offerInWords } from './application-view.ts';
import { openFolder } from './data-folder.ts';
import { EXIT, CommandFailed, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { readSubmissions } from './submission-file.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

interface PrequalifyOptions extends RunOptions {
  readonly by: string;
}

/** Has rates quoted for one request, on a credit report that posts no inquiry. */
export async function prequalify(file: string, options: PrequalifyOptions): Promise<ExitCode> {
  const [request, ...more] = await readSubmissions(file);
  if (!request || more.length > 0) {
    throw new CommandFailed(EXIT.USAGE, 'OneRequest', `${plainLine(file)} has several requests: give one.`);
  }
  const folder = await openFolder(processOptions(options));
  try {
    const answer = await folder.invoke('Prequalify', { submittedBy: options.by, request: request.value });
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result === 'CONFLICT') print(`${style('red', 'conflict')}  ${plainLine(answer.message)}`);
    else {
      print(`${plainLine(answer.prequalificationId)}  ${answer.outcome}`);
      for (const offer of answer.offers) print(`  ${offerInWords(offer)}; until ${offer.expiresOn}`);
      print(answer.message);
    }
    return answer.result === 'ANSWERED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}
