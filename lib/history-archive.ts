import { Duration } from 'aws-cdk-lib';
import { TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { UnderwritingFunction } from './underwriting-function.ts';
import type { UnderwritingWorkflow } from './underwriting-workflow.ts';

/** Where the ends of executions wait that could not be archived: for 14 days, of the 90 in which the history is there. */
export class ArchiveDeadLetters extends Construct {
  readonly queue: Queue;
  readonly waiting: Alarm;

  constructor(scope: Construct, id: string, { key }: { readonly key: Key }) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // EventBridge writes here in its own name when it cannot call the function.
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.queue.env.account } },
      }),
    );
    this.waiting = this.queue
      .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) })
      .createAlarm(this, 'Waiting', {
        alarmDescription:
          'The history of an ended execution was not archived: archive it before Step Functions forgets it.',
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
  }
}

export interface HistoryArchiveProps {
  readonly workflow: UnderwritingWorkflow;
  readonly archive: UnderwritingFunction;
  readonly deadLetters: ArchiveDeadLetters;
}

/** When an execution ends, however it ends, its history is archived. */
export class HistoryArchive extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { workflow, archive, deadLetters }: HistoryArchiveProps) {
    super(scope, id);
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
      targets: [new LambdaTarget(archive.lambda, { deadLetterQueue: deadLetters.queue })],
    });
  }
}
