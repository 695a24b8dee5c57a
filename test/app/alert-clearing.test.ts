import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { completeTask } from '../../app/review/complete-task.ts';
import { keys } from '../../domain/projections/keys.ts';
import { calledContact } from '../support/clearances.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { end, finish, walkAgain, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function review(command: object) {
  const { pk, sk } = keys.task(ID);
  const task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'];
  const sent = { applicationId: ID, task, by: 'r.vega', note: 'Spoke to the applicant.', ...command };
  return CONTRACTS.CompleteTask.output.parse(await completeTask(embedded.ports)(sent));
}

test('After a reopening an alert needs a call of its own, though the report is the same', async () => {
  const applicant = identityOf({ ssn: '900-70-0000' });
  const first = await walkToPolicy(embedded, submissionOf({ applicant }));
  await first.walk.openReview(first.policy!.evidence, 'FULL');
  const { clock } = embedded.ports;
  const earlier = clock.now().toISOString();
  const declined = await review({ action: 'DECLINE', reasons: ['AX01'] });
  const { decision } = await finish(first, declined.result === 'COMPLETED' ? [declined.evidence] : []);
  await end(embedded, first);
  clock.advance(60_000);
  const why = { why: 'REVIEW_REQUESTED', by: 'web.front-end' };
  const again = await walkAgain(embedded, first, { applicationId: ID, decision: decision.evidence, ...why });
  expect([again.policy!.outcome, again.report!.evidence]).toEqual(['HOLD', first.report!.evidence]);
  await again.walk.openReview(again.policy!.evidence, 'FULL');

  const clear = (at: string) =>
    review({
      // Another person than the one who decided before.
      by: 's.lind',
      action: 'CLEAR',
      clears: ['FRAUD_ALERT'],
      clearances: [calledContact('FRAUD_ALERT', at)],
    });
  expect(await clear(earlier)).toMatchObject({ result: 'REJECTED', errors: [{ path: 'clearances.0.at' }] });
  expect(await clear(clock.now().toISOString())).toMatchObject({ result: 'COMPLETED' });
});
