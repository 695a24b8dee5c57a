import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { completeTask } from '../../../app/review/complete-task.ts';
import { readEvidence } from '../../../app/workflow/read-evidence.ts';
import { sealed } from '../../../app/workflow/record-step.ts';
import type { Records } from '../../../audit/records.ts';
import { entryFaults } from '../../../audit/verify/entries.ts';
import type { Review } from '../../../domain/decision/review.ts';
import { ledgerEvent } from '../../../domain/ledger/events.ts';
import { completedId, reviewStatement } from '../../../domain/ledger/statements.ts';
import { keys } from '../../../domain/projections/keys.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../../support/submissions.ts';
import { walkToPolicy } from '../../support/walk.ts';

const ID = 'application-0001';
const NOTE = 'Spoke to the applicant at length.';
const THIN = '900200000';
const TERMS = { amountCents: 800_000, termMonths: 36, annualRateBasisPoints: 1_500 };

let embedded: EmbeddedPorts;
let task: string;
let draft: string;
beforeEach(async () => {
  embedded = embeddedPorts();
  await drafts(THIN, {}, { action: 'APPROVE', terms: TERMS, reasons: ['AA15'] });
});
afterEach(() => embedded.close());

/** Has a reviewer draft the answer to a new application. */
async function drafts(ssn: string, changes: object, command: object): Promise<void> {
  const submission = submissionOf({ applicant: identityOf({ ssn }), ...changes });
  const walked = await walkToPolicy(embedded, { submittedBy: 'web.front-end', submission } as never);
  await walked.walk.openReview(walked.policy!.evidence, 'FULL');
  const { pk, sk } = keys.task(ID);
  task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'] as string;
  const answer = await send(command);
  if (answer.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(answer));
  draft = answer.evidence;
}

const send = (command: object) =>
  completeTask(embedded.ports)({ applicationId: ID, task, by: 'r.vega', note: NOTE, ...command });

/** Appends an answer that the program would refuse, sealed with the applicant's key as the program seals. */
async function forge(change: (drafted: Review) => Review): Promise<void> {
  const { ports } = embedded;
  const review = change(await readEvidence(ports.evidence, ID, 'review', draft));
  const { kind, address, versionId } = await sealed(ports, ID, 'review', review);
  const { type, actor, occurredAt, action, role, draftedBy, output } = reviewStatement(review, address);
  const body = { action, role, draftedBy, evidence: [{ kind, address, versionId }], output };
  await ports.ledger.append(
    ledgerEvent({
      id: completedId(task),
      applicationId: ID,
      type,
      occurredAt,
      actor,
      body: JSON.parse(JSON.stringify(body)),
    }),
  );
}
const details = async () => {
  const entries = await embedded.ports.ledger.read(ID);
  return (await entryFaults(embedded.ports as unknown as Records, entries)).map(({ detail }) => detail);
};
function without(drafted: Review, member: 'authority'): Review {
  const copy = { ...drafted };
  delete copy[member];
  return copy;
}
const confirmed = (drafted: Review, more: object = {}): Review => ({
  ...drafted,
  confirmation: {
    by: 's.lind',
    role: 'senior-reviewer',
    at: drafted.at,
    draft,
    limits: { amount: 4_000_000, corridor: 300 },
    note: NOTE,
    ...more,
  },
});

const declined = (drafted: Review, reasons: string[], support: Review['support']): Review => ({
  ...drafted,
  action: 'DECLINE',
  offer: null,
  reasons,
  support,
  authority: {
    ...drafted.authority!,
    kinds: ['declined-without-offer'],
    amountCents: null,
    rateDistance: null,
    second: [],
  },
});
const rejected = (drafted: Review, more: object = {}): Review => ({
  schemaVersion: 1,
  queue: 'REVIEW',
  by: 's.lind',
  at: drafted.at,
  action: 'REJECT',
  clears: [],
  reasons: [],
  offer: null,
  note: NOTE,
  role: 'senior-reviewer',
  rejected: { draft, by: drafted.by },
  ...more,
});

describe('A decision of two people', () => {
  test('has no fault as the program records it', async () => {
    expect(await details()).toEqual([]);
    await send({ action: 'CONFIRM', by: 's.lind', role: 'senior-reviewer', draft });
    expect(await details()).toEqual([]);
  });

  test('has no fault where the program records that it was rejected', async () => {
    await send({ action: 'REJECT', by: 's.lind', role: 'senior-reviewer', draft });
    expect(await details()).toEqual([]);
  });

  test.each<[string, (drafted: Review) => Review, RegExp]>([
    ['no second person', (drafted) => drafted, /no second person confirmed it/],
    ['the reviewer as second person', (drafted) => confirmed(drafted, { by: 'r.vega' }), /another person confirms/],
    [
      'a second person without authority',
      (drafted) => confirmed(drafted, { role: 'reviewer' }),
      /reviewer has no authority over this draft/,
    ],
    [
      'the requester as reviewer',
      (drafted) => confirmed({ ...drafted, by: 'web.front-end' }),
      /requested this decision/,
    ],
    ['a role that decides nothing', (drafted) => confirmed({ ...drafted, role: 'auditor' }), /role decides no review/],
    [
      'a rate outside the table',
      (drafted) => confirmed({ ...drafted, offer: { ...drafted.offer!, annualRateBasisPoints: 3_300 } }),
      /outside the limits: is outside the policy's rates/,
    ],
    [
      'limits that the policy does not set',
      (drafted) =>
        confirmed({ ...drafted, authority: { ...drafted.authority!, limits: { amount: 9_000_000, corridor: 900 } } }),
      /states other limits than its policy sets/,
    ],
    [
      'a decision beyond the limits that is said to be within',
      (drafted) => ({ ...drafted, authority: { ...drafted.authority!, second: [] } }),
      /states other limits than its policy sets/,
    ],
    ['no limits at all', (drafted) => without(drafted, 'authority'), /sets limits, and states none/],
    [
      'a reason that no fact supports',
      (drafted) => confirmed({ ...drafted, reasons: ['AA21'] }),
      /AA21 is supported by no recorded fact/,
    ],
    [
      'a reason with an invented fact',
      (drafted) =>
        confirmed({ ...drafted, reasons: ['AA21'], support: [{ code: 'AA21', from: 'RULE', name: 'BANKRUPTCY' }] }),
      /AA21 is supported by no recorded fact/,
    ],
    [
      'a reason of which the score has no trace',
      (drafted) => declined(drafted, ['AA21'], [{ code: 'AA21', from: 'SCORE', name: 'personal-loan-default' }]),
      /AA21 is supported by no recorded fact/,
    ],
    [
      'a reason that no limit bound',
      (drafted) => declined(drafted, ['AX25'], [{ code: 'AX25', from: 'LIMIT', name: '' }]),
      /AX25 is supported by no recorded fact/,
    ],
    [
      'another fact behind a supported reason',
      (drafted) => declined(drafted, ['AA15'], [{ code: 'AA15', from: 'RULE', name: 'BANKRUPTCY' }]),
      /states other facts behind its reasons/,
    ],
    ['a decline without a reason', (drafted) => declined(drafted, [], []), /reasons is empty: a decline names/],
    [
      'less than the request without a reason',
      (drafted) => confirmed({ ...drafted, reasons: [], support: [] }),
      /reasons is empty: less than was asked for is a counteroffer/,
    ],
    [
      'an offer that its terms do not come to',
      (drafted) => {
        const offer = { ...drafted.offer!, amountCents: 100_000 } as Review['offer'];
        return confirmed({ ...drafted, offer, authority: { ...drafted.authority!, amountCents: 100_000 } });
      },
      /offer is not what its terms come to/,
    ],
    [
      'another action than the draft of its task',
      (drafted) => confirmed(declined(drafted, ['AA15'], drafted.support)),
      /differs from the draft that it confirms/,
    ],
    [
      'another note than the draft of its task',
      (drafted) => confirmed({ ...drafted, note: 'Spoke to the employer at length.' }),
      /differs from the draft that it confirms/,
    ],
    [
      'a draft that does not exist',
      (drafted) => confirmed(drafted, { draft: '0'.repeat(64) }),
      /draft that was not the one of its task/,
    ],
    [
      'limits of the second person that the policy does not set',
      (drafted) => confirmed(drafted, { limits: { amount: 999_999_999, corridor: 9_999 } }),
      /other limits of its second person/,
    ],
    ['a rejection by the drafter', (drafted) => rejected(drafted, { by: 'r.vega' }), /another person confirms/],
    [
      'a rejection by a role without authority',
      (drafted) => rejected(drafted, { role: 'reviewer' }),
      /reviewer has no authority over this draft/,
    ],
    [
      'a rejection of a draft that does not exist',
      (drafted) => rejected(drafted, { rejected: { draft: '0'.repeat(64), by: 'r.vega' } }),
      /draft that was not the one of its task/,
    ],
    [
      'a rejection of another person than the drafter',
      (drafted) => rejected(drafted, { rejected: { draft, by: 'm.okafor' } }),
      /another drafter than its draft has/,
    ],
    [
      'a rejection that names no draft',
      (drafted) => rejected(drafted, { rejected: undefined }),
      /answers a draft, and names none/,
    ],
  ])('is found with %s', async (_, change, detail) => {
    await forge(change);
    expect(await details()).toEqual([expect.stringMatching(detail)]);
  });
});

test('A rate outside the corridor of its own amount and term is found, although it is the rate of the request', async () => {
  embedded.close();
  embedded = embeddedPorts();
  // The request is in band F, at 26.99 %; these terms are in band E, at 22.99 %.
  const request = { amountCents: 1_500_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' };
  const terms = { amountCents: 500_000, termMonths: 36, annualRateBasisPoints: 2_499 };
  await drafts('900010333', { request }, { action: 'APPROVE', terms, reasons: ['AX21'] });
  await forge((drafted) => ({
    ...drafted,
    offer: { ...drafted.offer!, annualRateBasisPoints: 2_699 },
    authority: { ...drafted.authority!, rateDistance: 0, second: [] },
  }));
  expect(await details()).toEqual([expect.stringMatching(/is 400 basis points from 2299/)]);
});
