import type { z } from 'zod';

import {
  branchSchema,
  isDistributed,
  machineSchema,
  processorSchema,
  stateSchema,
  plainMessage,
  taskKindOf,
  type MapFields,
  type Retrier,
  type StateFields,
  type StateType,
  type TaskKind,
} from './asl-schema.ts';
import { EvaluationFailed, StateMachineRefused } from './errors.ts';
import type { Expressions, Template } from './expressions.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** Where a state leads, and what it makes of its result on the way. */
export interface Way {
  /** Absent: the end. */
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: ReadonlyMap<string, Template>;
}

interface Catcher extends Way {
  readonly errors: readonly string[];
}

/** What a Map in distributed mode has beside the fields of `State`: its children are executions of their own. */
export interface Distributed {
  /** In the children's ARNs, behind the name of the state machine. */
  readonly label: string;
  readonly inputType: 'JSONL' | 'CSV';
  readonly batched: boolean;
  /** Absent where nothing is written: the children's outputs are the result. */
  readonly writer: { readonly transformation: 'NONE' | 'COMPACT'; readonly outputType: 'JSON' | 'JSONL' } | undefined;
  /** The processor, as the text of a state machine. */
  readonly processor: string;
}

export interface State extends Way {
  readonly name: string;
  readonly type: StateType;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly task: { readonly kind: TaskKind; readonly resource: string } | undefined;
  readonly choices: readonly (Way & { readonly condition: Template })[];
  /** Expressions by their places: `Arguments`, `Items`, `Seconds`, `ItemReader/Arguments`, … */
  readonly fields: ReadonlyMap<string, Template>;
  /** The branches of a Parallel, or the one processor of an inline Map. */
  readonly inner: readonly States[];
  readonly distributed: Distributed | undefined;
}

export interface States {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Definition extends States {
  readonly timeoutSeconds: number | undefined;
}

/** The fields of states that are expressions, beside Output, Assign and Condition. */
const EXPRESSION_FIELDS = (
  'Arguments Items ItemSelector MaxConcurrency ToleratedFailureCount ToleratedFailurePercentage Seconds Timestamp ' +
  'TimeoutSeconds HeartbeatSeconds Error Cause ItemReader/Arguments ItemReader/ReaderConfig/MaxItems ' +
  'ItemBatcher/BatchInput ItemBatcher/MaxItemsPerBatch ItemBatcher/MaxInputBytesPerBatch ResultWriter/Arguments'
).split(' ');
const JSONPATH_FIELD = /Path$|^(Parameters|ResultSelector|Variable)$/;

/**
 * Replaces every `${Name}` of a state machine's text.
 * @throws StateMachineRefused naming each placeholder without a value and each value without a placeholder.
 */
export function substitute(text: string, substitutions: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const faults: string[] = [];
  const result = text.replaceAll(/\$\{([A-Za-z0-9_]+)\}/g, (placeholder, name: string) => {
    used.add(name);
    const value = Object.hasOwn(substitutions, name) ? substitutions[name] : undefined;
    if (value === undefined) faults.push(`no value was given for ${placeholder}`);
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });
  for (const name of Object.keys(substitutions)) {
    if (!used.has(name)) faults.push(`the value given for \${${name}} is not used`);
  }
  if (faults.length > 0) throw new StateMachineRefused(`The state machine's substitutions: ${faults.join('; ')}.`);
  return result;
}

/** What a reader carries from state to state. */
interface Reading {
  readonly expressions: Expressions;
  readonly faults: string[];
  /** The state names met so far: each may be used once in a state machine. */
  readonly names: Set<string>;
}

/**
 * Reads a state machine in JSONata.
 * @param text Amazon States Language, with no placeholders left.
 * @throws StateMachineRefused with everything that is wrong or not implemented, by name.
 */
export function parseDefinition(text: string, expressions: Expressions): Definition {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new StateMachineRefused(`The state machine is no JSON: ${(cause as Error).message}.`, { cause });
  }
  if (!isObject(value)) throw new StateMachineRefused('The state machine is no JSON object.');
  const reading: Reading = { expressions, faults: [], names: new Set() };
  const where = 'the state machine';
  const states = readStates(reading, value, where, { schema: machineSchema, outer: new Set() });
  if (reading.faults.length > 0) {
    throw new StateMachineRefused(`This state machine cannot run here: ${reading.faults.join('; ')}.`);
  }
  return { ...states, timeoutSeconds: value['TimeoutSeconds'] as number | undefined };
}

/** The value as its schema reads it; undefined when it has faults, which are noted. */
function check<T>({ faults }: Reading, schema: z.ZodType<T>, value: Json, where: string): T | undefined {
  const { success, data, error } = schema.safeParse(value, { error: plainMessage });
  if (success) return data;
  for (const issue of error.issues) {
    if (issue.code !== 'unrecognized_keys') {
      faults.push(`${where}: ${[placeOf(issue.path), issue.message].join(' ').trim()}`);
      continue;
    }
    for (const key of issue.keys) {
      const reason = JSONPATH_FIELD.test(key) ? "belongs to JSONPath; use JSONata's fields" : 'is not implemented';
      faults.push(`${where}: ${placeOf([...issue.path, key])} ${reason}`);
    }
  }
  return undefined;
}

/** `Retry[0]/ErrorEquals`. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `/${String(part)}`))
    .join('')
    .replace(/^\//, '');
}

/** Reads the states of a machine, a branch or a processor. `outer` names the variables of the levels above. */
function readStates(
  reading: Reading,
  value: JsonObject,
  where: string,
  { schema, outer }: { readonly schema: z.ZodType; readonly outer: ReadonlySet<string> },
): States {
  const { faults, names } = reading;
  check(reading, schema, value, where);
  const given = new Map(Object.entries(objectAt(value, 'States')).filter(hasObject));
  const own = new Set([...given.values()].flatMap((state) => assignedBy(state)));
  for (const name of own) {
    if (outer.has(name)) faults.push(`${where}: $${name} is a variable of an outer level and cannot be assigned here`);
  }
  const visible = new Set([...outer, ...own]);
  const states = new Map<string, State>();
  for (const [name, state] of given) {
    if (names.has(name)) faults.push(`${where}: the state name "${name}" is used twice`);
    names.add(name);
    const read = readState(reading, name, state, visible);
    if (read) states.set(name, read);
  }
  const startAt = typeof value['StartAt'] === 'string' ? value['StartAt'] : '';
  if (given.has(startAt)) checkReach(reading, startAt, given, where);
  else faults.push(`${where}: StartAt names no state`);
  return { startAt, states };
}

/** Notes each Next that names no state, and each state that no Next leads to. */
function checkReach({ faults }: Reading, startAt: string, given: ReadonlyMap<string, JsonObject>, where: string): void {
  const reached = new Set([startAt]);
  for (const name of reached) {
    const targets = waysOf(given.get(name)!).flatMap(({ way }) => [way['Next'], way['Default']]);
    for (const next of targets.filter((target) => typeof target === 'string')) {
      if (given.has(next)) reached.add(next);
      else faults.push(`state "${name}": Next names "${next}", which does not exist there`);
    }
  }
  for (const name of given.keys()) {
    if (!reached.has(name)) faults.push(`${where}: the state "${name}" cannot be reached`);
  }
  if (![...given.values()].some((state) => isLast(state))) faults.push(`${where}: no state ends the workflow`);
}

function isLast({ Type, End }: JsonObject): boolean {
  return End === true || Type === 'Succeed' || Type === 'Fail';
}

/** @returns undefined when the state itself has faults, which are noted as those of its expressions and inner states are. */
function readState(reading: Reading, name: string, given: JsonObject, visible: ReadonlySet<string>): State | undefined {
  const where = `state "${name}"`;
  const state = check(reading, stateSchema(given), given, where);
  const fields = readExpressions(reading, given, where, visible);
  const inner = readInner(reading, given, where, visible);
  return state && buildState(name, state, fields, inner);
}

function readInner(reading: Reading, given: JsonObject, where: string, visible: ReadonlySet<string>): States[] {
  if (given['Type'] === 'Parallel') {
    return objectsAt(given, 'Branches').map((branch, i) =>
      readStates(reading, branch, `${where}, Branches[${i}]`, { schema: branchSchema, outer: visible }),
    );
  }
  const processor = given['ItemProcessor'];
  if (given['Type'] !== 'Map' || !isObject(processor)) return [];
  // The children of a distributed Map are executions of their own: they see no variable of this one.
  const outer = isDistributed(given) ? new Set<string>() : visible;
  return [readStates(reading, processor, `${where}, ItemProcessor`, { schema: processorSchema(given), outer })];
}

/** Compiles the expressions of a state, by their places. Notes what they read that is not there. */
function readExpressions(
  { expressions, faults }: Reading,
  given: JsonObject,
  where: string,
  visible: ReadonlySet<string>,
): Map<string, Template> {
  const templates = new Map<string, Template>();
  for (const { place, value, reads } of expressionsOf(given)) {
    try {
      const template = expressions.compile(value, place);
      templates.set(place, template);
      for (const name of template.reads) {
        if (!['input', 'context', reads].includes(name)) {
          faults.push(`${where}, ${place}: $states.${name} does not exist in this field`);
        }
      }
      for (const name of template.variables) {
        if (name === 'states' || visible.has(name) || BUILT_IN.has(name)) continue;
        faults.push(`${where}, ${place}: $${name} is no variable that a state here assigns, and no function`);
      }
      for (const name of template.bare) {
        faults.push(
          `${where}, ${place}: ${name} refers to a document that no expression has; begin with $states or a variable`,
        );
      }
    } catch (error) {
      if (!(error instanceof EvaluationFailed)) throw error;
      faults.push(`${where}: ${error.message}`);
    }
  }
  return templates;
}

interface Place {
  readonly place: string;
  readonly value: Json;
  /** What the expression may read below `$states`, beside the input and the context. */
  readonly reads: 'result' | 'errorOutput' | undefined;
}

function expressionsOf(state: JsonObject): Place[] {
  const fields = EXPRESSION_FIELDS.map((place) => ({ place, value: valueAt(state, place), reads: undefined }));
  const ways = waysOf(state).flatMap(({ way, location, reads }) => [
    { place: `${location}Condition`, value: location === '' ? undefined : way['Condition'], reads: undefined },
    { place: `${location}Output`, value: way['Output'], reads },
    ...Object.entries(objectAt(way, 'Assign')).map(([name, value]) => ({
      place: `${location}Assign/${name}`,
      value,
      reads,
    })),
  ]);
  return [...fields, ...ways].filter((place): place is Place => place.value !== undefined);
}

/** The ways out of a state: its own, those of its choices and those of its catchers. */
function waysOf(state: JsonObject): { way: JsonObject; location: string; reads: Place['reads'] }[] {
  const type = state['Type'];
  const works = type === 'Task' || type === 'Map' || type === 'Parallel';
  return [
    { way: state, location: '', reads: works ? 'result' : undefined },
    ...objectsAt(state, 'Choices').map((way, i) => ({ way, location: `Choices[${i}]/`, reads: undefined })),
    ...objectsAt(state, 'Catch').map((way, i) => ({ way, location: `Catch[${i}]/`, reads: 'errorOutput' as const })),
  ];
}

/** The names that a state assigns, its choices and catchers included; not those of branches within. */
function assignedBy(state: JsonObject): string[] {
  return waysOf(state).flatMap(({ way }) => Object.keys(objectAt(way, 'Assign')));
}

function buildState(
  name: string,
  state: StateFields,
  fields: ReadonlyMap<string, Template>,
  inner: readonly States[],
): State {
  const { Type: type, Resource, Retry = [], Catch = [], Choices = [] } = state;
  const way = (location: string, { Next, Assign = {} }: Pick<StateFields, 'Next' | 'Assign'>): Way => ({
    next: Next,
    output: fields.get(`${location}Output`),
    assign: new Map(Object.keys(Assign).map((variable) => [variable, fields.get(`${location}Assign/${variable}`)!])),
  });
  const distributed = 'ItemReader' in state ? distributedOf(name, state as MapFields) : undefined;
  return {
    name,
    type,
    ...way('', type === 'Choice' ? { ...state, Next: state.Default } : state),
    retriers: Retry,
    catchers: Catch.map((catcher, i) => ({ errors: catcher.ErrorEquals, ...way(`Catch[${i}]/`, catcher) })),
    task: Resource === undefined ? undefined : { kind: taskKindOf(Resource)!, resource: Resource },
    choices: Choices.map((choice, i) => ({
      condition: fields.get(`Choices[${i}]/Condition`)!,
      ...way(`Choices[${i}]/`, choice),
    })),
    fields,
    inner: distributed ? [] : inner,
    distributed,
  };
}

function distributedOf(name: string, map: MapFields): Distributed {
  const { StartAt, States } = map.ItemProcessor;
  const writer = map.ResultWriter?.WriterConfig;
  return {
    label: map.Label ?? name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 40),
    inputType: map.ItemReader.ReaderConfig.InputType,
    batched: map.ItemBatcher !== undefined,
    writer: writer && { transformation: writer.Transformation, outputType: writer.OutputType },
    processor: JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States }),
  };
}

function hasObject(entry: [string, Json]): entry is [string, JsonObject] {
  return isObject(entry[1]);
}

function objectAt(value: JsonObject, field: string): JsonObject {
  const found = value[field];
  return isObject(found) ? found : {};
}

function objectsAt(value: JsonObject, field: string): JsonObject[] {
  const found = value[field];
  return Array.isArray(found) ? found.map((entry) => (isObject(entry) ? entry : {})) : [];
}

/** @param place such as `ItemReader/Arguments`. */
function valueAt(state: JsonObject, place: string): Json | undefined {
  let value: Json | undefined = state;
  for (const part of place.split('/')) value = isObject(value) ? value[part] : undefined;
  return value;
}

/** The functions of JSONata 2.0 (docs.jsonata.org) less `$eval`, and those that Step Functions adds. */
const BUILT_IN = new Set(
  (
    'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad ' +
    'match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs ' +
    'sqrt power random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse ' +
    'each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl ' +
    'decodeUrlComponent decodeUrl now millis fromMillis toMillis clone partition range hash uuid parse'
  ).split(' '),
);
