import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

interface HoldIdentityOptions extends RunOptions {
  readonly by: string;
  readonly purpose: string;
  readonly role?: string;
}

/** Prints the parts of the identity that a waiting hold needs. The read is recorded first. */
export async function holdIdentity(applicationId: string, options: HoldIdentityOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, purpose, role } = options;
    const requestId = crypto.randomUUID();
    const command = { applicationId, by, ...(role !== undefined && { role }), purpose, requestId };
    const answer = await folder.invoke('ReadHoldIdentity', command);
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result !== 'SHOWN') {
      print(`${style('red', answer.result)}  ${plainLine(applicationId)}: ${plainLine(answer.message)}`);
    } else {
      const { holds, name, address, dateOfBirth, ssnLastFour, telephone, email, contacts } = answer;
      const lines: [string, string | undefined][] = [
        ['Holds', holds.join(', ')],
        ['Name', [name.firstName, name.lastName].filter((part) => part !== null).join(' ')],
        ['Address', `${address.street}, ${address.city}, ${address.state} ${address.zip}`],
        ['Date of birth', dateOfBirth],
        ['SSN, last four', ssnLastFour],
        ['Telephone', telephone],
        ['E-mail', email],
        ...contacts.map(({ contact, alert, method, reach }): [string, string] => [
          `Contact ${contact}`,
          `${reach} (${method}, named in the alert ${alert})`,
        ]),
      ];
      for (const [label, value] of lines) if (value !== undefined) print(`${label.padEnd(16)}${plainLine(value)}`);
    }
    return answer.result === 'SHOWN' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}
