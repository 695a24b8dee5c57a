import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readSample } from '../../adapters/sample-applications.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { noticeText } from '../../documents/notices/document.ts';
import { parseSubmission, type Submission } from '../../domain/application/submission.ts';
import { keys } from '../../domain/projections/keys.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { finish, walkToPolicy, type Walked } from '../support/walk.ts';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

function example(id: string): Submission {
  const parsed = parseSubmission(readSample('examples', id, embedded.ports.clock.now(), LENDER.consentTexts));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.submission;
}

const policyIn = ({ walk, policy, pre }: Walked) =>
  readEvidence(embedded.ports.evidence, walk.application.applicationId, 'policy', (policy ?? pre)!.evidence);

/** A reviewer's decision on the application of a walk. */
async function review({ walk, policy }: Walked, command: object) {
  await walk.openReview(policy!.evidence, 'FULL');
  return answer({ walk }, command);
}
async function answer({ walk }: Pick<Walked, 'walk'>, command: object) {
  const { applicationId } = walk.application;
  const { pk, sk } = keys.task(applicationId);
  const task = (await embedded.ports.workStore.get(pk, sk))?.data['eventId'];
  const note = 'Spoke to the applicant at length.';
  return completeTask(embedded.ports)({ applicationId, task, by: 'r.vega', note, ...command });
}
const errorsOf = async (walked: Walked, command: object) => {
  const answer = await review(walked, command);
  return answer.result === 'REJECTED' ? answer.errors.map(({ path }) => path) : answer.result;
};

describe('an application for a vehicle or a line', () => {
  test.each([
    ['auto-approve', 'APPROVE', 'APPROVAL', /\$18,000\.00 over 60 months.*title of the vehicle/s],
    ['auto-refinance', 'APPROVE', 'APPROVAL', /\$15,000\.00 over 48 months/],
    ['auto-counteroffer', 'COUNTEROFFER', 'COUNTEROFFER', /Loan amount too high for vehicle value/],
    ['auto-shorter-term', 'COUNTEROFFER', 'COUNTEROFFER', /\$9,000\.00 over 60 months.*Age of vehicle/s],
    ['auto-decline-age', 'DECLINE', 'ADVERSE_ACTION', /Age of vehicle/],
    ['line-approve', 'APPROVE', 'APPROVAL', /Credit limit: \$1,000\.00.*Plan BASIC: \$3\.00 a month/s],
    ['line-open-limit', 'APPROVE', 'APPROVAL', /Plan PLUS: \$8\.00 a month/],
    ['line-counteroffer', 'COUNTEROFFER', 'COUNTEROFFER', /cannot give you a line of \$3,000\.00/],
    ['line-decline', 'DECLINE', 'ADVERSE_ACTION', /Amount of regular deposits/],
  ])('%s is decided: %s, and told so', async (id, outcome, kind, told) => {
    const walked = await walkToPolicy(embedded, example(id));
    const { decision, notices } = await finish(walked);
    expect(decision.outcome).toBe(outcome);
    const record = await readEvidence(embedded.ports.evidence, id, 'decision', decision.evidence);
    expect(record.policy).toEqual((await policyIn(walked)).policy);
    const notice = await readEvidence(embedded.ports.evidence, id, 'notice', notices[0]!.evidence);
    expect(notice.kind).toBe(kind);
    expect(noticeText(notice)).toMatch(told);
  });

  test.each(['auto-decline-age', 'line-decline', 'auto-refer-value'])('%s costs no inquiry', async (id) => {
    await walkToPolicy(embedded, example(id));
    expect(await embedded.pulls()).toEqual([]);
  });

  test('of a refinance without the loan it pays off is asked for it', async () => {
    const refinance = example('auto-refinance') as Extract<Submission, { product: 'auto-loan' }>;
    const sent = { ...refinance, request: { ...refinance.request, currentLoan: null } };
    const walked = await walkToPolicy(embedded, sent);
    expect(walked.validation.status).toBe('INCOMPLETE');
    expect((await finish(walked)).decision.outcome).toBe('INCOMPLETE');
  });
});

describe('a reviewer', () => {
  const vehicle = { amountCents: 1_800_000, termMonths: 72, annualRateBasisPoints: 899 };
  const line = { amountCents: 50_000, termMonths: null, annualRateBasisPoints: 1_299 };

  test('approves a held purchase only once its hold is cleared', async () => {
    const walked = await walkToPolicy(embedded, example('auto-alert'));
    expect(await errorsOf(walked, { action: 'APPROVE', terms: vehicle })).toEqual(['action']);
  });

  test('gives a line terms of its own, under the law of every line', async () => {
    const walked = await walkToPolicy(embedded, example('line-refer-thin'));
    expect(await errorsOf(walked, { action: 'APPROVE' })).toEqual(['terms']);
    expect(await errorsOf(walked, { action: 'APPROVE', terms: { ...line, termMonths: 36 } })).toEqual([
      'terms.termMonths',
    ]);
    expect(await errorsOf(walked, { action: 'APPROVE', terms: { ...line, amountCents: 50_001 } })).toEqual([
      'terms.amountCents',
    ]);
    expect(await errorsOf(walked, { action: 'APPROVE', terms: { ...line, annualRateBasisPoints: 3_500 } })).toEqual([
      'terms.annualRateBasisPoints',
    ]);
    // A thin file has no tier, so a second person confirms the price.
    const drafted = await review(walked, {
      action: 'APPROVE',
      terms: { amountCents: 50_000, annualRateBasisPoints: 1_299 },
    });
    expect(drafted).toMatchObject({
      result: 'AWAITS_CONFIRMATION',
      second: ['approved-without-offer', 'RATE_UNKNOWN'],
    });
    const draft = drafted.result === 'AWAITS_CONFIRMATION' ? drafted.evidence : '';
    const done = await answer(walked, { action: 'CONFIRM', by: 's.lind', role: 'senior-reviewer', draft });
    expect(done.result).toBe('COMPLETED');
    const { decision } = await finish(walked, done.result === 'COMPLETED' ? [done.evidence] : []);
    const record = await readEvidence(embedded.ports.evidence, 'line-refer-thin', 'decision', decision.evidence);
    expect(record).toMatchObject({
      outcome: 'APPROVE',
      decidedBy: 'r.vega',
      requested: { amountCents: 50_000, termMonths: null },
      offers: [{ kind: 'LINE', limitCents: 50_000, annualRateBasisPoints: 1_299, boundBy: 'REVIEWER' }],
    });
  });

  test('is asked about a file whose inputs the policy refused, before any inquiry', async () => {
    const sent = example('auto-approve') as Extract<Submission, { product: 'auto-loan' }>;
    const { request } = sent;
    const walked = await walkToPolicy(embedded, {
      ...sent,
      request: { ...request, vehicle: { ...request.vehicle, year: 2030 } },
    });
    expect((await policyIn(walked)).invalidInputs).toEqual([{ name: 'vehicle_age', fault: 'OUT_OF_RANGE' }]);
    expect(walked.pre?.outcome).toBe('REFER');
    expect(await embedded.pulls()).toEqual([]);
  });
});
