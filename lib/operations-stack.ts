import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  AlarmStatusWidget,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  SingleValueWidget,
  TextWidget,
  TreatMissingData,
  type Alarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { ApiStack } from './api-stack.ts';
import { BusinessMetrics } from './business-metrics.ts';
import type { DeploymentStage } from './deployment-stage.ts';
import type { OperatorAlarm } from './operators.ts';
import type { RecordsStack } from './records-stack.ts';
import type { WorkflowStack } from './workflow-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly stage: DeploymentStage;
  readonly records: RecordsStack;
  readonly workflow: WorkflowStack;
  readonly api: ApiStack;
}

const MODEL = 'personal-loan-default';
const BUREAU = 'simulated-bureau';
const MINUTES = Duration.minutes(5);
const DAY = Duration.days(1);

/** Of a GB-second on arm64 in us-east-1, aws.amazon.com/lambda/pricing. */
const GB_SECOND_USD = 0.000_013_333_4;

/** What watches: one dashboard, alarms, a budget. Nothing is lost when it goes. */
export class OperationsStack extends Stack {
  readonly dashboard: Dashboard;
  readonly budget: CfnBudget;
  readonly #alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, { stage, records, workflow, api, ...props }: OperationsStackProps) {
    super(scope, id, { description: 'Underwright: dashboard, alarms and budget', ...props });
    const business = new BusinessMetrics(stage);
    const alarm = (alarmId: string, options: OperatorAlarm) => {
      const made = records.operators.alarm(this, alarmId, options);
      this.#alarms.push(made);
      return made;
    };
    const gauge = (name: string, dimensions = {}) => business.of(name, dimensions, 'Maximum');
    const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;

    alarm('NeedsAttention', {
      metric: gauge('AttentionWaiting'),
      alarmDescription: 'Applications are held because no step could handle them.',
      article: 'needs-attention',
      threshold: 1,
      evaluationPeriods: 1,
    });
    alarm('ReviewWaits', {
      metric: gauge('OldestReviewAge'),
      alarmDescription: 'An application has waited long for a reviewer, and the legal clock runs.',
      article: 'review-waits',
      threshold: stage.alarms.reviewAge.toSeconds(),
      evaluationPeriods: 1,
    });
    alarm('QueuesUnmeasured', {
      metric: gauge('AttentionWaiting'),
      alarmDescription: 'For half an hour nobody measured what waits for a person, so no alarm about it can ring.',
      article: 'queues-unmeasured',
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 6,
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm('DeadLetters', {
      metric: workflow.deadLetters.queue.metricApproximateNumberOfMessagesVisible({ period: MINUTES }),
      alarmDescription: 'Calls that nobody waited for failed three times: a history that was not archived, a schedule.',
      article: 'dead-letters',
      threshold: 1,
      evaluationPeriods: 1,
    });
    alarm('SealsRefused', {
      metric: gauge('SealsRefused'),
      alarmDescription: 'A chain was not sealed because it does not hold, or nothing was because of a clock.',
      article: 'seals-refused',
      threshold: 1,
      evaluationPeriods: 1,
    });
    alarm('Canary', {
      metric: business.of('CanaryAsExpected', {}, 'Minimum', stage.canary.every),
      alarmDescription: 'The canary was not decided as expected, or did not run, twice.',
      article: 'canary',
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm('IntakeFails', {
      metric: workflow.intake.lambda.metricErrors({ period: MINUTES }),
      alarmDescription: 'Front ends could not submit applications.',
      article: 'intake-fails',
      threshold: 1,
      evaluationPeriods: 1,
    });
    // Of the API and not of its functions: to Lambda a token that is refused is an error of the authoriser too. The average of
    // a metric that is 0 or 1 for each request is the share.
    alarm('ApiFails', {
      metric: api.api.restApi.deploymentStage.metricServerError({ statistic: 'Average', period: MINUTES }),
      alarmDescription: 'The API answers callers with faults of its own, or not in time.',
      article: 'api-fails',
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: stage.alarms.apiFailures / 100,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    });
    alarm('Throttled', {
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum', period: MINUTES }),
      alarmDescription: 'Functions of the account are refused for want of concurrency.',
      article: 'throttled',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    });
    alarm('BureauOutage', {
      metric: business.bureauOutage(BUREAU, Duration.minutes(15)),
      alarmDescription: 'Many reports do not come: applications go to review instead of being decided.',
      article: 'bureau-outage',
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: stage.alarms.bureauOutage,
      evaluationPeriods: 2,
    });
    alarm('ScoreDrift', {
      metric: business.scoreDrift(MODEL, DAY),
      alarmDescription: 'The scores of a day are spread otherwise than those of the training data.',
      article: 'score-drift',
      comparisonOperator: GREATER_THAN_THRESHOLD,
      threshold: stage.alarms.scoreDrift,
      evaluationPeriods: 1,
    });
    const [lowest, highest] = stage.alarms.approvalRate;
    for (const [alarmId, comparisonOperator, threshold] of [
      ['ApprovalRateLow', LESS_THAN_THRESHOLD, lowest],
      ['ApprovalRateHigh', GREATER_THAN_THRESHOLD, highest],
    ] as const)
      alarm(alarmId, {
        metric: business.approvalRate(DAY),
        alarmDescription: 'The share of approvals of a day is unusual.',
        article: 'approval-rate',
        comparisonOperator,
        threshold,
        evaluationPeriods: 1,
      });

    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `underwright-${stage.name}`,
      defaultInterval: DAY,
    });
    this.dashboard.addWidgets(...this.#widgets(business, workflow, api, stage));
    this.budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: stage.monthlyBudget, unit: 'USD' },
      },
      notificationsWithSubscribers: [80, 100].map((threshold) => ({
        notification: { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold },
        subscribers: [{ subscriptionType: 'SNS', address: records.operators.topic.topicArn }],
      })),
    });
  }

  #widgets(business: BusinessMetrics, workflow: WorkflowStack, api: ApiStack, stage: DeploymentStage): IWidget[] {
    const graph = (title: string, left: IMetric[], more: { right?: IMetric[]; stacked?: boolean } = {}) =>
      new GraphWidget({ title, left, width: 8, height: 6, ...more });
    const functions = [...workflow.functions].map(([name, { lambda }]) => ({ name, lambda }));
    const ofApi = [...api.functions].map(([name, { lambda }]) => ({ name, lambda }));
    const { stateMachine } = workflow.workflow;
    const gateway = api.api.restApi.deploymentStage;
    return [
      new TextWidget({
        markdown: `# Underwright ${stage.name}\nWhat each alarm means and what to do: ${stage.runbooks}`,
        width: 24,
        height: 2,
      }),
      new AlarmStatusWidget({
        title: 'Alarms',
        alarms: [...this.#alarms, ...workflow.workflow.alarms],
        width: 24,
        height: 3,
      }),
      new SingleValueWidget({
        title: 'Waiting for a person',
        metrics: ['ReviewsWaiting', 'OldestReviewAge', 'AttentionWaiting', 'OldestAttentionAge'].map((name) =>
          business.of(name, {}, 'Maximum'),
        ),
        width: 24,
        height: 3,
      }),
      graph('Decisions by outcome', business.decisions(), { stacked: true }),
      graph('Approval rate of a day', [business.approvalRate(DAY)]),
      graph('Decided by', [
        business.of('Decisions', { DecidedBy: 'POLICY' }),
        business.of('Decisions', { DecidedBy: 'PERSON' }),
      ]),
      graph('What bureaus answered', business.reports(BUREAU), { stacked: true }),
      graph('Score drift of a day', [business.scoreDrift(MODEL, DAY)]),
      graph(
        'Scores by band',
        Array.from({ length: 10 }, (_, band) => business.of('Scores', { Model: MODEL, Band: String(band) })),
        { stacked: true },
      ),
      graph('Executions', [stateMachine.metricStarted(), stateMachine.metricSucceeded(), stateMachine.metricFailed()], {
        right: [stateMachine.metricTime({ statistic: 'p50' })],
      }),
      graph('Canary', [business.of('CanaryAsExpected', {}, 'Minimum', stage.canary.every)], {
        right: [business.of('CanaryDuration', {}, 'Maximum', stage.canary.every)],
      }),
      graph('Compute, in US dollars a decision', [
        this.#computeCost(
          business,
          functions.map(({ lambda }) => lambda),
        ),
      ]),
      graph(
        'Errors',
        functions.map(({ name, lambda }) => lambda.metricErrors({ label: name })),
      ),
      graph(
        'Durations, p99',
        functions.map(({ name, lambda }) => lambda.metricDuration({ label: name, statistic: 'p99' })),
      ),
      graph('API: requests and refusals', [
        gateway.metricCount({ label: 'all' }),
        gateway.metricClientError({ label: '4xx' }),
        gateway.metricServerError({ label: '5xx' }),
        api.api.firewall.metricRefused({ label: 'firewall' }),
      ]),
      graph(
        'API: durations, p50 (front ends may ask to wait 20 s)',
        ofApi.map(({ name, lambda }) => lambda.metricDuration({ label: name, statistic: 'p50' })),
      ),
      graph(
        'API: errors of functions (of AuthoriseRequest: tokens that were refused)',
        ofApi.map(({ name, lambda }) => lambda.metricErrors({ label: name })),
      ),
      graph('Dead letters', [workflow.deadLetters.queue.metricApproximateNumberOfMessagesVisible()]),
    ];
  }

  /** What the functions' durations cost, by their memory, over the decisions of the same time. */
  #computeCost(business: BusinessMetrics, lambdas: readonly LambdaFunction[]): MathExpression {
    const period = Duration.hours(1);
    const spent = lambdas.map((lambda, index) => {
      const gigabytes = ((lambda.node.defaultChild as CfnFunction).memorySize as number) / 1024;
      return { id: `f${index}`, gigabytes, metric: lambda.metricDuration({ statistic: 'Sum', period }) };
    });
    const decisions = business.decisions(period).map((metric, index) => ({ id: `d${index}`, metric }));
    const sum = (terms: string[]) => `(${terms.join(' + ')})`;
    return new MathExpression({
      expression: `${GB_SECOND_USD} / 1000 * ${sum(spent.map(({ id, gigabytes }) => `${gigabytes} * FILL(${id}, 0)`))} / ${sum(
        decisions.map(({ id }) => `FILL(${id}, 0)`),
      )}`,
      usingMetrics: Object.fromEntries([...spent, ...decisions].map(({ id, metric }) => [id, metric])),
      label: 'USD',
      period,
    });
  }
}
