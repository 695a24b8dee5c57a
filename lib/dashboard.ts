import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  MathExpression,
  SingleValueWidget,
  TextWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import { BUREAU, DAY, type Watched } from './alarms.ts';
import type { BusinessMetrics } from './business-metrics.ts';
import { scoredProducts } from './released-models.ts';

/** Of a GB-second on arm64 in us-east-1, aws.amazon.com/lambda/pricing. */
const GB_SECOND_USD = 0.000_013_333_4;

/** Adds the one dashboard of a stage. @param alarms those of its stack and those that roll a deployment back */
export function addDashboard(scope: Construct, watched: Watched, alarms: IAlarm[]): Dashboard {
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: `underwright-${watched.stage.name}`,
    defaultInterval: DAY,
  });
  dashboard.addWidgets(
    ...summary(watched, alarms),
    ...decisions(watched),
    ...workflow(watched),
    ...api(watched),
    graph('Dead letters', [watched.workflow.deadLetters.queue.metricApproximateNumberOfMessagesVisible()]),
  );
  return dashboard;
}

function graph(title: string, left: IMetric[], more: { right?: IMetric[]; stacked?: boolean } = {}): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, ...more });
}

function summary({ stage, business }: Watched, alarms: IAlarm[]): IWidget[] {
  return [
    new TextWidget({
      markdown: `# Underwright ${stage.name}\nWhat each alarm means and what to do: ${stage.runbooks}`,
      width: 24,
      height: 2,
    }),
    new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 3 }),
    new SingleValueWidget({
      title: 'Waiting for a person',
      metrics: ['ReviewsWaiting', 'OldestReviewAge', 'AttentionWaiting', 'OldestAttentionAge'].map((name) =>
        business.of(name, {}, 'Maximum'),
      ),
      width: 24,
      height: 3,
    }),
  ];
}

function decisions({ business, stage }: Watched): IWidget[] {
  const scored = scoredProducts(stage);
  return [
    graph('Decisions by outcome', business.decisions(), { stacked: true }),
    graph('Approval rate of a day', [business.approvalRate(DAY)]),
    graph('Decided by', [
      business.of('Decisions', { DecidedBy: 'POLICY' }),
      business.of('Decisions', { DecidedBy: 'PERSON' }),
    ]),
    graph('What bureaus answered', business.reports(BUREAU), { stacked: true }),
    ...scored.flatMap((each) => [
      // One graph each: CloudWatch admits an id of an expression's metric once in a graph.
      graph(`Score drift of a day: ${each.product} by ${each.model}`, [business.scoreDrift(each, DAY)]),
      graph(`Scores of ${each.product} by ${each.model}`, business.scores(each), { stacked: true }),
    ]),
  ];
}

function workflow({ business, stage, workflow: stack }: Watched): IWidget[] {
  const { stateMachine } = stack.workflow;
  const functions = [...stack.functions].map(([name, { lambda }]) => ({ name, lambda }));
  const lambdas = functions.map(({ lambda }) => lambda);
  const canary = Duration.minutes(stage.canary.everyMinutes);
  return [
    graph('Executions', [stateMachine.metricStarted(), stateMachine.metricSucceeded(), stateMachine.metricFailed()], {
      right: [stateMachine.metricTime({ statistic: 'p50' })],
    }),
    graph('Canary', [business.of('CanaryAsExpected', {}, 'Minimum', canary)], {
      right: [business.of('CanaryDuration', {}, 'Maximum', canary)],
    }),
    graph('Compute, in US dollars a decision', [computeCost(business, lambdas)]),
    graph(
      'Errors',
      functions.map(({ name, lambda }) => lambda.metricErrors({ label: name })),
    ),
    graph(
      'Durations, p99',
      functions.map(({ name, lambda }) => lambda.metricDuration({ label: name, statistic: 'p99' })),
    ),
  ];
}

function api({ api: stack }: Watched): IWidget[] {
  const gateway = stack.api.restApi.deploymentStage;
  const functions = [...stack.functions].map(([name, { lambda }]) => ({ name, lambda }));
  return [
    graph('API: requests and refusals', [
      gateway.metricCount({ label: 'all' }),
      gateway.metricClientError({ label: '4xx' }),
      gateway.metricServerError({ label: '5xx' }),
      stack.api.firewall.metricRefused({ label: 'firewall' }),
    ]),
    graph(
      'API: durations, p50 (front ends may ask to wait 20 s)',
      functions.map(({ name, lambda }) => lambda.metricDuration({ label: name, statistic: 'p50' })),
    ),
    graph(
      'API: errors of functions (of AuthoriseRequest: tokens that were refused)',
      functions.map(({ name, lambda }) => lambda.metricErrors({ label: name })),
    ),
  ];
}

/** What the functions' durations cost, by their memory, over the decisions of the same time. */
function computeCost(business: BusinessMetrics, lambdas: readonly LambdaFunction[]): MathExpression {
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
