import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';

import { commands } from '../../cli/program.ts';
import { ROOT, wordsOf, type Quotation } from './quotations.ts';

/** The definition by which the program parses its command line. */
const PROGRAM: Command = commands(() => {}, {});
export const COMMAND_NAMES: ReadonlySet<string> = new Set(PROGRAM.commands.map((each) => each.name()));

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const BUILT_IN = new Set(['ci', 'install', 'pack', 'publish', 'start', 'test']);

/** Returns the words behind `underwright`, without a redirection; undefined for the command line of another program. */
export function argumentsOf({ text, fenced }: Pick<Quotation, 'text' | 'fenced'>): string[] | undefined {
  const [first = '', ...rest] = wordsOf(text.replace(/ > [\w.-]+$/, ''));
  if (first === 'underwright') return rest;
  if (first === 'node' && rest[0] === 'bin/underwright.mjs') return rest.slice(1);
  if (first === 'npx' && rest[0] === 'underwright') return rest.slice(1);
  return COMMAND_NAMES.has(first) && !fenced ? [first, ...rest] : undefined;
}

/** Returns why a quoted command line cannot be run as it is quoted; undefined for a sound one. */
export function faultOf(quotation: Pick<Quotation, 'text' | 'fenced'>): string | undefined {
  const { text } = quotation;
  const own = argumentsOf(quotation);
  if (own) return programFault(own);
  const [program = '', ...words] = wordsOf(text.replace(/^(?:[A-Z_]+=\S* )+/, ''));
  const [first = '', second = ''] = words;
  switch (program) {
    case 'underwright':
      return programFault(words);
    case 'npm':
      return npmFault(words);
    case 'npx':
      return existsSync(path.join(ROOT, 'node_modules/.bin', first))
        ? undefined
        : `No package has the program ${first}.`;
    case 'node':
    case 'bash': {
      const file = first.startsWith('-') ? second : first;
      return file === '' || existsSync(path.join(ROOT, file)) ? undefined : `There is no file ${file}.`;
    }
    default:
      return undefined;
  }
}

function npmFault(words: readonly string[]): string | undefined {
  const [first = '', second = ''] = words;
  const script = first === 'run' ? second : first;
  if (first !== 'run' && !BUILT_IN.has(first)) return `npm has no command ${first} that this project uses.`;
  if (first === 'run' && scripts[script] === undefined) return `package.json has no script ${script}.`;
  const missing = words
    .slice(words.indexOf('--') + 1)
    .find(
      (word) =>
        word.startsWith('test/') &&
        !existsSync(path.join(ROOT, word)) &&
        !existsSync(path.join(ROOT, `${word}.test.ts`)),
    );
  return missing && `There are no tests ${missing}.`;
}

/** Returns the command that words name, and the words behind its name. */
export function commandOf(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  let command = PROGRAM;
  let rest = words;
  for (;;) {
    const next = command.commands.find((each) => each.name() === rest[0]);
    // `switch product ...` is short for `switch set product ...`.
    const short = !next && rest.length > 0 ? command.commands.find((each) => each.name() === 'set') : undefined;
    if (!next && !short) return { command, rest };
    command = (next ?? short)!;
    rest = next ? rest.slice(1) : rest;
  }
}

/** A mention in a sentence may leave out arguments and options. It may not name what does not exist. */
function programFault(words: readonly string[]): string | undefined {
  const { command, rest } = commandOf(words.filter((word) => word !== '...'));
  if (command.commands.length > 0) {
    return rest.length === 0 || isPlaceholder(rest[0]!) ? undefined : `There is no command ${words.join(' ')}.`;
  }
  const given: string[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at]!;
    if (!word.startsWith('--')) {
      given.push(word);
      continue;
    }
    const [name, value] = word.split('=');
    const option = command.options.find(({ long }) => long === name);
    if (!option) return `${command.name()} has no option ${name}.`;
    if (value !== undefined || option.isBoolean()) continue;
    at += 1;
    const fault = choiceFault(option.argChoices, rest[at]);
    if (fault) return fault;
  }
  const most = command.registeredArguments.length;
  if (given.length > most) return `${command.name()} takes ${most} arguments, not ${given.length}.`;
  return given.map((value, index) => choiceFault(command.registeredArguments[index]?.argChoices, value)).find(Boolean);
}

/** A name in capital letters, such as ID or [NAME], takes the place of a value. */
const isPlaceholder = (word: string): boolean => /^\[?[A-Z]+\]?$/.test(word);

const choiceFault = (choices: readonly string[] | undefined, value: string | undefined): string | undefined =>
  choices === undefined || value === undefined || choices.includes(value) || isPlaceholder(value)
    ? undefined
    : `${value} is none of ${choices.join(', ')}.`;
