import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { workCase } from '../../../app/casework/work-case.ts';
import { completeTask } from '../../../app/review/complete-task.ts';
import type { Records } from '../../../audit/records.ts';
import { entryFaults } from '../../../audit/verify/entries.ts';
import type { LedgerEvent } from '../../../domain/ledger/chain.ts';
import { keys } from '../../../domain/projections/keys.ts';
import { CONTRACTS } from '../../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../../support/submissions.ts';
import { walkToPolicy } from '../../support/walk.ts';

const ID = 'application-0001';
const THIN = '900200000';
const NOTE = 'Spoke to the applicant at length.';
const OWN = { action: 'DECLINE', ownReason: 'The stated employer closed in October' };
const SENIOR = { by: 's.lind', role: 'senior-reviewer' };
const REQUEST = { act: 'REQUEST_DOCUMENT', text: 'Please send a pay slip.', answerBy: '2026-01-20' };
const PDF = {
  name: 'pay-slip.pdf',
  mediaType: 'application/pdf',
  content: Buffer.from('%PDF-1.7 pay').toString('base64'),
};

let embedded: EmbeddedPorts;
let task: string;
let draft: string;
beforeEach(async () => {
  embedded = embeddedPorts();
  const walked = await walkToPolicy(embedded, submissionOf({ applicant: identityOf({ ssn: THIN }) }));
  await walked.walk.openReview(walked.policy!.evidence, 'FULL');
  const { pk, sk } = keys.task(ID);
  task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'] as string;
  await act({ act: 'CLAIM' });
  const answer = await send(OWN);
  draft = answer.result === 'AWAITS_CONFIRMATION' ? answer.evidence : '';
  await act({ act: 'RELEASE' });
});
afterEach(() => embedded.close());

type Ports = EmbeddedPorts['ports'];
const act = async (command: object) =>
  CONTRACTS.WorkCase.output.parse(await workCase(embedded.ports)({ applicationId: ID, by: 'r.vega', ...command }));
const send = async (command: object, ports: Ports = embedded.ports) =>
  CONTRACTS.CompleteTask.output.parse(
    await completeTask(ports)({ applicationId: ID, task, by: 'r.vega', note: NOTE, ...command }),
  );
const details = async () => {
  const entries = await embedded.ports.ledger.read(ID);
  return (await entryFaults(embedded.ports as unknown as Records, entries)).map(({ detail }) => detail);
};
const typesOf = async () => (await embedded.ports.ledger.read(ID)).map(({ type }) => type);
const later = () => embedded.ports.clock.advance(120_000);

/** The program's ports, with a ledger that shows no entry of a type: what it records then is what `verify` must find. */
function blindTo(hidden: string): Ports {
  const { ports } = embedded;
  const { ledger } = ports;
  return {
    ...ports,
    ledger: {
      append: (event: LedgerEvent) => ledger.append(event),
      find: (id: string, event: string) => ledger.find(id, event),
      read: async (id: string) => (await ledger.read(id)).filter(({ type }) => type !== hidden),
    },
  } as unknown as Ports;
}

describe('The answer to a draft is refused by name, and verify finds the record of it,', () => {
  test.each([
    ['CONFIRM', 'while the applicant has time to answer', REQUEST, 'DOCUMENT_REQUESTED', 'WAITS_FOR_APPLICANT'],
    ['REJECT', 'while the applicant has time to answer', REQUEST, 'DOCUMENT_REQUESTED', 'WAITS_FOR_APPLICANT'],
    [
      'CONFIRM',
      'while a third person holds the case',
      { act: 'CLAIM', by: 'm.okafor' },
      'CASE_CLAIMED',
      'CLAIMED_BY_OTHER',
    ],
    [
      'REJECT',
      'while a third person holds the case',
      { act: 'CLAIM', by: 'm.okafor' },
      'CASE_CLAIMED',
      'CLAIMED_BY_OTHER',
    ],
  ])('%s %s', async (action, _, between, hidden, reason) => {
    expect(await act(between)).toMatchObject({ result: 'DONE' });
    later();
    const written = await typesOf();
    expect(await send({ ...SENIOR, action, draft })).toMatchObject({ result: 'CLAIM_REFUSED', reason });
    expect(await typesOf()).toEqual(written);
    expect(await send({ ...SENIOR, action, draft }, blindTo(hidden))).toMatchObject({ result: 'COMPLETED' });
    expect(await details()).toEqual([expect.stringMatching(/^The entries before it give other values/)]);
  });

  test.each([
    [{ act: 'ATTACH', document: PDF }, 'DOCUMENT_ATTACHED'],
    [{ act: 'COMMENT', from: 'APPLICANT', text: 'My employer only moved.' }, 'CASE_COMMENTED'],
  ])('CONFIRM of a draft that something followed (%#)', async (between, hidden) => {
    expect(await act(between)).toMatchObject({ result: 'DONE' });
    later();
    expect(await send({ ...SENIOR, action: 'CONFIRM', draft })).toMatchObject({
      result: 'REJECTED',
      errors: [{ path: 'draft', message: expect.stringMatching(/^is stale: a document or words/) }],
    });
    await send({ ...SENIOR, action: 'CONFIRM', draft }, blindTo(hidden));
    expect(await details()).toEqual([expect.stringMatching(/^The entries before it give other values/)]);
  });
});

describe('The answer to a draft is taken', () => {
  test.each([
    ['on the claim of its reviewer', { act: 'CLAIM' }],
    ['on the claim of the second person', { act: 'CLAIM', by: 's.lind' }],
    ['after a comment of the staff', { act: 'COMMENT', text: 'The employer did not answer.' }],
  ])('%s', async (_, between) => {
    await act(between);
    later();
    expect(await send({ ...SENIOR, action: 'CONFIRM', draft })).toMatchObject({ result: 'COMPLETED' });
    expect(await details()).toEqual([]);
  });

  test('as a rejection after a document came', async () => {
    await act({ act: 'ATTACH', document: PDF });
    later();
    expect(await send({ ...SENIOR, action: 'REJECT', draft })).toMatchObject({ result: 'COMPLETED' });
    expect(await details()).toEqual([]);
  });
});
