import { describe, expect, test } from '@jest/globals';

import { awaitReview } from '../../app/workflow/await-review.ts';
import { dyingAfter, eachDeath, embeddedPorts } from '../support/embedded-ports.ts';
import { submissionOf } from '../support/submissions.ts';
import { walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';
type Call = (walked: Walked, over?: object) => Promise<unknown>;
const STEPS: [string, string, Call][] = [
  ['ValidateApplication', 'APPLICATION_VALIDATED', ({ walk }, over) => walk.call('ValidateApplication', {}, over)],
  ['ScreenApplicants', 'APPLICANTS_SCREENED', ({ walk }, over) => walk.call('ScreenApplicants', {}, over)],
  [
    'ApplyPreBureauPolicy',
    'PRE_BUREAU_POLICY_APPLIED',
    ({ walk, screening }, over) =>
      walk.call('ApplyPreBureauPolicy', { screening: screening!.evidence, reviews: [] }, over),
  ],
  [
    'ScoreApplication',
    'APPLICATION_SCORED',
    ({ walk, report }, over) => walk.call('ScoreApplication', { reports: [report!] }, over),
  ],
  [
    'ApplyPolicy',
    'POLICY_APPLIED',
    ({ walk, screening, report, score }, over) =>
      walk.call(
        'ApplyPolicy',
        { screening: screening!.evidence, reports: [report!], score: score!.evidence, reviews: [] },
        over,
      ),
  ],
];

describe.each(STEPS)('%s', (_, type, call) => {
  test('that died after any call gives on its repetition what it would have given, once', async () => {
    const embedded = embeddedPorts();
    try {
      const walked = await walkToPolicy(embedded, submissionOf());
      const eventsOf = async () => (await embedded.ports.ledger.read(ID)).filter((entry) => entry.type === type).length;
      const deaths = await eachDeath(async (calls) => {
        // A round of its own for each death: its first call has no event to find.
        walked.walk.nextRound();
        const before = await eventsOf();
        const dying = dyingAfter(embedded.ports, calls);
        await call(walked, dying).catch(() => undefined);
        const given = await call(walked);
        expect(await call(walked)).toEqual(given);
        // An application is validated once, whatever the round.
        expect(await eventsOf()).toBe(type === 'APPLICATION_VALIDATED' ? before : before + 1);
        return dying.died();
      });
      expect(deaths).toBeGreaterThanOrEqual(type === 'APPLICATION_VALIDATED' ? 2 : 4);
    } finally {
      embedded.close();
    }
  });
});

test('a review that died while it was opened is open once it is repeated, with the newest token', async () => {
  const deaths = await eachDeath(async (calls) => {
    const embedded = embeddedPorts();
    try {
      const { walk } = await walkToPolicy(embedded, submissionOf());
      const opening = (taskToken: string) => ({
        application: walk.application,
        step: walk.stepAt('AwaitReview'),
        taskToken,
        policy: null,
        stage: 'ATTENTION' as const,
        failure: null,
        escalation: 0,
      });
      const dying = dyingAfter(embedded.ports, calls);
      await awaitReview(dying)(opening('first')).catch(() => undefined);
      await awaitReview(embedded.ports)(opening('second'));
      const queue = await embedded.ports.workStore.listIndex('QUEUE#REVIEW');
      expect(queue.items.map(({ data }) => data['taskToken'])).toEqual(['second']);
      const entries = await embedded.ports.ledger.read(ID);
      expect(entries.filter(({ type }) => type === 'REVIEW_AWAITED')).toHaveLength(1);
      return dying.died();
    } finally {
      embedded.close();
    }
  });
  expect(deaths).toBeGreaterThanOrEqual(5);
});
