import { styleText, stripVTControlCharacters } from 'node:util';

import Table from 'cli-table3';

/** The npm package holds JavaScript alone. */
const installed = !import.meta.filename.endsWith('.ts');
/** The command that runs this program. */
export const PROGRAM = installed ? 'npx underwright' : 'node bin/underwright.mjs';
/** The command that verifies a decision file. */
export const VERIFIER = installed ? 'npx underwright-verify' : 'node verify/verify.mjs';

/** Widest line that the program draws. */
export const WIDTH = Math.min(process.stdout.columns ?? 100, 100);

type Format = Parameters<typeof styleText>[0];

/** Colour only on a terminal that wants it: NO_COLOR and pipes get plain text. */
export const style = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout });

/** Text from data as it may be written to a terminal: no control or invisible formatting characters but line feeds. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{C}\n]/gu, '');
}

/** As `plain`, on one line. */
export const plainLine = (text: string): string => plain(text).replaceAll('\n', ' ');

/** At most `width` characters, the last a mark of what was cut. */
export function cut(text: string, width: number): string {
  const letters = Array.from(text);
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** One document, so that a reader can parse the whole output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonText(value)}\n`);
}

/** JSON that a terminal may show: what JSON leaves raw of controls and of marks that reorder text is escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /[^\P{Cc}\n]|\p{Bidi_Control}/gu,
    (mark) => `\\u${mark.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** Columns without vertical rules. @param widths of the columns, wrapped by words; undefined takes what it needs. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widths: (number | null)[],
): string {
  const drawn = new Table({
    head: head.map((each) => style('bold', each)),
    colWidths: widths,
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const OUTCOME_FORMATS: Readonly<Record<string, Format>> = {
  APPROVE: 'green',
  COUNTEROFFER: 'cyan',
  DECLINE: 'red',
  NOT_OFFERED: 'magenta',
  INCOMPLETE: 'magenta',
  IN_REVIEW: 'yellow',
  NEEDS_ATTENTION: ['yellow', 'bold'],
  ENDED: 'red',
};

export const outcomeStyled = (outcome: string): string => style(OUTCOME_FORMATS[outcome] ?? 'dim', outcome);
