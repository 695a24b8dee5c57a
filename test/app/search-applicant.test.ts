import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { searchApplicant } from '../../app/access/search-applicant.ts';
import { personKey } from '../../app/intake/person-key.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { keepRecords } from '../../app/retention/retention.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { keys } from '../../domain/projections/keys.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionAt } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const [OLDER, NEWER] = ['application-0001', 'application-0002'];
const PURPOSE = 'The applicant calls about the letter';
const PERSON = identityOf({ firstName: 'Zoë Ann', lastName: 'Markérson-Vale', ssn: '987654321' });
const { dateOfBirth } = PERSON;
const SOUGHT = { firstName: 'Zoë Ann', lastName: 'Markérson-Vale', dateOfBirth, ssn: '987654321' };
const READ = { actor: 'r.vega', body: { role: 'reviewer', purpose: PURPOSE, kinds: ['applicant-search'] } };

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function decided(applicationId: string, applicant = PERSON): Promise<void> {
  await finish(await walkToPolicy(embedded, submissionAt(embedded.ports.clock, { applicationId, applicant })));
  await keepRecords(embedded.ports, applicationId);
}
let requests = 0;
async function search(more: object = {}) {
  requests += 1;
  const command = { ...SOUGHT, by: 'r.vega', purpose: PURPOSE, requestId: `request-${requests}`, ...more };
  return CONTRACTS.SearchApplicant.output.parse(await searchApplicant(embedded.ports)(command));
}
const found = async (more: object = {}) => {
  const answer = await search(more);
  if (answer.result !== 'SEARCHED') throw new Error(JSON.stringify(answer));
  return answer.applications.map(({ applicationId }) => applicationId);
};
const reads = async (applicationId = OLDER) =>
  (await embedded.ports.ledger.read(applicationId)).filter(({ type }) => type === 'PERSONAL_DATA_READ');

describe('A search finds', () => {
  test('every application of the person, the newest first, and no other', async () => {
    await decided(OLDER);
    embedded.ports.clock.advance(86_400_000);
    await decided(NEWER);
    await decided('application-0003', identityOf({ ssn: '987654320' }));
    const newer = {
      applicationId: NEWER,
      product: 'personal-loan',
      receivedAt: '2026-01-06T12:00:00.000Z',
      receivedOn: '2026-01-06',
      status: 'DECIDED',
      outcome: expect.stringMatching(/^(APPROVE|COUNTEROFFER|DECLINE)$/),
    };
    expect(await search()).toEqual({
      result: 'SEARCHED',
      applications: [newer, expect.objectContaining({ applicationId: OLDER, receivedOn: '2026-01-05' })],
    });
    expect(await reads('application-0003')).toEqual([]);
  });

  test.each([
    ['without accents, in capitals', { firstName: 'ZOE ANN', lastName: 'MARKERSON VALE' }],
    ['with the surname in one word', { lastName: 'MarkersonVale' }],
    ['without the middle name', { firstName: 'Zoe' }],
    ['with an initial and a suffix', { firstName: 'Zoë A.', lastName: 'Markérson-Vale Jr.' }],
    ['with a number in groups', { ssn: '987-65-4321' }],
  ])('a name that is written %s', async (_, more) => {
    await decided(OLDER);
    expect(await found(more)).toEqual([OLDER]);
  });

  test.each([
    ['first name', { firstName: 'Zora' }],
    ['surname', { lastName: 'Markerson' }],
    ['date of birth', { dateOfBirth: '1970-01-01' }],
    ['number', { ssn: '987654322' }],
  ])('no application where the %s is another', async (_, more) => {
    await decided(OLDER);
    expect(await found(more)).toEqual([]);
  });

  test('no intake that was never accepted, and no forgotten applicant', async () => {
    await decided(OLDER);
    const { vault, workStore } = embedded.ports;
    const { pk } = keys.person(await personKey(vault, SOUGHT.ssn), NEWER);
    await workStore.create({ pk, sk: NEWER, data: { applicationId: NEWER } });
    expect(await found()).toEqual([OLDER]);
    expect(await reads(NEWER)).toEqual([]);
    embedded.ports.clock.set('2036-01-06T18:00:00.000Z');
    expect(await forgetApplicants(embedded.ports)({})).toMatchObject({ forgotten: [OLDER] });
    expect(await found()).toEqual([]);
    expect(await reads()).toHaveLength(1);
  });
});

describe('A search is', () => {
  const faultsOf = async (body: object = {}) => {
    const { ledger, evidence, lending } = embedded.ports;
    const entries = await ledger.read(OLDER);
    const entry = entries.at(-1)!;
    const changed = [...entries.slice(0, -1), { ...entry, body: { ...entry.body, ...body } }];
    return (await entryFaults({ ledger, evidence, lending } as Records, changed)).map(({ detail }) => detail);
  };

  test('recorded once in each application that it compares, also where the name differs', async () => {
    await decided(OLDER);
    await decided(NEWER);
    await search({ requestId: 'request-same' });
    await search({ requestId: 'request-same' });
    expect(await reads(OLDER)).toMatchObject([READ]);
    expect(await reads(NEWER)).toMatchObject([READ]);
    expect(await found({ lastName: 'Other', by: 'a.udit', role: 'auditor' })).toEqual([]);
    const [, other] = await reads(OLDER);
    expect(other).toMatchObject({ actor: 'a.udit', body: { ...READ.body, role: 'auditor' } });
    expect(await faultsOf()).toEqual([]);
  });

  test('recorded in a role that may, for a purpose and alone, or verify names it', async () => {
    await decided(OLDER);
    await search();
    expect(await faultsOf()).toEqual([]);
    expect(await faultsOf({ role: 'officer' })).toEqual([expect.stringMatching(/role officer may not do this/)]);
    expect(await faultsOf({ purpose: null })).toEqual([expect.stringMatching(/for no purpose/)]);
    const kinds = ['applicant-search', 'score'];
    expect(await faultsOf({ kinds })).toEqual([expect.stringMatching(/in one entry/)]);
  });

  test.each([
    ['firstName', { firstName: undefined }],
    ['lastName', { lastName: '' }],
    ['dateOfBirth', { dateOfBirth: undefined }],
    ['ssn', { ssn: '4321' }],
    ['purpose', { purpose: 'Find 987-65-4321 for me' }],
    ['role', { role: 'officer' }],
    ['role', { role: 'administrator' }],
    ['role', { role: 'front-end' }],
    ['by', { by: 'system' }],
    ['requestId', { requestId: 'x' }],
    ['email', { email: 'xq@mail.example' }],
  ])('refused for its %s, without a value in the answer and without an entry', async (path, more) => {
    await decided(OLDER);
    const answer = await search(more);
    expect(answer).toEqual({ result: 'REJECTED', errors: [expect.objectContaining({ path })] });
    expect(JSON.stringify(answer)).not.toMatch(/4321|xq@mail/);
    expect(await reads()).toEqual([]);
  });

  test('without a trace of the person in the data folder', async () => {
    await decided(OLDER);
    await search();
    const bytes = embedded.bytes();
    // The control: the text of the purpose is in clear.
    expect(bytes).toContain(PURPOSE);
    expect(bytes).not.toMatch(/mark[eé]rson|987-?65-?4321/i);
  });
});
