/** What an expression reads, found in JSONata's syntax tree. */

export type Node = { type: string; value?: unknown; [key: string]: unknown };

/** What an expression reads: its free variables, the members of `$states`, and what has no value in Step Functions. */
export interface Reads {
  /** Names of the variables that it reads, without `$`. */
  readonly variables: Set<string>;
  /** Paths below `$states` that it reads: `result`, `errorOutput`, … */
  readonly reads: Set<string>;
  /** References to an input document, which no expression has: a bare name, `$`, `$$`, `*`, `**`. */
  readonly bare: Set<string>;
}

/** What surrounds a node. */
interface Scope {
  /** The variables that the expression itself binds around it. */
  readonly bound: ReadonlySet<string>;
  /** Whether it is evaluated for an item, as a predicate and the later steps of a path are. */
  readonly item: boolean;
}

/** Collects what an expression reads. */
export function survey(node: unknown, found: Reads, scope: Scope = { bound: new Set(), item: false }): void {
  if (Array.isArray(node)) surveyBlock(node as readonly unknown[], found, scope);
  else if (node !== null && typeof node === 'object' && !(node instanceof RegExp)) {
    surveyNode(node as Node, found, scope);
  }
}

/** In a block, each expression sees the variables that the ones before it bind. */
function surveyBlock(parts: readonly unknown[], found: Reads, scope: Scope): void {
  let { bound } = scope;
  for (const part of parts) {
    survey(part, found, { ...scope, bound });
    const bind = part as Node | null;
    if (bind?.type === 'bind') bound = new Set([...bound, boundName(bind)]);
  }
}

/** What these members of a node hold is evaluated for the items of the node's value. */
const FOR_ITEMS = ['predicate', 'stages', 'group', 'terms', 'update', 'delete'];

function surveyNode(node: Node, found: Reads, outer: Scope): void {
  noteBare(node, found, outer);
  const scope = { ...outer, bound: new Set([...outer.bound, ...namedBySteps(node)]) };
  for (const member of FOR_ITEMS) survey(node[member], found, { ...scope, item: true });
  surveyParts(node, found, scope);
}

function surveyParts(node: Node, found: Reads, scope: Scope): void {
  const { bound } = scope;
  switch (node.type) {
    case 'variable': {
      const name = String(node.value);
      if (name !== '' && name !== '$' && !bound.has(name)) found.variables.add(name);
      break;
    }
    case 'path':
      surveyPath(node['steps'] as Node[], found, scope);
      return;
    case 'lambda': {
      const parameters = (node['arguments'] as Node[]).map((parameter) => String(parameter.value));
      survey(node['body'], found, { ...scope, bound: new Set([...bound, ...parameters]) });
      return;
    }
    case 'bind':
      // A function may call itself by the name that it is bound to.
      survey(node['rhs'], found, { ...scope, bound: new Set([...bound, boundName(node)]) });
      return;
    case 'transform':
      survey(node['pattern'], found, { ...scope, item: true });
      return;
  }
  for (const [member, value] of Object.entries(node)) {
    if (!['type', 'value', ...FOR_ITEMS].includes(member)) survey(value, found, scope);
  }
}

function surveyPath(steps: readonly Node[], found: Reads, scope: Scope): void {
  const [head, second] = steps;
  if (head?.type === 'variable' && head.value === 'states' && second?.type === 'name') {
    found.reads.add(String(second.value));
  }
  for (const [index, step] of steps.entries()) survey(step, found, { ...scope, item: scope.item || index > 0 });
}

/** A path's steps can bind their item and its index: `xs@$x#$i`. */
function namedBySteps(node: Node): string[] {
  const { steps } = node as { steps?: unknown };
  if (!Array.isArray(steps)) return [];
  return (steps as Node[]).flatMap((step) => [step['focus'], step['index']].filter((name) => typeof name === 'string'));
}

function noteBare({ type, value }: Node, found: Reads, { item }: Scope): void {
  if (type === 'variable' && value === '$') found.bare.add('$$');
  if (item) return;
  if (type === 'variable' && value === '') found.bare.add('$');
  if (type === 'name') found.bare.add(String(value));
  if (type === 'wildcard') found.bare.add('*');
  if (type === 'descendant') found.bare.add('**');
}

function boundName(bind: { readonly [key: string]: unknown }): string {
  return String((bind['lhs'] as Node).value);
}

/** The names of `$variable.a.b`, or undefined when the expression is more than that. */
export function plainPath(syntax: Node): string[] | undefined {
  const simple = (node: Node, type: string) =>
    node.type === type && Object.keys(node).every((key) => ['type', 'value', 'position'].includes(key));
  if (simple(syntax, 'variable')) return [String(syntax.value)];
  if (syntax.type !== 'path' || !Object.keys(syntax).every((key) => ['type', 'steps', 'position'].includes(key))) {
    return undefined;
  }
  const [head, ...rest] = syntax['steps'] as Node[];
  if (!head || !simple(head, 'variable') || !rest.every((step) => simple(step, 'name'))) return undefined;
  return [head, ...rest].map((step) => String(step.value));
}

const PLAIN_TYPES = new Set('path name variable string number value unary condition block'.split(' '));
/** They take no longer, and give no more, than their arguments. */
const PLAIN_FUNCTIONS = new Set(
  (
    'exists count merge append not boolean type lookup keys sum max min average length number contains substring ' +
    'substringBefore substringAfter lowercase uppercase trim floor ceil round abs error assert hash parse uuid ' +
    'millis base64encode base64decode string'
  ).split(' '),
);
const MAX_PLAIN_DEPTH = 50;

/** Whether an expression takes no longer than its text and its data allow: it has no loop, function or name of its own. */
export function isPlain(node: unknown, depth = 0): boolean {
  if (node === null || typeof node !== 'object') return true;
  if (Array.isArray(node)) return node.every((part) => isPlain(part, depth));
  if (depth > MAX_PLAIN_DEPTH || !hasPlainType(node as Node)) return false;
  const { procedure: _, ...parts } = node as Node;
  return Object.values(parts).every((part) => isPlain(part, depth + 1));
}

function hasPlainType({ type, value, ...parts }: Node): boolean {
  if (type === 'filter') return (parts['expr'] as Node).type === 'number';
  if (type === 'binary') return value !== '..';
  if (type !== 'function') return PLAIN_TYPES.has(type) && !('group' in parts);
  const procedure = parts['procedure'] as Node;
  return procedure.type === 'variable' && PLAIN_FUNCTIONS.has(String(procedure.value));
}
