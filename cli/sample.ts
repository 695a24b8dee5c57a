import { join } from 'node:path';

import { folderLending } from '../adapters/compose/embedded.ts';
import { readSample, readSamples } from '../adapters/sample-applications.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { plainLine, printJson } from './terminal.ts';

const EXAMPLES = join(import.meta.dirname, '..', 'examples');

/** Prints a sample application that can be submitted now: its consents are a minute old, to the texts of the data folder's lender. */
export function sample(name: string, { data }: { readonly data: string }): ExitCode {
  const names = [...readSamples(EXAMPLES).keys()];
  if (!names.includes(name)) {
    throw new CommandFailed(
      EXIT.USAGE,
      'SampleMissing',
      `There is no sample ${plainLine(name)}: name one of ${names.join(', ')}.`,
    );
  }
  printJson(readSample(EXAMPLES, name, new Date(), folderLending(data).lender.consentTexts));
  return EXIT.OK;
}
