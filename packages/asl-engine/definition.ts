import { EvaluationFailed, StateMachineRefused } from './errors.ts';
import type { Expressions, Template } from './expressions.ts';
import type { Json, JsonObject } from './json.ts';

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

export interface Retrier {
  readonly errors: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly fullJitter: boolean;
}

/** Where a state leads, and what it makes of its result on the way. */
export interface Way {
  /** Absent: the end. */
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: ReadonlyMap<string, Template>;
}

export interface Catcher extends Way {
  readonly errors: readonly string[];
}

/** How a Task calls its function: `lambda:invoke`, with or without a task token, or by the function's own ARN. */
export type TaskKind = 'invoke' | 'invoke.waitForTaskToken' | 'function';

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
  /** Expression fields by name: Arguments, Items, ItemSelector, Seconds, Timestamp, Error, Cause, … */
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

const EVERYWHERE = ['Type', 'Comment', 'QueryLanguage'];
const FLOW = ['Next', 'End', 'Output', 'Assign'];
const ERRORS = ['Retry', 'Catch'];
const FIELDS: Record<StateType, readonly string[]> = {
  Task: [...FLOW, ...ERRORS, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Pass: FLOW,
  Choice: ['Choices', 'Default', 'Output', 'Assign'],
  Wait: [...FLOW, 'Seconds', 'Timestamp'],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
  Parallel: [...FLOW, ...ERRORS, 'Branches', 'Arguments'],
  Map: [
    ...FLOW,
    ...ERRORS,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'Label',
  ],
};
const EXPRESSIONS = [
  'Arguments',
  'Items',
  'ItemSelector',
  'MaxConcurrency',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'Seconds',
  'Timestamp',
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'Error',
  'Cause',
];
const JSONPATH_FIELDS = [
  'InputPath',
  'Parameters',
  'ResultPath',
  'ResultSelector',
  'OutputPath',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'ErrorPath',
  'CausePath',
  'MaxConcurrencyPath',
  'Variable',
];
const MAX_SECONDS = 99_999_999;

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
  return new Reader(expressions).read(value);
}

class Reader {
  readonly #expressions: Expressions;
  readonly #faults: string[] = [];
  readonly #names = new Set<string>();

  constructor(expressions: Expressions) {
    this.#expressions = expressions;
  }

  read(value: Json): Definition {
    if (!isObject(value)) throw new StateMachineRefused('The state machine is no JSON object.');
    const where = 'the state machine';
    if (value['QueryLanguage'] !== 'JSONata') {
      this.#fault(where, 'needs "QueryLanguage": "JSONata"; JSONPath is not implemented');
    }
    const version = value['Version'];
    if (version !== undefined && version !== '1.0') this.#fault(where, 'Version is not "1.0"');
    this.#known(value, ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'], where);
    const timeoutSeconds = this.#number(value, 'TimeoutSeconds', where, undefined, (n) => n >= 1 && n <= MAX_SECONDS);
    const states = this.#states(value, where, new Set());
    if (this.#faults.length > 0) {
      throw new StateMachineRefused(`This state machine cannot run here: ${this.#faults.join('; ')}.`);
    }
    return { ...states, timeoutSeconds };
  }

  #fault(where: string, what: string): void {
    this.#faults.push(`${where}: ${what}`);
  }

  #known(value: JsonObject, fields: readonly string[], where: string): void {
    for (const field of Object.keys(value)) {
      if (fields.includes(field)) continue;
      if (JSONPATH_FIELDS.includes(field)) this.#fault(where, `${field} belongs to JSONPath; use JSONata's fields`);
      else this.#fault(where, `${field} is not implemented`);
    }
  }

  #number(
    value: JsonObject,
    field: string,
    where: string,
    absent: number | undefined,
    valid: (n: number) => boolean,
    whole = true,
  ): number {
    const given = value[field];
    if (given === undefined) return absent as number;
    if (typeof given !== 'number' || (whole && !Number.isInteger(given)) || !valid(given)) {
      this.#fault(where, `${field} is out of range`);
      return absent as number;
    }
    return given;
  }

  #template(value: Json, location: string, where: string): Template {
    try {
      return this.#expressions.compile(value, location);
    } catch (error) {
      if (!(error instanceof EvaluationFailed)) throw error;
      this.#fault(where, error.message);
      return this.#expressions.compile(null, location);
    }
  }

  /** @param outer names of the variables of the levels above. */
  #states(value: JsonObject, where: string, outer: ReadonlySet<string>): States {
    const states = new Map<string, State>();
    const startAt = value['StartAt'];
    const listed = value['States'];
    if (!isObject(listed) || Object.keys(listed).length === 0) {
      this.#fault(where, 'States is missing or empty');
      return { startAt: '', states };
    }
    const own = new Set(Object.values(listed).flatMap((state) => assignedBy(state)));
    for (const name of own) {
      if (outer.has(name)) this.#fault(where, `$${name} is a variable of an outer level and cannot be assigned here`);
    }
    const visible = new Set([...outer, ...own]);
    for (const [name, state] of Object.entries(listed)) {
      if (name.length === 0 || name.length > 80)
        this.#fault(where, `the state name "${name}" has not 1 to 80 characters`);
      if (this.#names.has(name)) this.#fault(where, `the state name "${name}" is used twice`);
      this.#names.add(name);
      if (isObject(state)) states.set(name, this.#state(name, state, visible));
      else this.#fault(where, `the state "${name}" is no JSON object`);
    }
    if (typeof startAt !== 'string' || !states.has(startAt)) this.#fault(where, 'StartAt names no state');
    else this.#reach(startAt, states, where);
    return { startAt: typeof startAt === 'string' ? startAt : '', states };
  }

  #reach(startAt: string, states: ReadonlyMap<string, State>, where: string): void {
    const reached = new Set([startAt]);
    for (const name of reached) {
      const state = states.get(name)!;
      for (const { next } of [state, ...state.choices, ...state.catchers]) {
        if (next === undefined) continue;
        if (states.has(next)) reached.add(next);
        else this.#fault(`state "${name}"`, `Next names "${next}", which does not exist there`);
      }
    }
    for (const name of states.keys()) {
      if (!reached.has(name)) this.#fault(where, `the state "${name}" cannot be reached`);
    }
  }

  #state(name: string, value: JsonObject, visible: ReadonlySet<string>): State {
    const where = `state "${name}"`;
    const type = value['Type'];
    if (typeof type !== 'string' || !Object.hasOwn(FIELDS, type)) {
      this.#fault(where, `Type ${JSON.stringify(type)} is not implemented`);
      return { ...emptyState(name), next: undefined };
    }
    const kind = type as StateType;
    this.#known(value, [...EVERYWHERE, ...FIELDS[kind]], where);
    if (value['QueryLanguage'] !== undefined && value['QueryLanguage'] !== 'JSONata') {
      this.#fault(where, 'QueryLanguage JSONPath is not implemented');
    }
    const fields = new Map<string, Template>();
    for (const field of EXPRESSIONS) {
      if (value[field] !== undefined && FIELDS[kind].includes(field)) {
        fields.set(field, this.#template(value[field], field, where));
      }
    }
    const distributed = kind === 'Map' ? this.#distributed(name, value, where, fields) : undefined;
    const state: State = {
      name,
      type: kind,
      ...this.#way(value, '', where, visible, ['Task', 'Map', 'Parallel'].includes(kind) ? 'result' : undefined),
      next: this.#next(kind, value, where),
      retriers: this.#list(value, 'Retry', where).map((retrier, i, all) =>
        this.#retrier(retrier, `${where}, Retry[${i}]`, i === all.length - 1),
      ),
      catchers: this.#list(value, 'Catch', where).map((catcher, i, all) =>
        this.#catcher(catcher, `Catch[${i}]`, where, visible, i === all.length - 1),
      ),
      task: kind === 'Task' ? this.#task(value, where) : undefined,
      choices: kind === 'Choice' ? this.#choices(value, where, visible) : [],
      fields,
      inner: distributed ? [] : this.#inner(kind, value, where, visible),
      distributed,
    };
    for (const template of fields.values()) this.#scope(template, where, visible, []);
    if (kind === 'Wait' && fields.has('Seconds') === fields.has('Timestamp')) {
      this.#fault(where, 'needs one of Seconds and Timestamp');
    }
    if (fields.has('HeartbeatSeconds') && state.task?.kind !== 'invoke.waitForTaskToken') {
      this.#fault(where, 'HeartbeatSeconds is not implemented without a task token: nothing could send a heartbeat');
    }
    return state;
  }

  #next(kind: StateType, value: JsonObject, where: string): string | undefined {
    if (kind === 'Succeed' || kind === 'Fail') return undefined;
    const next = value[kind === 'Choice' ? 'Default' : 'Next'];
    if (next !== undefined && typeof next !== 'string') this.#fault(where, 'Next is no state name');
    if (kind !== 'Choice' && (next === undefined) === (value['End'] !== true)) {
      this.#fault(where, 'needs one of Next and "End": true');
    }
    return typeof next === 'string' ? next : undefined;
  }

  #way(
    value: JsonObject,
    location: string,
    where: string,
    visible: ReadonlySet<string>,
    special: 'result' | 'errorOutput' | undefined,
  ): Way {
    const next = value['Next'];
    const at = (field: string) => (location ? `${location}/${field}` : field);
    const output = value['Output'] === undefined ? undefined : this.#template(value['Output'], at('Output'), where);
    const assign = new Map<string, Template>();
    const assigned = value['Assign'];
    if (isObject(assigned)) {
      for (const [name, part] of Object.entries(assigned)) {
        if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name) || name === 'states') {
          this.#fault(where, `Assign: "${name}" is no name for a variable`);
        }
        assign.set(name, this.#template(part, at(`Assign/${name}`), where));
      }
    } else if (assigned !== undefined) this.#fault(where, 'Assign is no JSON object');
    for (const template of [...assign.values(), ...(output ? [output] : [])]) {
      this.#scope(template, where, visible, special ? [special] : []);
    }
    return { next: typeof next === 'string' ? next : undefined, output, assign };
  }

  /** Refuses variables that nothing assigns, and members of `$states` that are not there. */
  #scope(template: Template, where: string, visible: ReadonlySet<string>, special: readonly string[]): void {
    for (const name of template.reads) {
      if (!['input', 'context', ...special].includes(name)) {
        this.#fault(where, `$states.${name} does not exist in this field`);
      }
    }
    for (const name of template.variables) {
      if (name !== 'states' && !visible.has(name) && !BUILT_IN.has(name)) {
        this.#fault(where, `$${name} is no variable that a state here assigns, and no function`);
      }
    }
  }

  #list(value: JsonObject, field: string, where: string): JsonObject[] {
    const list = value[field];
    if (list === undefined) return [];
    if (Array.isArray(list) && list.every((entry) => isObject(entry))) return list;
    this.#fault(where, `${field} is no list of JSON objects`);
    return [];
  }

  #errors(value: JsonObject, where: string, last: boolean): string[] {
    const errors = value['ErrorEquals'];
    if (!Array.isArray(errors) || errors.length === 0 || !errors.every((error) => typeof error === 'string')) {
      this.#fault(where, 'ErrorEquals is no list of error names');
      return [];
    }
    if (errors.includes('States.ALL') && (errors.length > 1 || !last)) {
      this.#fault(where, 'States.ALL must be alone and in the last entry');
    }
    return errors;
  }

  #retrier(value: JsonObject, where: string, last: boolean): Retrier {
    this.#known(
      value,
      ['Comment', 'ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'],
      where,
    );
    const jitter = value['JitterStrategy'] ?? 'NONE';
    if (jitter !== 'NONE' && jitter !== 'FULL') this.#fault(where, 'JitterStrategy is neither NONE nor FULL');
    const intervalSeconds = this.#number(value, 'IntervalSeconds', where, 1, (n) => n >= 1 && n <= MAX_SECONDS);
    return {
      errors: this.#errors(value, where, last),
      intervalSeconds,
      maxAttempts: this.#number(value, 'MaxAttempts', where, 3, (n) => n >= 0 && n <= MAX_SECONDS),
      backoffRate: this.#number(value, 'BackoffRate', where, 2, (n) => n >= 1, false),
      maxDelaySeconds: this.#number(
        value,
        'MaxDelaySeconds',
        where,
        Infinity,
        (n) => n > intervalSeconds && n < 31_622_400,
      ),
      fullJitter: jitter === 'FULL',
    };
  }

  #catcher(value: JsonObject, location: string, where: string, visible: ReadonlySet<string>, last: boolean): Catcher {
    const here = `${where}, ${location}`;
    this.#known(value, ['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign'], here);
    if (typeof value['Next'] !== 'string') this.#fault(here, 'Next is missing');
    return {
      errors: this.#errors(value, here, last),
      ...this.#way(value, location, here, visible, 'errorOutput'),
    };
  }

  #choices(value: JsonObject, where: string, visible: ReadonlySet<string>): State['choices'] {
    const choices = this.#list(value, 'Choices', where);
    if (choices.length === 0) this.#fault(where, 'Choices is missing or empty');
    return choices.map((choice, i) => {
      const location = `Choices[${i}]`;
      const here = `${where}, ${location}`;
      this.#known(choice, ['Comment', 'Condition', 'Next', 'Output', 'Assign'], here);
      if (typeof choice['Next'] !== 'string') this.#fault(here, 'Next is missing');
      if (choice['Condition'] === undefined) this.#fault(here, 'Condition is missing');
      const condition = this.#template(choice['Condition'] ?? null, `${location}/Condition`, here);
      this.#scope(condition, here, visible, []);
      return { condition, ...this.#way(choice, location, here, visible, undefined) };
    });
  }

  #task(value: JsonObject, where: string): State['task'] {
    const resource = value['Resource'];
    if (typeof resource === 'string') {
      const integration = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:lambda:(invoke|invoke\.waitForTaskToken)$/.exec(resource);
      if (integration) {
        const given = value['Arguments'];
        if (!isObject(given) || given['FunctionName'] === undefined) {
          this.#fault(where, 'Arguments needs FunctionName');
        } else {
          for (const field of Object.keys(given)) {
            if (!['FunctionName', 'Payload'].includes(field))
              this.#fault(where, `Arguments/${field} is not implemented`);
          }
        }
        return { kind: integration[1] as TaskKind, resource };
      }
      if (/^arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:[^:]+(:[^:]+)?$/.test(resource)) {
        return { kind: 'function', resource };
      }
    }
    this.#fault(where, `Resource ${JSON.stringify(resource)} is not implemented`);
    return undefined;
  }

  #inner(kind: StateType, value: JsonObject, where: string, visible: ReadonlySet<string>): States[] {
    if (kind === 'Parallel') {
      const branches = this.#list(value, 'Branches', where);
      if (branches.length === 0) this.#fault(where, 'Branches is missing or empty');
      return branches.map((branch, i) => {
        const here = `${where}, Branches[${i}]`;
        this.#known(branch, ['Comment', 'StartAt', 'States'], here);
        return this.#states(branch, here, visible);
      });
    }
    if (kind !== 'Map') return [];
    const processor = value['ItemProcessor'];
    const here = `${where}, ItemProcessor`;
    if (!isObject(processor)) {
      this.#fault(where, 'ItemProcessor is missing');
      return [];
    }
    this.#known(processor, ['Comment', 'StartAt', 'States', 'ProcessorConfig'], here);
    const config = processor['ProcessorConfig'];
    if (config !== undefined) {
      if (!isObject(config) || (config['Mode'] ?? 'INLINE') !== 'INLINE') {
        this.#fault(here, 'Mode is neither INLINE nor DISTRIBUTED');
      } else this.#known(config, ['Mode'], `${here}, ProcessorConfig`);
    }
    return [this.#states(processor, here, visible)];
  }

  /** Reads what only a distributed Map has, its expressions into `fields`. @returns undefined for an inline one. */
  #distributed(name: string, value: JsonObject, where: string, fields: Map<string, Template>): Distributed | undefined {
    const processor = value['ItemProcessor'];
    const config = isObject(processor) ? processor['ProcessorConfig'] : undefined;
    if (!isObject(processor) || !isObject(config) || config['Mode'] !== 'DISTRIBUTED') {
      for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label']) {
        if (value[field] !== undefined) this.#fault(where, `${field} is of a distributed Map only`);
      }
      return undefined;
    }
    for (const field of ['Items', 'ItemSelector']) {
      if (value[field] !== undefined) this.#fault(where, `${field} of a distributed Map is not implemented`);
    }
    const here = `${where}, ItemProcessor`;
    this.#known(processor, ['Comment', 'StartAt', 'States', 'ProcessorConfig'], here);
    this.#known(config, ['Mode', 'ExecutionType'], `${here}, ProcessorConfig`);
    if (config['ExecutionType'] !== 'STANDARD') {
      this.#fault(here, 'ExecutionType EXPRESS of a distributed Map is not implemented: use STANDARD');
    }
    // Its children are executions of their own: they see no variable of this one.
    this.#states(processor, here, new Set());
    const part = (field: string, known: readonly string[]): JsonObject | undefined => {
      const given = value[field];
      if (given === undefined) return undefined;
      if (isObject(given)) {
        this.#known(given, known, `${where}, ${field}`);
        return given;
      }
      this.#fault(where, `${field} is no JSON object`);
      return undefined;
    };
    const expression = (path: string, given: Json | undefined) => {
      if (given !== undefined) fields.set(path, this.#template(given, path, where));
    };
    const s3 = (field: string, given: JsonObject, action: 'getObject' | 'putObject') => {
      const resource = typeof given['Resource'] === 'string' ? given['Resource'] : '';
      if (!new RegExp(`^arn:aws[a-z-]*:states:[^:]*:[^:]*:s3:${action}$`).test(resource)) {
        this.#fault(where, `${field}/Resource must be arn:aws:states:::s3:${action}: no other is implemented`);
      }
      if (given['Arguments'] === undefined) this.#fault(where, `${field} needs Arguments`);
      expression(`${field}/Arguments`, given['Arguments']);
    };
    const reader = part('ItemReader', ['Resource', 'ReaderConfig', 'Arguments']);
    const read = isObject(reader?.['ReaderConfig']) ? reader['ReaderConfig'] : {};
    if (!reader) this.#fault(where, 'a distributed Map without ItemReader is not implemented');
    else s3('ItemReader', reader, 'getObject');
    this.#known(read, ['InputType', 'CSVHeaderLocation', 'MaxItems'], `${where}, ItemReader, ReaderConfig`);
    const inputType = read['InputType'] === 'CSV' ? 'CSV' : 'JSONL';
    if (read['InputType'] !== inputType)
      this.#fault(where, 'InputType is neither JSONL nor CSV: no other is implemented');
    if (inputType === 'CSV' && read['CSVHeaderLocation'] !== 'FIRST_ROW') {
      this.#fault(where, 'CSVHeaderLocation must be FIRST_ROW: no other is implemented');
    }
    expression('ItemReader/ReaderConfig/MaxItems', read['MaxItems']);
    const batcher = part('ItemBatcher', ['BatchInput', 'MaxItemsPerBatch', 'MaxInputBytesPerBatch']);
    for (const field of ['BatchInput', 'MaxItemsPerBatch', 'MaxInputBytesPerBatch']) {
      expression(`ItemBatcher/${field}`, batcher?.[field]);
    }
    if (batcher && batcher['MaxItemsPerBatch'] === undefined && batcher['MaxInputBytesPerBatch'] === undefined) {
      this.#fault(where, 'ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch');
    }
    const writer = part('ResultWriter', ['Resource', 'Arguments', 'WriterConfig']);
    if (writer) s3('ResultWriter', writer, 'putObject');
    const write = isObject(writer?.['WriterConfig']) ? writer['WriterConfig'] : {};
    const { Transformation: transformation = 'NONE', OutputType: outputType = 'JSON' } = write;
    if (transformation !== 'NONE' && transformation !== 'COMPACT') {
      this.#fault(where, 'Transformation is neither NONE nor COMPACT: no other is implemented');
    }
    if (outputType !== 'JSON' && outputType !== 'JSONL') this.#fault(where, 'OutputType is neither JSON nor JSONL');
    const label = value['Label'] ?? name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 40);
    if (typeof label !== 'string' || !/^[A-Za-z0-9_-]{1,40}$/.test(label)) {
      this.#fault(where, 'Label has not 1 to 40 letters, digits, "-" or "_"');
    }
    const { StartAt, States } = processor;
    return {
      label: typeof label === 'string' ? label : '',
      inputType,
      batched: batcher !== undefined,
      writer: writer && {
        transformation: transformation === 'COMPACT' ? 'COMPACT' : 'NONE',
        outputType: outputType === 'JSONL' ? 'JSONL' : 'JSON',
      },
      processor: JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States }),
    };
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The names that a state assigns, its choices and catchers included; not those of branches within. */
function assignedBy(state: Json): string[] {
  if (!isObject(state)) return [];
  const ways = [state, ...[state['Choices'], state['Catch']].flatMap((list) => (Array.isArray(list) ? list : []))];
  return ways.flatMap((way) => (isObject(way) && isObject(way['Assign']) ? Object.keys(way['Assign']) : []));
}

function emptyState(name: string): State {
  return {
    name,
    type: 'Pass',
    next: undefined,
    output: undefined,
    assign: new Map(),
    retriers: [],
    catchers: [],
    task: undefined,
    choices: [],
    fields: new Map(),
    inner: [],
    distributed: undefined,
  };
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
