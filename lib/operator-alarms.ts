import { Duration } from 'aws-cdk-lib';
import { TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import type { UnderwritingFunction } from './underwriting-function.ts';

export interface OperatorAlarmsProps {
  /** Encrypts what the topic holds. */
  readonly key: Key;
  readonly needsAttention: UnderwritingFunction;
  readonly alarms: readonly Alarm[];
}

/** One topic for all that a person must look at: subscribe whoever is on duty. */
export class OperatorAlarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { key, needsAttention, alarms }: OperatorAlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    const calls = needsAttention.lambda.metricInvocations({ period: Duration.minutes(5) });
    const opened = calls.createAlarm(this, 'NeedsAttention', {
      alarmDescription: 'An application is held because no step could handle it: release it or refer it to a reviewer.',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    for (const alarm of [...alarms, opened]) alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
