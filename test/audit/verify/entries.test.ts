import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { governPolicy, POLICIES_LEDGER } from '../../../app/governance/govern-policy.ts';
import { COMPILED_POLICIES } from '../../../app/governance/policies.ts';
import type { Records } from '../../../audit/records.ts';
import { entryFaults } from '../../../audit/verify/entries.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { LedgerEntry } from '../../../domain/ledger/chain.ts';
import { readBody, type EventType } from '../../../domain/ledger/events.ts';
import { embeddedPorts, type EmbeddedPorts } from '../../support/embedded-ports.ts';
import { submissionOf } from '../../support/submissions.ts';
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
  await walkToPolicy(embedded, submissionOf(), [], COMPILED_POLICIES);
  const governed = await embedded.ports.ledger.read(POLICIES_LEDGER);
  const idOf = (action: string) => governed.find((entry) => readBody(entry, 'POLICY_GOVERNED').action === action)!.id;
  expect(await faultsWith('POLICY_APPLIED', { policyApproval: idOf('APPROVE') })).toEqual([]);
  expect(await faultsWith('POLICY_APPLIED', { policyApproval: idOf('PROPOSE') })).toEqual([
    ['POLICY_APPLIED', 'It names an approval of its policy that is not in the ledger of policies.'],
  ]);
});

test('A report that an entry states as reused was pulled by an earlier entry', async () => {
  await walkToPolicy(embedded, submissionOf());
  expect(await faultsWith('BUREAU_REPORT_PULLED', {})).toEqual([]);
  expect(await faultsWith('BUREAU_REPORT_PULLED', { reused: true })).toEqual([
    ['BUREAU_REPORT_PULLED', 'It reuses a report that no earlier entry pulled.'],
  ]);
});
