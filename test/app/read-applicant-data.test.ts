import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readApplicantData } from '../../app/access/read-applicant-data.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(async () => {
  embedded = embeddedPorts();
  await walkToPolicy(embedded, submissionOf({}));
});
afterEach(() => embedded.close());

async function read(more: object = {}) {
  const command = { applicationId: ID, by: 'j.roe', role: 'auditor', requestId: 'request-1', ...more };
  return CONTRACTS.ReadApplicantData.output.parse(await readApplicantData(embedded.ports)(command));
}
const reads = async (id = ID) =>
  (await embedded.ports.ledger.read(id)).filter(({ type }) => type === 'PERSONAL_DATA_READ');

describe('the data behind the decisions', () => {
  test('has what was stated, reported, scored and applied, and no digest of the identity', async () => {
    const answer = await read();
    if (answer.result !== 'SHOWN') throw new Error('It is shown.');
    expect(answer.identity).toMatchObject({ lastName: expect.any(String), ssn: expect.any(String) });
    expect(answer.applications).toHaveLength(1);
    expect(answer.applications[0]).toMatchObject({ residence: { state: expect.any(String) } });
    expect(JSON.stringify(answer.applications)).not.toContain('identityDigest');
    expect(answer.reports[0]?.attributes).toMatchObject({ bankruptcies: expect.any(Number) });
    expect(answer.scores[0]).toMatchObject({ score: expect.any(Number), probabilityOfDefault: expect.any(String) });
    expect(answer.scores[0]?.features.map(({ meaning }) => meaning)).toContain('Gross annual income, stated');
    expect(answer.policies.map(({ stage }) => stage)).toEqual(['PRE_BUREAU', 'FULL']);
  });

  test('is recorded as a read before it is shown, once for a repeated request', async () => {
    await read();
    await read();
    expect((await reads()).map(({ actor, body }) => [actor, body['kinds']])).toEqual([['j.roe', ['applicant-data']]]);
  });

  test('is given to the front end that submitted the application, and to no other', async () => {
    const submission = submissionOf({ applicationId: 'application-0002' });
    await intakeApplication(embedded.ports)({ submittedBy: 'broker-1', submission });
    const readBy = (by: string) => read({ applicationId: 'application-0002', by, role: 'front-end' });
    expect(await readBy('broker-2')).toMatchObject({ result: 'NO_SUCH_APPLICATION' });
    expect(await readBy('broker-1')).toMatchObject({ result: 'SHOWN', scores: [], decisions: [] });
    expect((await reads('application-0002')).map(({ actor }) => actor)).toEqual(['broker-1']);
  });

  test('is a read that verify allows to its reader alone', async () => {
    await read();
    const { ledger, evidence, lending } = embedded.ports;
    const entries = await ledger.read(ID);
    const entry = entries.at(-1)!;
    const details = async (body: object) =>
      (
        await entryFaults({ ledger, evidence, lending } as Records, [
          ...entries.slice(0, -1),
          { ...entry, body: { ...entry.body, ...body } },
        ])
      ).map(({ detail }) => detail);
    expect(await details({})).toEqual([]);
    expect(await details({ role: 'officer' })).toEqual([expect.stringMatching(/role officer may not do this/)]);
    expect(await details({ role: 'front-end' })).toEqual([expect.stringMatching(/did not submit the application/)]);
    expect(await details({ kinds: ['applicant-data', 'score'] })).toEqual([expect.stringMatching(/other evidence/)]);
  });

  test('is refused to a role that may not read it, with the fault by field', async () => {
    const answer = await read({ role: 'reviewer', requestId: 'short' });
    if (answer.result !== 'REJECTED') throw new Error('It is rejected.');
    expect(answer.errors.map(({ path }) => path)).toEqual(['requestId', 'role']);
    expect(await reads()).toEqual([]);
  });

  test('is not there for an id without an application', async () => {
    expect(await read({ applicationId: 'application-0002' })).toMatchObject({ result: 'NO_SUCH_APPLICATION' });
  });
});
