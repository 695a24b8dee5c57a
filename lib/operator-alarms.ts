import { Duration } from 'aws-cdk-lib';
import { TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { UnderwritingFunction } from './underwriting-function.ts';

export interface OperatorAlarmsProps {
  /** Encrypts what the topic holds. */
  readonly key: Key;
  /** On which functions tell what happened. */
  readonly bus: IEventBus;
  readonly deadLetters: IQueue;
  readonly needsAttention: UnderwritingFunction;
  readonly alarms: readonly Alarm[];
}

/** One topic for all that a person must look at: subscribe whoever is on duty. */
export class OperatorAlarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { key, bus, deadLetters, needsAttention, alarms }: OperatorAlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    const calls = needsAttention.lambda.metricInvocations({ period: Duration.minutes(5) });
    const opened = calls.createAlarm(this, 'NeedsAttention', {
      alarmDescription: 'An application is held because no step could handle it: release it or refer it to a reviewer.',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const found = new Rule(this, 'RecordsNeedAttention', {
      description: 'What a function found of the records that a person must look at',
      eventBus: bus,
      eventPattern: { detailType: ['ForgettingFailed', 'PersonalDataInHistory'] },
      // By its ARN: the topic itself would open its key to EventBridge for whatever account asks.
      targets: [
        new SnsTopic(Topic.fromTopicArn(this, 'TopicByArn', this.topic.topicArn), { deadLetterQueue: deadLetters }),
      ],
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { ArnEquals: { 'aws:SourceArn': found.ruleArn } },
      }),
    );
    for (const alarm of [...alarms, opened]) alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
