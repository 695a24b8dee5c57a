import { BASIS, type MessageId, type RowLabel } from './basis.ts';
import { formatted, TemplateFieldMissing, type Language } from './language.ts';
import { FORMATS, type Format, type NoticeBlock, type Sentence, type Source } from './notice.ts';

/** A part of the record that templates name, and the source of a value at a path in it. */
export interface Root {
  readonly value: unknown;
  readonly source: (path: string, as: Format | undefined) => Source;
}

const PLACE = /\{(?<root>[A-Za-z]+)(?:\.(?<path>[A-Za-z0-9.-]+))?(?:\|(?<as>[A-Z_]+))?\}/g;

/** The value at a dotted path; undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path.split('.').reduce<unknown>((inner, name) => {
    const known = inner !== null && typeof inner === 'object' && Object.hasOwn(inner, name);
    return known ? (inner as Record<string, unknown>)[name] : undefined;
  }, value);
}

/** Joins two dotted paths. */
const joined = (...paths: readonly string[]): string => paths.filter((path) => path !== '').join('.');

/**
 * Writes the sentences of a notice. Every value comes from a root of the record, and the sentence names the path that was
 * read, so the text and its source cannot differ.
 */
export class Writer {
  readonly #roots: Readonly<Record<string, Root>>;
  readonly #language: Language;

  constructor(roots: Readonly<Record<string, Root>>, language: Language) {
    this.#roots = roots;
    this.#language = language;
  }

  /** A writer whose templates also name a part that no other root has, such as an agency. */
  with(name: string, root: Root): Writer {
    return new Writer({ ...this.#roots, [name]: root }, this.#language);
  }

  /** A writer whose templates also name `name`: a part of another root, such as one offer of the decision. */
  within(name: string, root: string, path: string): Writer {
    const outer = this.#root(root, name);
    const inner: Root = {
      value: valueAt(outer.value, path),
      source: (rest, as) => outer.source(joined(path, rest), as),
    };
    return this.with(name, inner);
  }

  /** A sentence of the language file. @param from further sources. @throws TemplateFieldMissing */
  say(message: MessageId, ...from: readonly Source[]): Sentence {
    const template = this.#language.messages[message];
    if (template === undefined) {
      throw new TemplateFieldMissing(message, 'a text', `add it to the language ${this.#language.code}`);
    }
    const printed: Source[] = [];
    const text = template.replace(PLACE, (...match) => {
      const { root, path = '', as } = match.at(-1) as { root: string; path?: string; as?: string };
      const { value, source } = this.#root(root, message);
      const found = valueAt(value, path);
      const field = joined(root, path);
      if (found === undefined || found === null || found === '') {
        throw new TemplateFieldMissing(message, field, 'render the notice from a record that has it');
      }
      const format = as === undefined ? 'TEXT' : FORMATS.find((each) => each === as);
      if (!format) throw new TemplateFieldMissing(message, `the format ${as}`, `use one of ${FORMATS.join(', ')}`);
      printed.push(source(path, format));
      return formatted(found, format, this.#language);
    });
    return { message, text, from: distinct([...(BASIS[message] ?? []), ...from, ...printed]) };
  }

  heading = (message: MessageId, ...from: readonly Source[]): NoticeBlock => ({
    kind: 'HEADING',
    text: this.say(message, ...from),
  });

  paragraph = (...messages: readonly MessageId[]): NoticeBlock => ({
    kind: 'PARAGRAPH',
    sentences: messages.map((message) => this.say(message)),
  });

  /** A row of a table: its label, which rests on what the value prints, and its value. */
  row(label: MessageId, value: MessageId): Sentence[] {
    const said = this.say(value);
    return [this.say(label, ...said.from.map(unprinted)), said];
  }

  /** A table of terms. */
  table(labels: readonly RowLabel[], ...more: readonly Sentence[][]): NoticeBlock {
    return {
      kind: 'TABLE',
      head: [this.say('table.label'), this.say('table.value')],
      rows: [...labels.map((label) => this.row(label, `${label}.value`)), ...more],
    };
  }

  /** Joins clauses into one sentence, such as "A; and B". */
  joined(clauses: readonly Sentence[], joint: MessageId): Sentence {
    const between = this.say(joint);
    const [first = between] = clauses;
    return {
      message: first.message,
      text: clauses.map(({ text }) => text).join(between.text),
      from: distinct(clauses.flatMap(({ from }) => from)),
    };
  }

  /** The words of a reason. @param own the words of a reviewer, which no catalogue has. */
  reason(code: string, own: string | undefined, from: readonly Source[]): Sentence {
    const words = own ?? this.#language.reasons[code];
    if (words === undefined) {
      throw new TemplateFieldMissing('reason', code, `add the reason to the language ${this.#language.code}`);
    }
    return { message: `reason.${code}`, text: words, from: [...from] };
  }

  #root(name: string, message: string): Root {
    const root = this.#roots[name];
    if (!root) throw new TemplateFieldMissing(message, name, 'name a part of the record that the notice has');
    return root;
  }
}

/** The source of a sentence that rests on a value and does not print it. */
function unprinted(source: Source): Source {
  if (!('as' in source)) return source;
  const { as: _, ...rest } = source;
  return rest;
}

function distinct(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}
