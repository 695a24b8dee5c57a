import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { policyOf, readCase, type ReviewedCase } from '../../app/review/case.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { policyRateAt } from '../../domain/products/policy-rate.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { CandidateScores } from '../../domain/scoring/candidates.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
/** 15,000 dollars over 36 months are in band F and referred; 5,000 are in band E. */
const REFERRED = { ssn: '900010333', amountCents: 1_500_000 };

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function waiting({ ssn, amountCents }: typeof REFERRED) {
  const request = { amountCents, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' };
  const submission = submissionOf({ applicant: identityOf({ ssn }), request } as never);
  const { walk, policy } = await walkToPolicy(embedded, submission);
  await walk.openReview(policy!.evidence, 'FULL');
}

async function send(more: object) {
  const { pk, sk } = keys.task(ID);
  const task = (await embedded.ports.workStore.get(pk, sk))?.data['eventId'];
  const sent = { applicationId: ID, task, by: 'r.vega', note: 'Read the file.', ...more };
  return CONTRACTS.CompleteTask.output.parse(await completeTask(embedded.ports)(sent));
}

async function approved(reason: string, amountCents: number, termMonths: number, annualRateBasisPoints: number) {
  return send({ action: 'APPROVE', reasons: [reason], terms: { amountCents, termMonths, annualRateBasisPoints } });
}

async function reviewOf(answer: Awaited<ReturnType<typeof send>>) {
  if (answer.result !== 'COMPLETED' && answer.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(answer));
  return readEvidence(embedded.ports.evidence, ID, 'review', answer.evidence);
}

const faults = async () => entryFaults(embedded.ports as unknown as Records, await embedded.ports.ledger.read(ID));

describe('A reviewer’s rate is measured from the policy’s rate for the terms’ own candidate', () => {
  test.each([
    [2_299, 0],
    [2_199, 100],
    [2_399, 100],
  ])('at %i basis points, %i from the rate of band E, one person decides', async (rate, rateDistance) => {
    await waiting(REFERRED);
    const answer = await approved('AX21', 500_000, 36, rate);
    expect(answer).toMatchObject({ result: 'COMPLETED' });
    expect((await reviewOf(answer)).authority).toMatchObject({ rateDistance, second: [] });
    expect(await faults()).toEqual([]);
  });

  test('beyond a reviewer’s corridor a second person confirms it, and beyond every corridor the refusal names the rate', async () => {
    await waiting(REFERRED);
    expect(await approved('AX21', 500_000, 36, 2_699)).toEqual({
      result: 'REJECTED',
      errors: [
        {
          path: 'terms.annualRateBasisPoints',
          message: "is 400 basis points from 2299, the policy's rate for this amount and term: no role goes beyond 300",
        },
      ],
    });
    const drafted = await approved('AX21', 500_000, 36, 2_400);
    expect(drafted).toMatchObject({ result: 'AWAITS_CONFIRMATION', second: ['RATE'] });
    expect(await faults()).toEqual([]);
  });

  test('another term has the rate of its own column', async () => {
    await waiting(REFERRED);
    expect(await approved('AX21', 500_000, 60, 1_999)).toMatchObject({
      errors: [{ message: expect.stringMatching(/^is 400 basis points from 2399/) }],
    });
    const answer = await approved('AX21', 500_000, 60, 2_399);
    expect((await reviewOf(answer)).authority).toMatchObject({ rateDistance: 0 });
    expect(await faults()).toEqual([]);
  });

  test('an amount without a score needs a second person', async () => {
    await waiting(REFERRED);
    const drafted = await approved('AX21', 505_000, 36, 2_299);
    expect(drafted).toMatchObject({ result: 'AWAITS_CONFIRMATION', second: ['RATE_UNKNOWN'] });
    expect((await reviewOf(drafted)).authority).toMatchObject({ rateDistance: null });
    const draft = drafted.result === 'AWAITS_CONFIRMATION' ? drafted.evidence : '';
    const confirmed = await send({ action: 'CONFIRM', by: 's.lind', role: 'senior-reviewer', draft });
    expect(confirmed).toMatchObject({ result: 'COMPLETED' });
    expect(await faults()).toEqual([]);
  });
});

describe('The policy’s rate for an amount and a term', () => {
  const TERMS = { amountCents: 500_000, termMonths: 36 };
  const caseOf = async (ssn: string): Promise<ReviewedCase> => {
    await waiting({ ssn, amountCents: 1_500_000 });
    return (await readCase(embedded.ports, await embedded.ports.ledger.read(ID)))!;
  };
  const rateOf = ({ policy, file }: ReviewedCase, candidates: CandidateScores | undefined, terms = TERMS) => {
    const { candidates: _, ...result } = file!.scoring!.result!;
    const scoring = { ...file!.scoring!, result: { ...result, ...(candidates && { candidates }) } };
    return policyRateAt({ ...file!, scoring }, policyOf(policy!)!.module, terms);
  };
  const at = (pdMicros: number | null): CandidateScores => ({
    stepCents: 10_000,
    terms: [{ termMonths: 36, runs: [{ fromCents: 100_000, pdMicros }] }],
  });

  test('is that of its own probability of default, up to what the policy declines', async () => {
    const found = await caseOf(REFERRED.ssn);
    expect([19_999, 20_000, 60_000, 71_187].map((pd) => rateOf(found, at(pd)))).toEqual([899, 1_199, 2_699, 2_699]);
    expect([71_188, 1_000_000, null].map((pd) => rateOf(found, at(pd)))).toEqual([null, null, null]);
  });

  test('is unknown without a candidate: of an earlier release, at another term, below the first and between two', async () => {
    const found = await caseOf(REFERRED.ssn);
    expect(rateOf(found, undefined)).toBeNull();
    expect(rateOf(found, at(20_000), { ...TERMS, termMonths: 60 })).toBeNull();
    expect(rateOf(found, at(20_000), { ...TERMS, amountCents: 90_000 })).toBeNull();
    expect(rateOf(found, at(20_000), { ...TERMS, amountCents: 505_000 })).toBeNull();
    expect(rateOf(found, at(20_000), { ...TERMS, amountCents: 1_510_000 })).toBeNull();
  });

  test('is known where a rule declines at any score, so a reversal keeps its corridor', async () => {
    expect(rateOf(await caseOf('900010299'), at(20_000))).toBe(1_199);
  });
});
