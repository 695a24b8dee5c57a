import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

interface SwitchOptions extends RunOptions {
  readonly by: string;
  readonly note: string;
}

/** Stops (`on`) or resumes (`off`) the automatic outcomes of a product, a policy or a model. */
export async function turnSwitch(kind: string, id: string, turned: string, options: SwitchOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, note } = options;
    const answer = await folder.invoke('SetSwitch', { kind, id, on: turned === 'on', by, note });
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else {
      const effect = answer.on ? 'every automatic outcome goes to a person' : 'automatic outcomes are resumed';
      print(`${kind} ${plainLine(id)}  ${answer.on ? 'on' : 'off'} since ${answer.at}: ${effect}`);
    }
    return answer.result === 'SET' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}
