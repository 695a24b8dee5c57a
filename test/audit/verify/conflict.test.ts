import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { workCase } from '../../../app/casework/work-case.ts';
import { completeTask } from '../../../app/review/complete-task.ts';
import { readHoldIdentity } from '../../../app/review/read-hold-identity.ts';
import type { Records } from '../../../audit/records.ts';
import { entryFaults } from '../../../audit/verify/entries.ts';
import type { LedgerEvent } from '../../../domain/ledger/chain.ts';
import { keys } from '../../../domain/projections/keys.ts';
import { CONTRACTS } from '../../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../../support/submissions.ts';
import { walkToPolicy } from '../../support/walk.ts';

const ID = 'application-0001';
/** A file under a fraud alert, and a thin one. */
const ALERT = '900700000';
const THIN = '900200000';
const NOTE = 'Spoke to the applicant at length.';
const TERMS = { amountCents: 800_000, termMonths: 36, annualRateBasisPoints: 1_500 };

let embedded: EmbeddedPorts;
let task: string;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function waiting(ssn: string): Promise<void> {
  const walked = await walkToPolicy(embedded, submissionOf({ applicant: identityOf({ ssn }) }));
  await walked.walk.openReview(walked.policy!.evidence, 'FULL');
  const { pk, sk } = keys.task(ID);
  task = (await embedded.ports.workStore.get(pk, sk))!.data['eventId'] as string;
}

/** The program's ports, with a ledger that shows no declaration: what it records then is what `verify` must find. */
function blind(): EmbeddedPorts['ports'] {
  const { ports } = embedded;
  const { ledger } = ports;
  return {
    ...ports,
    ledger: {
      append: (event: LedgerEvent) => ledger.append(event),
      find: (id: string, event: string) => ledger.find(id, event),
      read: async (id: string) => (await ledger.read(id)).filter(({ type }) => type !== 'CONFLICT_DECLARED'),
    },
  } as unknown as EmbeddedPorts['ports'];
}

type Ports = EmbeddedPorts['ports'];
const act = async (command: object, ports: Ports = embedded.ports) =>
  CONTRACTS.WorkCase.output.parse(await workCase(ports)({ applicationId: ID, by: 'r.vega', ...command }));
const send = async (command: object, ports: Ports = embedded.ports) =>
  CONTRACTS.CompleteTask.output.parse(
    await completeTask(ports)({ applicationId: ID, task, by: 'r.vega', note: NOTE, ...command }),
  );
const readIdentity = (ports: Ports = embedded.ports) =>
  readHoldIdentity(ports)({
    applicationId: ID,
    by: 'r.vega',
    purpose: 'Call about the fraud alert',
    requestId: 'request-0001',
  });
const declare = (by = 'r.vega') => act({ act: 'DECLARE_CONFLICT', by, note: 'The applicant is my brother.' });
const details = async () => {
  const entries = await embedded.ports.ledger.read(ID);
  return (await entryFaults(embedded.ports as unknown as Records, entries)).map(({ detail }) => detail);
};
const typesOf = async () => (await embedded.ports.ledger.read(ID)).map(({ type }) => type);
const later = () => embedded.ports.clock.advance(120_000);

const DECLINE = { action: 'DECLINE', reasons: ['AA15'] };
const APPROVE = { action: 'APPROVE', terms: TERMS, reasons: ['AA15'] };
const REQUEST = { act: 'REQUEST_DOCUMENT', text: 'Please send a pay slip.', answerBy: '2026-01-12' };
const SENIOR = { by: 's.lind', role: 'senior-reviewer' };

async function draft(ports?: Ports): Promise<string> {
  const answer = await send(APPROVE, ports);
  if (answer.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(answer));
  return answer.evidence;
}

/** Each act of a person who declared a conflict, and what it needs before the declaration. */
const ACTS: [string, (ports: Ports) => Promise<unknown>, { ssn?: string; drafted?: boolean }?][] = [
  ['a claim', (ports) => act({ act: 'CLAIM' }, ports)],
  ['an assignment to the person', (ports) => act({ act: 'ASSIGN', by: 's.lind', to: 'r.vega' }, ports)],
  ['a comment', (ports) => act({ act: 'COMMENT', text: 'He is fine.' }, ports)],
  ['a due day', (ports) => act({ act: 'SET_DUE', dueOn: '2026-01-09' }, ports)],
  ['a request to the applicant', (ports) => act(REQUEST, ports)],
  ['a decision', (ports) => send(DECLINE, ports)],
  ['a draft', (ports) => send(APPROVE, ports)],
  [
    'the confirmation of another person’s draft',
    async (ports) => send({ action: 'CONFIRM', role: 'senior-reviewer', draft: await draftOf() }, ports),
    { drafted: true },
  ],
  [
    'the rejection of another person’s draft',
    async (ports) => send({ action: 'REJECT', role: 'senior-reviewer', draft: await draftOf() }, ports),
    { drafted: true },
  ],
];

let drafted = '';
const draftOf = async () => drafted;

describe('After a person declared a conflict,', () => {
  test.each(ACTS)('%s is refused by name, and verify finds the record of it', async (_, attempt, before = {}) => {
    await waiting(before.ssn ?? THIN);
    if (before.drafted) {
      const answer = await send({ ...APPROVE, by: 'm.okafor' });
      drafted = answer.result === 'AWAITS_CONFIRMATION' ? answer.evidence : '';
    }
    expect(await declare()).toMatchObject({
      result: 'DONE',
      case: { conflicts: [{ by: 'r.vega', role: 'reviewer' }] },
    });
    later();
    const written = await typesOf();
    expect(await attempt(embedded.ports)).toMatchObject({ reason: 'CONFLICT_DECLARED' });
    expect(await typesOf()).toEqual(written);
    expect(await details()).toEqual([]);
    await attempt(blind());
    expect((await typesOf()).length).toBe(written.length + 1);
    expect(await details()).toEqual([expect.stringMatching(/^A person acts after declaring a conflict/)]);
  });

  test('the identity of the hold is refused by name, and verify finds the read', async () => {
    await waiting(ALERT);
    await act({ act: 'CLAIM' });
    await declare();
    later();
    expect(await readIdentity()).toMatchObject({ result: 'CONFLICT_DECLARED' });
    expect(await details()).toEqual([]);
    expect(await readIdentity(blind())).toMatchObject({ result: 'SHOWN' });
    expect(await details()).toEqual([expect.stringMatching(/^A person acts after declaring a conflict/)]);
  });

  test('the draft of that person is rejected and never confirmed', async () => {
    await waiting(THIN);
    const address = await draft();
    await declare();
    later();
    const confirm = { ...SENIOR, action: 'CONFIRM', draft: address };
    expect(await send(confirm)).toMatchObject({ result: 'CLAIM_REFUSED', reason: 'CONFLICT_DECLARED' });
    expect(await send({ ...confirm, action: 'REJECT' })).toMatchObject({ result: 'COMPLETED' });
    expect(await details()).toEqual([]);
  });

  test('a confirmation of that person’s draft is found', async () => {
    await waiting(THIN);
    const address = await draft();
    await declare();
    later();
    await send({ ...SENIOR, action: 'CONFIRM', draft: address }, blind());
    expect(await details()).toEqual([expect.stringMatching(/^A person acts after declaring a conflict/)]);
  });
});

describe('A declaration', () => {
  test('seals its note, is made once, and a second text changes nothing', async () => {
    await waiting(THIN);
    expect(await declare()).toMatchObject({ result: 'DONE', repeated: false });
    later();
    expect(await act({ act: 'DECLARE_CONFLICT', note: 'A neighbour.' })).toMatchObject({ repeated: true });
    expect((await typesOf()).filter((type) => type === 'CONFLICT_DECLARED')).toHaveLength(1);
    expect(JSON.stringify(await embedded.ports.ledger.read(ID))).not.toContain('brother');
    expect(await details()).toEqual([]);
  });

  test('in the name of another person is found', async () => {
    await waiting(THIN);
    await declare();
    const { ledger } = embedded.ports;
    const { sequence: _1, recordedAt: _2, previousHash: _3, hash: _4, ...event } = (await ledger.read(ID)).at(-1)!;
    await ledger.append({ ...event, id: event.id.replace('r.vega', 's.lind'), actor: 's.lind' });
    expect(await details()).toEqual([expect.stringMatching(/actor differ/)]);
  });

  test.each([DECLINE, APPROVE])('and a decision of the same person at once leave one ledger (%#)', async (decision) => {
    await waiting(THIN);
    const [declared] = await Promise.all([declare(), send(decision)]);
    const types = await typesOf();
    expect(types.filter((type) => type.startsWith('REVIEW_') && type !== 'REVIEW_AWAITED').length).toBeLessThan(2);
    // A decision that came first ended the case, so there was nothing to declare.
    const count = types.filter((type) => type === 'CONFLICT_DECLARED').length;
    expect(count).toBe(declared.result === 'DONE' ? 1 : 0);
    expect(await details()).toEqual([]);
  });
});
