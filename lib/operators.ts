import { Duration } from 'aws-cdk-lib';
import { Alarm, Metric, TreatMissingData, type CreateAlarmOptions, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule, RuleTargetInput, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import { customerKey } from './customer-key.ts';
import { acknowledge } from './security-checks.ts';

export interface OperatorAlarm extends CreateAlarmOptions {
  readonly metric: IMetric;
  /** What is the matter, in a sentence. */
  readonly alarmDescription: string;
  /** The article of docs/runbooks/ that says what to do. */
  readonly article: string;
}

/** A message about an event, with facts that are paths into it. */
export interface OperatorMessage extends Readonly<Record<string, string>> {
  /** The fault in one sentence. */
  readonly description: string;
  /** The article of docs/runbooks/ with the actions for it. */
  readonly article: string;
}

export interface OperatorsProps {
  /** Names the receivers of alarms, and where the articles are read. */
  readonly stage: Pick<Stage, 'operators' | 'runbooks'>;
}

/**
 * The people on duty: one topic, to which they subscribe, so it outlives every version of the program. The topic has a key
 * of its own, because EventBridge must be admitted to it without a condition.
 */
export class Operators extends Construct {
  readonly topic: Topic;
  readonly #runbooks: string;

  constructor(scope: Construct, id: string, { stage }: OperatorsProps) {
    super(scope, id);
    this.#runbooks = stage.runbooks;
    const key = customerKey(this, 'Key', 'Underwright: messages to operators');
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    for (const address of stage.operators) {
      const subscription = this.topic.addSubscription(new EmailSubscription(address));
      const reason =
        'An alarm that an e-mail server refused is still on the dashboard; a later redrive would be too late.';
      acknowledge(subscription, 'Serverless-SNSRedrivePolicy', reason);
    }
    for (const service of ['cloudwatch', 'budgets']) {
      const own = {
        principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
        conditions: { StringEquals: { 'aws:SourceAccount': this.topic.env.account } },
      };
      this.topic.addToResourcePolicy(
        new PolicyStatement({ ...own, actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
      );
      key.addToResourcePolicy(
        new PolicyStatement({ ...own, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }),
      );
    }
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

  /**
   * Returns the topic as a rule's target, and admits EventBridge to the topic and its key. Neither statement may have a
   * condition: docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html (Amazon SNS permissions) and
   * docs.aws.amazon.com/sns/latest/dg/sns-key-management.html (EventBridge-to-encrypted topics).
   * @param message what operators receive. @default the whole event
   */
  target(deadLetterQueue: IQueue, message?: OperatorMessage): SnsTopic {
    const { description, article, ...facts } = message ?? {};
    const whatToDo = `${description} What to do: ${this.#runbooks}/${article}.md`;
    return new SnsTopic(this.topic, {
      deadLetterQueue,
      ...(message && { message: RuleTargetInput.fromObject({ ...facts, description: whatToDo }) }),
    });
  }

  /**
   * Makes two alarms for each rule under a construct: one on events that reached no target, one on events that reached no
   * dead-letter queue either. CloudWatch rings them, so they also cover the rule whose target is this topic.
   * @param bus the bus of a rule on another than the default bus. EventBridge counts such a rule under both names:
   *   docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
   */
  watchRules(scope: Construct, bus: (rule: Rule) => IEventBus | undefined): void {
    for (const rule of scope.node.findAll().filter((each) => each instanceof Rule)) {
      const eventBus = bus(rule);
      const name = rule.node.path.slice(rule.stack.node.path.length + 1);
      const failed = (metricName: string) => ({
        metric: new Metric({
          namespace: 'AWS/Events',
          metricName,
          dimensionsMap: { RuleName: rule.ruleName, ...(eventBus && { EventBusName: eventBus.eventBusName }) },
          statistic: 'Sum',
          period: Duration.minutes(5),
        }),
        article: 'events-undelivered',
        threshold: 1,
        evaluationPeriods: 1,
      });
      this.alarm(rule, 'Undelivered', {
        ...failed('FailedInvocations'),
        alarmDescription: `EventBridge could not deliver an event to the target of the rule ${name}.`,
      });
      this.alarm(rule, 'Lost', {
        ...failed('InvocationsFailedToBeSentToDlq'),
        alarmDescription: `EventBridge lost an event of the rule ${name}: neither target nor dead-letter queue took it.`,
      });
    }
  }
}
