import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { Evidence } from '../../adapters/ports.ts';
import { issueNotices } from '../../app/workflow/issue-notices.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import type { Notice } from '../../documents/notices/notice.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { noticesStatement } from '../../domain/ledger/statements.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { submissionAt } from '../support/submissions.ts';
import { finish, decisionOf, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set('2026-12-01T12:00:00.000Z');
});
afterEach(() => embedded.close());

const decided = async () => finish(await walkToPolicy(embedded, submissionAt(embedded.ports.clock)));

async function sealedNotices(): Promise<Notice[]> {
  const { notices } = await decided();
  const { evidence } = embedded.ports;
  return Promise.all(notices.map((each) => readEvidence(evidence, ID, 'notice', each.evidence)));
}

/** The faults of the entry that issued the notices, where it names these instead. */
async function faultsWith(notices: readonly Notice[]): Promise<string[]> {
  const { ledger, evidence, identities, lending } = embedded.ports;
  const sealed = await Promise.all(
    notices.map(async (notice) => ({
      notice,
      ...(await evidence.seal(ID, 'notice', notice as unknown as JsonObject)),
    })),
  );
  const named = sealed.map(({ address, versionId }) => ({ kind: 'notice', address, versionId }));
  const entries = (await ledger.read(ID)).map((entry): LedgerEntry =>
    entry.type === 'NOTICES_ISSUED' ? { ...entry, body: { ...noticesStatement(sealed), evidence: named } } : entry,
  );
  const faults = await entryFaults({ ledger, evidence, identities, lending } as unknown as Records, entries);
  return faults.map(({ detail }) => detail);
}

/** The notice with one printed text replaced in every place. */
const misprinted = (notice: Notice, text: string, by: string): Notice =>
  JSON.parse(JSON.stringify(notice).replaceAll(text, by)) as Notice;

describe('Notices that were sealed', () => {
  test('of an approval with a report are the approval and the disclosure of the score, and both are as rendered', async () => {
    const notices = await sealedNotices();
    expect(notices.map(({ kind }) => kind)).toEqual(['APPROVAL', 'CREDIT_SCORE_DISCLOSURE']);
    expect(await faultsWith(notices)).toEqual([]);
  });

  test('and differ from the record in one amount are found', async () => {
    const [approval, disclosure] = await sealedNotices();
    const changed = misprinted(approval!, '$10,000.00', '$10,000.01');
    expect(changed).not.toEqual(approval);
    expect(await faultsWith([changed, disclosure!])).toEqual(['Its notices differ from what the record renders.']);
  });

  test('without one that the decision owes are found', async () => {
    const [approval] = await sealedNotices();
    expect(await faultsWith([approval!])).toEqual(['Its notices differ from what the record renders.']);
  });

  test('in the texts of another release are compared value by value', async () => {
    const earlier = (await sealedNotices()).map((notice) => ({ ...notice, template: `${notice.template}0` }));
    const [approval, disclosure] = earlier;
    const reworded = misprinted(approval!, 'We approved your application', 'Your application was approved');
    expect(await faultsWith([reworded, disclosure!])).toEqual([]);
    const changed = misprinted(approval!, '$10,000.00', '$10,000.01');
    expect(await faultsWith([changed, disclosure!])).toEqual([
      expect.stringMatching(/^A notice differs from its record: .* does not print .*amountCents/),
    ]);
  });
});

test('A template without its value is refused by name, and nothing is sealed or recorded', async () => {
  const walked = await walkToPolicy(embedded, submissionAt(embedded.ports.clock));
  const sealed: string[] = [];
  const evidence: Evidence = {
    ...embedded.ports.evidence,
    seal: (applicationId, kind, value) => {
      sealed.push(kind);
      return embedded.ports.evidence.seal(applicationId, kind, value);
    },
  };
  const lender = { ...embedded.ports.lending.lender, telephone: '' };
  const issue = issueNotices({ ...embedded.ports, evidence, lending: { ...embedded.ports.lending, lender } });
  const decision = await decisionOf(walked);
  const { walk } = walked;
  const called = { application: walk.application, step: walk.stepAt('IssueNotices'), decision: decision.evidence };
  await expect(issue(called)).rejects.toThrow(/template lender\.telephone needs lender\.telephone, which is missing/);
  await expect(issue(called)).rejects.toMatchObject({ name: 'TemplateFieldMissing' });
  expect(sealed).toEqual([]);
  expect((await embedded.ports.ledger.read(ID)).map(({ type }) => type)).not.toContain('NOTICES_ISSUED');
});
