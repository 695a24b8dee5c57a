import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { workCase } from '../../app/casework/work-case.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readHoldIdentity } from '../../app/review/read-hold-identity.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { keys } from '../../domain/projections/keys.ts';
import { calledContact } from '../support/clearances.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const PURPOSE = 'Call about the fraud alert';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const claim = (more: object = {}) =>
  workCase(embedded.ports)({ applicationId: ID, by: 'r.vega', act: 'CLAIM', ...more });

/** An application that waits for a review after the policy, whose case r.vega has claimed. */
async function waiting(ssn: string, applicant: object = {}) {
  const walked = await walkToPolicy(embedded, submissionOf({ applicant: identityOf({ ssn, ...applicant }) }));
  const { pre, policy } = walked;
  if (policy) await walked.walk.openReview(policy.evidence, 'FULL');
  else await walked.walk.openReview(pre!.evidence, 'PRE_BUREAU');
  expect(await claim()).toMatchObject({ result: 'DONE' });
  return walked;
}
let requests = 0;
async function read(more: object = {}) {
  requests += 1;
  const command = { applicationId: ID, by: 'r.vega', purpose: PURPOSE, requestId: `request-${requests}`, ...more };
  return CONTRACTS.ReadHoldIdentity.output.parse(await readHoldIdentity(embedded.ports)(command));
}
const reads = async () => (await embedded.ports.ledger.read(ID)).filter(({ type }) => type === 'PERSONAL_DATA_READ');
const faults = async () => {
  const { ledger, evidence } = embedded.ports;
  const lending = embedded.ports.lending;
  return entryFaults({ ledger, evidence, lending } as Records, await ledger.read(ID));
};

const { address, firstName, lastName, dateOfBirth, ssn, email } = identityOf();
const name = { firstName, lastName };

describe('the reviewer of a hold sees', () => {
  test.each([
    ['900-70-0000', 'FRAUD_ALERT', [{ contact: 1, alert: 'FRAUD_INITIAL', method: 'TELEPHONE', reach: '2175550100' }]],
    ['900-70-0009', 'FRAUD_ALERT', []],
    [
      '900-71-0001',
      'EXTENDED_FRAUD_ALERT',
      [
        { contact: 1, alert: 'FRAUD_EXTENDED', method: 'TELEPHONE', reach: '2175550101' },
        { contact: 2, alert: 'FRAUD_EXTENDED', method: 'EMAIL', reach: 'alert-01@example.com' },
      ],
    ],
    [
      '900-72-0000',
      'ACTIVE_DUTY_ALERT',
      [{ contact: 1, alert: 'ACTIVE_DUTY', method: 'TELEPHONE', reach: '2175550100' }],
    ],
    ['900-73-0000', 'UNKNOWN_ALERT', []],
  ])('name, address and the contacts of the alert of %s', async (number, rule, contacts) => {
    await waiting(number);
    expect(await read()).toEqual({ result: 'SHOWN', applicationId: ID, holds: [rule], name, address, contacts });
  });

  test('what compares with a record of a death, and with documents', async () => {
    await waiting('900-74-0000');
    expect(await read()).toEqual({
      result: 'SHOWN',
      applicationId: ID,
      holds: ['DECEASED_INDICATOR'],
      name,
      address,
      dateOfBirth,
      ssnLastFour: '0000',
      contacts: [],
    });
  });

  test('how the applicant is reached, where the file is frozen', async () => {
    await waiting('900-30-0000', { phone: '217-555-0188' });
    const shown = await read();
    expect(shown).toMatchObject({ holds: ['FILE_FROZEN'], name, address, email, telephone: '217-555-0188' });
    expect(JSON.stringify(shown)).not.toMatch(/ssn|dateOfBirth/i);
  });

  test('the date of birth that the applicant confirms', async () => {
    await waiting(ssn, { dateOfBirth: '1901-01-01' });
    expect(await read()).toMatchObject({ holds: ['BIRTH_DATE_DOUBTED'], dateOfBirth: '1901-01-01', email });
  });

  test('what compares with the list of a possible match, before the bureau', async () => {
    await waiting(ssn, { firstName: 'Zoltan', lastName: 'Karbunkel' });
    expect(await read()).toMatchObject({ holds: ['POSSIBLE_LIST_MATCH'], dateOfBirth, contacts: [] });
  });
});

describe('a read', () => {
  test('is in the ledger first, once for a request, with its purpose and no personal data', async () => {
    await waiting('900-70-0000');
    await read({ requestId: 'request-same' });
    await read({ requestId: 'request-same' });
    expect(await reads()).toMatchObject([
      { actor: 'r.vega', body: { role: 'reviewer', purpose: PURPOSE, kinds: ['hold-identity'] } },
    ]);
    expect(JSON.stringify(await embedded.ports.ledger.read(ID))).not.toMatch(/2175550100|Quill/);
    expect(await faults()).toEqual([]);
  });

  test.each([
    ['purpose', { purpose: 'short' }],
    ['purpose', { purpose: 'Call 217-555-0100 about it' }],
    ['purpose', { purpose: undefined }],
    ['by', { by: 'system' }],
    ['role', { role: 'auditor' }],
    ['requestId', { requestId: 'x' }],
    ['applicationId', { applicationId: '../x' }],
  ])('is refused for its %s, and shows and writes nothing', async (path, more) => {
    await waiting('900-70-0000');
    expect(await read(more)).toEqual({ result: 'REJECTED', errors: [expect.objectContaining({ path })] });
    expect(await reads()).toEqual([]);
  });

  test('of an application that no hold about identity holds shows nothing', async () => {
    const held = { result: 'NOT_HELD' };
    expect(await read()).toMatchObject(held);
    await walkToPolicy(embedded, submissionOf());
    expect(await read()).toMatchObject(held);
    expect(await reads()).toEqual([]);
  });

  test('of a referral or an outage shows nothing', async () => {
    await waiting('900-20-0000');
    expect(await read()).toMatchObject({ result: 'NOT_HELD' });
    expect(await reads()).toEqual([]);
  });

  test('without a claim, after it ended, and by another person shows and writes nothing', async () => {
    await waiting('900-70-0000');
    const refused = { result: 'NOT_CLAIMED' };
    expect(await read({ by: 's.lind' })).toMatchObject({ ...refused, message: expect.stringMatching(/^r\.vega has/) });
    await claim({ act: 'RELEASE' });
    expect(await read()).toMatchObject({ ...refused, message: expect.stringMatching(/^No person has claimed/) });
    await claim({ hours: 1 });
    embedded.ports.clock.advance(3_600_000);
    expect(await read()).toMatchObject({ ...refused, message: expect.stringMatching(/^The claim of r\.vega expired/) });
    expect(await reads()).toEqual([]);
    await claim();
    expect(await read()).toMatchObject({ result: 'SHOWN' });
  });

  test('after the hold ended shows nothing, also under the id of an earlier read', async () => {
    await waiting('900-70-0000');
    expect(await read({ requestId: 'request-same' })).toMatchObject({ result: 'SHOWN' });
    const { pk, sk } = keys.task(ID);
    const task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'];
    const decline = {
      applicationId: ID,
      task,
      by: 'r.vega',
      action: 'DECLINE',
      note: 'Not resolved.',
      reasons: ['AX01'],
    };
    expect(await completeTask(embedded.ports)(decline)).toMatchObject({ result: 'COMPLETED' });
    expect(await read()).toMatchObject({ result: 'NOT_HELD' });
    expect(await read({ requestId: 'request-same' })).toMatchObject({ result: 'NOT_HELD' });
    expect(await reads()).toHaveLength(1);
    expect(await faults()).toEqual([]);
  });
});

test('No telephone number, name or address is in the data folder after the hold is read and cleared', async () => {
  await waiting('900-71-0001', { lastName: 'Markerlast', address: { ...address, street: '77 Markerstreet' } });
  await read();
  const { pk, sk } = keys.task(ID);
  const task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'];
  const clearances = [calledContact('EXTENDED_FRAUD_ALERT', embedded.ports.clock.now().toISOString())];
  const clear = {
    applicationId: ID,
    task,
    by: 'r.vega',
    action: 'CLEAR',
    clears: ['EXTENDED_FRAUD_ALERT'],
    clearances,
  };
  const done = await completeTask(embedded.ports)({ ...clear, note: 'Reached at the first number.' });
  expect(done).toMatchObject({ result: 'COMPLETED' });
  const bytes = embedded.bytes();
  // The control: the search finds what is in clear.
  expect(bytes).toContain('hold-identity');
  expect(bytes).not.toMatch(/marker|2175550101|alert-01@example|Reached at/i);
});

test('An entry that reads the identity of no hold, in another role or for no purpose is a fault', async () => {
  await waiting('900-70-0000');
  await read();
  const { ledger, evidence, lending } = embedded.ports;
  const entries = await ledger.read(ID);
  const records = { ledger, evidence, lending } as Records;
  const entry = entries.at(-1)!;
  const detailsOf = async (before: typeof entries, body: object) =>
    (await entryFaults(records, [...before, { ...entry, body: { ...entry.body, ...body } }])).map(
      ({ detail }) => detail,
    );
  const before = entries.slice(0, -1);
  expect(await detailsOf(before, {})).toEqual([]);
  expect(await detailsOf(before, { role: 'auditor' })).toEqual([expect.stringMatching(/role auditor may not do this/)]);
  expect(await detailsOf(before, { purpose: null })).toEqual([expect.stringMatching(/for no purpose/)]);
  expect(await detailsOf(before, { kinds: ['hold-identity', 'score'] })).toEqual([expect.stringMatching(/together/)]);
  const unclaimed = before.filter(({ type }) => type !== 'CASE_CLAIMED');
  expect(await detailsOf(unclaimed, {})).toEqual([expect.stringMatching(/had claimed the case/)]);
  const unopened = before.filter(({ type }) => type !== 'REVIEW_AWAITED');
  expect((await detailsOf(unopened, {})).at(-1)).toMatch(/none waited for a reviewer/);
});
