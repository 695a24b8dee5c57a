import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { newestPolicy } from '../../app/governance/policies.ts';
import { recordRead } from '../../app/personal-data.ts';
import { takeOut } from '../../audit/decision-file/collect.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { openFolder } from '../../cli/data-folder.ts';
import { openRecords } from '../../cli/open-records.ts';
import { appended, changed, rechain, type Forged, type Forgery } from '../support/forging.ts';
import { lenderDate } from '../support/lender.ts';
import { champion, registering } from '../support/model-packages.ts';
import { example, workbench, type Workbench } from './program.ts';

jest.setTimeout(60_000);

const ACCEPTED = 'approve-lowest-rate';
const OPEN = 'approve-middle-rate';
const MATTER = '2026-CV-114';
const NOTE = 'As counsel asked on the telephone.';
const TODAY = lenderDate(new Date().toISOString());
const POLICY = newestPolicy('personal-loan');

/** A folder with every act of a person that a ledger can have. */
async function acts(folder: string): Promise<void> {
  const running = await openFolder({ folder });
  try {
    for (const id of [ACCEPTED, OPEN])
      await running.invoke('IntakeApplication', { submittedBy: 'web-shop', submission: example(id) });
    await running.settled([ACCEPTED, OPEN]);
    const { records } = running;
    const [decided] = (await records.ledger.read(ACCEPTED)).filter(({ type }) => type === 'DECISION_RECORDED');
    const address = (decided!.body['evidence'] as { address: string }[])[0]!.address;
    const { offers } = (await records.evidence.open(ACCEPTED, 'decision', address)) as {
      offers: { offerId: string }[];
    };
    await running.invoke('AcceptOffer', {
      applicationId: ACCEPTED,
      offerId: offers[0]!.offerId,
      acceptedBy: 'web-shop',
    });
    const hold = { applicationId: ACCEPTED, by: 'it.ops', note: NOTE };
    await running.invoke('SetLegalHold', { ...hold, matter: 'OLD-1', on: true });
    await running.invoke('SetLegalHold', { ...hold, matter: 'OLD-1', on: false });
    await running.invoke('SetLegalHold', { ...hold, matter: MATTER, on: true });
    await running.invoke('RequestForgetting', { applicationId: ACCEPTED, by: 'r.vega', note: NOTE });
    const reader = {
      by: 'a.auditor',
      role: 'auditor',
      requestId: crypto.randomUUID(),
      purpose: 'Examination 2026-14',
    } as const;
    await takeOut(records, ACCEPTED, { ...reader, withIdentity: true });
    await recordRead(records, ACCEPTED, { ...reader, kinds: ['application', 'identity'], requestId: 'r-1' });
    await running.invoke('SetSwitch', { kind: 'product', id: 'auto-loan', on: true, by: 'o.officer', note: NOTE });
    const policy = { digest: POLICY.digest, effective: TODAY, note: NOTE };
    await running.invoke('GovernPolicy', { action: 'PROPOSE', by: 'a.author', ...policy });
    await running.invoke('GovernPolicy', { action: 'APPROVE', by: 'o.officer', ...policy });
    const model = await champion();
    await running.invoke('GovernModel', { ...registering(model), by: 'a.author', note: NOTE });
    const place = { digest: model.digest, product: 'personal-loan', effective: TODAY, note: NOTE };
    await running.invoke('GovernModel', { action: 'PROMOTE', by: 'o.officer', ...place });
  } finally {
    await running.close();
  }
}

let template: Workbench;
let bench: Workbench;
beforeAll(async () => {
  template = workbench();
  await acts(template.data);
});
afterAll(() => template.remove());
beforeEach(() => {
  bench = workbench(template);
});
afterEach(() => bench.remove());

/** The faults of one ledger, as `NAME sequence`. */
async function faultsOf(id: string): Promise<string[]> {
  const records = await openRecords(bench);
  try {
    const { faults } = (await verifyApplication(records, id))!;
    return [...new Set(faults.map(({ fault, sequence }) => `${fault} ${sequence}`))];
  } finally {
    records.close();
  }
}

/** Where the newest entry of a type is; behind the last one without a type. */
function sequenceOf(id: string, type?: string): number {
  let found = -1;
  rechain(bench, id, (entries) => {
    found = type === undefined ? entries.length : entries.findLastIndex((entry) => entry.type === type);
    return entries;
  });
  return found;
}

const decisionOf = (entries: Forged[]) => entries.findLast(({ type }) => type === 'DECISION_RECORDED')!;

const acceptance =
  (change: (entry: Forged) => void): Forgery =>
  (entries) => {
    const { evidence } = decisionOf(entries).body as { evidence: { address: string }[] };
    const id = `decisions/${evidence[0]!.address}/closed`;
    const agreed = { offerId: '0'.repeat(16), acceptedOn: TODAY, conditions: [], clearBy: null };
    const body = { ...agreed, evidence: [...evidence, ...evidence] };
    return changed(
      'OFFER_ACCEPTED',
      change,
    )(appended({ id, type: 'OFFER_ACCEPTED', actor: 'web-shop', body })(entries));
  };

const lapse: Forgery = (entries) => {
  const { evidence } = decisionOf(entries).body as { evidence: { address: string }[] };
  const body = { offerIds: ['0'.repeat(16)], expiredOn: TODAY, evidence };
  return appended({ id: `decisions/${evidence[0]!.address}/closed`, type: 'OFFER_LAPSED', body })(entries);
};

const reopening: Forgery = (entries) => {
  const { evidence } = decisionOf(entries).body as { evidence: { address: string }[] };
  const body = { number: 1, why: 'OFFER_EXPIRED', note: null, affectedBy: null, consent: null, evidence };
  const id = `decisions/${evidence[0]!.address}/closed`;
  return appended({ id, type: 'DECISION_REOPENED', actor: 'o.officer', body })(entries);
};

const by = (actor: string) => (entry: Forged) => Object.assign(entry, { actor });
const saying = (members: Forged['body']) => (entry: Forged) => Object.assign(entry.body, members);
const dated = (date: string) => (entry: Forged) => Object.assign(entry, { occurredAt: `${date}T12:00:00.000Z` });
const forHold = (role: string, matter = MATTER) => ({ role, matter, note: NOTE });
const lift = (matter: string, role = 'administrator', actor = 'it.ops', count = 1): Forgery =>
  appended({ id: `hold/${matter}/lifted/${count}`, type: 'LEGAL_HOLD_LIFTED', actor, body: forHold(role, matter) });

test('a folder with every kind of act has no fault', async () => {
  for (const id of [ACCEPTED, OPEN, 'control-switches', 'control-policies', 'control-models'])
    expect(await faultsOf(id)).toEqual([]);
});

describe('an entry that was appended and chained is named by its sequence', () => {
  test.each<[string, string, Forgery]>([
    ['an acceptance of an offer that the decision never had', OPEN, acceptance(() => {})],
    ['a second acceptance', ACCEPTED, acceptance((entry) => Object.assign(entry, { id: 'another' }))],
    ['a lapse of offers that can be accepted', OPEN, lapse],
    ['a lapse after an acceptance', ACCEPTED, lapse],
    ['a reopening whose reason the decision does not bear out', OPEN, reopening],
    ['a reopening after an acceptance', ACCEPTED, reopening],
    ['a lift of a hold that was never placed', OPEN, lift(MATTER)],
    ['a lift of a hold that was lifted before', ACCEPTED, lift('OLD-1', 'administrator', 'it.ops', 2)],
    ['a lift in a role that may not lift', ACCEPTED, lift(MATTER, 'reviewer')],
    ['a lift by the machine', ACCEPTED, lift(MATTER, 'administrator', 'system')],
    [
      'a hold that holds already',
      ACCEPTED,
      appended({
        id: `hold/${MATTER}/placed/2`,
        type: 'LEGAL_HOLD_PLACED',
        actor: 'it.ops',
        body: forHold('administrator'),
      }),
    ],
    [
      'a decision to forget',
      OPEN,
      appended({ id: 'forgetting/x/0', type: 'FORGETTING_DECIDED', body: { why: 'RETENTION_EXPIRED' } }),
    ],
    ['the end of a forgetting', OPEN, appended({ id: 'x/done', type: 'APPLICANT_FORGOTTEN', body: { objects: 1 } })],
    [
      'an extension to another date',
      OPEN,
      appended({
        id: `retention/${OPEN}/2099-01-01`,
        type: 'RETENTION_EXTENDED',
        body: { retainUntil: '2099-01-01', periods: [], objects: 1 },
      }),
    ],
    [
      'a request to forget that was granted too soon',
      OPEN,
      appended({
        id: `forget/${OPEN}/${TODAY}/GRANTED`,
        type: 'FORGETTING_REQUESTED',
        actor: 'r.vega',
        body: { role: 'reviewer', answer: 'GRANTED', reason: null, doneOn: TODAY, note: NOTE },
      }),
    ],
    [
      'an approval by the author of the proposal',
      'control-policies',
      (entries) =>
        appended({ ...entries[0]!, id: 'policy/personal-loan/3', body: { ...entries[0]!.body, action: 'APPROVE' } })(
          entries,
        ),
    ],
    [
      'a promotion by the registrant of the package',
      'control-models',
      (entries) =>
        appended({
          ...entries[1]!,
          id: 'models/3',
          actor: entries[0]!.actor,
          body: { ...entries[1]!.body, product: 'credit-line' },
        })(entries),
    ],
    [
      'a promotion of a package that was never registered',
      'control-models',
      (entries) =>
        appended({ ...entries[1]!, id: 'models/3', body: { ...entries[1]!.body, digest: 'f'.repeat(64) } })(entries),
    ],
    ['a second registration', 'control-models', (entries) => appended({ ...entries[0]!, id: 'models/3' })(entries)],
    [
      'an approval of a version without a proposal',
      'control-policies',
      (entries) =>
        appended({
          ...entries[1]!,
          id: 'policy/personal-loan/3',
          body: { ...entries[1]!.body, digest: 'f'.repeat(64) },
        })(entries),
    ],
  ])('%s', async (_, id, forge) => {
    const sequence = sequenceOf(id);
    rechain(bench, id, forge);
    expect(await faultsOf(id)).toContain(`ENTRY_DIFFERS ${sequence}`);
  });
});

describe('an entry that was changed and chained is named by its sequence', () => {
  test.each<[string, string, string, (entry: Forged) => void, string?]>([
    ['another accepted offer', ACCEPTED, 'OFFER_ACCEPTED', saying({ offerId: '0'.repeat(16) })],
    ['an acceptance on another day', ACCEPTED, 'OFFER_ACCEPTED', saying({ acceptedOn: '2026-01-01' })],
    ['an acceptance after the last day', ACCEPTED, 'OFFER_ACCEPTED', dated('2099-01-01')],
    ['an acceptance by the machine', ACCEPTED, 'OFFER_ACCEPTED', by('system')],
    ['an export by another person', ACCEPTED, 'EVIDENCE_EXPORTED', by('x.other')],
    ['an export in a role that may not export', ACCEPTED, 'EVIDENCE_EXPORTED', saying({ role: 'officer' })],
    ['a read of a kind that the ledger does not name', ACCEPTED, 'PERSONAL_DATA_READ', saying({ kinds: ['review'] })],
    ['a read in a role that may not read', ACCEPTED, 'PERSONAL_DATA_READ', saying({ role: 'administrator' })],
    ['a read of the identity in a role that may not', ACCEPTED, 'PERSONAL_DATA_READ', saying({ role: 'reviewer' })],
    ['a hold placed by the machine', ACCEPTED, 'LEGAL_HOLD_PLACED', by('system')],
    ['a hold of another matter', ACCEPTED, 'LEGAL_HOLD_PLACED', saying({ matter: 'OTHER-9' })],
    ['a request refused for another reason', ACCEPTED, 'FORGETTING_REQUESTED', saying({ reason: 'APPLICATION_OPEN' })],
    ['a retention period that is shorter', ACCEPTED, 'RETENTION_EXTENDED', saying({ retainUntil: '2027-01-01' })],
    ['fewer objects kept', ACCEPTED, 'RETENTION_EXTENDED', saying({ objects: 1 })],
    ['a switch in a role that may not switch', 'control-switches', 'CONTROL_SWITCHED', saying({ role: 'auditor' })],
    ['a switch of another product', 'control-switches', 'CONTROL_SWITCHED', saying({ id: 'personal-loan' })],
    ['an approval in a role that may not approve', 'control-policies', 'POLICY_GOVERNED', saying({ role: 'auditor' })],
    ['a promotion in a role that may not promote', 'control-models', 'MODEL_GOVERNED', saying({ role: 'auditor' })],
    ['a promotion by the machine', 'control-models', 'MODEL_GOVERNED', by('system')],
    ['a promotion for a past day', 'control-models', 'MODEL_GOVERNED', saying({ date: '2026-01-01' })],
    [
      'a score by a promotion that is not in the ledger of models',
      OPEN,
      'APPLICATION_SCORED',
      ({ body }) => Object.assign(body['facts'] as object, { modelApproval: 'models/9' }),
    ],
    ['an approval for another date', 'control-policies', 'POLICY_GOVERNED', saying({ date: '2099-01-01' })],
    ['the front end that owns the application', OPEN, 'APPLICATION_RECEIVED', by('other-shop'), 'IDENTITY_DIFFERS'],
    ['no front end', OPEN, 'APPLICATION_RECEIVED', by('system'), 'IDENTITY_DIFFERS'],
  ])('%s', async (_, id, type, change, fault = 'ENTRY_DIFFERS') => {
    const sequence = sequenceOf(id, type);
    rechain(bench, id, changed(type, change));
    expect(await faultsOf(id)).toContain(`${fault} ${sequence}`);
  });
});

test('a placed hold that was removed shows in the lift that followed', async () => {
  const sequence = sequenceOf(ACCEPTED, 'LEGAL_HOLD_LIFTED');
  rechain(bench, ACCEPTED, (entries) => {
    const placed = entries.findIndex(({ body }) => body['matter'] === 'OLD-1');
    return entries.toSpliced(placed, 1);
  });
  expect(await faultsOf(ACCEPTED)).toContain(`ENTRY_DIFFERS ${sequence - 1}`);
});

test('an intake that died at its first write has another fault than a ledger that was cut', async () => {
  const writing = await openRecords(bench, { readOnly: false });
  await writing.vault.createDataKey('killed-intake');
  writing.close();
  expect(await faultsOf('killed-intake')).toEqual(['INTAKE_UNFINISHED null']);
  bench.sql('DELETE FROM ledger_entries');
  bench.sql(`DELETE FROM work_items WHERE pk = 'APPLICATION#${OPEN}'`);
  bench.sql(`DELETE FROM workflow_execution WHERE name = '${OPEN}'`);
  expect(await faultsOf(OPEN)).toEqual(['RECEIPT_MISSING null']);
});
