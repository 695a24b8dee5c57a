import { allSwitches } from '../app/governance/set-switch.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { processOptions, type CommonOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style, table } from './terminal.ts';

interface SwitchOptions extends RunOptions {
  readonly by: string;
  readonly note: string;
}

/** Lists every switch that was ever set: who set it last, when and why. */
export async function listSwitches({ data, keyDir, aws, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir, aws });
  try {
    const switches = await allSwitches(records);
    if (json) {
      const stated = switches.map(({ kind, id, on, by, note, at }) => ({ kind, id, on, by, note, at }));
      printJson({ switches: stated });
    } else if (switches.length === 0) print('No switch was ever set: automatic outcomes are not stopped.');
    else {
      print(
        table(
          ['kind', 'id', 'state', 'since (UTC)', 'by', 'note'],
          switches.map(({ kind, id, on, by, note, at }) => [
            kind,
            plainLine(id),
            on ? style('red', 'on') : 'off',
            at.slice(0, 19).replace('T', ' '),
            plainLine(by),
            plainLine(note),
          ]),
          [null, null, null, 20, null, 40],
        ),
      );
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
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
