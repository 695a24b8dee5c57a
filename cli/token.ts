import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { clientId, person } from '../app/contracts.ts';
import type { Role } from '../domain/access/access.ts';
import { requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import type { CommonOptions } from './run-options.ts';
import { print, printJson } from './terminal.ts';

interface TokenOptions extends CommonOptions {
  readonly role: Role;
  readonly by: string;
  readonly minutes: number;
}

/** Signs a token for the API of a process that runs on the folder. Nobody is authenticated: who can read the folder may say who they are. */
export async function token({ data, keyDir, json, role, by, minutes }: TokenOptions): Promise<ExitCode> {
  requireFolder(data);
  const named = (role === 'front-end' ? clientId : person).safeParse(by);
  if (!named.success) throw new CommandFailed(EXIT.USAGE, 'UsageError', `--by: ${named.error.issues[0]?.message}`);
  const embedded = composeEmbedded(data, { readOnly: true, keyFolder: keyDir });
  try {
    const signed = await embedded.issuer.sign({ by, role, minutes });
    if (json) printJson({ token: signed, role, by, minutes });
    else print(signed);
    return EXIT.OK;
  } finally {
    embedded.close();
  }
}
