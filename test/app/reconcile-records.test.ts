import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { HistoryEvent } from '../../adapters/ports.ts';
import { governPolicy, POLICIES_LEDGER } from '../../app/governance/govern-policy.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { setSwitch, SWITCHES_LEDGER } from '../../app/governance/set-switch.ts';
import { governModel } from '../../app/models/govern-model.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { readSummary } from '../../app/work-items.ts';
import { CONTROLS, controlOfRow } from '../../audit/controls.ts';
import { reconcileRecords } from '../../audit/reconcile/reconcile-records.ts';
import { CONTROL_ACTS } from '../../audit/verify/control.ts';
import { localDate } from '../../domain/calendar.ts';
import { MODELS_LEDGER } from '../../domain/models/registry.ts';
import { keys } from '../../domain/projections/keys.ts';
import { eventFaults } from '../../domain/projections/outbox.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { champion, enrolled } from '../support/model-packages.ts';
import { submissionAt, submissionOf } from '../support/submissions.ts';
import { finish, startWalk, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const arnOf = (applicationId: string) =>
  `arn:aws:states:us-east-1:000000000000:execution:underwriting:${applicationId}`;

/** Decided, its execution ended and not archived. */
async function ended(
  applicationId = ID,
  over = embedded,
  submission = submissionAt(over.ports.clock, { applicationId }),
): Promise<void> {
  const walked = await walkToPolicy(over, submission);
  await finish(walked);
  const timestamp = over.ports.clock.now().toISOString();
  const history: HistoryEvent[] = [
    { id: 1, previousEventId: 0, type: 'ExecutionStarted', timestamp },
    { id: 2, previousEventId: 1, type: 'ExecutionSucceeded', timestamp },
  ];
  over.histories.set(arnOf(applicationId), history);
}

const reconcile = async (options = {}, ports: EmbeddedPorts['ports'] = embedded.ports) =>
  CONTRACTS.ReconcileRecords.output.parse(await reconcileRecords(ports)(options));

/** Until all applications and all evidence were looked at once. */
async function reconcileAll(over = embedded) {
  const all = { repaired: [] as string[], findings: [] as string[], calls: 0 };
  let [applications, evidence] = [false, false];
  while (!applications || !evidence) {
    const answer = await reconcile({}, over.ports);
    all.repaired.push(...answer.repaired.map(({ kind }) => kind));
    all.findings.push(...answer.findings.map(({ kind }) => kind));
    all.calls += 1;
    applications ||= answer.applicationsEnded;
    evidence ||= answer.evidenceEnded;
  }
  return { ...all, repaired: [...new Set(all.repaired)], findings: [...new Set(all.findings)] };
}
const hoursPass = (hours = 1, over = embedded) => over.ports.clock.advance(hours * 3_600_000);
const told = async (over = embedded) =>
  (await over.ports.events.read({ limit: 1000 }))
    .map(({ event }) => event)
    .filter(({ type }) => type === 'RecordsNeedAttention');
const typesOf = async (applicationId = ID) => (await embedded.ports.ledger.read(applicationId)).map(({ type }) => type);

describe('Reconciliation repairs', () => {
  test('an execution that ended without an archive, once', async () => {
    await ended();
    hoursPass();
    expect((await reconcileAll()).repaired).toEqual(['ARCHIVE_MISSING']);
    expect(await typesOf()).toContain('HISTORY_ARCHIVED');
    expect(await reconcileAll()).toMatchObject({ repaired: [], findings: [] });
    expect(await told()).toEqual([]);
  });

  test('nothing that may still be on its way', async () => {
    await ended();
    expect(await reconcileAll()).toMatchObject({ repaired: [], findings: [] });
    expect(await typesOf()).not.toContain('HISTORY_ARCHIVED');
  });

  test.each(['a changed summary', 'a lost one'])('%s, from the ledger', async (which) => {
    await ended();
    hoursPass();
    await reconcileAll();
    const { workStore } = embedded.ports;
    const { pk, sk } = keys.summary(ID);
    const whole = await workStore.get(pk, sk);
    if (which === 'a lost one') await workStore.remove(whole!);
    else await workStore.replace({ ...whole!, data: { ...whole!.data, status: 'IN_REVIEW', outcome: 'DECLINE' } });
    hoursPass();
    expect((await reconcileAll()).repaired).toContain('SUMMARY_DIFFERS');
    expect(await workStore.get(pk, sk)).toMatchObject({ data: whole!.data, index: whole!.index });
    expect(embedded.executions.size).toBe(1);
  });

  test('an application that was accepted and never started', async () => {
    await startWalk(embedded, submissionOf());
    const { pk, sk } = keys.summary(ID);
    const item = await embedded.ports.workStore.get(pk, sk);
    await embedded.ports.workStore.replace({ ...item!, data: { ...item!.data, executionArn: null } });
    embedded.executions.clear();
    hoursPass();
    expect((await reconcileAll()).repaired).toEqual(['NOT_STARTED']);
    expect([...embedded.executions.keys()]).toEqual([ID]);
    expect((await readSummary(embedded.ports.workStore, ID))?.executionArn).toBe(arnOf(ID));
  });

  test('a forgotten applicant whose key a backup brought back, by the next sweep', async () => {
    await ended();
    hoursPass();
    await reconcileAll();
    const [row] = embedded.rows('vault_applications');
    embedded.ports.clock.set('2036-02-01T18:00:00.000Z');
    expect((await forgetApplicants(embedded.ports)({})).forgotten).toEqual([ID]);
    await embedded.data.edit(
      'UPDATE vault_applications SET wrapped_key = ?, identity = ?, destroyed = 0',
      row?.['wrapped_key'] as Uint8Array,
      row?.['identity'] as Uint8Array,
    );
    expect((await reconcileAll()).repaired).toEqual(['KEY_RESTORED']);
    expect((await forgetApplicants(embedded.ports)({})).forgotten).toEqual([ID]);
    expect(await reconcileAll()).toMatchObject({ repaired: [], findings: [] });
  });

  test('wherever an earlier call died', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        // Incomplete: nothing to score, and fewer objects.
        await ended(ID, own, submissionOf({ income: null }));
        hoursPass(1, own);
        const dying = dyingAfter(own.ports, calls);
        await reconcile({}, dying).catch(() => undefined);
        await reconcileAll(own);
        const types = (await own.ports.ledger.read(ID)).map(({ type }) => type);
        expect(types.filter((type) => type === 'HISTORY_ARCHIVED')).toHaveLength(1);
        expect(types.filter((type) => type === 'RETENTION_EXTENDED')).toHaveLength(1);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThan(20);
    // Every call of every port is a death of its own: some hundreds of small data folders.
  }, 120_000);
});

describe('Reconciliation announces', () => {
  test('evidence that the store has lost, once while it stands', async () => {
    await ended();
    hoursPass();
    await reconcileAll();
    const decision = (await embedded.ports.ledger.read(ID)).find(({ type }) => type === 'DECISION_RECORDED')!;
    const [{ address }] = decision.body['evidence'] as [{ address: string }];
    await embedded.data.edit('DELETE FROM evidence_objects WHERE address = ?', Buffer.from(address, 'hex'));
    expect((await reconcileAll()).findings).toEqual(['DECISION_WITHOUT_EVIDENCE']);
    await reconcileAll();
    expect(new Set((await told()).map(({ id }) => id)).size).toBe(1);
    expect((await told())[0]?.detail).toEqual({
      findings: [{ applicationId: ID, kind: 'DECISION_WITHOUT_EVIDENCE', about: address }],
    });
  });

  test('evidence that no ledger names, when a whole pass came between; and nothing that a release archived', async () => {
    await ended();
    const stray = await embedded.ports.evidence.seal(ID, 'score', { from: 'a step that died' });
    await embedded.ports.evidenceStore.put(new Uint8Array(Buffer.from('the core of a release')));
    hoursPass();
    expect((await reconcileAll()).findings).toEqual([]);
    expect((await reconcileAll()).findings).toEqual(['EVIDENCE_UNNAMED']);
    expect((await told())[0]?.detail).toEqual({
      findings: [{ applicationId: null, kind: 'EVIDENCE_UNNAMED', about: stray.address }],
    });
  });

  test('no evidence whose entry came since', async () => {
    await ended();
    const { evidence, ledger } = embedded.ports;
    const { address, versionId } = await evidence.seal(ID, 'notice', { late: true });
    hoursPass();
    await reconcileAll();
    const [received] = await ledger.read(ID);
    const { applicationId, schemaVersion, actor, occurredAt } = received!;
    const body = { output: {}, facts: {}, evidence: [{ kind: 'notice', address, versionId }] };
    await ledger.append({ id: 'late', applicationId, type: 'NOTICES_ISSUED', schemaVersion, actor, occurredAt, body });
    expect((await reconcileAll()).findings).toEqual([]);
    expect((await reconcileAll()).findings).toEqual([]);
  });

  test('a history that nobody archived and the engine has forgotten', async () => {
    await ended();
    embedded.executions.clear();
    hoursPass();
    expect((await reconcileAll()).findings).toEqual(['HISTORY_LOST']);
  });
});

describe('A call of reconciliation', () => {
  test('looks at no more than it is told to, and the next goes on where it stopped', async () => {
    const ids = Array.from({ length: 7 }, (_, n) => `application-000${n}`);
    for (const [index, id] of ids.entries()) {
      await ended(id);
      if (index % 3 === 2) hoursPass(24);
    }
    hoursPass(24 * 30);
    let calls = 0;
    for (let finished = false; !finished; calls += 1) {
      const answer = await reconcile({ limit: 2 });
      expect(answer.applications).toBeLessThanOrEqual(4);
      expect(answer.evidence).toBeLessThanOrEqual(2);
      finished = answer.applicationsEnded;
    }
    expect(calls).toBeGreaterThanOrEqual(4);
    for (const id of ids) expect(await typesOf(id)).toContain('HISTORY_ARCHIVED');
  });

  test('comes to the last day in a few looks at the ledger, where little happened before it', async () => {
    await ended('application-0100');
    embedded.ports.clock.set('2026-12-20T12:00:00.000Z');
    await ended();
    hoursPass();
    const { ledger } = embedded.ports;
    let looks = 0;
    const counted: typeof ledger = {
      ...ledger,
      applications(period) {
        looks += 1;
        return ledger.applications(period);
      },
    };
    const answer = await reconcile({ limit: 10_000 }, { ...embedded.ports, ledger: counted });
    expect(answer.applicationsEnded).toBe(true);
    expect(looks).toBeLessThanOrEqual(12);
    for (const id of [ID, 'application-0100']) expect(await typesOf(id)).toContain('HISTORY_ARCHIVED');
  });

  test('looks at few days together again where they have more than it may look at', async () => {
    embedded.ports.clock.set('2026-03-01T12:00:00.000Z');
    const ids = Array.from({ length: 6 }, (_, n) => `application-020${n}`);
    for (const id of ids) {
      await ended(id);
      hoursPass(24);
    }
    const { pk, sk } = keys.reconciliation('WHOLE');
    for (let finished = false; !finished;) {
      finished = (await reconcile({ limit: 20 })).applicationsEnded;
      const place = (await embedded.ports.workStore.get(pk, sk))?.data;
      expect(Number(place?.['days'])).toBeLessThanOrEqual(2);
    }
    await embedded.ports.workStore.replace({
      ...(await embedded.ports.workStore.get(pk, sk))!,
      data: { day: '2026-01-01', days: 365, done: 0, passes: 1 },
    });
    await reconcile({ limit: 2, only: 'APPLICATIONS' });
    const place = (await embedded.ports.workStore.get(pk, sk))?.data;
    expect(place).toMatchObject({ passes: 1, done: expect.any(Number) });
    expect(Number(place?.['days'])).toBeLessThan(60);
    for (const id of ids) expect(await typesOf(id)).toContain('HISTORY_ARCHIVED');
  });

  test('goes on with applications or with evidence alone where only one is asked for', async () => {
    await ended();
    hoursPass();
    const evidence = await reconcile({ only: 'EVIDENCE' });
    expect(evidence).toMatchObject({ applications: 0, applicationsEnded: false, evidenceEnded: true });
    expect(evidence.evidence).toBeGreaterThan(0);
    const applications = await reconcile({ only: 'APPLICATIONS' });
    expect(applications).toMatchObject({ evidence: 0, applicationsEnded: true, evidenceEnded: false });
    expect(applications.applications).toBeGreaterThan(0);
  });

  test('looks at what is new before it goes on with what is old', async () => {
    for (let n = 0; n < 6; n += 1) await ended(`application-010${n}`);
    hoursPass(24 * 40);
    await ended();
    hoursPass();
    await reconcile({ limit: 2 });
    expect(await typesOf()).toContain('HISTORY_ARCHIVED');
  });

  test('records how long what it looks at is kept', async () => {
    await ended();
    await reconcile();
    expect(await typesOf()).toContain('RETENTION_EXTENDED');
    expect((await embedded.ports.workStore.listIndex(keys.kept)).items).toHaveLength(1);
  });
});

describe('A change of a control whose call died, which a decision may rest on, is recorded and not taken back:', () => {
  const NOTE = 'Read beside its backtest.';
  const by = { by: 'r.vega', note: NOTE };
  test.each<[string, string, (ports: EmbeddedPorts['ports'], before: EmbeddedPorts['ports']) => Promise<unknown>]>([
    [
      'a switch',
      SWITCHES_LEDGER,
      (ports) => setSwitch(ports)({ kind: 'product', id: 'auto-loan', on: true, role: 'officer', ...by }),
    ],
    [
      'a policy',
      POLICIES_LEDGER,
      async (ports, before) => {
        const { digest } = newestPolicy('personal-loan');
        const asked = { digest, effective: localDate(before.clock.now().toISOString(), 'America/New_York') };
        await governPolicy(before)({ action: 'PROPOSE', ...asked, by: 'a.author', note: NOTE });
        await governPolicy(ports)({ action: 'APPROVE', ...asked, ...by });
      },
    ],
    [
      'a model',
      MODELS_LEDGER,
      async (ports, before) => {
        const made = await champion();
        const at = before.clock.now().toISOString();
        await enrolled(before, made, { by: 'a.author', at });
        const effective = localDate(at, 'America/New_York');
        await governModel(ports)({
          action: 'PROMOTE',
          digest: made.digest,
          product: 'personal-loan',
          effective,
          ...by,
        });
      },
    ],
  ])('%s', async (_, ledgerId, change) => {
    const control = CONTROLS.find((each) => each.ledgerId === ledgerId)!;
    let owed = 0;
    await eachDeath(async (calls) => {
      const own = embeddedPorts();
      const { ledger, workStore, events } = own.ports;
      const row = async () => (await workStore.scan()).items.find((each) => controlOfRow(each) === control);
      try {
        own.ports.clock.set('2026-12-01T12:00:00.000Z');
        const dying = dyingAfter(own.ports, calls);
        await change(dying, own.ports).catch(() => undefined);
        const made = await row();
        const before = await ledger.read(ledgerId);
        hoursPass(1, own);
        expect((await reconcileAll(own)).findings).toEqual([]);
        expect(await row()).toEqual(made);
        const entries = await ledger.read(ledgerId);
        const rules = control.rulesOf(entries);
        expect(rules.length).toBe(made ? 1 : 0);
        expect(rules.every((rule) => made && rule.accepts(made))).toBe(true);
        for (const [at, entry] of entries.entries()) {
          const { lending } = own.ports;
          expect(CONTROL_ACTS[control.type]({ entry, before: entries.slice(0, at), lending })).toEqual({
            id: entry.id,
          });
        }
        const missing = eventFaults(entries, new Map(), await events.rows());
        expect(missing.filter(({ id }) => !before.some((entry) => entry.id === id))).toEqual([]);
        owed += entries.length - before.length;
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(owed).toBe(1);
  });

  test('but not a change that the rules refuse, nor a row that is ahead in another way', async () => {
    const { workStore, ledger } = embedded.ports;
    const on = { kind: 'product', id: 'auto-loan', on: true, role: 'officer', ...by };
    await setSwitch(embedded.ports)(on);
    const { pk, sk } = keys.switch('product', 'auto-loan');
    const sound = (await workStore.get(pk, sk))!;
    const at = embedded.ports.clock.now().toISOString();
    hoursPass();
    for (const [data, versions] of [
      [{ ...on, role: 'auditor', at }, 1],
      [{ ...on, on: false, at: '2099-01-01T00:00:00.000Z' }, 1],
      [{ ...on, on: false, at }, 2],
    ] as const) {
      const { version } = (await workStore.get(pk, sk))!;
      for (let ahead = 0; ahead < versions; ahead += 1)
        await workStore.replace({ pk, sk, data, version: version + ahead });
      expect((await reconcileAll()).repaired).toEqual(['CONTROL_DIFFERS']);
      expect(await workStore.get(pk, sk)).toEqual(sound);
      expect(await ledger.read(SWITCHES_LEDGER)).toHaveLength(1);
    }
  });
});
