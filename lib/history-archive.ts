import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';

import type { DeadLetters } from './dead-letters.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';
import type { UnderwritingWorkflow } from './underwriting-workflow.ts';

export interface HistoryArchiveProps {
  readonly workflow: UnderwritingWorkflow;
  readonly archive: UnderwritingFunction;
  readonly deadLetters: DeadLetters;
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
      targets: [
        new LambdaTarget(archive.lambda, {
          deadLetterQueue: deadLetters.queue,
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
