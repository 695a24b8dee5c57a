import { expect } from '@jest/globals';

import { type ApplicationReference, type Step } from '../../app/contracts.ts';
import type { Policies } from '../../app/governance/policies.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import { reopenApplication } from '../../app/reopening/reopen-application.ts';
import { applyPolicy } from '../../app/workflow/apply-policy.ts';
import { applyPreBureauPolicy } from '../../app/workflow/apply-pre-bureau-policy.ts';
import { archiveHistory } from '../../app/workflow/archive-history.ts';
import { awaitReview } from '../../app/workflow/await-review.ts';
import { issueNotices } from '../../app/workflow/issue-notices.ts';
import { pullBureauReport } from '../../app/workflow/pull-bureau-report.ts';
import { recordDecision } from '../../app/workflow/record-decision.ts';
import { scoreApplication } from '../../app/workflow/score-application.ts';
import { screenApplicants } from '../../app/workflow/screen-applicants.ts';
import { referenceFor } from '../../app/workflow/start-execution.ts';
import { validateApplication } from '../../app/workflow/validate-application.ts';
import type { Submission } from '../../domain/application/submission.ts';
import type { FunctionName, InputOf, OutputOf } from '../../lambdas/functions.ts';
import { CONTRACTS } from './contracts.ts';
import type { EmbeddedPorts } from './embedded-ports.ts';

const STEPS = {
  ValidateApplication: validateApplication,
  ScreenApplicants: screenApplicants,
  ApplyPreBureauPolicy: applyPreBureauPolicy,
  PullBureauReport: pullBureauReport,
  ScoreApplication: scoreApplication,
  ApplyPolicy: applyPolicy,
  RecordDecision: recordDecision,
  IssueNotices: issueNotices,
} as const;
type StepName = keyof typeof STEPS;
type MadeStep = (ports: object, policies?: Policies) => (input: unknown) => Promise<unknown>;

/** One application on its way, its steps called by hand in the order of statemachines/underwriting.asl.json. */
export async function startWalk(embedded: EmbeddedPorts, submission: Submission, policies?: Policies) {
  const accepted = await intakeApplication(embedded.ports)(submission);
  if (accepted.result !== 'ACCEPTED') throw new Error(JSON.stringify(accepted));
  const { applicationId, digest, executionArn } = accepted;
  return walkOf(embedded, { applicationId, digest }, executionArn, policies);
}

function walkOf(embedded: EmbeddedPorts, application: ApplicationReference, executionArn: string, policies?: Policies) {
  const { ports } = embedded;
  let round = 0;
  let tokens = 0;
  const stepAt = (state: string): Step => ({
    executionArn,
    state,
    enteredAt: ports.clock.now().toISOString(),
    round,
  });

  /** Calls a step as the state machine does, its input and output held to the contract. */
  async function call<Name extends StepName>(
    name: Name,
    more: Omit<InputOf<Name>, 'application' | 'step'>,
    over: object = ports,
  ): Promise<OutputOf<Name>> {
    const { input, output } = CONTRACTS[name as FunctionName];
    const called = input.parse({ application, step: stepAt(name), ...more });
    const made = (STEPS[name] as MadeStep)(over, policies);
    return output.parse(await made(called)) as OutputOf<Name>;
  }

  return {
    application,
    stepAt,
    call,
    nextRound: () => {
      round += 1;
    },
    /** Opens a review. @returns its task token. */
    async openReview(
      policy: string | null,
      stage: 'PRE_BUREAU' | 'FULL' | 'ATTENTION',
      escalation = 0,
      failure: InputOf<'AwaitReview'>['failure'] = null,
    ) {
      tokens += 1;
      const taskToken = `token-${tokens}`;
      embedded.open.add(taskToken);
      const called = { application, step: stepAt('AwaitReview'), taskToken, policy, stage, failure, escalation };
      await awaitReview(ports)(CONTRACTS.AwaitReview.input.parse(called));
      return taskToken;
    },
  };
}
export type Walk = ReturnType<typeof walkOf>;

const BUREAU = 'simulated-bureau';

/** Pulls as the state does: again after an outage, and the third try reports it. */
export async function pullWithRetries(walk: Walk, pullEpoch = 0): Promise<OutputOf<'PullBureauReport'>> {
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      return await walk.call('PullBureauReport', { bureau: BUREAU, pullEpoch, retryCount });
    } catch (error) {
      if ((error as Error).name !== 'BureauUnavailable') throw error;
      expect(retryCount).toBeLessThan(2);
    }
  }
}

/** From intake to the policy, or to where the walk ends before it. */
export async function walkToPolicy(
  embedded: EmbeddedPorts,
  submission: Submission,
  reviews: string[] = [],
  policies?: Policies,
) {
  return throughPolicy(await startWalk(embedded, submission, policies), reviews);
}

/** Has the decision of a walk made again: a new walk, to the policy. */
export async function walkAgain(embedded: EmbeddedPorts, { walk }: Walked, command: object, policies?: Policies) {
  const reopened = await reopenApplication(embedded.ports)(command);
  if (reopened.result !== 'REOPENED') throw new Error(JSON.stringify(reopened));
  return throughPolicy(walkOf(embedded, walk.application, reopened.executionArn, policies), []);
}

/** Walks the execution of an amended application, to the policy. */
export async function walkAmended(embedded: EmbeddedPorts, answer: OutputOf<'AmendApplication'>, policies?: Policies) {
  if (answer.result !== 'AMENDED') throw new Error(JSON.stringify(answer));
  const { applicationId, executionArn, number } = answer;
  const application = referenceFor(await embedded.ports.ledger.read(applicationId), number);
  if (!application) throw new Error(`${applicationId} was not reopened.`);
  return throughPolicy(walkOf(embedded, application, executionArn, policies), []);
}

async function throughPolicy(walk: Walk, reviews: string[]) {
  const validation = await walk.call('ValidateApplication', {});
  const seen = { walk, validation, screening: null, pre: null, report: null, score: null, policy: null } as {
    walk: Walk;
    validation: OutputOf<'ValidateApplication'>;
    screening: OutputOf<'ScreenApplicants'> | null;
    pre: OutputOf<'ApplyPreBureauPolicy'> | null;
    report: OutputOf<'PullBureauReport'> | null;
    score: OutputOf<'ScoreApplication'> | null;
    policy: OutputOf<'ApplyPolicy'> | null;
  };
  if (validation.status !== 'COMPLETE') return seen;
  seen.screening = await walk.call('ScreenApplicants', {});
  const screening = seen.screening.evidence;
  seen.pre = await walk.call('ApplyPreBureauPolicy', { screening, reviews });
  if (seen.pre.outcome !== 'PROCEED') return seen;
  seen.report = await pullWithRetries(walk);
  const reports = [seen.report];
  if (seen.report.scorable) seen.score = await walk.call('ScoreApplication', { reports });
  const score = seen.score?.evidence ?? null;
  seen.policy = await walk.call('ApplyPolicy', { screening, reports, score, reviews });
  return seen;
}
export type Walked = Awaited<ReturnType<typeof walkToPolicy>>;

/** Ends the execution of a walk, as its engine does: its history is archived. */
export async function end(embedded: EmbeddedPorts, { walk }: Walked): Promise<void> {
  const { executionArn, enteredAt: timestamp } = walk.stepAt('IssueNotices');
  embedded.histories.set(executionArn, [{ id: 1, previousEventId: 0, type: 'ExecutionSucceeded', timestamp }]);
  const detail = { executionArn, name: executionArn.split(':').at(-1) ?? '', status: 'SUCCEEDED' };
  const archived = await archiveHistory(embedded.ports)({
    'detail-type': 'Step Functions Execution Status Change',
    detail,
  });
  expect(archived.events).toBe(1);
}

/** Records the decision of a walk. */
export function decisionOf(
  { walk, validation, screening, pre, report, score, policy }: Walked,
  reviews: string[] = [],
) {
  return walk.call('RecordDecision', {
    validation: validation.evidence!,
    screening: screening?.evidence ?? null,
    preBureauPolicy: pre?.evidence ?? null,
    reports: report ? [report] : [],
    score: score?.evidence ?? null,
    policy: policy?.evidence ?? null,
    reviews,
  });
}

/** Records the decision of a walk and issues its notices. */
export async function finish(walked: Walked, reviews: string[] = []) {
  const decision = await decisionOf(walked, reviews);
  const { notices } = await walked.walk.call('IssueNotices', { decision: decision.evidence });
  return { decision, notices };
}
