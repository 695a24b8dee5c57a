import { Aspects, type App } from 'aws-cdk-lib';

import type { Stage } from '../stages/stage.ts';
import { ApiStack } from './api-stack.ts';
import { BatchStack } from './batch-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { RecordsStack } from './records-stack.ts';
import { addSecurityChecks } from './security-checks.ts';
import { SimulatedBureauStack } from './simulated-bureau-stack.ts';
import { Throwaway } from './throwaway.ts';
import { WorkflowStack } from './workflow-stack.ts';

/** The stacks of one stage, by what they outlive. */
export interface Underwright {
  readonly records: RecordsStack;
  /** Only where the stage has no other bureau. */
  readonly simulatedBureau?: SimulatedBureauStack;
  readonly workflow: WorkflowStack;
  readonly api: ApiStack;
  readonly batch: BatchStack;
  readonly operations: OperationsStack;
}

/** The stacks of one stage, with their security checks. */
export function addUnderwright(app: App, stage: Stage): Underwright {
  addSecurityChecks(app);
  const named = (stack: string) => `underwright-${stage.name}-${stack}`;
  const { account, region } = stage;
  const props = { stage, ...(account !== undefined && region !== undefined && { env: { account, region } }) };
  const records = new RecordsStack(app, named('records'), props);
  const bureau =
    stage.bureau === 'SIMULATED'
      ? { simulatedBureau: new SimulatedBureauStack(app, named('simulated-bureau'), { ...props, records }) }
      : {};
  const workflow = new WorkflowStack(app, named('workflow'), { ...props, records, ...bureau });
  const api = new ApiStack(app, named('api'), { ...props, records, workflow });
  const batch = new BatchStack(app, named('batch'), { ...props, records });
  const operations = new OperationsStack(app, named('operations'), { ...props, records, workflow, api });
  if (stage.throwaway) Aspects.of(app).add(new Throwaway(records.exportKey));
  return { records, ...bureau, workflow, api, batch, operations };
}
