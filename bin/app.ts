/** The CDK app: `cdk synth`, `cdk deploy --all`, with `--context stage=production` for an account that lends. */
import { App } from 'aws-cdk-lib';

import { deploymentStage } from '../lib/deployment-stage.ts';
import { addUnderwright } from '../lib/underwright-app.ts';

const app = new App();
addUnderwright(app, deploymentStage(app.node.tryGetContext('stage') ?? 'sandbox'));
