import { Duration, Lazy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { NameOfKind } from '../lambdas/functions.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeploymentStage } from './deployment-stage.ts';
import type { UnderwritingFunction, UnderwritingFunctionProps } from './underwriting-function.ts';
import type { UnderwritingWorkflow } from './underwriting-workflow.ts';
import type { WorkStore } from './work-store.ts';

export interface UpkeepProps {
  readonly stage: DeploymentStage;
  readonly workStore: WorkStore;
  readonly workflow: UnderwritingWorkflow;
  /** The functions of the workflow, whose superseded versions are reaped. */
  readonly steps: readonly UnderwritingFunction[];
  readonly intake: UnderwritingFunction;
  readonly deadLetters: DeadLetters;
  /** Every function whose failed calls become dead letters, also those that are made later. */
  readonly asynchronous: readonly UnderwritingFunction[];
  readonly make: (
    name: NameOfKind<'upkeep'>,
    description: string,
    props: Partial<UnderwritingFunctionProps>,
  ) => UnderwritingFunction;
  readonly schedule: (
    id: string,
    fn: UnderwritingFunction,
    every: Duration,
    props: { readonly description: string; readonly input?: object },
  ) => void;
}

/** The functions that keep a deployment in order and tell how it does. */
export class Upkeep extends Construct {
  readonly submitSamples: UnderwritingFunction;
  readonly redrive: UnderwritingFunction;

  constructor(scope: Construct, id: string, props: UpkeepProps) {
    super(scope, id);
    const { stage, workStore, workflow, steps, intake, make, schedule, deadLetters: letters } = props;
    const deadLetters = letters.queue;

    this.submitSamples = make('SubmitSamples', 'Submits sample applications and says where they stand', {
      // Three minutes for the slowest sample, and what the intake takes.
      timeout: Duration.minutes(5),
      deadLetters,
    });
    workStore.grantRead(this.submitSamples);
    this.submitSamples.grantInvokes(new Map([[intake.functionName, intake]]));
    schedule('Canary', this.submitSamples, stage.canary.every, {
      description: `Submit ${stage.canary.sample} end to end, and see it decided as expected`,
      input: { canary: true, samples: [stage.canary.sample] },
    });

    const measure = make('MeasureQueues', 'Measures what waits for a person', { deadLetters });
    workStore.grantListKeys(measure);
    schedule('QueuesMeasured', measure, Duration.minutes(5), { description: 'Measure what waits for a person' });

    const reaper = make('ReapVersions', 'Deletes versions that no execution can need any more', {
      timeout: Duration.minutes(5),
      deadLetters,
    });
    workflow.grantReap(reaper, steps);
    schedule('VersionsReaped', reaper, Duration.days(1), { description: 'Delete versions that nothing runs on' });

    this.redrive = make('RedriveDeadLetters', 'Makes the failed calls again that nobody waited for', {
      timeout: Duration.minutes(4),
    });
    const { asynchronous } = props;
    this.redrive.addEnvironment(
      'REDRIVABLE_FUNCTIONS',
      Lazy.string({ produce: () => asynchronous.map((fn) => fn.lambda.functionName).join(',') }),
    );
    this.#grantInvoke(this.redrive, Lazy.list({ produce: () => asynchronous.map((fn) => fn.lambda.functionArn) }));
    letters.grantTake(this.redrive);
  }

  #grantInvoke(fn: UnderwritingFunction, resources: string[]): void {
    fn.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
  }
}
