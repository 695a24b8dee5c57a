import { Alarm, TreatMissingData, type CreateAlarmOptions, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import { acknowledge } from './security-checks.ts';

export interface OperatorAlarm extends CreateAlarmOptions {
  readonly metric: IMetric;
  /** What is the matter, in a sentence. */
  readonly alarmDescription: string;
  /** The article of docs/runbooks/ that says what to do. */
  readonly article: string;
}

export interface OperatorsProps {
  /** Encrypts what the topic holds. */
  readonly key: Key;
  /** Names the receivers of alarms, and where the articles are read. */
  readonly stage: Pick<Stage, 'operators' | 'runbooks'>;
}

/** Whoever is on duty: one topic, to which people subscribe, so it outlives every version of the program. */
export class Operators extends Construct {
  readonly topic: Topic;
  readonly #runbooks: string;

  constructor(scope: Construct, id: string, { key, stage }: OperatorsProps) {
    super(scope, id);
    this.#runbooks = stage.runbooks;
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    for (const address of stage.operators) {
      const subscription = this.topic.addSubscription(new EmailSubscription(address));
      const reason =
        'An alarm that an e-mail server refused is still on the dashboard; a later redrive would be too late.';
      acknowledge(subscription, 'Serverless-SNSRedrivePolicy', reason);
    }
    // They tell of alarms, of spending and of what was found, in their own name.
    for (const service of ['cloudwatch', 'budgets', 'events'])
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['sns:Publish'],
          resources: [this.topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': this.topic.env.account } },
        }),
      );
  }

  /** Makes an alarm that tells them, with the article that says what to do. */
  alarm(scope: Construct, id: string, { metric, article, alarmDescription, ...options }: OperatorAlarm): Alarm {
    const alarm = new Alarm(scope, id, {
      metric,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${alarmDescription} What to do: ${this.#runbooks}/${article}.md`,
      ...options,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }

  /** They as the target of a rule in another stack. */
  target(scope: Construct, deadLetterQueue: IQueue): SnsTopic {
    // By its ARN: the topic itself would open its key to EventBridge for whatever account asks.
    return new SnsTopic(Topic.fromTopicArn(scope, 'OperatorsTopic', this.topic.topicArn), { deadLetterQueue });
  }
}
