import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { BIRTH_DATE_DOUBTED } from '../../domain/policy/switched.ts';
import { keys } from '../../domain/projections/keys.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { pullWithRetries, walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const bornIn1900 = identityOf({ dateOfBirth: '1900-01-01' });

/** A reviewer confirms the date of birth. @returns the address of the review. */
async function confirmed({ walk, pre }: Walked): Promise<string> {
  await walk.openReview(pre!.evidence, 'PRE_BUREAU');
  const { pk, sk } = keys.task(ID);
  const task = (await embedded.ports.workStore.get(pk, sk))?.data['eventId'];
  const note = 'The birth certificate was presented.';
  const command = { applicationId: ID, task, by: 'r.vega', action: 'CLEAR', clears: [BIRTH_DATE_DOUBTED], note };
  const done = await completeTask(embedded.ports)(command);
  if (done.result !== 'COMPLETED') throw new Error(JSON.stringify(done));
  walk.nextRound();
  return done.evidence;
}

/** The rest of the walk after a review. */
async function goneOn({ walk, screening }: Walked, reviews: string[]) {
  const pre = await walk.call('ApplyPreBureauPolicy', { screening: screening!.evidence, reviews });
  if (pre.outcome === 'DECLINE') return { pre, policy: null };
  const reports = [await pullWithRetries(walk)];
  const { evidence: score } = await walk.call('ScoreApplication', { reports });
  const policy = await walk.call('ApplyPolicy', { screening: screening!.evidence, reports, score, reviews });
  return { pre, policy };
}

describe('A date of birth that a living applicant is unlikely to have', () => {
  test('goes to a person before any inquiry, under a rule outside the policy', async () => {
    const { pre, report } = await walkToPolicy(embedded, submissionOf({ applicant: bornIn1900 }));
    expect([pre?.outcome, report]).toEqual(['REFER', null]);
    expect(await embedded.pulls()).toEqual([]);
    const { rules, reasons } = await readEvidence(embedded.ports.evidence, ID, 'policy', pre!.evidence);
    expect(rules.filter(({ result }) => result === 'FIRED').map(({ id }) => id)).toEqual([BIRTH_DATE_DOUBTED]);
    expect(reasons).toEqual([]);
  });

  test.each([
    ['approved', 9_600_000, ['PROCEED', 'APPROVE']],
    ['declined', 0, ['DECLINE', undefined]],
  ])('lets an application be %s only after a reviewer confirmed it', async (_, annualGrossCents, outcomes) => {
    const income = { annualGrossCents };
    const walked = await walkToPolicy(embedded, submissionOf({ applicant: bornIn1900, income }));
    expect(walked.pre?.outcome).toBe('REFER');
    const { pre, policy } = await goneOn(walked, [await confirmed(walked)]);
    expect([pre.outcome, policy?.outcome]).toEqual(outcomes);
  });

  test('refers a result of the full policy too, where a new pull ended the clearing', async () => {
    const walked = await walkToPolicy(embedded, submissionOf({ applicant: bornIn1900 }));
    expect((await goneOn(walked, [])).policy?.outcome).toBe('REFER');
  });
});
