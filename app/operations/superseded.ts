import type { WorkflowVersion } from '../../adapters/ports.ts';
import { MS_PER_DAY } from '../../domain/calendar.ts';

export interface Deployed {
  /** Newest first. */
  readonly workflowVersions: readonly WorkflowVersion[];
  /** The workflow versions that new executions are started with. */
  readonly routed: readonly string[];
  /** ARNs that end in `:NUMBER`. */
  readonly functionVersions: readonly string[];
  readonly now: Date;
}

/** Back to which a deployment may be rolled without publishing anew. */
export const KEPT_VERSIONS = 3;

/** An execution that failed can be redriven on its own version for 14 days after it ended. */
export const REDRIVE_DAYS = 14;

/**
 * Workflow versions that no new execution is started with: neither routed to, nor among the newest, nor replaced so lately
 * that a failed execution of theirs could still be redriven. Whether an execution runs on one is for the caller to ask.
 */
export function supersededVersions({ workflowVersions, routed, now }: Deployed): WorkflowVersion[] {
  const horizon = now.getTime() - REDRIVE_DAYS * MS_PER_DAY;
  return workflowVersions.filter(({ arn }, index) => {
    const replacedAt = workflowVersions[index - 1]?.publishedAt;
    return (
      index >= KEPT_VERSIONS && !routed.includes(arn) && replacedAt !== undefined && Date.parse(replacedAt) < horizon
    );
  });
}

/**
 * Function versions that none of the workflow versions that stay calls and that are older than the newest that one calls:
 * a newer one may be of a deployment under way.
 */
export function unusedFunctionVersions(deployed: Deployed, deleted: ReadonlySet<string>): string[] {
  const staying = deployed.workflowVersions.filter(({ arn }) => !deleted.has(arn));
  const called = new Set(staying.flatMap(({ functionVersions }) => functionVersions));
  const newest = new Map<string, number>();
  for (const version of called) {
    const [fn, number] = split(version);
    newest.set(fn, Math.max(number, newest.get(fn) ?? 0));
  }
  return deployed.functionVersions.filter((version) => {
    const [fn, number] = split(version);
    return !called.has(version) && number < (newest.get(fn) ?? 0);
  });
}

/** `arn:…:function:NAME:7` → `arn:…:function:NAME`, 7. */
function split(version: string): [string, number] {
  const colon = version.lastIndexOf(':');
  return [version.slice(0, colon), Number(version.slice(colon + 1))];
}
