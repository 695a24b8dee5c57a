import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';

import { evidenceAddress } from '../../app/contracts.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { decisionOutcome } from '../../domain/decision/record.ts';
import type { FunctionName } from '../../lambdas/functions.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { samplesOf } from '../support/schema-samples.ts';
import { underwriting, underwritingText } from '../support/state-machines.ts';
import { placeholders, type StateMachine } from '../support/workflow-checks.ts';
import { walk, type Walk } from '../support/workflow-walk.ts';

const names = placeholders(underwritingText) as FunctionName[];

/** What ValidateApplication promises beyond the types of its answer. */
function isKept(name: FunctionName, answer: unknown): boolean {
  if (name !== 'ValidateApplication') return true;
  const { status, evidence, bureaus } = answer as { status: string; evidence: string | null; bureaus: string[] };
  return (status === 'REJECTED') === (evidence === null) && (status === 'COMPLETE') === bureaus.length > 0;
}

/** ValidateApplication's answers depend on each other, so each field's choices are combined. */
function answersOf(name: FunctionName): unknown[] {
  const answers = samplesOf(CONTRACTS[name].output) as object[];
  const combined = name === 'ValidateApplication' ? combinations(answers) : answers;
  return combined.filter((answer) => isKept(name, answer));
}

function combinations(answers: object[]): object[] {
  let made: object[] = [{}];
  for (const field of Object.keys(answers[0] ?? {})) {
    const values = new Set(answers.map((answer) => JSON.stringify((answer as Record<string, unknown>)[field])));
    made = made.flatMap((one) => [...values].map((value) => Object.assign({}, one, { [field]: JSON.parse(value) })));
  }
  return made;
}

/** What the workflow can tell apart: an outcome where it is routed, elsewhere only whether there is one. */
function alike(state: string, variables: Record<string, unknown>): Record<string, unknown> {
  const { validation, preBureauPolicy, reports, policy, reviews, failure, ...others } = variables;
  const there = (value: unknown) => (value === null ? null : 'there');
  return {
    ...others,
    validation:
      state === 'RouteValidated' ? validation : (validation as { bureaus: string[] } | null | undefined)?.bureaus,
    preBureauPolicy: state === 'RoutePreBureau' ? preBureauPolicy : there(preBureauPolicy),
    reports: Array.isArray(reports) ? (reports as { scorable: boolean }[]).map((one) => one.scorable) : reports,
    policy: state === 'RoutePolicy' ? policy : there(policy),
    reviews: Array.isArray(reviews) ? reviews.slice(0, 1) : reviews,
    failure: (failure as { state: string } | null | undefined)?.state,
    round: 0,
    pullEpoch: 0,
    escalation: 0,
  };
}

function walkAll(machine: StateMachine, until?: RegExp): Promise<Walk> {
  return walk(machine, {
    input: { applicationId: 'app-walk-0001', digest: 'd5'.repeat(32) },
    contracts: Object.fromEntries(
      names.map((name) => [name, { input: CONTRACTS[name].input, answers: answersOf(name) }]),
    ),
    alike,
    ...(until && { until }),
  });
}

describe('On every way that the contracts allow, the workflow', () => {
  let walked: Walk;
  beforeAll(async () => {
    walked = await walkAll(underwriting);
  }, 120_000);

  test('gets to every function with a payload that the function takes', () => {
    expect(Object.keys(walked.taken).sort()).toEqual(names);
  });

  test('sends what a function refuses only after an operator referred an application whose steps are not done', () => {
    // The function's refusal brings the application back to the operator, who resumes it instead.
    for (const fault of walked.faults)
      expect(fault).toMatch(/NeedsAttention → RouteAttention → AwaitReview → RouteReview/);
  });

  test('ends with a decision, or with nothing taken in', () => {
    expect(Object.keys(walked.ends).sort()).toEqual(['IssueNotices', 'RejectReference']);
    const output = z.strictObject({ applicationId, outcome: decisionOutcome, decision: evidenceAddress });
    expect(walked.ends['IssueNotices']).not.toHaveLength(0);
    for (const end of walked.ends['IssueNotices'] ?? []) expect(() => output.parse(end)).not.toThrow();
  });
});

describe('A fault seeded into what the workflow sends', () => {
  const cases: [string, string, unknown, RegExp][] = [
    [
      'a field under another name',
      'ScoreApplication/Arguments/Payload',
      { application: '{% $application %}', bureauReports: '{% $reports %}' },
      /^ScoreApplication: .*Unrecognized key: "bureauReports" after CheckReference → [^N]*ScoreApplication$/,
    ],
    [
      'a filter that makes one report a bare object',
      'PullBureauReports/Assign/reports',
      "{% $states.result[status = 'HIT'] %}",
      /^(ApplyPolicy|RecordDecision): reports .*expected array, received object after CheckReference → [^N]*$/,
    ],
    [
      "a function's whole result where its payload was meant",
      'ScreenApplicants/Assign/screening',
      '{% $states.result %}',
      /^ApplyPreBureauPolicy: screening .* received object/,
    ],
    [
      'an answer that has no such field',
      'RecordDecision/Assign/decision',
      '{% $states.result.decision %}',
      /^RecordDecision: \$states\.result\.decision has no value/,
    ],
    [
      'a list that is replaced by its newest element',
      'AwaitReview/Assign/reviews',
      '{% $states.result.evidence %}',
      /^ApplyPreBureauPolicy: reviews .*expected array, received string/,
    ],
  ];

  test.each(cases)('%s is found', async (_, path, value, finding) => {
    const copy = structuredClone(underwriting) as unknown as { States: Record<string, unknown> };
    const steps = path.split('/');
    const last = steps.pop() ?? '';
    let target = copy.States;
    for (const step of steps) target = target[step] as Record<string, unknown>;
    target[last] = value;
    const { faults } = await walkAll(copy as unknown as StateMachine, finding);
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(finding)]));
  });
});
