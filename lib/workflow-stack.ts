import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { EventField, Rule } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import { namesOfKind, type DeployedName } from '../lambdas/functions.ts';
import type { Stage } from '../stages/stage.ts';
import { Auditor } from './auditor.ts';
import { DeadLetters } from './dead-letters.ts';
import { DecisionSteps } from './decision-steps.ts';
import { Governance } from './governance.ts';
import { HistoryArchive } from './history-archive.ts';
import { Intake } from './intake.ts';
import { Notices } from './notices.ts';
import { Offers } from './offers.ts';
import { Reconciliation } from './reconciliation.ts';
import type { RecordsStack } from './records-stack.ts';
import { Reopening } from './reopening.ts';
import { Retention } from './retention.ts';
import { Reviews } from './reviews.ts';
import { Sealing } from './sealing.ts';
import type { SimulatedBureauStack } from './simulated-bureau-stack.ts';
import { lendingSetting, type UnderwritingFunction } from './underwriting-function.ts';
import { UnderwritingWorkflow } from './underwriting-workflow.ts';
import { Upkeep } from './upkeep.ts';
import { WorkflowFunctions } from './workflow-functions.ts';

export interface WorkflowStackProps extends StackProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
  /** @default - the stage says whom reports are asked of */
  readonly simulatedBureau?: SimulatedBureauStack;
}

const BUREAUS = {
  SIMULATED: 'not for lending: a labelled simulator stands for the credit bureaus, no real report is pulled',
  GATEWAY: 'reports come from the gateway that the stage names',
  NONE: 'no bureau is configured: no report is pulled',
} as const;

function bureausOf({ bureau }: Stage): keyof typeof BUREAUS {
  if (bureau === undefined) return 'NONE';
  return bureau === 'SIMULATED' ? 'SIMULATED' : 'GATEWAY';
}

/** The program: functions, the state machine and its alarms. What is in flight is all that it could lose. */
export class WorkflowStack extends Stack {
  readonly archive: HistoryArchive;
  readonly deadLetters: DeadLetters;
  readonly workflow: UnderwritingWorkflow;
  readonly intake: UnderwritingFunction;
  /** By name. */
  readonly functions: ReadonlyMap<DeployedName, UnderwritingFunction>;

  constructor(scope: Construct, id: string, { stage, records, simulatedBureau, ...props }: WorkflowStackProps) {
    const bureau = BUREAUS[bureausOf(stage)];
    super(scope, id, {
      description: `Underwright: functions and workflow; ${bureau}`,
      terminationProtection: true,
      ...props,
    });
    const { operationsKey: key, operators } = records;
    this.deadLetters = new DeadLetters(this, 'DeadLetters', { key });
    const functions = new WorkflowFunctions(this, { stage, records, deadLetters: this.deadLetters });
    this.functions = functions.all;

    const steps = new DecisionSteps(this, 'Steps', { functions, bureau, ...(simulatedBureau && { simulatedBureau }) });
    const workflow = new UnderwritingWorkflow(this, 'Workflow', {
      functions: steps.functions,
      held: steps.functions.NeedsAttention,
      operators,
      key,
      stage,
    });
    this.workflow = workflow;
    const subject = { functions, workflow };
    this.intake = new Intake(this, 'Intake', subject).intake;
    new Reviews(this, 'Reviews', subject);
    const notices = new Notices(this, 'Notices', subject);
    new Offers(this, 'Offers', subject);
    new Reopening(this, 'Reopening', subject);
    new Governance(this, 'Governance', subject);
    new Retention(this, 'Retention', subject);
    new Sealing(this, 'Sealing', subject);
    new Reconciliation(this, 'Reconciliation', subject);
    this.archive = new HistoryArchive(this, 'HistoryArchive', subject);
    new Upkeep(this, 'Upkeep', { ...subject, steps: Object.values(steps.functions) });
    const auditor = new Auditor(this, 'Auditor', subject);
    auditor.addEnvironment('LENDING', lendingSetting(stage));
    this.#alertOperators(records, notices);
    this.#outputNames();
    this.#output('AuditorRoleArn', auditor.role.roleArn, 'Assume it to audit');
    this.#output('AuditorSettings', auditor.settings, 'Export them, then: underwright verify --all --aws');
    this.#output('Bureaus', bureausOf(stage), bureau);
  }

  #alertOperators(records: RecordsStack, notices: Notices): void {
    const { events, operators } = records;
    const faults = new Rule(this, 'RecordsNeedAttention', {
      description: 'A function found a fault in the records that an operator must look at',
      eventBus: events.bus,
      eventPattern: { detailType: ['ForgettingFailed', 'PersonalDataInHistory', 'RecordsNeedAttention'] },
      targets: [operators.target(this.deadLetters.queue)],
    });
    // CloudTrail puts the call on the default bus where the account has a trail: docs/deploy.md. The key of batches is not here:
    // a batch is made again from its file.
    new Rule(this, 'KeyEndangered', {
      description: 'A call disables a key of the records or schedules its deletion',
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: ['DisableKey', 'ScheduleKeyDeletion'],
          resources: { ARN: keysOf(records).map(({ keyArn }) => keyArn) },
        },
      },
      targets: [
        operators.target(this.deadLetters.queue, {
          description: 'A key without which records cannot be read is disabled or will be deleted.',
          article: 'key-endangered',
          call: EventField.fromPath('$.detail.eventName'),
          key: EventField.fromPath('$.detail.resources[0].ARN'),
          by: EventField.fromPath('$.detail.userIdentity.arn'),
          at: EventField.fromPath('$.detail.eventTime'),
        }),
      ],
    });
    operators.watchRules(this, (rule) => ([faults, notices.printRequested].includes(rule) ? events.bus : undefined));
  }

  /** Outputs the name of every function that people call. */
  #outputNames(): void {
    for (const name of [...namesOfKind('callable'), 'SubmitSamples', 'RedriveDeadLetters'] as const) {
      const { lambda, description } = this.functions.get(name)!;
      this.#output(`${name}Name`, lambda.functionName, description);
    }
  }

  #output(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description });
  }
}

const keysOf = (records: RecordsStack): Key[] => records.node.findAll().filter((construct) => construct instanceof Key);
