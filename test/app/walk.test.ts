import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readSummary } from '../../app/work-items.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { validateApplication } from '../../app/workflow/validate-application.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const walkOf = (ssn: string, over = embedded) =>
  walkToPolicy(over, submissionOf({ applicant: identityOf({ ssn: ssn.replaceAll('-', '') }) }));

/** Rules that fired, of the policy result of a walk. */
async function firedIn(address: string): Promise<string[]> {
  const { rules } = await readEvidence(embedded.ports.evidence, ID, 'policy', address);
  return rules.filter(({ result }) => result === 'FIRED').map(({ id }) => id);
}

describe('a documented applicant of the simulated bureau', () => {
  test.each([
    ['900-01-0000', 'HIT', 'APPROVE', ''],
    ['900-01-0299', 'HIT', 'DECLINE', 'BANKRUPTCY'],
    ['900-10-0000', 'NO_HIT', 'REFER', 'NO_CREDIT_FILE'],
    ['900-20-0000', 'THIN', 'REFER', 'THIN_FILE'],
    ['900-30-0000', 'FROZEN', 'HOLD', 'FILE_FROZEN'],
    ['900-40-0000', 'UNAVAILABLE', 'HOLD', 'BUREAU_UNAVAILABLE'],
    ['900-41-0000', 'HIT', 'APPROVE', ''],
    ['900-50-0000', 'AMBIGUOUS', 'HOLD', 'PULL_AMBIGUOUS'],
    ['900-60-0000', 'MISMATCH', 'HOLD', 'REPORT_MISMATCH'],
    ['900-70-0000', 'HIT', 'HOLD', 'FRAUD_ALERT'],
    ['900-71-0000', 'HIT', 'HOLD', 'EXTENDED_FRAUD_ALERT'],
    ['900-72-0000', 'HIT', 'HOLD', 'ACTIVE_DUTY_ALERT'],
    ['900-73-0000', 'HIT', 'HOLD', 'UNKNOWN_ALERT'],
    ['900-74-0000', 'HIT', 'HOLD', 'DECEASED_INDICATOR'],
  ])('%s: %s, %s %s', async (ssn, status, outcome, rule) => {
    const walked = await walkOf(ssn);
    expect(walked.report?.status).toBe(status);
    expect(walked.policy?.outcome).toBe(outcome);
    if (rule) expect(await firedIn(walked.policy!.evidence)).toContain(rule);
    if (outcome === 'APPROVE' || outcome === 'DECLINE') {
      const { decision, notices } = await finish(walked);
      expect(decision.outcome).toBe(outcome);
      const kinds = outcome === 'APPROVE' ? ['APPROVAL', 'CREDIT_SCORE_DISCLOSURE'] : ['ADVERSE_ACTION'];
      expect(notices.map(({ kind }) => kind)).toEqual(kinds);
      expect(await readSummary(embedded.ports.workStore, ID)).toMatchObject({ status: 'DECIDED', outcome });
    } else {
      await expect(finish(walked)).rejects.toThrow(expect.objectContaining({ name: 'NothingDecided' }));
    }
    expect(verifyChain(ID, await embedded.ports.ledger.read(ID))).toEqual([]);
  });

  test.each(['900-01-0150', '900-01-0300', '900-01-0379', '900-01-0390'])(
    '%s: is scored, and a decline or a smaller offer tells its reasons',
    async (ssn) => {
      const walked = await walkOf(ssn);
      expect(walked.score).not.toBeNull();
      const policy = await readEvidence(embedded.ports.evidence, ID, 'policy', walked.policy!.evidence);
      const told = policy.outcome === 'DECLINE' || policy.outcome === 'COUNTEROFFER';
      expect(policy.reasons.length > 0).toBe(told);
    },
  );
});

describe('an application', () => {
  test('that lacks a part costs no inquiry and is told what is missing', async () => {
    const walked = await walkToPolicy(embedded, submissionOf({ income: null }));
    expect(walked.validation.status).toBe('INCOMPLETE');
    const { decision, notices } = await finish(walked);
    expect(decision.outcome).toBe('INCOMPLETE');
    expect(notices).toMatchObject([{ kind: 'INCOMPLETENESS' }]);
    expect(await embedded.pulls()).toEqual([]);
  });

  const { address } = identityOf();
  test.each([
    ['where nothing is lent', identityOf({ address: { ...address, state: 'NY' } }), 'NOT_OFFERED'],
    ['of someone too young', identityOf({ dateOfBirth: '2010-01-01' }), 'DECLINE'],
    ['of a listed name', identityOf({ firstName: 'Zoltan', lastName: 'Karbunkel' }), 'HOLD'],
  ])('%s costs no inquiry', async (_, applicant, outcome) => {
    const walked = await walkToPolicy(embedded, submissionOf({ applicant }));
    expect(walked.pre?.outcome).toBe(outcome);
    expect(await embedded.pulls()).toEqual([]);
    if (outcome !== 'HOLD') expect((await finish(walked)).decision.outcome).toBe(outcome);
  });

  test('of a person with one open before it is referred, and not once that is decided', async () => {
    const first = await walkOf('900-01-0000');
    embedded.ports.clock.advance(1000);
    const { walk, pre } = await walkToPolicy(embedded, submissionOf({ applicationId: 'application-0002' }));
    expect(pre?.outcome).toBe('REFER');
    await finish(first);
    walk.nextRound();
    const { evidence: screening } = await walk.call('ScreenApplicants', {});
    const again = await walk.call('ApplyPreBureauPolicy', { screening, reviews: [] });
    expect(again.outcome).toBe('PROCEED');
  });

  test('under a reference that was never given out is refused, and nothing is written', async () => {
    const { walk } = await walkToPolicy(embedded, submissionOf({ income: null }));
    const before = embedded.rows('ledger_entries').length;
    const step = walk.stepAt('ValidateApplication');
    for (const application of [
      { applicationId: ID, digest: 'f'.repeat(64) },
      { applicationId: 'application-9999', digest: walk.application.digest },
    ]) {
      expect(await validateApplication(embedded.ports)({ application, step })).toEqual({
        status: 'REJECTED',
        evidence: null,
        bureaus: [],
      });
    }
    expect(embedded.rows('ledger_entries')).toHaveLength(before);
  });
});

describe('a decision and its notices', () => {
  test('are recorded once, whichever round they are reached in', async () => {
    const walked = await walkOf('900-01-0000');
    const first = await finish(walked);
    walked.walk.nextRound();
    embedded.ports.clock.advance(1000);
    expect(await finish(walked)).toEqual(first);
    const types = (await embedded.ports.ledger.read(ID)).map(({ type }) => type);
    expect(types.filter((type) => type === 'DECISION_RECORDED' || type === 'NOTICES_ISSUED')).toHaveLength(2);
  });

  test('are completed by the next call where one died after any of its calls', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const walked = await walkOf('900-01-0000', own);
        const dying = dyingAfter(own.ports, calls);
        const more = {
          validation: walked.validation.evidence!,
          screening: walked.screening!.evidence,
          preBureauPolicy: walked.pre!.evidence,
          reports: [walked.report!],
          score: walked.score!.evidence,
          policy: walked.policy!.evidence,
          reviews: [],
        };
        await walked.walk.call('RecordDecision', more, dying).catch(() => undefined);
        const { decision } = await finish(walked);
        expect(decision.outcome).toBe('APPROVE');
        const types = (await own.ports.ledger.read(ID)).map(({ type }) => type);
        expect(types.filter((type) => type === 'DECISION_RECORDED')).toHaveLength(1);
        const told = (await own.ports.events.read()).map(({ event }) => event.type);
        expect(told).toContain('DecisionRecorded');
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  });
});

describe('personal data', () => {
  test('is found nowhere in the data folder but as ciphertext', async () => {
    const applicant = identityOf({
      firstName: 'Markerfirst',
      lastName: 'Markerlast',
      dateOfBirth: '1971-07-17',
      ssn: '900018263',
      email: 'markermail@example.test',
      phone: '+1 800 555 8264',
      address: { street: '77 Markerstreet', city: 'Markercity', state: 'IL', zip: '62999' },
    });
    await finish(await walkToPolicy(embedded, submissionOf({ applicant })));
    const bytes = embedded.bytes();
    // The control: what is not personal is found, so the search can find.
    expect(bytes).toContain('application-0001');
    expect(bytes).toContain('NOTICES_ISSUED');
    expect(bytes).not.toMatch(/marker|1971-07-17|07171971|900018263|800 555 8264|62999/i);
  });
});
