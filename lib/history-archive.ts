import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';

/** Archives the history of each execution that ends, however it ends. */
export class HistoryArchive extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, vault, evidence, workStore, events } = functions.records;
    const archive = functions.addAsynchronous(
      'ArchiveHistory',
      'Archives the history of an ended execution as evidence',
      {
        // Up to 25,000 events in 25 pages of 1,000, some 2 s each: 50 s. Their text is in memory several times.
        memorySize: 1_769,
        timeout: Duration.minutes(3),
      },
    );
    ledger.grantAppend(archive);
    evidence.grantReadWrite(archive);
    vault.grantRead(archive);
    workStore.grantReadWrite(archive);
    workStore.grantRemove(archive);
    events.grantPublish(archive);
    workflow.grantReadHistory(archive);
    this.rule = new Rule(this, 'ExecutionEnded', {
      description: 'An execution of the underwriting workflow ended: archive its history',
      // Service events come on the account's default bus only.
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [workflow.stateMachine.stateMachineArn],
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [
        new LambdaTarget(archive.lambda, {
          deadLetterQueue: functions.deadLetters.queue,
          // Not the input, the output and the cause: a dead letter would keep what a caller wrote into them.
          event: RuleTargetInput.fromObject({
            'detail-type': EventField.detailType,
            detail: {
              executionArn: EventField.fromPath('$.detail.executionArn'),
              name: EventField.fromPath('$.detail.name'),
              status: EventField.fromPath('$.detail.status'),
            },
          }),
        }),
      ],
    });
  }
}
