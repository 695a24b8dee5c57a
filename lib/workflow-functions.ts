import { Duration, type Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';

import type { DeployedName } from '../lambdas/functions.ts';
import type { Stage } from '../stages/stage.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { RecordsStack } from './records-stack.ts';
import { UnderwritingFunction, type UnderwritingFunctionProps } from './underwriting-function.ts';

/** A caller of the API waits for it: API Gateway waits 29 s. */
export const CALLER_WAITS = { timeout: Duration.seconds(29) } as const;

export type FunctionOptions = Omit<
  Partial<UnderwritingFunctionProps>,
  'functionName' | 'description' | 'key' | 'stage' | 'deadLetters'
>;

export interface WorkflowFunctionsProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
  readonly deadLetters: DeadLetters;
}

/** The functions of the workflow's stack, by name. Each construct adds its own and grants them what they need. */
export class WorkflowFunctions {
  readonly all = new Map<DeployedName, UnderwritingFunction>();
  readonly stage: Stage;
  readonly records: RecordsStack;
  readonly deadLetters: DeadLetters;
  /** Functions whose failed calls become dead letters. */
  readonly asynchronous: UnderwritingFunction[] = [];
  readonly #stack: Stack;

  constructor(stack: Stack, { stage, records, deadLetters }: WorkflowFunctionsProps) {
    this.#stack = stack;
    this.stage = stage;
    this.records = records;
    this.deadLetters = deadLetters;
  }

  /** Adds a function, whose caller learns of its errors. It may write its log and its trace. */
  add(functionName: DeployedName, description: string, options: FunctionOptions = {}): UnderwritingFunction {
    return this.#make({ functionName, description, ...options });
  }

  /** Adds a function that a schedule or an event calls. A call that failed three times becomes a dead letter. */
  addAsynchronous(
    functionName: DeployedName,
    description: string,
    options: FunctionOptions = {},
  ): UnderwritingFunction {
    const made = this.#make({ functionName, description, ...options, deadLetters: this.deadLetters.queue });
    this.asynchronous.push(made);
    return made;
  }

  #make(props: Omit<UnderwritingFunctionProps, 'key' | 'stage'>): UnderwritingFunction {
    const made = new UnderwritingFunction(this.#stack, {
      ...props,
      stage: this.stage,
      key: this.records.operationsKey,
    });
    this.all.set(props.functionName, made);
    return made;
  }
}

export interface EveryProps {
  readonly fn: UnderwritingFunction;
  readonly every: Duration;
  readonly description: string;
  /** What each call is given. @default - the event of the schedule */
  readonly input?: object;
  readonly deadLetters: DeadLetters;
}

/** Calls a function at a fixed rate. A call that cannot be delivered becomes a dead letter. */
export class Every extends Construct {
  constructor(scope: Construct, id: string, { fn, every, description, input, deadLetters }: EveryProps) {
    super(scope, id);
    const target = new LambdaTarget(fn.lambda, {
      deadLetterQueue: deadLetters.queue,
      ...(input && { event: RuleTargetInput.fromObject(input) }),
    });
    new Rule(this, 'Rule', { description, schedule: Schedule.rate(every) }).addTarget(target);
  }
}
