import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { acknowledge } from './security-checks.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';

/**
 * Where calls wait that nobody waits for and that failed: of schedules and of the ends of executions. For 14 days, the
 * longest there is; of the history of an execution that is some of the 90 in which Step Functions has it.
 */
export class DeadLetters extends Construct {
  readonly queue: Queue;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { key }: { readonly key: Key }) {
    super(scope, id);
    this.#key = key;
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    for (const rule of ['Serverless-SQSRedrivePolicy', 'AwsSolutions-SQS3'] as const)
      acknowledge(this.queue, rule, 'It holds the dead letters of others, and an alarm rings while it holds one.');
  }

  /** Lets a function read letters and take them away. */
  grantTake(fn: UnderwritingFunction): void {
    fn.addEnvironment('DEAD_LETTERS_URL', this.queue.queueUrl);
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
        resources: [this.queue.queueArn],
      }),
    );
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sqs.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }
}
