/** The Amazon States Language in JSONata, as far as this engine implements it. Each message follows its field's name. */
import * as z from 'zod';

import { MAX_SECONDS } from './data.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** AWS's limit on MaxDelaySeconds: less than 366 days. */
const MAX_DELAY_SECONDS = 31_622_399;
const INVOKE = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:lambda:(invoke|invoke\.waitForTaskToken)$/;
const FUNCTION = /^arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:[^:]+(:[^:]+)?$/;
const VARIABLE = /^(?!states$)[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u;

/** How a Task calls its function: `lambda:invoke`, with or without a task token, or by the function's own ARN. */
export type TaskKind = 'invoke' | 'invoke.waitForTaskToken' | 'function';

/** The kind of call that a Task's resource names; undefined for a resource that is not implemented. */
export function taskKindOf(resource: string): TaskKind | undefined {
  const integration = INVOKE.exec(resource);
  if (integration) return integration[1] as TaskKind;
  return FUNCTION.test(resource) ? 'function' : undefined;
}

/** Whether a state is a Map whose children are executions of their own. */
export function isDistributed(state: JsonObject): boolean {
  const processor = state['Type'] === 'Map' ? state['ItemProcessor'] : undefined;
  const config = isObject(processor) ? processor['ProcessorConfig'] : undefined;
  return isObject(config) && config['Mode'] === 'DISTRIBUTED';
}

const NOUNS: Readonly<Record<string, string>> = { object: 'JSON object', record: 'JSON object', array: 'list' };

/** What is wrong with a value whose schema has no message of its own. */
export const plainMessage: z.core.$ZodErrorMap = ({ code, input, expected }) => {
  if (input === undefined) return 'is missing';
  return code === 'invalid_type' ? `must be a ${NOUNS[expected] ?? expected}` : undefined;
};

/** Runs a check also where a field beside it is wrong, so that every fault is reported at once. */
const always = { when: () => true };

const comment = { Comment: z.unknown().optional() };
const json = z.custom<Json>((value) => value !== undefined, { error: 'is missing' });
const expression = json.optional();
const object = z.custom<JsonObject>((value) => isObject(value as Json), { error: 'must be a JSON object' });
const jsonata = z.literal('JSONata', { error: 'must be "JSONata": JSONPath is not implemented' });

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A list of retriers or catchers, of which only the last may be for all errors. */
function handlers<Handler extends z.ZodType<{ readonly ErrorEquals: readonly string[] }>>(handler: Handler) {
  const list = z.array(handler).superRefine((all, context) => {
    for (const [index, { ErrorEquals }] of all.entries()) {
      if (!ErrorEquals.includes('States.ALL')) continue;
      if (ErrorEquals.length === 1 && index === all.length - 1) continue;
      const message = 'is in the wrong place: States.ALL must be alone and in the last entry';
      context.addIssue({ code: 'custom', path: [index, 'ErrorEquals'], message });
    }
  });
  return list.optional();
}

const way = {
  Output: expression,
  Assign: z
    .record(z.string().regex(VARIABLE), json, {
      error: ({ code }) => (code === 'invalid_key' ? 'is no name for a variable' : 'must be a JSON object'),
    })
    .optional(),
};
const errors = { ErrorEquals: z.array(z.string()).min(1, { error: 'names no error' }) };

const retrier = z
  .strictObject({
    ...comment,
    ...errors,
    IntervalSeconds: whole(1, MAX_SECONDS).default(1),
    MaxAttempts: whole(0, MAX_SECONDS).default(3),
    BackoffRate: z.number().min(1, { error: 'must be a number of at least 1' }).default(2),
    MaxDelaySeconds: whole(2, MAX_DELAY_SECONDS).optional(),
    JitterStrategy: z.enum(['NONE', 'FULL'], { error: 'must be NONE or FULL' }).default('NONE'),
  })
  .refine(({ IntervalSeconds, MaxDelaySeconds = Infinity }) => MaxDelaySeconds > IntervalSeconds, {
    path: ['MaxDelaySeconds'],
    error: 'must be more than IntervalSeconds',
  });
const handled = {
  Retry: handlers(retrier),
  Catch: handlers(z.strictObject({ ...comment, ...errors, ...way, Next: z.string() })),
};

/** A state of one type. */
function state<Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) {
  return z.strictObject({ Type: z.literal(type), ...comment, QueryLanguage: jsonata.optional(), ...fields });
}

/** A state that leads to another one, or ends. */
function step<Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) {
  const flow = { Next: z.string().optional(), End: z.boolean().optional(), ...way };
  return state(type, { ...flow, ...fields }).refine(leadsOrEnds, {
    error: 'needs one of Next and "End": true',
    ...always,
  });
}

const leadsOrEnds = (given: { Next?: unknown; End?: unknown }) => (given.Next === undefined) === (given.End === true);

const invokeArguments = z.strictObject({ FunctionName: json, Payload: expression });

const task = step('Task', {
  ...handled,
  Resource: z.custom<string>((value) => typeof value === 'string' && taskKindOf(value) !== undefined, {
    error: ({ input }) => `${JSON.stringify(input)} is not implemented`,
  }),
  Arguments: expression,
  TimeoutSeconds: expression,
  HeartbeatSeconds: expression,
})
  .refine(({ Resource, HeartbeatSeconds }) => HeartbeatSeconds === undefined || Resource.endsWith('waitForTaskToken'), {
    path: ['HeartbeatSeconds'],
    error: 'is not implemented without a task token: nothing could send a heartbeat',
  })
  .superRefine(({ Resource, Arguments }, context) => {
    if (taskKindOf(Resource) === 'function') return;
    for (const issue of invokeArguments.safeParse(Arguments).error?.issues ?? []) {
      context.addIssue({ ...issue, path: ['Arguments', ...issue.path] });
    }
  });

const choice = state('Choice', {
  ...way,
  Choices: z
    .array(z.strictObject({ ...comment, ...way, Condition: json, Next: z.string() }))
    .min(1, { error: 'is empty' }),
  Default: z.string().optional(),
});

const wait = step('Wait', { Seconds: expression, Timestamp: expression }).refine(
  ({ Seconds, Timestamp }) => (Seconds === undefined) !== (Timestamp === undefined),
  { error: 'needs one of Seconds and Timestamp', ...always },
);

const parallel = step('Parallel', {
  ...handled,
  Branches: z.array(object).min(1, { error: 'is empty' }),
  Arguments: expression,
});

const anyMap = {
  ...handled,
  ItemProcessor: object,
  MaxConcurrency: expression,
  ToleratedFailureCount: expression,
  ToleratedFailurePercentage: expression,
};
const onlyDistributed = z.never({ error: 'is of a distributed Map only' }).optional();
const onlyInline = z.never({ error: 'of a distributed Map is not implemented' }).optional();

const inlineMap = step('Map', {
  ...anyMap,
  Items: expression,
  ItemSelector: expression,
  ItemReader: onlyDistributed,
  ItemBatcher: onlyDistributed,
  ResultWriter: onlyDistributed,
  Label: onlyDistributed,
});

function s3(action: 'getObject' | 'putObject') {
  return z.string().regex(new RegExp(`^arn:aws[a-z-]*:states:[^:]*:[^:]*:s3:${action}$`), {
    error: `must be arn:aws:states:::s3:${action}: no other is implemented`,
  });
}

const readerConfig = z
  .strictObject({
    InputType: z.enum(['JSONL', 'CSV'], { error: 'must be JSONL or CSV: no other is implemented' }),
    CSVHeaderLocation: z.unknown().optional(),
    MaxItems: expression,
  })
  .refine(({ InputType, CSVHeaderLocation }) => InputType !== 'CSV' || CSVHeaderLocation === 'FIRST_ROW', {
    path: ['CSVHeaderLocation'],
    error: 'must be FIRST_ROW: no other is implemented',
  });

const batcher = z
  .strictObject({ BatchInput: expression, MaxItemsPerBatch: expression, MaxInputBytesPerBatch: expression })
  .refine((given) => given.MaxItemsPerBatch !== undefined || given.MaxInputBytesPerBatch !== undefined, {
    error: 'needs MaxItemsPerBatch or MaxInputBytesPerBatch',
  });

const writerConfig = z.strictObject({
  Transformation: z
    .enum(['NONE', 'COMPACT'], { error: 'must be NONE or COMPACT: no other is implemented' })
    .default('NONE'),
  OutputType: z.enum(['JSON', 'JSONL'], { error: 'must be JSON or JSONL' }).default('JSON'),
});

const distributedMap = step('Map', {
  ...anyMap,
  Items: onlyInline,
  ItemSelector: onlyInline,
  ItemReader: z.strictObject(
    { Resource: s3('getObject'), ReaderConfig: readerConfig, Arguments: json },
    { error: 'is missing: a distributed Map without ItemReader is not implemented' },
  ),
  ItemBatcher: batcher.optional(),
  ResultWriter: z
    .strictObject({ Resource: s3('putObject'), Arguments: json, WriterConfig: writerConfig.prefault({}) })
    .optional(),
  Label: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, { error: 'must have 1 to 40 letters, digits, "-" or "_"' })
    .optional(),
});

const states = z.discriminatedUnion(
  'Type',
  [
    task,
    step('Pass', {}),
    choice,
    wait,
    state('Succeed', { Output: expression }),
    state('Fail', { Error: expression, Cause: expression }),
    parallel,
    inlineMap,
  ],
  { error: ({ input }) => `${JSON.stringify((input as JsonObject)['Type'])} is not implemented` },
);

export type StateType = z.output<typeof states>['Type'];
export type Retrier = z.output<typeof retrier>;
export type MapFields = z.output<typeof distributedMap>;
/** A state of any type: each has some of these fields. */
export type StateFields = { readonly Type: StateType } & Partial<
  Omit<z.output<typeof task>, 'Type'> & Omit<z.output<typeof choice>, 'Type'>
>;

/** The schema of a state, apart from the states within it. */
export function stateSchema(given: JsonObject): z.ZodType<StateFields> {
  return isDistributed(given) ? distributedMap : states;
}

const scope = {
  ...comment,
  StartAt: z.string(),
  States: z.record(z.string().min(1).max(80), object, {
    error: ({ code }) => (code === 'invalid_key' ? 'is no state name of 1 to 80 characters' : undefined),
  }),
};

/** A state machine, apart from its states. */
export const machineSchema = z.strictObject({
  ...scope,
  QueryLanguage: jsonata,
  TimeoutSeconds: whole(1, MAX_SECONDS).optional(),
  Version: z.literal('1.0', { error: 'must be "1.0"' }).optional(),
});

/** A branch of a Parallel, apart from its states. */
export const branchSchema = z.strictObject(scope);

const inlineProcessor = z.strictObject({
  ...scope,
  ProcessorConfig: z
    .strictObject({ Mode: z.literal('INLINE', { error: 'must be INLINE or DISTRIBUTED' }).optional() })
    .optional(),
});

const distributedProcessor = z.strictObject({
  ...scope,
  ProcessorConfig: z.strictObject({
    Mode: z.literal('DISTRIBUTED'),
    ExecutionType: z.literal('STANDARD', { error: 'EXPRESS of a distributed Map is not implemented: use STANDARD' }),
  }),
});

/** The processor of a Map, apart from its states. */
export function processorSchema(map: JsonObject): z.ZodType {
  return isDistributed(map) ? distributedProcessor : inlineProcessor;
}
