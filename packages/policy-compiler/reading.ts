import { nearest, type Problems } from './problems.ts';
import type { Entry, Mapping, Node, Scalar } from './source.ts';

/** Reads the parts of a policy's tree as what they must be, and says what they are not. */
export class Reader {
  readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** A mapping whose keys are ids of the writer's choosing. @param most entries, a guard against runaway text. */
  entries(node: Node, where: string, most = 300): readonly Entry[] {
    if (node.kind === 'scalar' && node.text === '') return [];
    const mapping = this.#mapping(node, where);
    if (!mapping) return [];
    if (mapping.entries.length > most) {
      const fault = `${where} has ${mapping.entries.length} entries; the most is ${most}`;
      this.problems.error(mapping.at, 'TOO_LARGE', `${fault}.`, 'Split the policy.');
      return [];
    }
    return this.#unique(mapping, where);
  }

  /** A mapping with known keys. @returns undefined when it is none or lacks a required key. */
  fields(
    node: Node,
    where: string,
    required: readonly string[],
    optional: readonly string[],
  ): Map<string, Node> | undefined {
    const mapping = this.#mapping(node, where);
    if (!mapping) return undefined;
    const known = [...required, ...optional];
    const fields = new Map<string, Node>();
    for (const { key, at, value } of this.#unique(mapping, where)) {
      if (known.includes(key)) {
        fields.set(key, value);
        continue;
      }
      const close = nearest(key, known);
      const fix = close ? `Did you mean "${close}"?` : `It may have: ${known.join(', ')}.`;
      this.problems.error(at, 'UNKNOWN_KEY', `${where} has "${key}", which means nothing here.`, fix);
    }
    const lacking = required.filter((key) => !fields.has(key));
    for (const key of lacking) {
      if (key === 'reason') {
        this.problems.error(
          node.at,
          'NO_REASON',
          `${where} has no adverse action reason: whoever it refuses could not be told why.`,
          'Add reason: with one code, or from(model), from(bureau) for a score.',
        );
      } else {
        this.problems.error(node.at, 'MISSING_KEY', `${where} has no "${key}".`, `Add ${key}: to it.`);
      }
    }
    return lacking.length > 0 ? undefined : fields;
  }

  scalar(node: Node, where: string): Scalar | undefined {
    if (node.kind === 'scalar' && node.text !== '') return node;
    const what = node.kind === 'scalar' ? 'nothing' : `a ${node.kind === 'mapping' ? 'group' : 'list'}`;
    this.problems.error(
      node.at,
      'MALFORMED',
      `${where} has ${what} where a value must be.`,
      'Write one value; put quotes around an expression that begins with "[", "{" or "!".',
    );
    return undefined;
  }

  text(node: Node | undefined, where: string, pattern: RegExp, example: string): string | undefined {
    const scalar = node && this.scalar(node, where);
    if (!scalar) return undefined;
    if (pattern.test(scalar.text)) return scalar.text;
    this.problems.error(scalar.at, 'MALFORMED', `${where} is written "${scalar.text}".`, `Write it as ${example}.`);
    return undefined;
  }

  oneOf<const T extends string>(node: Node | undefined, where: string, choices: readonly T[]): T | undefined {
    const scalar = node && this.scalar(node, where);
    if (!scalar) return undefined;
    const choice = choices.find((candidate) => candidate === scalar.text);
    if (choice !== undefined) return choice;
    const fix = `Write one of: ${choices.join(', ')}.`;
    this.problems.error(scalar.at, 'MALFORMED', `${where} is "${scalar.text}".`, fix);
    return undefined;
  }

  integer(node: Node | undefined, where: string, low: number, high: number): number | undefined {
    const scalar = node && this.scalar(node, where);
    if (!scalar) return undefined;
    const value = wholeNumber(scalar.text);
    if (value !== undefined && value >= low && value <= high) return value;
    const fix = `Write a whole number from ${low} to ${high}.`;
    this.problems.error(scalar.at, 'MALFORMED', `${where} is "${scalar.text}".`, fix);
    return undefined;
  }

  list(node: Node, where: string): readonly Node[] | undefined {
    if (node.kind === 'sequence') return node.items;
    this.problems.error(node.at, 'MALFORMED', `${where} is no list.`, 'Write [a, b, c].');
    return undefined;
  }

  #mapping(node: Node, where: string): Mapping | undefined {
    if (node.kind === 'mapping') return node;
    this.problems.error(
      node.at,
      'MALFORMED',
      `${where} is no group of "key: value" lines.`,
      'Write "key: value" lines.',
    );
    return undefined;
  }

  #unique(mapping: Mapping, where: string): Entry[] {
    const seen = new Set<string>();
    return mapping.entries.filter(({ key, at }) => {
      if (seen.has(key)) {
        this.problems.error(at, 'DUPLICATE_ID', `${where} has "${key}" twice.`, 'Give one of them another name.');
        return false;
      }
      seen.add(key);
      return true;
    });
  }
}

/** A whole number, in digits that `_` may group. @returns undefined when the text is none that is exact. */
export function wholeNumber(text: string): number | undefined {
  if (!/^-?\d+(_\d+)*$/.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}
