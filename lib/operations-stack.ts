import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import { modelAlarms, queueAlarms, recordAlarms, serviceAlarms, type Watched } from './alarms.ts';
import type { ApiStack } from './api-stack.ts';
import { BusinessMetrics } from './business-metrics.ts';
import { addDashboard } from './dashboard.ts';
import type { RecordsStack } from './records-stack.ts';
import type { WorkflowStack } from './workflow-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
  readonly workflow: WorkflowStack;
  readonly api: ApiStack;
}

/** What watches: one dashboard, alarms, a budget. Nothing is lost when it goes. */
export class OperationsStack extends Stack {
  readonly dashboard: Dashboard;
  readonly budget: CfnBudget;

  constructor(scope: Construct, id: string, { stage, records, workflow, api, ...props }: OperationsStackProps) {
    super(scope, id, { description: 'Underwright: dashboard, alarms and budget', ...props });
    const { operators } = records;
    const watched: Watched = { business: new BusinessMetrics(stage), stage, workflow, api };
    const described = {
      ...queueAlarms(watched),
      ...recordAlarms(watched),
      ...serviceAlarms(watched),
      ...modelAlarms(watched),
    };
    const alarms = Object.entries(described).map(([alarmId, options]) => operators.alarm(this, alarmId, options));
    this.dashboard = addDashboard(this, watched, [...alarms, ...workflow.workflow.alarms]);
    this.budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: stage.monthlyBudget, unit: 'USD' },
      },
      notificationsWithSubscribers: [80, 100].map((threshold) => ({
        notification: { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold },
        subscribers: [{ subscriptionType: 'SNS', address: operators.topic.topicArn }],
      })),
    });
  }
}
