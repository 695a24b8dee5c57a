import { RemovalPolicy } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import type { UnderwritingFunction } from './underwriting-function.ts';

/** The bus on which other systems hear what was decided. References and outcomes, never personal data. */
export class DomainEvents extends Construct {
  readonly bus: EventBus;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: { readonly key: Key; readonly busName: string }) {
    super(scope, id);
    this.#key = props.key;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: props.busName,
      description: 'Underwright: what happened to applications, by reference',
      kmsKey: props.key,
    });
    // Its subscribers' rules live in other stacks.
    this.bus.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  grantPublish(fn: UnderwritingFunction): void {
    fn.addEnvironment('EVENT_BUS', this.bus.eventBusName);
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] }),
    );
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:GenerateDataKey'],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': this.bus.eventBusArn } },
      }),
    );
  }
}
