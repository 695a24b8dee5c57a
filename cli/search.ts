import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';

import { readJson } from '../domain/json-text.ts';
import type { JsonObject } from '../domain/json.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { outcomeStyled, plainLine, print, printJson, style, table } from './terminal.ts';

interface SearchOptions extends RunOptions {
  readonly by: string;
  readonly purpose: string;
  readonly role?: string;
}

/**
 * Prints the applications of a person. The search is recorded. The person is read from a file or standard input, because
 * other users of the machine can see the arguments of a command.
 * @throws CommandFailed for a file that cannot be read or is no JSON object.
 */
export async function search(file: string, options: SearchOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const sought = await readPerson(file);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, purpose, role } = options;
    const acting = { by, ...(role !== undefined && { role }), purpose, requestId: crypto.randomUUID() };
    const answer = await folder.invoke('SearchApplicant', { ...sought, ...acting });
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.applications.length === 0) print('No application of this person was found.');
    else {
      print(
        table(
          ['application', 'product', 'received on', 'status'],
          answer.applications.map(({ applicationId, product, receivedOn, status, outcome }) => [
            plainLine(applicationId),
            plainLine(product),
            receivedOn,
            outcomeStyled(outcome ?? status),
          ]),
          [null, 14, 12, 17],
        ),
      );
    }
    return answer.result === 'SEARCHED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

async function readPerson(file: string): Promise<JsonObject> {
  let text: string;
  try {
    text = file === '-' ? await textOf(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new CommandFailed(EXIT.USAGE, 'FileUnreadable', `The file of the person cannot be read (${code}).`);
  }
  const read = readJson(text);
  if (read.ok && read.value !== null && typeof read.value === 'object' && !Array.isArray(read.value)) {
    return read.value;
  }
  const message = 'The person must be one JSON object with firstName, lastName, dateOfBirth and ssn.';
  throw new CommandFailed(EXIT.USAGE, 'FileNotJson', message);
}
