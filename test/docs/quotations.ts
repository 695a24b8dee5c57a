import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { fromMarkdown } from 'mdast-util-from-markdown';

export const ROOT = path.join(import.meta.dirname, '../..');

/** The pages that are tested, in the order in which their commands run. A change log quotes earlier releases. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync(
    ['docs/**/*.md', 'packages/*/README.md', 'bench/*.md', 'client/*.md', 'models/*/*/*.md', 'examples/models/*/*.md'],
    {
      cwd: ROOT,
    },
  ).toSorted(),
];

type Tree = ReturnType<typeof fromMarkdown>;
type Node = Tree | Tree['children'][number];

/** A text that a page sets as code. */
interface Code {
  readonly page: string;
  readonly line: number;
  /** The language of a fenced block, '' without one; undefined for code inside a sentence. */
  readonly language: string | undefined;
  readonly text: string;
}

/** A command line that a page quotes. */
export interface Quotation {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  /** Whether it is in a block of its own, as a command to run. */
  readonly fenced: boolean;
  /** The exit code that the block prints (`$ echo $?`). */
  readonly exit: number | undefined;
}

const PROGRAMS = /^(?:underwright|npm|npx|node|aws|curl|bash|export|unset|[A-Z_]+=\S* )/;

/** Returns every code span and code block of a page. @param markdown of the page, if it is not the one on disk. */
export function codeOf(page: string, markdown: string = readFileSync(path.join(ROOT, page), 'utf8')): Code[] {
  const found: Code[] = [];
  const visit = (node: Node): void => {
    const line = node.position?.start.line ?? 0;
    if (node.type === 'code') found.push({ page, line, language: node.lang ?? '', text: node.value });
    else if (node.type === 'inlineCode') {
      found.push({ page, line, language: undefined, text: node.value.replace(/\s+/g, ' ') });
    } else if ('children' in node) node.children.forEach(visit);
  };
  visit(fromMarkdown(markdown));
  return found;
}

/** Returns the command lines in code. @param names of the program's commands, which a sentence may quote alone. */
export function commandsIn(codes: readonly Code[], names: ReadonlySet<string>): Quotation[] {
  return codes.flatMap((code) => (code.language === undefined ? inSentence(code, names) : inBlock(code)));
}

function inSentence({ page, line, text }: Code, names: ReadonlySet<string>): Quotation[] {
  const [first = '', second] = text.split(' ');
  const whole = /^(?:underwright|npm|npx|node|aws|curl|bash)$/.test(first) || names.has(first);
  return whole && second !== undefined ? [{ page, line, text, fenced: false, exit: undefined }] : [];
}

function inBlock({ page, line, language, text }: Code): Quotation[] {
  if (language !== '' && language !== 'sh') return [];
  const lines = joined(text);
  const prompted = lines.some((each) => each.text.startsWith('$ '));
  const first = lines.find((each) => each.text !== '' && !each.text.startsWith('#'));
  if (!prompted && !(first && PROGRAMS.test(first.text))) return [];
  const found: Quotation[] = [];
  for (const [index, each] of lines.entries()) {
    const command = withoutComment(prompted ? each.text.replace(/^\$ /, '') : each.text);
    if (command === '' || (prompted && !each.text.startsWith('$ '))) continue;
    if (command === 'echo $?') {
      found.push({ ...found.pop()!, exit: Number(lines[index + 1]?.text) });
    } else found.push({ page, line: line + 1 + each.at, text: command, fenced: true, exit: undefined });
  }
  return found;
}

/** The lines of a block, each with those that a backslash or an open quotation mark continues. */
function joined(text: string): { at: number; text: string }[] {
  const lines: { at: number; text: string }[] = [];
  let continues = false;
  for (const [at, line] of text.split('\n').entries()) {
    const part = line.replace(/\\$/, '').trim();
    if (continues) lines.push({ at, text: `${lines.pop()!.text} ${part}` });
    else lines.push({ at, text: part });
    const unquoted = (lines.at(-1)?.text ?? '').replaceAll(/"[^"]*"|'[^']*'/g, '');
    continues = line.endsWith('\\') || /^[^#]*'/.test(unquoted);
  }
  return lines;
}

const withoutComment = (line: string): string => line.replace(/(?:^|\s+)#\s.*$/, '').trim();

/** The words of a command line, as a shell splits them, without expansions. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}
