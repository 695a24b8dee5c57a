/**
 * What no validator of Amazon States Language finds: variables that some path leaves undefined, reserved variables where
 * they do not exist, retries of what must happen once, errors that lead nowhere. Every check takes a parsed state machine
 * and returns its findings as sentences, each beginning with the state's name; none is a pass.
 */
import jsonata from 'jsonata';

export interface StateMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly QueryLanguage?: string;
}

interface Transition {
  readonly Next: string;
  readonly Condition?: string;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
}

export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Items?: unknown;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: StateMachine & { readonly ProcessorConfig?: { readonly Mode?: string } };
  readonly Branches?: readonly StateMachine[];
  readonly TimeoutSeconds?: unknown;
  readonly Choices?: readonly Transition[];
  readonly Default?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Catch?: readonly (Transition & { readonly ErrorEquals: readonly string[] })[];
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
  readonly Next?: string;
  readonly End?: boolean;
}

/** Where an expression stands decides what it may read. */
type Place = 'before' | 'result' | 'choice' | 'catch';
interface Site {
  readonly place: Place;
  readonly field: string;
  readonly expression: string;
}

/** JSONata 2.0.6's functions without `$eval`, which Step Functions refuses, and with those that Step Functions adds. */
const FUNCTIONS = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match
   contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power
   boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert type sort
   distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis clone
   partition range hash parse`.split(/\s+/),
);
/** Known, but a replay would read another value. */
const UNREPEATABLE = new Set(['now', 'millis', 'random', 'uuid', 'shuffle']);

const PROVEN_NOT_DONE = ['BureauUnavailable', 'Lambda.TooManyRequestsException'];
/** The error of a wait whose applicant withdrew, and the state that has the withdrawal recorded. */
const WITHDRAWN = 'ApplicationWithdrawn';
const WITHDRAWAL = 'RouteWithdrawn';

/**
 * Failures of the platform. Lambda reports a function that was killed, ran out of memory or out of time as
 * `Runtime.ExitError`, `Lambda.Unknown` or `Sandbox.Timedout`:
 * docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export const PLATFORM_FAILURES = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'StoreUnavailable',
];
/** The answer of the function was lost. */
const ANSWER_LOST = 'States.Timeout';
const ATTENTION = 'NeedsAttention';

export function waitsForToken(state: State): boolean {
  return state.Resource?.endsWith('.waitForTaskToken') ?? false;
}

/** Every state with its name and, for one inside a Map or Parallel, the state that holds it. */
export function* allStates(machine: StateMachine, parent?: string): Generator<[string, State, string | undefined]> {
  for (const [name, state] of Object.entries(machine.States)) {
    yield [name, state, parent];
    for (const inner of innerMachines(state)) yield* allStates(inner, name);
  }
}

export function checkComments(machine: StateMachine): string[] {
  return [...allStates(machine)]
    .filter(([, state]) => (state.Comment ?? '').split(' ').length < 5)
    .map(([name]) => `${name} has no comment that says why it is there.`);
}

/** Reserved variables only where they exist, known functions only, and every expression parses. */
export function checkExpressions(machine: StateMachine): string[] {
  const findings: string[] = [];
  for (const [name, state, parent] of allStates(machine)) {
    for (const site of sites(state)) {
      const say = (fault: string) => findings.push(`${name}, ${site.field}: ${fault} in ${site.expression}`);
      const tree = parse(site.expression);
      if (typeof tree === 'string') {
        say(tree);
        continue;
      }
      walkTree(tree, new Set(), {
        reserved(path) {
          const [head, ...rest] = path;
          if (head === 'input') return;
          if (head === 'context') {
            if (rest[0] === 'Task' && (site.place !== 'before' || !waitsForToken(state)))
              say('there is no $states.context.Task');
            if (rest[0] === 'Map' && parent === undefined && site.field !== 'ItemSelector')
              say('there is no $states.context.Map');
            return;
          }
          if (head === 'result' && site.place === 'result' && ['Task', 'Map', 'Parallel'].includes(state.Type)) return;
          if (head === 'errorOutput' && site.place === 'catch') return;
          say(`there is no $states${head === undefined ? ' to use whole' : `.${head}`}`);
        },
        called(name) {
          if (UNREPEATABLE.has(name)) say(`$${name} gives another value at every try`);
          else if (!FUNCTIONS.has(name)) say(`Step Functions has no function $${name}`);
        },
        variable: () => undefined,
      });
    }
    if (waitsForToken(state) && !JSON.stringify(state.Arguments ?? null).includes('$states.context.Task.Token'))
      findings.push(`${name} waits for a task token that it gives to nobody.`);
  }
  return findings;
}

/**
 * Every variable is assigned on every path to where it is read. A variable assigned in a state is there from the next
 * state on; each transition (success, each Catch, each choice, Default) has its own Assign.
 */
export function checkVariables(machine: StateMachine): string[] {
  return variableFindings(machine, () => []);
}

/**
 * @param pathWithout for a variable, the path to this machine on which it was never assigned; undefined when none is.
 */
function variableFindings(
  machine: StateMachine,
  pathWithout: (variable: string) => readonly string[] | undefined,
): string[] {
  const findings: string[] = [];
  const missing = (state: string, variable: string): readonly string[] | undefined => {
    const outside = pathWithout(variable);
    const inside = outside && shortestPath(machine, state, (assigned) => !assigned.includes(variable));
    return inside && [...outside, ...inside];
  };
  const reachable = new Set(
    Object.keys(machine.States).filter((name) => shortestPath(machine, name, () => true) !== undefined),
  );
  for (const [name, state] of Object.entries(machine.States)) {
    if (!reachable.has(name)) {
      findings.push(`${name} is reached from nowhere.`);
      continue;
    }
    const read = new Set(sites(state).flatMap((site) => variablesOf(site.expression)));
    for (const variable of read) {
      const path = missing(name, variable);
      if (path) findings.push(`${name} reads $${variable}, which ${path.join(' → ')} leaves unassigned.`);
    }
    for (const inner of innerMachines(state))
      // The children of a distributed Map are executions of their own: they see no variable of this one.
      findings.push(
        ...variableFindings(inner, (variable) =>
          state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED' ? [] : missing(name, variable),
        ),
      );
  }
  return findings;
}

/**
 * What may be tried again without a person: for a hard pull only errors that prove that nothing was pulled; for the other
 * steps, which find their own earlier writes, failures of the platform; for NeedsAttention, which must not fail, all.
 */
export function checkRetries(machine: StateMachine): string[] {
  const findings: string[] = [];
  for (const [name, state] of allStates(machine)) {
    const retried = (state.Retry ?? []).flatMap((retrier) => retrier.ErrorEquals);
    if (name === ATTENTION) {
      if (!retried.includes('States.ALL')) findings.push(`${name} gives up on an error, which nothing else catches.`);
      continue;
    }
    const expected = expectedRetries(name, state);
    for (const error of retried)
      if (!expected.includes(error)) findings.push(`${name} may not be tried again on ${error}.`);
    for (const error of expected)
      if (!retried.includes(error)) findings.push(`${name} is not tried again on ${error}.`);
    if (state.Type === 'Task' && typeof state.TimeoutSeconds !== 'number')
      findings.push(`${name} has no TimeoutSeconds: a lost answer would hold the application for a year.`);
  }
  return findings;
}

function expectedRetries(name: string, state: State): readonly string[] {
  if (state.Type !== 'Task') return [];
  if (name === 'PullBureauReport') return PROVEN_NOT_DONE;
  // A wait that timed out is escalated, not repeated.
  return waitsForToken(state) ? PLATFORM_FAILURES : [...PLATFORM_FAILURES, ANSWER_LOST];
}

/** Every error that is not tried again leads to NeedsAttention with the failed state's name; only a withdrawal is recorded. */
export function checkCatches(machine: StateMachine): string[] {
  const findings: string[] = [];
  for (const [name, state, parent] of allStates(machine)) {
    for (const catcher of state.Catch ?? []) {
      const escalates =
        name === 'AwaitReview' && catcher.ErrorEquals.join() === 'States.Timeout' && catcher.Next === name;
      const withdrawn = waitsForToken(state) && catcher.ErrorEquals.join() === WITHDRAWN && catcher.Next === WITHDRAWAL;
      if (escalates || withdrawn) continue;
      if (catcher.Next !== ATTENTION)
        findings.push(`${name} catches ${catcher.ErrorEquals.join()} into ${catcher.Next}.`);
      findings.push(...failureFindings(name, catcher.Assign, '{% $states.context.State.Name %}'));
    }
    const canFail = ['Task', 'Map', 'Parallel'].includes(state.Type) && name !== ATTENTION && parent === undefined;
    if (canFail && state.Catch?.at(-1)?.ErrorEquals.join() !== 'States.ALL')
      findings.push(`${name} does not catch every error.`);
    if (state.Type === 'Choice' && state.Default === undefined)
      findings.push(`${name} has no Default: a value nobody foresaw would end the execution.`);
    if (state.Default === ATTENTION) findings.push(...failureFindings(name, state.Assign));
    if (state.Catch && parent !== undefined)
      findings.push(`${name} catches inside ${parent}, out of an operator's sight.`);
  }
  return findings;
}

function failureFindings(name: string, assign: State['Assign'], stateName?: string): string[] {
  const failure = assign?.['failure'] as Record<string, unknown> | undefined;
  const whole = typeof failure?.['state'] === 'string' && 'error' in failure && 'cause' in failure;
  if (!whole) return [`${name} goes to ${ATTENTION} without saying what failed.`];
  return stateName !== undefined && failure['state'] !== stateName
    ? [`${name} goes to ${ATTENTION} under another state's name.`]
    : [];
}

/** An operator's release reaches every state that can fail: RouteAttention sends each name to the state of that name. */
export async function checkResumable(machine: StateMachine): Promise<string[]> {
  const failing = new Set<string>();
  for (const [name, state] of Object.entries(machine.States)) {
    if (state.Catch?.some((catcher) => catcher.Next === ATTENTION)) failing.add(name);
    const named = (state.Assign?.['failure'] as { state?: string } | undefined)?.state;
    if (state.Default === ATTENTION && named !== undefined) failing.add(named);
  }
  const findings: string[] = [];
  for (const name of failing) {
    const next = await route(machine.States['RouteAttention'], {
      attention: { action: 'RESUME' },
      failure: { state: name },
    });
    if (next !== name) findings.push(`${name} fails, and its release goes to ${next}.`);
  }
  return findings;
}

async function route(choice: State | undefined, variables: Record<string, unknown>): Promise<string | undefined> {
  for (const rule of choice?.Choices ?? [])
    if ((await jsonata(inner(rule.Condition ?? '')).evaluate({}, variables)) === true) return rule.Next;
  return choice?.Default;
}

/** For each state the variables that it or a state after it may read before they are assigned anew. */
export function liveVariables(machine: StateMachine): Map<string, Set<string>> {
  const live = new Map(Object.entries(machine.States).map(([name, state]) => [name, readBy(state)]));
  for (let grown = true; grown;) {
    grown = false;
    for (const [name, state] of Object.entries(machine.States)) {
      const here = live.get(name) ?? new Set();
      const before = here.size;
      for (const { next, assigned } of edges(name, state))
        for (const variable of live.get(next) ?? []) if (!assigned.includes(variable)) here.add(variable);
      grown ||= here.size > before;
    }
  }
  return live;
}

function readBy(state: State): Set<string> {
  const own = sites(state).flatMap((site) => variablesOf(site.expression));
  const within = innerMachines(state).flatMap((inner) =>
    Object.values(inner.States).flatMap((one) => [...readBy(one)]),
  );
  return new Set([...own, ...within]);
}

/** The `${Placeholder}`s of a definition. */
export function placeholders(definition: string): string[] {
  return [...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort();
}

interface Edge {
  readonly next: string;
  readonly assigned: readonly string[];
  /** The state whose failure this edge records in `$failure.state`. */
  readonly fails?: string;
  /** The failure without which this edge is not taken. */
  readonly afterFailureOf?: string;
}

/** The transitions out of a state, each with the variables it assigns. */
function edges(name: string, state: State): Edge[] {
  const of = (transition: { Assign?: State['Assign']; Condition?: string }, next: string): Edge => {
    const failed = (transition.Assign?.['failure'] as { state?: string } | undefined)?.state;
    const afterFailureOf = /\$failure\.state = '(\w+)'/.exec(transition.Condition ?? '')?.[1];
    return {
      next,
      assigned: Object.keys(transition.Assign ?? {}),
      ...(failed === undefined ? {} : { fails: failed.startsWith('{%') ? name : failed }),
      ...(afterFailureOf === undefined ? {} : { afterFailureOf }),
    };
  };
  return [
    ...(state.Choices ?? []).map((rule) => of(rule, rule.Next)),
    ...(state.Catch ?? []).map((catcher) => of(catcher, catcher.Next)),
    ...(state.Default === undefined ? [] : [of(state, state.Default)]),
    ...(state.Next === undefined ? [] : [of(state, state.Next)]),
  ];
}

/**
 * The shortest way to a state along edges that pass. A release resumes only where a failure was, so a way keeps the
 * failure it last recorded and does not take the release of another.
 */
function shortestPath(
  machine: StateMachine,
  target: string,
  passes: (assigned: readonly string[]) => boolean,
): string[] | undefined {
  const start = { name: machine.StartAt, failed: '', path: [machine.StartAt] };
  const ways = new Map([[start.name, start]]);
  for (const way of ways.values()) {
    if (way.name === target) return way.path;
    const state = machine.States[way.name];
    if (!state) continue;
    for (const { next, assigned, fails, afterFailureOf } of edges(way.name, state)) {
      const failed = fails ?? way.failed;
      const key = `${next} after ${failed}`;
      const taken = afterFailureOf === undefined || afterFailureOf === way.failed;
      if (taken && passes(assigned) && !ways.has(key)) ways.set(key, { name: next, failed, path: [...way.path, next] });
    }
  }
  return undefined;
}

function innerMachines(state: State): readonly StateMachine[] {
  return [...(state.ItemProcessor ? [state.ItemProcessor] : []), ...(state.Branches ?? [])];
}

const TEMPLATES = [
  'Arguments',
  'Items',
  'ItemSelector',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'MaxConcurrency',
  'ToleratedFailurePercentage',
  'Seconds',
  'Timestamp',
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'Error',
  'Cause',
] as const;

function sites(state: State): Site[] {
  const found: Site[] = [];
  const collect = (place: Place, field: string, template: unknown): void => {
    if (typeof template === 'string') {
      if (template.startsWith('{%')) found.push({ place, field, expression: inner(template) });
    } else if (typeof template === 'object' && template !== null) {
      for (const part of Object.values(template)) collect(place, field, part);
    }
  };
  for (const field of TEMPLATES) collect('before', field, (state as unknown as Record<string, unknown>)[field]);
  const after = state.Type === 'Choice' ? 'choice' : 'result';
  collect(after, 'Assign', state.Assign);
  collect(after, 'Output', state.Output);
  for (const rule of state.Choices ?? []) {
    collect('before', 'Condition', rule.Condition);
    collect('choice', 'Assign', rule.Assign);
    collect('choice', 'Output', rule.Output);
  }
  for (const catcher of state.Catch ?? []) {
    collect('catch', 'Catch Assign', catcher.Assign);
    collect('catch', 'Catch Output', catcher.Output);
  }
  return found;
}

/** The expression between `{%` and `%}`. */
export function inner(template: string): string {
  return template.replace(/^\{%/, '').replace(/%\}$/, '').trim();
}

/** A node of JSONata's syntax tree: the declared type leaves out half of its fields. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly procedure?: Node;
  readonly arguments?: readonly Node[];
  readonly expressions?: readonly Node[];
  readonly lhs?: Node;
  readonly rhs?: Node;
  readonly body?: Node;
  readonly focus?: string;
  readonly index?: string;
}

interface Visitor {
  /** `$states` with the names that follow it. */
  reserved(path: readonly string[]): void;
  called(name: string): void;
  variable(name: string): void;
}

function parse(expression: string): Node | string {
  try {
    return jsonata(expression).ast() as Node;
  } catch (error) {
    return `this is no JSONata (${(error as { message: string }).message})`;
  }
}

function variablesOf(expression: string): string[] {
  const tree = parse(expression);
  const found = new Set<string>();
  if (typeof tree !== 'string')
    walkTree(tree, new Set(), {
      reserved: () => undefined,
      called: () => undefined,
      variable: (name) => found.add(name),
    });
  return [...found];
}

/** @param local the names bound inside the expression: by `:=`, as a function's parameters, by `@` and `#`. */
function walkTree(node: Node, local: Set<string>, visitor: Visitor, following: readonly Node[] = []): void {
  const variable = (name: string, called: boolean): void => {
    // `$` and `$$` are the context and the root.
    if (name === '' || name === '$' || local.has(name)) return;
    if (name === 'states') visitor.reserved(namesOf(following));
    else if (called || FUNCTIONS.has(name)) visitor.called(name);
    else visitor.variable(name);
  };
  if (node.type === 'lambda') {
    const parameters = (node.arguments ?? []).map((parameter) => String(parameter.value));
    if (node.body) walkTree(node.body, new Set([...local, ...parameters]), visitor);
    return;
  }
  if (node.type === 'bind') {
    if (node.rhs) walkTree(node.rhs, local, visitor);
    local.add(String(node.lhs?.value));
    return;
  }
  if (node.type === 'block') {
    const scope = new Set(local);
    for (const expression of node.expressions ?? []) walkTree(expression, scope, visitor);
    return;
  }
  if (node.type === 'path') {
    const scope = new Set(local);
    for (const [position, step] of (node.steps ?? []).entries()) {
      if (step.focus !== undefined) scope.add(step.focus);
      if (step.index !== undefined) scope.add(step.index);
      walkTree(step, scope, visitor, (node.steps ?? []).slice(position + 1));
    }
    return;
  }
  if (node.type === 'variable') variable(String(node.value), false);
  if (node.procedure?.type === 'variable') variable(String(node.procedure.value), true);
  for (const [field, child] of Object.entries(node)) {
    if (field === 'procedure' && node.procedure?.type === 'variable') continue;
    walkChild(child, local, visitor);
  }
}

function walkChild(child: unknown, local: Set<string>, visitor: Visitor): void {
  if (Array.isArray(child)) for (const one of child) walkChild(one, local, visitor);
  else if (typeof child === 'object' && child !== null && !(child instanceof RegExp)) walkTree(child, local, visitor);
}

function namesOf(steps: readonly Node[]): string[] {
  const names: string[] = [];
  for (const step of steps) {
    if (step.type !== 'name') break;
    names.push(String(step.value));
  }
  return names;
}
