import * as z from 'zod';

import type { Clock, Versions } from '../../adapters/ports.ts';
import type { Contract, UseCase } from '../contracts.ts';
import { supersededVersions, unusedFunctionVersions } from './superseded.ts';

/** Called on a schedule: nothing in its input matters. Deletes versions that no execution can need any more. */
export const contract = {
  input: z.unknown(),
  output: z.strictObject({ stateMachineVersions: z.array(z.string()), functionVersions: z.array(z.string()) }),
} as const satisfies Contract;

export interface ReaperPorts {
  readonly versions: Versions;
  readonly clock: Clock;
}

/**
 * Deletes superseded versions of the workflow on which no execution runs, then the function versions that only those
 * called. A review may wait for weeks: its execution calls the versions that it started with.
 */
export function reapVersions({ versions, clock }: ReaperPorts): UseCase<typeof contract> {
  return async () => {
    // Functions before workflows: what is published between the two is newer than all that the workflows call.
    const functionVersions = await versions.functionVersions();
    const workflowVersions = await versions.workflowVersions();
    const deployed = { workflowVersions, functionVersions, routed: await versions.routed(), now: clock.now() };
    const deleted = new Set<string>();
    for (const { arn } of supersededVersions(deployed)) {
      if (await versions.isRunning(arn)) continue;
      await versions.deleteWorkflowVersion(arn);
      deleted.add(arn);
    }
    const unused = unusedFunctionVersions(deployed, deleted);
    for (const version of unused) await versions.deleteFunctionVersion(version);
    return { stateMachineVersions: [...deleted], functionVersions: unused };
  };
}
