import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';

import type { DeployedName, FunctionName } from '../lambdas/functions.ts';
import { Auditor } from './auditor.ts';
import { DeadLetters } from './dead-letters.ts';
import type { DeploymentStage } from './deployment-stage.ts';
import { HistoryArchive } from './history-archive.ts';
import type { RecordsStack } from './records-stack.ts';
import type { SimulatedBureauStack } from './simulated-bureau-stack.ts';
import { UnderwritingFunction, type UnderwritingFunctionProps } from './underwriting-function.ts';
import { UnderwritingWorkflow } from './underwriting-workflow.ts';
import { Upkeep } from './upkeep.ts';

export interface WorkflowStackProps extends StackProps {
  readonly stage: DeploymentStage;
  readonly records: RecordsStack;
  /** @default - the stage says whom reports are asked of */
  readonly simulatedBureau?: SimulatedBureauStack;
}

const BUREAUS = {
  SIMULATED: 'not for lending: a labelled simulator stands for the credit bureaus, no real report is pulled',
  GATEWAY: 'reports come from the gateway that the stage names',
  NONE: 'no bureau is configured: no report is pulled',
} as const;

function bureausOf({ bureau }: DeploymentStage): keyof typeof BUREAUS {
  if (bureau === undefined) return 'NONE';
  return bureau === 'SIMULATED' ? 'SIMULATED' : 'GATEWAY';
}

/** The program: functions, the state machine and its alarms. Holds nothing that could be lost but what is in flight. */
export class WorkflowStack extends Stack {
  readonly archive: HistoryArchive;
  readonly deadLetters: DeadLetters;
  readonly workflow: UnderwritingWorkflow;
  readonly intake: UnderwritingFunction;
  /** By name. */
  readonly functions = new Map<DeployedName, UnderwritingFunction>();

  constructor(scope: Construct, id: string, { stage, records, simulatedBureau, ...props }: WorkflowStackProps) {
    super(scope, id, {
      description: `Underwright: functions and workflow; ${BUREAUS[bureausOf(stage)]}`,
      terminationProtection: true,
      ...props,
    });
    const { ledger, workStore, vault, evidence, sealKey, exportKey, events, operationsKey: key } = records;
    this.deadLetters = new DeadLetters(this, 'DeadLetters', { key });
    const deadLetters = this.deadLetters.queue;
    const asynchronous: UnderwritingFunction[] = [];
    const make = (
      functionName: DeployedName,
      description: string,
      more: Partial<UnderwritingFunctionProps> = {},
    ): UnderwritingFunction => {
      const { logRetention } = stage;
      const made = new UnderwritingFunction(this, { functionName, description, key, logRetention, ...more });
      made.addEnvironment('LENDING_MODE', stage.name);
      if (more.deadLetters) asynchronous.push(made);
      this.functions.set(functionName, made);
      return made;
    };
    const fn = (functionName: FunctionName, description: string, more: Partial<UnderwritingFunctionProps> = {}) => {
      const made = make(functionName, description, more);
      ledger.grantAppend(made);
      return made;
    };

    /** The functions of the definition's placeholders. */
    const steps = {
      ValidateApplication: fn('ValidateApplication', "Holds an application against its product's rules"),
      ScreenApplicants: fn('ScreenApplicants', 'Compares the applicant with the screening lists'),
      ApplyPreBureauPolicy: fn('ApplyPreBureauPolicy', 'Refuses what needs no inquiry to be refused'),
      // The bureau has 20 s; then there are 25 for the stores, and the function ends before its state gives up at 60 s.
      PullBureauReport: fn('PullBureauReport', `Pulls one report, once; ${BUREAUS[bureausOf(stage)]}`, {
        timeout: Duration.seconds(45),
      }),
      // One whole processor, 1,769 MB: the cold start (runtime 0.1 s, session 0.1 s) is bound by it.
      ScoreApplication: fn('ScoreApplication', 'Scores with the champion model', { memorySize: 1_769 }),
      ApplyPolicy: fn('ApplyPolicy', 'Applies every rule, prices and makes offers'),
      AwaitReview: fn('AwaitReview', 'Puts an application before a reviewer'),
      RecordDecision: fn('RecordDecision', 'Writes the one decision record'),
      IssueNotices: fn('IssueNotices', 'Renders what the applicant must be told'),
      NeedsAttention: fn('NeedsAttention', 'Holds for an operator what no step could handle'),
    } as const;
    // A front end waits for it, at most the 29 s that API Gateway waits.
    const intake = fn('IntakeApplication', 'Takes an application in and starts its execution', {
      memorySize: 1_024,
      timeout: Duration.seconds(29),
    });
    const completeTask = fn('CompleteTask', 'Answers the task token of an application that waits for a person', {
      timeout: Duration.seconds(29),
    });
    // At most what a few minutes of died intakes left behind; what it does not reach in its time, the next call does.
    const startAccepted = make('StartAccepted', 'Starts what was accepted and never started', {
      timeout: Duration.minutes(3),
      deadLetters,
    });
    ledger.grantRead(startAccepted);
    const acceptOffer = fn('AcceptOffer', "Records an applicant's choice of one offer and has it booked", {
      timeout: Duration.seconds(29),
    });
    const reopen = fn('ReopenApplication', 'Has a recorded decision made again, linked to the first', {
      timeout: Duration.seconds(29),
    });
    // What it does not reach in its time, the next call does.
    const lapseOffers = fn('LapseOffers', 'Records offers that nobody accepted in time', {
      timeout: Duration.minutes(3),
      deadLetters,
    });
    const setSwitch = fn('SetSwitch', 'Stops or resumes the automatic outcomes of a product, a policy or a model');
    const governPolicy = fn('GovernPolicy', 'Proposes, approves or withdraws a version of a policy');
    const setLegalHold = fn('SetLegalHold', 'Places or lifts a legal hold on an application', {
      // Two calls of S3 for each of some twenty objects, 50 ms each: 2 s; a case that was reviewed for years has more.
      timeout: Duration.minutes(1),
    });
    const requestForgetting = fn('RequestForgetting', "Records and answers an applicant's request to be forgotten", {
      timeout: Duration.minutes(1),
    });
    // 100 applications a call, each in half a second: 50 s.
    const forgetApplicants = fn('ForgetApplicants', 'Destroys the keys of applicants whose records nothing keeps', {
      timeout: Duration.minutes(5),
      deadLetters,
    });
    // A million applications that grew in a day, 32 at once: some 5 minutes. Their heads in memory: some 300 MB.
    const sealLedger = fn('SealLedger', 'Signs what the ledger took in since the last seal', {
      memorySize: 1_769,
      timeout: Duration.minutes(15),
      deadLetters,
    });
    // 200 applications and 100 pieces of evidence a call; a history that is archived late takes what ArchiveHistory has.
    const reconcileRecords = fn('ReconcileRecords', 'Holds ledger, evidence, executions and lists against each other', {
      memorySize: 1_769,
      timeout: Duration.minutes(10),
      deadLetters,
    });
    // Up to 25,000 events in 25 pages of 1,000, some 2 s each: 50 s. In memory as text several times over.
    const archive = fn('ArchiveHistory', 'Archives the history of an ended execution as evidence', {
      memorySize: 1_769,
      timeout: Duration.minutes(3),
      deadLetters,
    });

    const { AwaitReview, NeedsAttention, ...sealing } = steps;
    for (const one of [...Object.values(sealing), intake, completeTask, archive, reconcileRecords]) {
      evidence.grantReadWrite(one);
      // Evidence is sealed under the application's data key.
      vault.grantRead(one);
    }
    for (const one of [acceptOffer, reopen, lapseOffers]) {
      evidence.grantRead(one);
      vault.grantRead(one);
    }
    for (const one of [setLegalHold, requestForgetting, forgetApplicants, reconcileRecords]) evidence.grantLock(one);
    ledger.grantList(reconcileRecords);
    vault.grantForget(forgetApplicants);
    ledger.grantList(sealLedger);
    // The heads that a seal is over.
    evidence.grantReadWrite(sealLedger);
    sealKey.grantSign(sealLedger);
    vault.grantCreate(intake);
    vault.grantIndex(intake);
    vault.grantIndex(steps.ScreenApplicants);
    workStore.grantRead(steps.ScreenApplicants);
    workStore.grantList(steps.ScreenApplicants);
    // Every row is compared with the ledger, by the keyed digest of the person too.
    workStore.grantList(reconcileRecords);
    workStore.grantScan(reconcileRecords);
    vault.grantIndex(reconcileRecords);
    for (const one of [
      // Whom a policy touches is listed.
      steps.ApplyPreBureauPolicy,
      steps.ApplyPolicy,
      steps.PullBureauReport,
      steps.RecordDecision,
      steps.IssueNotices,
      AwaitReview,
      NeedsAttention,
      intake,
      startAccepted,
      completeTask,
      acceptOffer,
      reopen,
      lapseOffers,
      setSwitch,
      governPolicy,
      setLegalHold,
      requestForgetting,
      forgetApplicants,
      reconcileRecords,
    ])
      workStore.grantReadWrite(one);
    for (const one of [
      steps.IssueNotices,
      startAccepted,
      completeTask,
      acceptOffer,
      reopen,
      lapseOffers,
      forgetApplicants,
      reconcileRecords,
    ])
      workStore.grantRemove(one);
    for (const one of [startAccepted, lapseOffers, forgetApplicants]) workStore.grantListQueues(one);
    for (const one of [
      AwaitReview,
      NeedsAttention,
      steps.RecordDecision,
      steps.IssueNotices,
      intake,
      startAccepted,
      acceptOffer,
      reopen,
      lapseOffers,
      forgetApplicants,
      sealLedger,
      archive,
      reconcileRecords,
    ])
      events.grantPublish(one);

    simulatedBureau?.grantAsk(steps.PullBureauReport);
    if (typeof stage.bureau === 'object') steps.PullBureauReport.addEnvironment('BUREAU_URL', stage.bureau.url);

    const workflow = new UnderwritingWorkflow(this, 'Workflow', {
      functions: steps,
      held: NeedsAttention,
      operators: records.operators,
      key,
      stage,
    });
    this.workflow = workflow;
    this.intake = intake;
    workflow.grantStart(intake);
    workflow.grantStart(startAccepted);
    workflow.grantStart(reopen);
    workflow.grantCompleteTask(completeTask);
    workflow.grantReadHistory(archive);
    workflow.grantReadHistory(reconcileRecords);
    workflow.grantStart(reconcileRecords);
    // A front end that lost its answer asks again within seconds; this is for the one that does not.
    this.#schedule('AcceptedNotStarted', startAccepted, Duration.minutes(5), {
      description: 'Look for accepted applications whose execution was never started',
    });
    this.#schedule('OffersExpired', lapseOffers, Duration.minutes(5), {
      description: 'Look for offers that nobody accepted in time, and for acceptances whose call died',
    });
    this.#schedule('RecordsDrift', reconcileRecords, Duration.minutes(15), {
      description: 'Look for what ledger, evidence, executions and lists say differently of an application',
    });
    this.#schedule('RetentionOver', forgetApplicants, Duration.hours(1), {
      description: 'Look for applicants whose records nothing keeps any more',
    });
    this.#schedule('LedgerGrown', sealLedger, Duration.minutes(5), {
      description: 'Seal what the ledger took in since the last seal',
    });
    this.archive = new HistoryArchive(this, 'HistoryArchive', { workflow, archive, deadLetters: this.deadLetters });
    new Rule(this, 'RecordsNeedAttention', {
      description: 'What a function found of the records that a person must look at',
      eventBus: events.bus,
      eventPattern: { detailType: ['ForgettingFailed', 'PersonalDataInHistory', 'RecordsNeedAttention'] },
    }).addTarget(records.operators.target(this, deadLetters));
    const { submitSamples, redrive } = new Upkeep(this, 'Upkeep', {
      stage,
      workStore,
      workflow,
      steps: Object.values(steps),
      intake,
      deadLetters: this.deadLetters,
      asynchronous,
      make,
      schedule: (...schedule) => this.#schedule(...schedule),
    });

    const auditor = new Auditor(this, 'Auditor');
    // That something was taken out is recorded.
    ledger.grantAppend(auditor);
    ledger.grantList(auditor);
    workStore.grantRead(auditor);
    workStore.grantList(auditor);
    workStore.grantScan(auditor);
    workStore.grantListQueues(auditor);
    vault.grantRead(auditor);
    // To hold an identity against the digest that its application was received with.
    vault.grantIndex(auditor);
    evidence.grantAudit(auditor);
    workflow.grantAudit(auditor);
    sealKey.grantVerify(auditor);
    exportKey.grantSign(auditor);

    this.#tell('IntakeApplicationName', intake.lambda.functionName, 'Invoke it with a submission');
    this.#tell('CompleteTaskName', completeTask.lambda.functionName, "Invoke it with a person's answer");
    this.#tell('AcceptOfferName', acceptOffer.lambda.functionName, "Invoke it with an applicant's choice of an offer");
    this.#tell('ReopenApplicationName', reopen.lambda.functionName, 'Invoke it to have a decision made again');
    this.#tell('SetSwitchName', setSwitch.lambda.functionName, 'Invoke it to stop or resume automatic outcomes');
    this.#tell('GovernPolicyName', governPolicy.lambda.functionName, 'Invoke it to bring a policy into force');
    this.#tell('SetLegalHoldName', setLegalHold.lambda.functionName, 'Invoke it to place or lift a legal hold');
    this.#tell(
      'RequestForgettingName',
      requestForgetting.lambda.functionName,
      'Invoke it when an applicant asks to be forgotten',
    );
    this.#tell('AuditorRoleArn', auditor.role.roleArn, 'Take it on to audit');
    this.#tell('AuditorSettings', auditor.settings, 'Export them, then: underwright verify --all --aws');
    this.#tell('SubmitSamplesName', submitSamples.lambda.functionName, 'Invoke it to see the samples decided');
    this.#tell(
      'RedriveDeadLettersName',
      redrive.lambda.functionName,
      'Invoke it once the cause of dead letters is gone',
    );
    this.#tell('Bureaus', bureausOf(stage), BUREAUS[bureausOf(stage)]);
  }

  /** Calls a function that has dead letters, again and again. */
  #schedule(
    id: string,
    fn: UnderwritingFunction,
    every: Duration,
    { description, input }: { readonly description: string; readonly input?: object },
  ): void {
    const target = new LambdaTarget(fn.lambda, {
      deadLetterQueue: this.deadLetters.queue,
      ...(input && { event: RuleTargetInput.fromObject(input) }),
    });
    new Rule(this, id, { description, schedule: Schedule.rate(every) }).addTarget(target);
  }

  #tell(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description });
  }
}
