import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node as YamlNode } from 'yaml';

import type { Problems } from './problems.ts';

export interface Scalar {
  readonly kind: 'scalar';
  readonly text: string;
  readonly at: number;
  /** Offset in the source of the character at `index` of `text`. */
  readonly position: (index: number) => number;
}
export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: Node;
}
export interface Mapping {
  readonly kind: 'mapping';
  readonly at: number;
  readonly entries: readonly Entry[];
}
interface Sequence {
  readonly kind: 'sequence';
  readonly at: number;
  readonly items: readonly Node[];
}
export type Node = Scalar | Mapping | Sequence;

/** A policy of 500 rules has about 100 KB: what is larger is a mistake or an attack on the reader's patience. */
const LARGEST_SOURCE = 256 * 1024;

/**
 * Reads YAML as text, mappings and lists with their places. Every scalar stays text (the failsafe schema): no value
 * changes its meaning by what it happens to look like. Anchors and tags are refused: a diff must show what it changes.
 * @returns undefined when the text is no YAML; the faults are in `problems`.
 */
export function readSource(source: string, problems: Problems): Node | undefined {
  if (source.length > LARGEST_SOURCE) {
    const size = `${source.length} characters; the most is ${LARGEST_SOURCE}`;
    problems.error(0, 'TOO_LARGE', `The policy has ${size}.`, 'Split the policy by product.');
    return undefined;
  }
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(source, {
      schema: 'failsafe',
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch {
    problems.error(0, 'SYNTAX', 'The text is not readable as YAML.', 'Look for brackets nested without end.');
    return undefined;
  }
  for (const fault of [...document.errors, ...document.warnings]) {
    const said = fault.message.split('\n', 1)[0] ?? fault.message;
    problems.error(
      Math.min(fault.pos[0], source.length),
      'SYNTAX',
      `The text is not readable as YAML: ${said}.`,
      'Check indentation; put quotes around an expression that has ": ", " #", or begins with "!", "[", "{", "&" or "*".',
    );
  }
  if (problems.errors.length > 0) return undefined;
  return toNode(document.contents, source, problems, 0);
}

/** @param depth of the node: a policy nests at most 12 levels. */
function toNode(node: YamlNode | null, source: string, problems: Problems, depth: number): Node | undefined {
  const at = node?.range?.[0] ?? 0;
  const refused = refusalOf(node, depth);
  if (refused) {
    problems.error(at, 'SYNTAX', ...refused);
    return undefined;
  }
  const child = (of: YamlNode | null): Node | undefined => toNode(of, source, problems, depth + 1);
  if (isMap<YamlNode, YamlNode | null>(node)) {
    const entries = node.items.map(({ key, value }) => toEntry(key, value, { at, problems, child }));
    return { kind: 'mapping', at, entries: entries.filter((entry) => entry !== undefined) };
  }
  if (isSeq<YamlNode>(node)) {
    return { kind: 'sequence', at, items: node.items.map(child).filter((item) => item !== undefined) };
  }
  if (!isScalar(node)) return { kind: 'scalar', text: '', at, position: () => at };
  const text = typeof node.value === 'string' ? node.value : '';
  const raw = source.slice(at, node.range?.[1] ?? at);
  return { kind: 'scalar', text, at, position: (index) => at + rawIndex(text, raw, index) };
}

/** The message and the fix for a part of YAML that a policy may not have; undefined for any other. */
function refusalOf(node: YamlNode | null, depth: number): [message: string, fix: string] | undefined {
  if (depth > 12) return ['This is nested more deeply than any part of a policy.', 'Remove levels.'];
  if (isAlias(node) || node?.anchor) {
    return ['A policy has no anchors or aliases.', 'Write the value out where it is used.'];
  }
  return node?.tag === undefined ? undefined : ['A policy has no tags.', 'Remove what begins with "!".'];
}

interface Parent {
  readonly at: number;
  readonly problems: Problems;
  readonly child: (of: YamlNode | null) => Node | undefined;
}

function toEntry(key: YamlNode, value: YamlNode | null, { at, problems, child }: Parent): Entry | undefined {
  const keyAt = key.range?.[0] ?? at;
  if (!isScalar(key) || typeof key.value !== 'string' || key.value === '' || key.anchor || key.tag) {
    problems.error(keyAt, 'SYNTAX', 'A key here is not a word.', 'Write "key: value".');
    return undefined;
  }
  const read = child(value);
  return read && { key: key.value, at: keyAt, value: read };
}

/** Folding changes white space only, so the nth other character of the value is the nth of the source. */
function rawIndex(text: string, raw: string, index: number): number {
  let raws = raw.length - raw.replace(/^(["']|[|>][-+\d]*(?= *(#.*)?\n))/, '').length;
  for (let i = 0; i < index; i += 1) {
    if (/\s/.test(text[i] ?? '')) continue;
    while (raws < raw.length && /\s/.test(raw[raws] ?? '')) raws += 1;
    raws += 1;
  }
  while (raws < raw.length && /\s/.test(raw[raws] ?? '')) raws += 1;
  return Math.min(raws, raw.length);
}
