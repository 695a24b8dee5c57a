import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readApplicantData } from '../../app/access/read-applicant-data.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import { deliverNotices } from '../../app/notices/deliver-notices.ts';
import { recordDelivery } from '../../app/notices/record-delivery.ts';
import { amendApplication } from '../../app/reopening/amend-application.ts';
import { keepRecords } from '../../app/retention/retention.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { dutiesFor } from '../../audit/duties.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { consentsAt } from '../../domain/application/consents.ts';
import { NothingDecided, type DecisionRecord } from '../../domain/decision/record.ts';
import { keys } from '../../domain/projections/keys.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { decisionOf, end, finish, walkAgain, walkAmended, walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';

/** The last millisecond of 2026 and the first of 2027 in the zone of the lender, which is America/Chicago. */
const LAST_OF_2026 = '2027-01-01T05:59:59.999Z';
const FIRST_OF_2027 = '2027-01-01T06:00:00.000Z';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const addressIn = (state: string) => ({ ...identityOf().address, state });
async function submit(at: string, state: string, kinds: readonly string[]) {
  embedded.ports.clock.set(at);
  const applicant = identityOf({ address: addressIn(state) });
  const consents = kinds.map((kind) => ({ kind, textVersion: '2026-11', givenAt: '2026-12-30T12:00:00Z' }));
  const submission = submissionOf({ applicant, consents } as never);
  return CONTRACTS.IntakeApplication.output.parse(await intakeApplication(embedded.ports)(submission));
}

describe('the notice at the point of interaction', () => {
  test('is required of a resident of Colorado from 2027-01-01, by the local date of the lender', async () => {
    expect(await submit(LAST_OF_2026, 'CO', ['BUREAU_PULL'])).toMatchObject({ result: 'ACCEPTED' });
  });

  test('is named with the text in force where it is missing, and nothing is stored', async () => {
    const answer = await submit(FIRST_OF_2027, 'CO', ['BUREAU_PULL']);
    const version = LENDER.consentTexts.AUTOMATED_DECISION.at(-1)!.version;
    expect(answer).toEqual({
      result: 'REJECTED',
      errors: [{ path: 'consents', message: expect.stringContaining(`has no AUTOMATED_DECISION`) }],
    });
    expect(JSON.stringify(answer)).toContain(`its text ${version}`);
    for (const table of ['ledger_entries', 'work_items', 'evidence_objects', 'vault_applications']) {
      expect(embedded.rows(table)).toEqual([]);
    }
  });

  test('lets the application in where it was shown', async () => {
    const answer = await submit(FIRST_OF_2027, 'CO', ['BUREAU_PULL', 'AUTOMATED_DECISION']);
    expect(answer).toMatchObject({ result: 'ACCEPTED' });
  });

  test('is not required of a resident of another state', async () => {
    expect(await submit(FIRST_OF_2027, 'IL', ['BUREAU_PULL'])).toMatchObject({ result: 'ACCEPTED' });
  });
});

describe('a resident of Colorado who is declined', () => {
  const BY = 'web.front-end';
  const DAY = 86_400_000;
  const entriesOf = () => embedded.ports.ledger.read(ID);
  const faultsOf = async () => entryFaults(embedded.ports as unknown as Records, await entriesOf());

  /** Records the decision of a walk, mails its notices on paper, and ends the execution. @returns the record. */
  async function decided(walked: Walked, reviews: string[] = []): Promise<[DecisionRecord, string]> {
    const { decision } = await finish(walked, reviews);
    await end(embedded, walked);
    await deliverNotices(embedded.ports)({});
    const mailed = await recordDelivery(embedded.ports)({ applicationId: ID, by: 'r.vega', act: 'MAILED', all: true });
    expect(mailed).toMatchObject({ result: 'RECORDED' });
    const { evidence } = decision;
    return [await readEvidence(embedded.ports.evidence, ID, 'decision', evidence), evidence];
  }

  /** The status of each duty of Colorado, in the order of its occasions. */
  async function duties(): Promise<Record<string, string[]>> {
    const found = (await dutiesFor(embedded.ports, await entriesOf())).filter(({ duty }) => duty.startsWith('CO_'));
    const statuses: Record<string, string[]> = {};
    for (const { duty, status } of found) (statuses[duty] ??= []).push(status);
    return statuses;
  }

  test('has the notice, the explanation, the data, the correction and a person’s review, and each duty is met', async () => {
    embedded.ports.clock.set('2027-01-04T15:00:00.000Z');
    const givenAt = '2027-01-04T14:59:00.000Z';
    const submission = submissionOf({
      applicant: identityOf({ ssn: '900010335', address: addressIn('CO') }),
      request: { amountCents: 1_500_000, termMonths: 36, purpose: 'MEDICAL' },
      income: { annualGrossCents: 7_200_000 },
      consents: consentsAt(['BUREAU_PULL', 'AUTOMATED_DECISION'], givenAt, LENDER.consentTexts),
    });
    const [declined] = await decided(await walkToPolicy(embedded, { submittedBy: BY, submission } as never));
    expect(declined).toMatchObject({ outcome: 'DECLINE', decidedBy: 'POLICY' });

    embedded.ports.clock.advance(DAY);
    const asked = { applicationId: ID, by: BY, role: 'front-end', purpose: null, requestId: 'request-0001' };
    expect(await readApplicantData(embedded.ports)(asked)).toMatchObject({ result: 'SHOWN' });
    const content = { income: { annualGrossCents: 7_300_000 } };
    const amended = await amendApplication(embedded.ports)({ applicationId: ID, why: 'CORRECTED', by: BY, content });
    const corrected = await walkAmended(embedded, amended);
    const [second, decision] = await decided(corrected);
    expect(second).toMatchObject({ outcome: 'DECLINE', supersedes: { why: 'CORRECTED' } });

    embedded.ports.clock.advance(DAY);
    const before = await entriesOf();
    const request = { applicationId: ID, decision, why: 'REVIEW_REQUESTED', by: BY };
    const walked = await walkAgain(embedded, corrected, request);
    // The policy declines as before, and decides nothing: without a person there is no outcome.
    expect(walked.policy?.outcome).toBe('REFER');
    await expect(decisionOf(walked)).rejects.toThrow(NothingDecided);
    const types = (await entriesOf()).slice(before.length).map(({ type }) => type);
    expect(types).not.toContain('DECISION_RECORDED');
    expect((await duties())['CO_HUMAN_REVIEW']).toEqual(['DUE']);

    await walked.walk.openReview(walked.policy!.evidence, 'FULL');
    const { pk, sk } = keys.task(ID);
    const task = (await embedded.ports.workStore.get(pk, sk))?.data['eventId'];
    const answer = (command: object) =>
      completeTask(embedded.ports)({ applicationId: ID, task, by: 'r.vega', note: 'Verified the income.', ...command });
    const terms = { amountCents: 1_500_000, termMonths: 36, annualRateBasisPoints: 1_500 };
    const drafted = await answer({ action: 'APPROVE', terms });
    if (drafted.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(drafted));
    const senior = { by: 's.lind', role: 'senior-reviewer', draft: drafted.evidence };
    const confirmed = await answer({ ...senior, action: 'CONFIRM' });
    if (confirmed.result !== 'COMPLETED') throw new Error(JSON.stringify(confirmed));
    const [last] = await decided(walked, [confirmed.evidence]);
    expect(last).toMatchObject({
      outcome: 'APPROVE',
      decidedBy: 'r.vega',
      offers: [terms],
      supersedes: { decision, why: 'REVIEW_REQUESTED' },
    });
    await keepRecords(embedded.ports, ID);
    expect(await duties()).toEqual({
      CO_INTERACTION_NOTICE: ['MET'],
      CO_ADVERSE_EXPLANATION: ['MET', 'MET'],
      CO_DATA_REQUEST: ['MET'],
      CO_DATA_CORRECTION: ['MET'],
      CO_HUMAN_REVIEW: ['MET'],
      CO_RECORDS: ['MET', 'MET', 'MET'],
    });
    expect(await faultsOf()).toEqual([]);
  });
});
