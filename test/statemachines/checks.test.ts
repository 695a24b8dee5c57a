import { describe, expect, test } from '@jest/globals';
import validateStateMachine from 'asl-validator';

import { CONTRACTS } from '../support/contracts.ts';
import { underwriting, underwritingText } from '../support/state-machines.ts';
import {
  checkCatches,
  checkComments,
  checkExpressions,
  checkResumable,
  checkRetries,
  checkVariables,
  placeholders,
  PLATFORM_FAILURES,
  type StateMachine,
} from '../support/workflow-checks.ts';

/** A copy of the workflow with one fault in it: the fields at these paths have the value, or are gone when it is undefined. */
function seeded(path: string, value: unknown, ...more: string[]): StateMachine {
  const copy = structuredClone(underwriting) as unknown as Record<string, unknown>;
  for (const one of [path, ...more]) {
    const steps = one.split('/');
    const last = steps.pop() ?? '';
    let target = copy;
    for (const step of steps) target = target[step] as Record<string, unknown>;
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return copy as unknown as StateMachine;
}

describe('The underwriting workflow', () => {
  test('is valid Amazon States Language in JSONata', () => {
    const { errorsText } = validateStateMachine(structuredClone(underwriting));
    expect(underwriting.QueryLanguage).toBe('JSONata');
    expect(errorsText('\n')).toBe('');
  });

  test('says of every state why it is there', () => expect(checkComments(underwriting)).toEqual([]));
  test('reads reserved variables only where they exist, and calls known functions', () =>
    expect(checkExpressions(underwriting)).toEqual([]));
  test('assigns every variable on every path to where it is read', () =>
    expect(checkVariables(underwriting)).toEqual([]));
  test('tries again only what may happen twice', () => expect(checkRetries(underwriting)).toEqual([]));
  test('sends every error it does not try again to a person', () => expect(checkCatches(underwriting)).toEqual([]));
  test('can be resumed by an operator at every state that can fail', async () =>
    expect(await checkResumable(underwriting)).toEqual([]));
  test('calls only functions that have a contract', () => {
    for (const name of placeholders(underwritingText)) expect(Object.keys(CONTRACTS)).toContain(name);
  });
});

describe('A fault seeded into the workflow', () => {
  const cases: [string, (machine: StateMachine) => string[] | Promise<string[]>, StateMachine, RegExp][] = [
    ['a state without a comment', checkComments, seeded('States/RouteReview/Comment', undefined), /^RouteReview/],
    [
      'a comment that says nothing',
      checkComments,
      seeded('States/PullBureauReports/ItemProcessor/States/PullBureauReport/Comment', 'Pull.'),
      /^PullBureauReport /,
    ],
    [
      'a result read before there is one',
      checkExpressions,
      seeded('States/ScoreApplication/Arguments/Payload/reports', '{% $states.result.reports %}'),
      /^ScoreApplication, Arguments: there is no \$states\.result/,
    ],
    [
      'a result read in a condition',
      checkExpressions,
      seeded('States/RoutePolicy/Choices/0/Condition', "{% $states.result.outcome = 'APPROVE' %}"),
      /^RoutePolicy, Condition/,
    ],
    [
      'a result read in Items',
      checkExpressions,
      seeded('States/PullBureauReports/Items', '{% $states.result.bureaus %}'),
      /^PullBureauReports, Items/,
    ],
    [
      'a result read in a Catch',
      checkExpressions,
      seeded('States/ApplyPolicy/Catch/0/Assign/failure/cause', '{% $string($states.result) %}'),
      /^ApplyPolicy, Catch Assign: there is no \$states\.result/,
    ],
    [
      'an error read where none was caught',
      checkExpressions,
      seeded('States/ApplyPolicy/Assign/policy', '{% $states.errorOutput.Error %}'),
      /^ApplyPolicy, Assign: there is no \$states\.errorOutput/,
    ],
    [
      'the reserved variable used whole, which would carry a result past the check',
      checkExpressions,
      seeded('States/ApplyPolicy/Arguments/Payload/score', "{% $lookup($states, 'result') %}"),
      /no \$states to use whole/,
    ],
    [
      'a token read where none is given',
      checkExpressions,
      seeded('States/ApplyPolicy/Arguments/Payload/taskToken', '{% $states.context.Task.Token %}'),
      /^ApplyPolicy, Arguments: there is no \$states\.context\.Task/,
    ],
    [
      'a token that is given to nobody',
      checkExpressions,
      seeded('States/AwaitReview/Arguments/Payload/taskToken', 'none'),
      /^AwaitReview waits for a task token/,
    ],
    [
      '$eval',
      checkExpressions,
      seeded('States/ApplyPolicy/Assign/policy', "{% $eval('1 + 1') %}"),
      /no function \$eval/,
    ],
    [
      '$eval given as an argument',
      checkVariables,
      seeded('States/ApplyPolicy/Assign/policy', "{% $map(['1'], $eval) %}"),
      /reads \$eval/,
    ],
    [
      'a function nobody has',
      checkExpressions,
      seeded('States/RoutePulled/Choices/0/Condition', '{% $every($reports.scorable) %}'),
      /no function \$every/,
    ],
    [
      'the clock',
      checkExpressions,
      seeded('States/ApplyPolicy/Arguments/Payload/step/enteredAt', '{% $now() %}'),
      /\$now gives another value/,
    ],
    [
      'an expression that does not parse',
      checkExpressions,
      seeded('States/RoutePulled/Choices/0/Condition', '{% $count($reports %}'),
      /this is no JSONata/,
    ],
    [
      'a variable nobody assigns',
      checkVariables,
      seeded('States/ApplyPolicy/Arguments/Payload/score', '{% $scores %}'),
      /^ApplyPolicy reads \$scores, which CheckReference →/,
    ],
    [
      'a variable one path leaves unassigned',
      checkVariables,
      seeded('States/CheckReference/Choices/0/Assign/score', undefined),
      /ApplyPolicy reads \$score, which CheckReference → ValidateApplication/,
    ],
    [
      'a variable that only the other branches assign',
      checkVariables,
      seeded('States/CheckReference/Choices/0/Assign/stage', undefined, 'States/RoutePreBureau/Choices/2/Assign/stage'),
      /^AwaitReview reads \$stage, which CheckReference → .*RoutePreBureau → AwaitReview leaves unassigned/,
    ],
    [
      'a variable that a Catch leaves unassigned',
      checkVariables,
      seeded(
        'States/CheckReference/Choices/0/Assign/failure',
        undefined,
        'States/ScoreApplication/Catch/0/Assign/failure',
      ),
      /^NeedsAttention reads \$failure, which CheckReference → .*ScoreApplication → NeedsAttention leaves/,
    ],
    [
      'a variable read inside a Map that is not assigned outside it',
      checkVariables,
      seeded('States/CheckReference/Choices/0/Assign/pullEpoch', undefined),
      /^PullBureauReport reads \$pullEpoch, which CheckReference → .*PullBureauReports → PullBureauReport leaves/,
    ],
    [
      'a variable read in the state that assigns it',
      checkVariables,
      seeded('States/RecordDecision/Arguments/Payload/score', '{% $decision.evidence %}'),
      /^RecordDecision reads \$decision/,
    ],
    [
      'a state reached from nowhere',
      checkVariables,
      seeded('States/Orphan', { Type: 'Pass', Next: 'RecordDecision' }),
      /^Orphan is reached from nowhere/,
    ],
    [
      'a release that resumes past the state that failed',
      checkVariables,
      seeded('States/RouteAttention/Choices/7/Next', 'IssueNotices'),
      /^IssueNotices reads \$decision, which CheckReference → .*RecordDecision → NeedsAttention → RouteAttention → Issue/,
    ],
    [
      'a hard pull tried again after a timeout',
      checkRetries,
      seeded('States/PullBureauReports/ItemProcessor/States/PullBureauReport/Retry/0/ErrorEquals/0', 'States.Timeout'),
      /^PullBureauReport may not be tried again on States\.Timeout/,
    ],
    [
      'a killed function that goes to a person at once',
      checkRetries,
      seeded('States/ScoreApplication/Retry/0/ErrorEquals', PLATFORM_FAILURES.slice(0, 6)),
      /^ScoreApplication is not tried again on Runtime\.ExitError/,
    ],
    [
      'all hard pulls tried again',
      checkRetries,
      seeded('States/PullBureauReports/Retry', [{ ErrorEquals: ['BureauUnavailable'] }]),
      /^PullBureauReports may not be tried again/,
    ],
    [
      'a conflict tried again',
      checkRetries,
      seeded('States/RecordDecision/Retry/0/ErrorEquals/0', 'LedgerConflict'),
      /^RecordDecision may not be tried again on LedgerConflict/,
    ],
    [
      "a reviewer's deadline that repeats instead of escalating",
      checkRetries,
      seeded('States/AwaitReview/Retry/0/ErrorEquals/0', 'States.Timeout'),
      /^AwaitReview may not/,
    ],
    [
      'a task without a timeout',
      checkRetries,
      seeded('States/IssueNotices/TimeoutSeconds', undefined),
      /^IssueNotices has no TimeoutSeconds/,
    ],
    [
      'an operator queue that gives up',
      checkRetries,
      seeded('States/NeedsAttention/Retry', undefined),
      /^NeedsAttention gives up/,
    ],
    [
      'a task that catches nothing',
      checkCatches,
      seeded('States/IssueNotices/Catch', undefined),
      /^IssueNotices does not/,
    ],
    [
      'an error that becomes a decision',
      checkCatches,
      seeded('States/PullBureauReports/Catch/0/Next', 'RecordDecision'),
      /^PullBureauReports catches States\.ALL into RecordDecision/,
    ],
    [
      "a reviewer's deadline that decides",
      checkCatches,
      seeded('States/AwaitReview/Catch/1/Next', 'RecordDecision'),
      /^AwaitReview catches States\.Timeout into RecordDecision/,
    ],
    [
      'another error that counts as a withdrawal',
      checkCatches,
      seeded('States/AwaitReview/Catch/0/ErrorEquals/0', 'States.TaskFailed'),
      /^AwaitReview catches States\.TaskFailed into RouteWithdrawn/,
    ],
    [
      "a failure under another state's name",
      checkCatches,
      seeded('States/ApplyPolicy/Catch/0/Assign/failure/state', 'RecordDecision'),
      /^ApplyPolicy goes to NeedsAttention under another/,
    ],
    [
      'a failure that is not described',
      checkCatches,
      seeded('States/ApplyPolicy/Catch/0/Assign', undefined),
      /^ApplyPolicy goes to NeedsAttention without saying/,
    ],
    [
      'a choice without a default',
      checkCatches,
      seeded('States/RoutePolicy/Default', undefined),
      /^RoutePolicy has no Default/,
    ],
    [
      'a state that a release cannot reach',
      checkResumable,
      seeded('States/RouteAttention/Choices/4/Next', 'ApplyPolicy'),
      /^ScoreApplication fails, and its release goes to ApplyPolicy/,
    ],
    [
      'a state that a release does not know',
      checkResumable,
      seeded('States/RouteAttention/Choices', (underwriting.States['RouteAttention']?.Choices ?? []).slice(1)),
      /^ValidateApplication fails, and its release goes to AwaitReview/,
    ],
  ];

  test.each(cases)('%s is found', async (_, check, machine, finding) => {
    expect(await check(machine)).toEqual(expect.arrayContaining([expect.stringMatching(finding)]));
  });
});
