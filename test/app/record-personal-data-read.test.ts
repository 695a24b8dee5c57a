import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { recordPersonalDataRead } from '../../app/access/record-personal-data-read.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';

const applicationId = 'application-0001';
const ADDRESS = 'a'.repeat(64);
const READ = {
  applicationId,
  by: 'a.moss',
  purpose: 'Examination 2026-14',
  kinds: ['application', 'identity'],
  requestId: '6f6cd2a6-5d7c-4d51-9b79-5a3d6ff6a2f1',
};
let embedded: EmbeddedPorts;
beforeEach(async () => {
  embedded = embeddedPorts();
  await embedded.ports.ledger.append(
    ledgerEvent({
      id: 'received',
      applicationId,
      type: 'APPLICATION_VALIDATED',
      occurredAt: '2026-01-05T12:00:00.000Z',
      actor: 'system',
      body: { evidence: [{ kind: 'application', address: ADDRESS, versionId: '1' }], output: {}, facts: {} },
    }),
  );
});
afterEach(() => embedded.close());
const record = (more: object = {}) =>
  recordPersonalDataRead(embedded.ports)(CONTRACTS.RecordPersonalDataRead.input.parse({ ...READ, ...more }));
const reads = async () =>
  (await embedded.ports.ledger.read(applicationId)).filter(({ type }) => type === 'PERSONAL_DATA_READ');

test('A read is in the ledger once, as the auditor’s, however often it is sent', async () => {
  for (const _ of [1, 2]) expect(await record()).toEqual({ result: 'RECORDED', applicationId });
  expect(await reads()).toMatchObject([
    { actor: 'a.moss', body: { role: 'auditor', purpose: READ.purpose, kinds: ['application', 'identity'] } },
  ]);
});

test('A kind that the application does not have is refused, so that no free text enters the ledger', async () => {
  await expect(record({ kinds: ['application', 'a note'] })).rejects.toMatchObject({
    name: 'EvidenceKindUnknown',
    message: `kinds.1 is no kind of evidence of ${applicationId}: see its ledger for the kinds.`,
  });
  await expect(record({ applicationId: 'application-0002', kinds: ['identity'] })).rejects.toThrow(/^kinds\.0 is/);
  expect(await reads()).toEqual([]);
});

test.each([
  ['role', { role: 'reviewer' }],
  ['purpose', { purpose: 'short' }],
  ['by', { by: 'system' }],
])('The input refuses another %s', (field, more) => {
  const { error } = CONTRACTS.RecordPersonalDataRead.input.safeParse({ ...READ, ...more });
  expect(JSON.stringify(error?.issues)).toContain(field);
});
