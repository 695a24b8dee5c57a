/** The CDK app: `cdk synth`, `cdk deploy --all`, with `--context stage=NAME` for the stage of stages/NAME.yaml. */
import { App } from 'aws-cdk-lib';

import { addUnderwright } from '../lib/underwright-app.ts';
import { StageInvalid, stageNamed } from '../stages/stage.ts';

const app = new App();
try {
  addUnderwright(app, stageNamed(String(app.node.tryGetContext('stage') ?? 'sandbox')));
} catch (error) {
  if (!(error instanceof StageInvalid)) throw error;
  console.error(error.message);
  // Exits at once, because the app would synthesize itself, without stacks, before the process ends.
  process.exit(2);
}
