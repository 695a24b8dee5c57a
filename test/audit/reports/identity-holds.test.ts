import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { workCase } from '../../../app/casework/work-case.ts';
import { readHoldIdentity } from '../../../app/review/read-hold-identity.ts';
import { identityHolds } from '../../../audit/reports/identity-holds.ts';
import type { Recorded } from '../../../audit/reports/report.ts';
import type { Json } from '../../../domain/json.ts';
import { evidenceNamedBy } from '../../../domain/ledger/events.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { ran } from '../../support/recorded.ts';
import { identityOf, submissionAt } from '../../support/submissions.ts';
import { finish, walkToPolicy } from '../../support/walk.ts';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set('2026-12-01T18:00:00.000Z');
});
afterEach(() => embedded.close());

/** What the report reads of an application. */
async function recordedOf(applicationId: string): Promise<Recorded> {
  const { ledger, evidence, lending } = embedded.ports;
  const entries = await ledger.read(applicationId);
  const values = new Map<string, Json>();
  for (const { kind, address } of entries.flatMap(evidenceNamedBy)) {
    if (kind === 'policy') values.set(address, await evidence.open(applicationId, kind, address));
  }
  return { applicationId, entries, values, timeZone: lending.lender.timeZone };
}
const walked = (applicationId: string, ssn: string) =>
  walkToPolicy(embedded, submissionAt(embedded.ports.clock, { applicationId, applicant: identityOf({ ssn }) }));

test('An open hold has its age from the first opening and its reads, and nothing else is listed', async () => {
  const held = await walked('application-held', '900-70-0000');
  await held.walk.openReview(held.policy!.evidence, 'FULL');
  const referred = await walked('application-referred', '900-20-0000');
  await referred.walk.openReview(referred.policy!.evidence, 'FULL');
  await finish(await walked('application-decided', '900-01-0005'), []);
  const claim = { applicationId: 'application-held', by: 'r.vega', act: 'CLAIM' };
  expect(await workCase(embedded.ports)(claim)).toMatchObject({ result: 'DONE' });
  const read = { by: 'r.vega', purpose: 'Call about the fraud alert', requestId: 'request-0001' };
  await readHoldIdentity(embedded.ports)({ applicationId: 'application-held', ...read });
  embedded.ports.clock.set('2026-12-04T18:00:00.000Z');
  await held.walk.openReview(held.policy!.evidence, 'FULL', 1);

  const ids = ['application-held', 'application-referred', 'application-decided'];
  const report = ran(identityHolds, await Promise.all(ids.map(recordedOf)), { today: '2026-12-06' });
  expect(report.rows).toEqual([
    {
      applicationId: 'application-held',
      product: 'personal-loan',
      holds: 'FRAUD_ALERT',
      heldOn: '2026-12-01',
      ageDays: 5,
      identityReads: 1,
      lastReadBy: 'r.vega',
    },
  ]);
});
