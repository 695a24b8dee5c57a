import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { governPolicy, POLICIES_LEDGER } from '../../../app/governance/govern-policy.ts';
import { COMPILED_POLICIES } from '../../../app/governance/policies.ts';
import { policyOf } from '../../../app/review/case.ts';
import { readEvidence } from '../../../app/workflow/read-evidence.ts';
import type { Records } from '../../../audit/records.ts';
import { entryFaults } from '../../../audit/verify/entries.ts';
import { measure } from '../../../domain/decision/authority.ts';
import type { Review } from '../../../domain/decision/review.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { LedgerEntry } from '../../../domain/ledger/chain.ts';
import { ledgerEvent, readBody, type EventType } from '../../../domain/ledger/events.ts';
import { completedId, reviewStatement } from '../../../domain/ledger/statements.ts';
import { calledContact } from '../../support/clearances.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { identityOf, submissionAt } from '../../support/submissions.ts';
import { walkToPolicy } from '../../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set('2026-12-01T12:00:00.000Z');
});
afterEach(() => embedded.close());

/** The faults of an application whose entry of a type states other facts, each with the type of its entry. */
async function faultsWith(type: EventType, facts: JsonObject): Promise<(readonly [string | undefined, string])[]> {
  const { ledger, evidence } = embedded.ports;
  const entries = (await ledger.read(ID)).map((entry): LedgerEntry => {
    if (entry.type !== type) return entry;
    return { ...entry, body: { ...entry.body, facts: { ...(entry.body['facts'] as JsonObject), ...facts } } };
  });
  const faults = await entryFaults({ ledger, evidence } as Records, entries);
  return faults.map(({ sequence, detail }) => [entries.find((entry) => entry.sequence === sequence)?.type, detail]);
}

test('An approval that an entry names is an approval, not the proposal of the same policy', async () => {
  const { digest } = COMPILED_POLICIES['personal-loan'].at(-1)!;
  const govern = governPolicy(embedded.ports, COMPILED_POLICIES);
  const change = { digest, effective: '2026-12-01', note: 'Read beside its backtest of this week.' };
  await govern({ action: 'PROPOSE', by: 'a.author', ...change });
  await govern({ action: 'APPROVE', by: 'r.vega', ...change });
  await walkToPolicy(embedded, submissionAt(embedded.ports.clock), [], COMPILED_POLICIES);
  const governed = await embedded.ports.ledger.read(POLICIES_LEDGER);
  const idOf = (action: string) => governed.find((entry) => readBody(entry, 'POLICY_GOVERNED').action === action)!.id;
  expect(await faultsWith('POLICY_APPLIED', { policyApproval: idOf('APPROVE') })).toEqual([]);
  expect(await faultsWith('POLICY_APPLIED', { policyApproval: idOf('PROPOSE') })).toEqual([
    ['POLICY_APPLIED', 'It names an approval of its policy that is not in the ledger of policies.'],
  ]);
});

test('A report that an entry states as reused was pulled by an earlier entry', async () => {
  await walkToPolicy(embedded, submissionAt(embedded.ports.clock));
  expect(await faultsWith('BUREAU_REPORT_PULLED', {})).toEqual([]);
  expect(await faultsWith('BUREAU_REPORT_PULLED', { reused: true })).toEqual([
    ['BUREAU_REPORT_PULLED', 'It reuses a report that no earlier entry pulled.'],
  ]);
});

test('A cleared alert has sealed evidence that fits its report, unless an earlier release recorded both', async () => {
  const applicant = identityOf({ ssn: '900-70-0000' });
  const { walk, policy } = await walkToPolicy(embedded, submissionAt(embedded.ports.clock, { applicant }));
  await walk.openReview(policy!.evidence, 'FULL');
  const { ports } = embedded;
  const opened = (await ports.ledger.read(ID)).at(-1)!;
  const at = ports.clock.now().toISOString();
  const result = await readEvidence(ports.evidence, ID, 'policy', policy!.evidence);
  const { amount, corridor } = policyOf(result)!.module.authority!.roles.reviewer!;
  const measured = measure({ action: 'CLEAR', offer: null, ownReason: undefined }, result, null);
  const authority = { ...measured, policy: result.policy.digest, limits: { amount, corridor }, second: [] };
  const call = { ...calledContact('FRAUD_ALERT', at), by: 'r.vega' };
  /** The faults of a review that another program sealed. */
  const faultsOf = async (clearances: unknown): Promise<string[]> => {
    const review = { schemaVersion: 1, queue: 'REVIEW', by: 'r.vega', at, action: 'CLEAR', clears: ['FRAUD_ALERT'] };
    const value = {
      ...review,
      reasons: [],
      offer: null,
      note: 'It seems alright.',
      role: 'reviewer',
      support: [],
      authority,
      ...(clearances ? { clearances } : {}),
    };
    const evidence = await ports.evidence.seal(ID, 'review', value as unknown as JsonObject);
    const { type, actor, occurredAt, role, output } = reviewStatement(value as unknown as Review, evidence.address);
    const body = { action: 'CLEAR', role, output, evidence: [{ kind: 'review', ...evidence }] };
    const event = ledgerEvent({ id: completedId(opened.id), applicationId: ID, type, occurredAt, actor, body });
    const entries = await ports.ledger.read(ID);
    const last = { ...opened, ...event, sequence: entries.length };
    return (await entryFaults({ ledger: ports.ledger, evidence: ports.evidence } as Records, [...entries, last])).map(
      ({ detail }) => detail,
    );
  };
  expect(await faultsOf([call])).toEqual([]);
  expect(await faultsOf(undefined)).toEqual([expect.stringMatching(/clearances has no evidence for FRAUD_ALERT/)]);
  expect(await faultsOf([])).toEqual([expect.stringMatching(/clearances has no evidence for FRAUD_ALERT/)]);
  expect(await faultsOf([{ ...call, contact: 2 }])).toEqual([expect.stringMatching(/clearances\.0\.contact is no/)]);
  expect(await faultsOf([{ ...call, by: 's.lind' }])).toEqual([expect.stringMatching(/clearances\.0\.by is another/)]);
});
