import {
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Stack,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';

import type { Aws } from './aws.ts';
import { CheckFailed, nameOf } from './failure.ts';

/** The tag of every stack that a check deploys. Its value is the ID of the run, and a run destroys no other stack. */
export const TAG = 'underwright-deploy-check';

/** The stacks of a stage (lib/underwright-app.ts) in the order of their deletion: a reader before what it reads. */
export const STACKS = ['operations', 'batch', 'api', 'workflow', 'simulated-bureau', 'records'] as const;
export type StackName = (typeof STACKS)[number];

export interface StackState {
  readonly name: StackName;
  readonly id: string;
  /** Such as `CREATE_COMPLETE`. */
  readonly status: string;
  readonly createdAt: Date;
  readonly outputs: Readonly<Record<string, string>>;
  /** The ID of the run that deployed the stack; null for a stack without the tag of a check. */
  readonly run: string | null;
}

const describedAs = (stage: string, name: StackName): string => `underwright-${stage}-${name}`;

/** Reads the stacks of a stage that exist, in the order of their deletion. */
export async function readStacks(aws: Aws, stage: string, abortSignal?: AbortSignal): Promise<StackState[]> {
  const found: StackState[] = [];
  for (const name of STACKS) {
    const stack = await describe(aws, describedAs(stage, name), abortSignal);
    if (stack) found.push(stateOf(name, stack));
  }
  return found;
}

/** Reads one stack by its ID, also after its deletion. */
export async function readStack(aws: Aws, { name, id }: StackState, abortSignal?: AbortSignal): Promise<StackState> {
  const stack = await describe(aws, id, abortSignal);
  return stateOf(name, stack ?? { StackId: id, StackStatus: 'DELETE_COMPLETE' });
}

async function describe(aws: Aws, StackName: string, abortSignal?: AbortSignal): Promise<Stack | undefined> {
  try {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName }), {
      ...(abortSignal && { abortSignal }),
    });
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error of its own for a stack that does not exist.
    if (nameOf(error) === 'ValidationError' && /does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

function stateOf(name: StackName, stack: Partial<Stack>): StackState {
  return {
    name,
    id: stack.StackId ?? '',
    status: stack.StackStatus ?? '',
    createdAt: stack.CreationTime ?? new Date(),
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
    run: (stack.Tags ?? []).find(({ Key }) => Key === TAG)?.Value ?? null,
  };
}

/** A resource of a stage. */
export interface Resource {
  readonly stack: StackName;
  readonly logicalId: string;
  /** Such as `AWS::KMS::Key`. */
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
  readonly reason: string | null;
}

/** Lists the resources of a stack, also after its deletion. */
export async function resourcesOf(aws: Aws, stack: StackState, abortSignal?: AbortSignal): Promise<Resource[]> {
  const found: StackResourceSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.cloudFormation.send(new ListStackResourcesCommand({ StackName: stack.id, NextToken }), {
      ...(abortSignal && { abortSignal }),
    });
    found.push(...(page.StackResourceSummaries ?? []));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found.map((one) => ({
    stack: stack.name,
    logicalId: one.LogicalResourceId ?? '',
    type: one.ResourceType ?? '',
    physicalId: one.PhysicalResourceId ?? '',
    status: one.ResourceStatus ?? '',
    reason: one.ResourceStatusReason ?? null,
  }));
}

/** Finds why a stage's stacks failed: the first failed resource of each. @returns sentences */
export async function failuresOf(aws: Aws, stage: string, abortSignal?: AbortSignal): Promise<string[]> {
  const sentences: string[] = [];
  for (const stack of await readStacks(aws, stage, abortSignal)) {
    if (!/FAILED|ROLLBACK/.test(stack.status)) continue;
    const { StackEvents = [] } = await aws.cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: stack.id }),
      {
        ...(abortSignal && { abortSignal }),
      },
    );
    // Events are newest first. What CloudFormation cancelled itself is no cause.
    const first = StackEvents.findLast(
      ({ ResourceStatus = '', ResourceStatusReason = '' }) =>
        ResourceStatus.endsWith('_FAILED') && !/cancelled/i.test(ResourceStatusReason),
    );
    const cause = first ? `${first.LogicalResourceId} (${first.ResourceType}): ${first.ResourceStatusReason}` : '';
    sentences.push(`The stack ${stack.name} is ${stack.status}. ${cause}`.trim());
  }
  return sentences;
}

/** Gives an output of a stack. @throws CheckFailed when the stack has no such output */
export function outputOf(stacks: readonly StackState[], name: StackName, output: string): string {
  const value = stacks.find((stack) => stack.name === name)?.outputs[output];
  if (value !== undefined) return value;
  throw new CheckFailed(`The stack ${name} has no output ${output}: deploy the stage with this release.`);
}
