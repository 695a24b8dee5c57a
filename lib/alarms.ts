import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

import type { Stage } from '../stages/stage.ts';
import type { ApiStack } from './api-stack.ts';
import type { BusinessMetrics } from './business-metrics.ts';
import type { OperatorAlarm } from './operators.ts';
import { scoredProducts, type ScoredProduct } from './released-models.ts';
import type { WorkflowStack } from './workflow-stack.ts';

export const BUREAU = 'simulated-bureau';
export const DAY = Duration.days(1);
const MINUTES = Duration.minutes(5);
const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;

/** What operators watch. */
export interface Watched {
  readonly business: BusinessMetrics;
  readonly stage: Stage;
  readonly workflow: WorkflowStack;
  readonly api: ApiStack;
}

type AlarmsById = Readonly<Record<string, OperatorAlarm>>;

const gaugeOf = (business: BusinessMetrics) => (name: string) => business.of(name, {}, 'Maximum');

/** Alarms on applications that wait for a person, or that reach no queue. */
export function queueAlarms({ business, stage, workflow }: Watched): AlarmsById {
  const gauge = gaugeOf(business);
  return {
    NeedsAttention: {
      metric: gauge('AttentionWaiting'),
      alarmDescription: 'Applications are held because no step could handle them.',
      article: 'needs-attention',
      threshold: 1,
      evaluationPeriods: 1,
    },
    HoldingFails: {
      metric: workflow.functions.get('NeedsAttention')!.lambda.metricErrors({ period: MINUTES }),
      alarmDescription: 'NeedsAttention fails: an application that no step could handle reaches no queue.',
      article: 'holding-fails',
      threshold: 1,
      evaluationPeriods: 1,
    },
    ReviewWaits: {
      metric: gauge('OldestReviewAge'),
      alarmDescription: 'An application has waited long for a reviewer, and the legal clock runs.',
      article: 'review-waits',
      threshold: Duration.hours(stage.alarms.reviewAgeHours).toSeconds(),
      evaluationPeriods: 1,
    },
    NoticeDueSoon: {
      metric: gauge('NoticesDueSoon'),
      alarmDescription: 'An applicant has no notice 20 days after the receipt of the application.',
      article: 'notice-due',
      threshold: 1,
      evaluationPeriods: 1,
    },
    NoticeHardStop: {
      metric: gauge('NoticesAtHardStop'),
      alarmDescription: 'An applicant has no notice 25 days after the receipt of the application: 5 days are left.',
      article: 'notice-due',
      threshold: 1,
      evaluationPeriods: 1,
    },
    QueuesUnmeasured: {
      metric: gauge('AttentionWaiting'),
      alarmDescription: 'For half an hour no call measured what waits for a person, so no alarm about it can ring.',
      article: 'queues-unmeasured',
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 6,
      treatMissingData: TreatMissingData.BREACHING,
    },
  };
}

/** Alarms on seals and on calls that failed. */
export function recordAlarms({ business, workflow }: Watched): AlarmsById {
  const gauge = gaugeOf(business);
  return {
    DeadLetters: {
      metric: workflow.deadLetters.queue.metricApproximateNumberOfMessagesVisible({ period: MINUTES }),
      alarmDescription: 'Asynchronous calls failed three times: a history that was not archived, a schedule.',
      article: 'dead-letters',
      threshold: 1,
      evaluationPeriods: 1,
    },
    SealsRefused: {
      metric: gauge('SealsRefused'),
      alarmDescription: 'A chain was not sealed because it does not hold, or nothing was because of a clock.',
      article: 'seals-refused',
      threshold: 1,
      evaluationPeriods: 1,
    },
  };
}

/** Alarms on what callers meet: the canary, the intake, the API and the bureau. */
export function serviceAlarms({ business, stage, workflow, api }: Watched): AlarmsById {
  return {
    Canary: {
      metric: business.of('CanaryAsExpected', {}, 'Minimum', Duration.minutes(stage.canary.everyMinutes)),
      alarmDescription: 'The canary was not decided as expected, or did not run, twice.',
      article: 'canary',
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    },
    IntakeFails: {
      metric: workflow.intake.lambda.metricErrors({ period: MINUTES }),
      alarmDescription: 'Front ends could not submit applications.',
      article: 'intake-fails',
      threshold: 1,
      evaluationPeriods: 1,
    },
    ApiFails: {
      // Of the API and not of its functions: to Lambda, a refused token is an error of the authoriser, too. The average of a
      // metric that is 0 or 1 for each request is the share.
      metric: api.api.restApi.deploymentStage.metricServerError({ statistic: 'Average', period: MINUTES }),
      alarmDescription: 'The API answers callers with faults of its own, or not in time.',
      article: 'api-fails',
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: stage.alarms.apiFailures / 100,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    Throttled: {
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum', period: MINUTES }),
      alarmDescription: 'Functions of the account are refused for want of concurrency.',
      article: 'throttled',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    BureauOutage: {
      metric: business.bureauOutage(BUREAU, Duration.minutes(15)),
      alarmDescription: 'Many reports do not come: applications go to review instead of being decided.',
      article: 'bureau-outage',
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: stage.alarms.bureauOutage,
      evaluationPeriods: 2,
    },
  };
}

/** Alarms on the scores and the decisions of a day. */
export function modelAlarms({ business, stage }: Watched): AlarmsById {
  const [lowest, highest] = stage.alarms.approvalRate;
  const approvals = {
    metric: business.approvalRate(DAY),
    alarmDescription: 'The share of approvals of a day is unusual.',
    article: 'approval-rate',
    evaluationPeriods: 1,
  };
  const drift = (scored: ScoredProduct): OperatorAlarm => ({
    metric: business.scoreDrift(scored, DAY),
    alarmDescription: `The scores of ${scored.product} differ from the training data of ${scored.model}.`,
    article: 'score-drift',
    comparisonOperator: GREATER_THAN_THRESHOLD,
    threshold: stage.alarms.scoreDrift,
    evaluationPeriods: 1,
  });
  return {
    ...Object.fromEntries(
      scoredProducts(stage).map((scored) => [
        `ScoreDrift-${scored.product}-${scored.digest.slice(0, 8)}`,
        drift(scored),
      ]),
    ),
    ApprovalRateLow: { ...approvals, comparisonOperator: LESS_THAN_THRESHOLD, threshold: lowest },
    ApprovalRateHigh: { ...approvals, comparisonOperator: GREATER_THAN_THRESHOLD, threshold: highest },
  };
}
