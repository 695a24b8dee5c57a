import { setTimeout as wait } from 'node:timers/promises';

import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { DescribeKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetObjectLockConfigurationCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';

import type { Aws } from './aws.ts';
import { CheckFailed, explained, nameOf } from './failure.ts';
import type { Remaining } from './report.ts';
import { readStack, readStacks, resourcesOf, type Resource, type StackState } from './stacks.ts';

/** The shortest waiting period that KMS allows. */
export const KEY_WINDOW_DAYS = 7;
const BETWEEN_LOOKS_MS = 2_000;

/**
 * Destroys the stacks of a run with their data, as far as AWS allows. Leaves every other stack of the stage alone.
 * @returns what remains, with the stacks of others
 */
export async function destroyStage(
  aws: Aws,
  { stage, run }: { readonly stage: string; readonly run: string },
  signal: AbortSignal,
): Promise<Remaining[]> {
  const remains: Remaining[] = [];
  for (const stack of await readStacks(aws, stage, signal))
    if (stack.run === run) remains.push(...(await destroyStack(aws, stack, signal)));
    else remains.push({ resource: `AWS::CloudFormation::Stack ${stack.id}`, why: LEFT_ALONE, until: null });
  return remains;
}

const LEFT_ALONE = 'It was not deployed by this check, so it is left alone.';

/** @throws CheckFailed naming the first stack that another run or another program deployed */
export function refuseOthers(stacks: readonly StackState[], run: string): void {
  const other = stacks.find((stack) => stack.run !== run);
  if (other)
    throw new CheckFailed(
      `The stack ${other.id} was not deployed by this check, so it is left alone: choose a stage of another name.`,
    );
}

async function destroyStack(aws: Aws, stack: StackState, signal: AbortSignal): Promise<Remaining[]> {
  let resources: Resource[] = [];
  try {
    resources = await resourcesOf(aws, stack, signal);
    // Access logs arrive late, so a bucket may have new objects when its stack goes: one retry.
    let left = await deleteStack(aws, stack, resources, signal);
    if (left.status !== 'DELETE_COMPLETE') left = await deleteStack(aws, left, resources, signal);
    if (left.status === 'DELETE_COMPLETE') return await remainingOf(aws, stack, resources, signal);
    return (await resourcesOf(aws, stack, signal))
      .filter(({ status }) => status !== 'DELETE_COMPLETE')
      .map(({ type, physicalId, status, reason }) => ({
        resource: `${type} ${physicalId}`,
        why: `Its stack ${stack.name} is ${left.status}; the resource is ${status}. ${reason ?? ''}`.trim(),
        until: null,
      }));
  } catch (error) {
    return [
      { resource: `AWS::CloudFormation::Stack ${stack.id}`, why: explained(error, 'destroy', signal), until: null },
    ];
  }
}

async function deleteStack(
  aws: Aws,
  stack: StackState,
  resources: readonly Resource[],
  abortSignal: AbortSignal,
): Promise<StackState> {
  // A creation can be deleted while it runs; an update cannot.
  if (/^(UPDATE|DELETE|ROLLBACK)/.test(stack.status)) await settled(aws, stack, abortSignal);
  for (const { type, physicalId } of resources)
    if (type === 'AWS::S3::Bucket') await emptyBucket(aws, physicalId, abortSignal);
  await aws.cloudFormation.send(new DeleteStackCommand({ StackName: stack.id }), { abortSignal });
  return settled(aws, stack, abortSignal);
}

/** Waits until CloudFormation changes a stack no more. */
async function settled(aws: Aws, stack: StackState, signal: AbortSignal): Promise<StackState> {
  for (;;) {
    const state = await readStack(aws, stack, signal);
    if (!state.status.endsWith('_IN_PROGRESS')) return state;
    await wait(BETWEEN_LOOKS_MS, undefined, { signal });
  }
}

/**
 * Deletes every version of a bucket's objects. The evidence bucket's policy denies that to every caller, so the policy goes
 * first; Object Lock in GOVERNANCE mode lets a caller with `s3:BypassGovernanceRetention` delete.
 */
async function emptyBucket({ s3 }: Aws, Bucket: string, abortSignal: AbortSignal): Promise<void> {
  try {
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }), { abortSignal });
    const bypass = await isLocking(s3, Bucket, abortSignal);
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }), {
        abortSignal,
      });
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) return;
      const command = new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects, Quiet: true },
        ...(bypass && { BypassGovernanceRetention: true }),
      });
      const { Errors = [] } = await s3.send(command, { abortSignal });
      // CloudFormation reports the bucket that it cannot delete.
      if (Errors.length > 0) return;
    }
  } catch (error) {
    if (nameOf(error) !== 'NoSuchBucket') throw error;
  }
}

async function isLocking(s3: Aws['s3'], Bucket: string, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await s3.send(new GetObjectLockConfigurationCommand({ Bucket }), { abortSignal });
    return true;
  } catch (error) {
    if (nameOf(error) === 'ObjectLockConfigurationNotFoundError') return false;
    throw error;
  }
}

/** Finds what a deleted stack left: keys in their waiting period, and resources that the stack retained. */
async function remainingOf(
  aws: Aws,
  stack: StackState,
  resources: readonly Resource[],
  abortSignal: AbortSignal,
): Promise<Remaining[]> {
  const remains: Remaining[] = [];
  for (const { type, physicalId } of resources) {
    if (type !== 'AWS::KMS::Key') continue;
    const { KeyMetadata } = await aws.kms.send(new DescribeKeyCommand({ KeyId: physicalId }), { abortSignal });
    const resource = `${type} ${physicalId}`;
    if (KeyMetadata?.KeyState === 'PendingDeletion')
      remains.push({
        resource,
        why: 'KMS deletes a key after a waiting period.',
        until: KeyMetadata.DeletionDate?.toISOString() ?? null,
      });
    else remains.push({ resource, why: 'Its stack retained it: schedule its deletion.', until: null });
  }
  const after = await resourcesOf(aws, stack, abortSignal).catch(() => []);
  for (const { type, physicalId, status } of after)
    if (status === 'DELETE_SKIPPED' && type !== 'AWS::KMS::Key')
      remains.push({
        resource: `${type} ${physicalId}`,
        why: 'Its stack retained it: delete it by hand.',
        until: null,
      });
  return remains;
}

/** Schedules the deletion of a key. @returns the instant of its deletion, ISO 8601 */
export async function scheduleKeyDeletion({ kms }: Aws, KeyId: string, abortSignal: AbortSignal): Promise<string> {
  const command = new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: KEY_WINDOW_DAYS });
  const { DeletionDate } = await kms.send(command, { abortSignal });
  return DeletionDate?.toISOString() ?? '';
}
