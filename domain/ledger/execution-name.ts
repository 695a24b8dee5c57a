/**
 * The name of an application's execution: its id, and after its n-th reopening `ID--rN`. Where a stranger took that, the
 * same with `--2` to `--9`. CheckReference in underwriting.asl.json takes these names and no others.
 */
export function executionName(applicationId: string, reopening: number): string {
  return reopening === 0 ? applicationId : `${applicationId}--r${reopening}`;
}

/** How often an application can be reopened: what CheckReference takes. */
export const MAX_REOPENINGS = 999;

/** @param name of an execution, or its ARN. No application has an id that ends like this. */
export function parseExecutionName(name: string): { applicationId: string; reopening: number } {
  const [, applicationId = '', reopening = '0'] =
    /^(?:.*:)?([^:]+?)(?:--r([1-9][0-9]{0,2}))?(?:--[2-9])?$/.exec(name) ?? [];
  return { applicationId, reopening: Number(reopening) };
}
