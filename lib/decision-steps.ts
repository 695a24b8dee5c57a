import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { NameOfKind } from '../lambdas/functions.ts';
import type { SimulatedBureauStack } from './simulated-bureau-stack.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';
import { CALLER_WAITS, type WorkflowFunctions } from './workflow-functions.ts';

export interface DecisionStepsProps {
  readonly functions: WorkflowFunctions;
  /** Where reports come from, in words. */
  readonly bureau: string;
  /** @default - the stage names a gateway, or no bureau answers */
  readonly simulatedBureau?: SimulatedBureauStack;
}

/** The states of the workflow that decide. */
export class DecisionSteps extends Construct {
  /** The functions of the definition's placeholders. */
  readonly functions: Readonly<Record<NameOfKind<'step' | 'waiting'>, UnderwritingFunction>>;

  constructor(scope: Construct, id: string, { functions, bureau, simulatedBureau }: DecisionStepsProps) {
    super(scope, id);
    prequalify(functions, simulatedBureau);
    this.functions = {
      ...before(functions),
      PullBureauReport: pull(functions, bureau, simulatedBureau),
      ...decide(functions),
      ...after(functions),
      ...waitForPeople(functions),
    };
  }
}

/** Evidence is sealed under the application's data key, so a step that seals reads the vault, too. */
function step(functions: WorkflowFunctions, ...added: Parameters<WorkflowFunctions['add']>): UnderwritingFunction {
  const { ledger, evidence, vault } = functions.records;
  const made = functions.add(...added);
  ledger.grantAppend(made);
  evidence.grantReadWrite(made);
  vault.grantRead(made);
  return made;
}

function before(functions: WorkflowFunctions) {
  const { vault, workStore } = functions.records;
  const ValidateApplication = step(
    functions,
    'ValidateApplication',
    "Checks an application against its product's rules",
  );
  const ScreenApplicants = step(functions, 'ScreenApplicants', 'Compares the applicant with the screening lists');
  vault.grantIndex(ScreenApplicants);
  workStore.grantRead(ScreenApplicants);
  workStore.grantList(ScreenApplicants);
  const ApplyPreBureauPolicy = step(functions, 'ApplyPreBureauPolicy', 'Refuses what needs no inquiry to be refused');
  // It indexes the applications that a policy touches.
  workStore.grantReadWrite(ApplyPreBureauPolicy);
  return { ValidateApplication, ScreenApplicants, ApplyPreBureauPolicy };
}

function pull(
  functions: WorkflowFunctions,
  bureau: string,
  simulatedBureau: SimulatedBureauStack | undefined,
): UnderwritingFunction {
  const { records, stage } = functions;
  // The bureau has 20 s and the stores 25 s, so the function ends before its state gives up at 60 s.
  const timeout = Duration.seconds(45);
  const made = step(functions, 'PullBureauReport', `Pulls one report, once; ${bureau}`, { timeout });
  records.workStore.grantReadWrite(made);
  simulatedBureau?.grantAsk(made);
  if (stage.bureau !== undefined && !simulatedBureau) made.addEnvironment('BUREAU_URL', stage.bureau);
  return made;
}

/** Adds the function that quotes rates on a soft pull: it does the work of a pull, a score and a policy in one call. */
function prequalify(functions: WorkflowFunctions, simulatedBureau: SimulatedBureauStack | undefined): void {
  const { records, stage } = functions;
  // One whole processor, as ScoreApplication: 1,769 MB.
  const options = { ...CALLER_WAITS, memorySize: 1_769 };
  const made = step(functions, 'Prequalify', 'Quotes rates on a report that posts no inquiry', options);
  records.vault.grantCreate(made);
  records.vault.grantIndex(made);
  records.workStore.grantRead(made);
  simulatedBureau?.grantAsk(made);
  if (stage.bureau !== undefined && !simulatedBureau) made.addEnvironment('BUREAU_URL', stage.bureau);
}

function decide(functions: WorkflowFunctions) {
  const ScoreApplication = step(functions, 'ScoreApplication', 'Scores with the model in force', {
    // One whole processor, 1,769 MB: it bounds the cold start (runtime 0.1 s, session 0.1 s).
    memorySize: 1_769,
  });
  // The registry of models.
  functions.records.workStore.grantReadIn(ScoreApplication, ['MODELS']);
  const ApplyPolicy = step(functions, 'ApplyPolicy', 'Applies every rule, prices and makes offers');
  functions.records.workStore.grantReadWrite(ApplyPolicy);
  return { ScoreApplication, ApplyPolicy };
}

function after(functions: WorkflowFunctions) {
  const { workStore, events } = functions.records;
  const RecordDecision = step(functions, 'RecordDecision', 'Writes the one decision record');
  const IssueNotices = step(functions, 'IssueNotices', 'Renders the notices that the applicant must receive');
  for (const made of [RecordDecision, IssueNotices]) events.grantPublish(made);
  for (const made of [RecordDecision, IssueNotices]) workStore.grantReadWrite(made);
  // CompleteTask may stop before it removes its task. The next step then removes it.
  for (const made of [RecordDecision, IssueNotices]) workStore.grantRemove(made);
  return { RecordDecision, IssueNotices };
}

function waitForPeople(functions: WorkflowFunctions) {
  const { ledger, workStore, events } = functions.records;
  const AwaitReview = functions.add('AwaitReview', 'Puts an application before a reviewer');
  const NeedsAttention = functions.add('NeedsAttention', 'Holds for an operator what no step could handle');
  for (const made of [AwaitReview, NeedsAttention]) {
    ledger.grantAppend(made);
    workStore.grantReadWrite(made);
    // A redriven execution leaves the queue of ended ones.
    workStore.grantRemove(made);
    events.grantPublish(made);
  }
  return { AwaitReview, NeedsAttention };
}
