import { folderLending } from '../adapters/compose/embedded.ts';
import { textsOf, type ConsentKind } from '../domain/application/consents.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { plain, plainLine, print, printJson, style } from './terminal.ts';

interface ConsentsOptions {
  readonly data: string;
  readonly kind?: ConsentKind;
  readonly at?: string;
  readonly json?: boolean;
}

/** Lists the lender's texts that applicants consent to. */
export function listConsents({ data, kind, at, json }: ConsentsOptions): ExitCode {
  const texts = textsOf(folderLending(data).lender.consentTexts, { kind, at });
  if (json) printJson({ texts });
  else if (texts.length === 0) print('No text is shown at this instant.');
  else {
    for (const { kind: of, version, from, until, text } of texts) {
      print(`${style('bold', of)}  ${plainLine(version)}, from ${from}${until === null ? '' : ` until ${until}`}`);
      print(`${plain(text)}\n`);
    }
  }
  return EXIT.OK;
}
