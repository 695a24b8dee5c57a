/**
 * A second opinion on what a policy says: it walks the YAML and the CEL tree, in exact arithmetic, and shares no code with
 * the compiler. Slow and plain. The policy must be one that compiles.
 */
import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { parse } from 'yaml';

import type { Inputs, PolicyResult } from '../../../packages/policy-compiler/module.ts';

type V = bigint | string | boolean | null;
type Text = { [key: string]: Text | string | (Text | string)[] };

const CEL = new Environment();
const documents = new Map<string, Text>();
const trees = new Map<string, ASTNode>();

function documentOf(source: string): Text {
  const document = documents.get(source) ?? (parse(source, { schema: 'failsafe' }) as Text);
  documents.set(source, document);
  return document;
}

function treeOf(text: unknown): ASTNode {
  const tree = trees.get(text as string) ?? CEL.parse(text as string).ast;
  trees.set(text as string, tree);
  return tree;
}

export function interpret(source: string, stage: 'pre-bureau' | 'full', inputs: Inputs): Omit<PolicyResult, 'policy'> {
  const document = documentOf(source);
  const section = (name: string): [string, Text][] =>
    Object.entries((document[name] as Text) || {}) as [string, Text][];
  const group = (name: string, part: string): [string, Text][] =>
    Object.entries(((document[name] as Text)[part] as Text) || {}) as [string, Text][];
  const known = new Set(group('inputs', 'pre-bureau').map(([name]) => name));
  if (stage === 'full') for (const [name] of group('inputs', 'full')) known.add(name);
  const definitions = new Map<string, () => V>();
  const reads = new Map<string, string[]>();
  const cache = new Map<string, V>();

  const value = (name: string): V => {
    if (known.has(name)) {
      const given = inputs[name] ?? null;
      return typeof given === 'number' ? BigInt(given) : given;
    }
    if (!cache.has(name)) cache.set(name, (definitions.get(name) as () => V)());
    return cache.get(name) as V;
  };
  const available = (name: string): boolean =>
    known.has(name) || (reads.has(name) && (reads.get(name) as string[]).every(available));

  for (const [name, { type, value: text, places, round }] of section('derive')) {
    const tree = treeOf(text);
    reads.set(name, namesIn(tree));
    definitions.set(name, () => (type === 'boolean' ? truth(tree, value) : formula(tree, value, type, places, round)));
  }
  for (const [name, { of, cuts, names }] of section('bands')) {
    reads.set(name, [of as string]);
    definitions.set(name, () => {
      const at = value(of as string);
      return at === null ? null : ((names as string[])[range(at, cuts as string[])] as string);
    });
  }
  for (const [name, table] of section('tables')) {
    const rows = table['rows'] as string | Text;
    const columns = table['columns'] as Text | undefined;
    const row = typeof rows === 'string' ? rows : (Object.keys(rows)[0] as string);
    const column = columns && (Object.keys(columns)[0] as string);
    reads.set(name, column ? [row, column] : [row]);
    definitions.set(name, () => {
      const rowValue = value(row);
      const columnValue = column === undefined ? '' : value(column);
      if (rowValue === null || columnValue === null) return null;
      const values = table['values'] as unknown as Record<string, string | string[]>;
      const line = typeof rows === 'string' ? values[String(rowValue)] : values[place(rowValue, rows[row] as string[])];
      const cell =
        column === undefined ? line : (line as string[])[place(columnValue, (columns as Text)[column] as string[])];
      return cell === 'none' ? null : BigInt((cell as string).replaceAll('_', ''));
    });
  }
  const unevaluated: string[] = [];
  const amounts: Record<string, number | null> = {};
  let binding: string | null = null;
  let amount: number | null = null;
  let reason: string | null = null;
  let refer = false;
  if (stage === 'full') {
    for (const [name, table] of section('tables')) {
      if (value(name) === null && table['missing'] === 'refer') unevaluated.push(`tables.${name}`);
    }
    for (const [name, limit] of section('limits')) {
      const found = formula(treeOf(limit['value']), value, 'money', undefined, limit['round']);
      amounts[name] = plain(found) as number | null;
      if (found !== null && (amount === null || Number(found) < amount)) {
        [binding, amount, reason] = [name, Number(found), limit['reason'] as string];
      }
      if (found === null && limit['missing'] === 'refer') unevaluated.push(`limits.${name}`);
    }
    if (unevaluated.some((name) => name.startsWith('limits.'))) [binding, amount, reason] = [null, null, null];
    cache.set('limit', amount === null ? null : BigInt(amount));
    definitions.set('limit', () => null);
    reads.set('limit', []);
  }
  const without = (missing: Text | undefined): string => {
    const asked = Object.entries(missing ?? {}).filter(([name]) => value(name) === null);
    return ['refer', 'fire', 'pass'].find((action) => asked.some(([, does]) => does === action)) as string;
  };
  const candidates = [...group('rules', 'pre-bureau'), ...(stage === 'full' ? group('rules', 'full') : [])];
  const failed: { rule: string; action: string; outcome: string; reason: string; severity: number }[] = [];
  const rules: Record<string, string> = {};
  for (const [rule, { when, missing, action, reason: why, severity }] of candidates) {
    const fired = truth(treeOf(when), value);
    const absent = fired === null ? without(missing as Text) : undefined;
    const outcomes: Record<string, string> = {
      pass: 'MISSING_PASSED',
      fire: 'MISSING_FIRED',
      refer: 'MISSING_REFERRED',
    };
    const outcome = absent ? (outcomes[absent] as string) : fired ? 'FIRED' : 'PASSED';
    rules[rule] = outcome;
    if (outcome === 'PASSED' || outcome === 'MISSING_PASSED') continue;
    const does = absent === 'refer' ? 'refer' : (action as string);
    failed.push({ rule, action: does, outcome, reason: why as string, severity: Number(severity) });
  }
  failed.sort((a, b) => b.severity - a.severity || (a.rule < b.rule ? -1 : 1));
  const conditions: { condition: string; clear: string; outcome: string }[] = [];
  for (const [condition, { when, missing, clear }] of stage === 'full' ? section('conditions') : []) {
    const fired = truth(treeOf(when), value);
    const absent = fired === null ? without(missing as Text) : undefined;
    if (fired === true) conditions.push({ condition, clear: clear as string, outcome: 'FIRED' });
    if (absent === 'fire') conditions.push({ condition, clear: clear as string, outcome: 'MISSING_FIRED' });
    if (absent === 'refer') unevaluated.push(`conditions.${condition}`);
  }
  refer = unevaluated.length > 0;
  const asks = new Set(failed.map(({ action }) => action));
  const otherwise = stage === 'full' ? 'APPROVE' : 'PROCEED';
  const outcome = asks.has('hold')
    ? 'HOLD'
    : asks.has('not_offered')
      ? 'NOT_OFFERED'
      : asks.has('decline')
        ? 'DECLINE'
        : asks.has('refer') || refer
          ? 'REFER'
          : otherwise;
  const all = (name: string): Record<string, number | string | boolean | null> =>
    Object.fromEntries(
      section(name)
        .filter(([key]) => available(key))
        .map(([key]) => [key, plain(value(key))]),
    );
  return {
    stage,
    outcome,
    rules,
    failed: failed.map(({ rule, action, outcome, reason }) => ({ rule, action, outcome, reason })),
    derived: all('derive'),
    bands: all('bands'),
    tables: all('tables'),
    limits: { amounts, binding, amount, reason },
    conditions,
    unevaluated,
    invalidInputs: [],
  } as unknown as Omit<PolicyResult, 'policy'>;
}

type Lookup = (name: string) => V;

function plain(value: V): number | string | boolean | null {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** True, false or null (open), by Kleene. */
function truth(node: ASTNode, value: Lookup): boolean | null {
  switch (node.op) {
    case '&&':
    case '||': {
      const sides = node.args.map((side) => truth(side, value));
      const decides = node.op === '||';
      return sides.includes(decides) ? decides : sides.includes(null) ? null : !decides;
    }
    case '!_': {
      const of = truth(node.args, value);
      return of === null ? null : !of;
    }
    case 'id':
      return value(node.args) as boolean | null;
    case 'in': {
      const of = operand(node.args[0], value);
      if (of === null) return null;
      return (node.args[1].args as ASTNode[]).some((item) => operand(item, value) === of);
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [a, b] = node.args.map((side) => operand(side, value)) as [V, V];
      if (node.args.some((side) => side.op === 'value' && side.args === null)) {
        return (a === null && b === null) === (node.op === '==');
      }
      if (a === null || b === null) return null;
      const same = a === b;
      const results = { '==': same, '!=': !same, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b };
      return results[node.op];
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '-_':
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case 'value':
    case 'call':
    case 'rcall':
    case 'list':
    case 'map':
    case '?:':
      throw new Error(`The interpreter does not know ${node.op}.`);
  }
}

function operand(node: ASTNode, value: Lookup): V {
  switch (node.op) {
    case 'value':
      return node.args as V;
    case 'id':
      return value(node.args);
    case '-_':
      return -(operand(node.args, value) as bigint);
    case '+':
    case '-':
    case '*': {
      const [a, b] = node.args.map((side) => operand(side, value)) as [V, V];
      if (a === null || b === null) return null;
      if (typeof a === 'string') return BigInt((Date.parse(a) - Date.parse(b as string)) / 86_400_000);
      const [x, y] = [a as bigint, b as bigint];
      return node.op === '+' ? x + y : node.op === '-' ? x - y : x * y;
    }
    case 'call': {
      const values = node.args[1].map((item) => operand(item, value));
      if (values.includes(null)) return null;
      const ordered = (values as bigint[]).toSorted((a, b) => (a < b ? -1 : 1));
      return (node.args[0] === 'min' ? ordered[0] : ordered.at(-1)) as bigint;
    }
    case '!=':
    case '==':
    case 'in':
    case '/':
    case '%':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '!_':
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case 'rcall':
    case 'list':
    case 'map':
    case '?:':
    case '||':
    case '&&':
      throw new Error(`The interpreter does not know ${node.op}.`);
  }
}

function formula(node: ASTNode, value: Lookup, type: unknown, places: unknown, round: unknown): V {
  if (node.op === '?:') {
    const branch = truth(node.args[0], value) ? node.args[1] : node.args[2];
    return formula(branch, value, type, places, round);
  }
  if (node.op !== '/') return operand(node, value);
  const [a, b] = node.args.map((side) => operand(side, value)) as [bigint | null, bigint | null];
  if (a === null || b === null || b === 0n) return null;
  const scale = type === 'ratio' ? 10n ** BigInt(places as string) : 1n;
  const unit = type === 'ratio' ? 10_000n / scale : 1n;
  const [top, bottom] = b < 0n ? [-a * scale, -b] : [a * scale, b];
  const remainder = ((top % bottom) + bottom) % bottom;
  const down = (top - remainder) / bottom;
  const up = remainder === 0n ? down : down + 1n;
  const rounded = round === 'down' ? down : round === 'up' ? up : 2n * remainder >= bottom ? down + 1n : down;
  return rounded * unit;
}

function range(at: V, cuts: readonly string[]): number {
  const below = (cut: string): boolean =>
    typeof at === 'bigint' ? BigInt(cut.replaceAll('_', '')) <= at : cut <= (at as string);
  return cuts.filter(below).length;
}

function place(at: V, keys: readonly string[]): number {
  return typeof at === 'string' && keys.includes(at) ? keys.indexOf(at) : range(at, keys);
}

function namesIn(node: ASTNode): string[] {
  if (node.op === 'id') return [node.args];
  const nested = (part: unknown): string[] =>
    Array.isArray(part)
      ? part.flatMap(nested)
      : part && typeof part === 'object' && 'op' in part
        ? namesIn(part as ASTNode)
        : [];
  return nested(node.args);
}
