import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';
import { Every } from './workflow-functions.ts';

export interface UpkeepProps extends SubjectProps {
  /** The functions of the workflow, whose superseded versions are reaped. */
  readonly steps: readonly UnderwritingFunction[];
}

/**
 * The functions that keep a deployment in order and measure how it does. Place it after every construct with asynchronous
 * functions: it redrives their dead letters.
 */
export class Upkeep extends Construct {
  constructor(scope: Construct, id: string, props: UpkeepProps) {
    super(scope, id);
    this.#canary(props);
    this.#queues(props);
    this.#reaper(props);
    this.#redrive(props);
  }

  #canary({ functions }: UpkeepProps): void {
    const { records, stage, deadLetters } = functions;
    const submitSamples = functions.addAsynchronous(
      'SubmitSamples',
      'Submits sample applications and reports their status',
      {
        // The longest that Lambda has: the call itself ends after 14 minutes.
        timeout: Duration.minutes(15),
      },
    );
    records.workStore.grantRead(submitSamples);
    submitSamples.grantInvokes(functions.all);
    new Every(this, 'Canary', {
      fn: submitSamples,
      every: Duration.minutes(stage.canary.everyMinutes),
      description: `Submit ${stage.canary.sample} end to end, and see it decided as expected`,
      input: { canary: true, samples: [stage.canary.sample] },
      deadLetters,
    });
  }

  #queues({ functions }: UpkeepProps): void {
    const description = 'Measures what waits for a person';
    const fn = functions.addAsynchronous('MeasureQueues', description);
    functions.records.workStore.grantListKeys(fn);
    const { deadLetters } = functions;
    new Every(this, 'QueuesMeasured', { fn, every: Duration.minutes(5), description, deadLetters });
  }

  #reaper({ functions, workflow, steps }: UpkeepProps): void {
    const reaper = functions.addAsynchronous('ReapVersions', 'Deletes versions that no execution can need any more', {
      timeout: Duration.minutes(5),
    });
    workflow.grantReap(reaper, steps);
    new Every(this, 'VersionsReaped', {
      fn: reaper,
      every: Duration.days(1),
      description: 'Delete versions that no execution runs on',
      deadLetters: functions.deadLetters,
    });
  }

  #redrive({ functions }: UpkeepProps): void {
    const redrive = functions.add('RedriveDeadLetters', 'Makes the failed asynchronous calls again', {
      timeout: Duration.minutes(4),
    });
    const lambdas = functions.asynchronous.map(({ lambda }) => lambda);
    redrive.addEnvironment('REDRIVABLE_FUNCTIONS', lambdas.map(({ functionName }) => functionName).join(','));
    redrive.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: lambdas.map(({ functionArn }) => functionArn),
      }),
    );
    functions.deadLetters.grantTake(redrive);
  }
}
