import type { App } from 'aws-cdk-lib';

import type { DeploymentStage } from './deployment-stage.ts';
import { RecordsStack } from './records-stack.ts';
import { addSecurityChecks } from './security-checks.ts';
import { WorkflowStack } from './workflow-stack.ts';

/** Both stacks of one stage, with their security checks. */
export function addUnderwright(app: App, stage: DeploymentStage): { records: RecordsStack; workflow: WorkflowStack } {
  addSecurityChecks(app);
  const props = { stage, ...(stage.env && { env: stage.env }) };
  const records = new RecordsStack(app, `underwright-${stage.name}-records`, props);
  const workflow = new WorkflowStack(app, `underwright-${stage.name}-workflow`, { ...props, records });
  return { records, workflow };
}
