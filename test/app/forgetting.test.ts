import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { KeyDestroyed } from '../../adapters/ports.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import { personKey } from '../../app/intake/person-key.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { requestForgetting } from '../../app/retention/request-forgetting.ts';
import { keepRecords, listRestored } from '../../app/retention/retention.ts';
import { setLegalHold } from '../../app/retention/set-legal-hold.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { evidenceOf } from '../../domain/retention/retention.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionAt, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const OTHER = 'application-0002';
/** The person of both: every value is one that no other data has. */
const PERSON = identityOf({
  firstName: 'Xaviera',
  lastName: 'Quillfeather',
  ssn: '987654321',
  email: 'xq@mail.example',
});
const YEARS_10 = '2036-01-06T18:00:00.000Z';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

type Ports = EmbeddedPorts['ports'];

/** An application that was screened and decided on 2026-01-05, or on the day that the clock says. */
async function decided(over = embedded, applicationId = ID): Promise<void> {
  await finish(await walkToPolicy(over, submissionAt(over.ports.clock, { applicationId, applicant: PERSON })));
  await keepRecords(over.ports, applicationId);
}

/** One that was incomplete, so that nobody was screened: law keeps it for 25 months, the creditor for 7 years. */
async function incomplete(over = embedded): Promise<void> {
  await finish(await walkToPolicy(over, submissionOf({ applicant: PERSON, income: null })));
  await keepRecords(over.ports, ID);
}

const sweep = async (ports: Ports = embedded.ports, options = {}) =>
  CONTRACTS.ForgetApplicants.output.parse(await forgetApplicants(ports)(options));
const NOTE = 'Order of the court, all records.';
const hold = async (on: boolean, matter = '2026-CV-114', ports: Ports = embedded.ports) =>
  CONTRACTS.SetLegalHold.output.parse(
    await setLegalHold(ports)({ applicationId: ID, matter, on, by: 'l.counsel', note: NOTE }),
  );
const request = async (ports: Ports = embedded.ports) =>
  CONTRACTS.RequestForgetting.output.parse(
    await requestForgetting(ports)({ applicationId: ID, by: 'r.vega', note: 'Asked by letter, identity checked.' }),
  );
const typesOf = async (applicationId = ID, over = embedded) =>
  (await over.ports.ledger.read(applicationId)).map(({ type }) => type);
const linkOf = async (over = embedded, applicationId = ID) => {
  const { pk, sk } = keys.person(await personKey(over.ports.vault, PERSON.ssn), applicationId);
  return over.ports.workStore.get(pk, sk);
};

/** Whatever of the person a raw look at every file of the folder, with the database open, finds. */
async function remains(over: EmbeddedPorts, secrets: readonly (string | Uint8Array)[]): Promise<string[]> {
  const { folder } = over.data;
  return readdirSync(folder).flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    return secrets.filter((secret) => bytes.includes(secret as string)).map((secret) => `${file}: ${String(secret)}`);
  });
}

/** What tells who the person is, or opens what does: values, digest, wrapped key and sealed identity. */
async function secretsOf(over: EmbeddedPorts, applicationId = ID): Promise<(string | Uint8Array)[]> {
  const row = over.rows('vault_applications').find((each) => each['application_id'] === applicationId);
  const sealedIdentity = row?.['identity'] as Uint8Array;
  return [
    await personKey(over.ports.vault, PERSON.ssn),
    row?.['wrapped_key'] as Uint8Array,
    // In parts: a page may have been rewritten over some.
    ...[0, 40, 80, 120].map((at) => sealedIdentity.slice(at, at + 24)),
  ];
}

describe('The sweep', () => {
  test('forgets nobody on the last day of the retention, and everybody due on the day after', async () => {
    await decided();
    embedded.ports.clock.set('2036-01-05T18:00:00.000Z');
    expect(await sweep()).toEqual({ forgotten: [], due: [], postponed: [], failed: [], more: false });
    embedded.ports.clock.set(YEARS_10);
    expect(await sweep(embedded.ports, { dryRun: true })).toMatchObject({ due: [ID], forgotten: [] });
    expect(await typesOf()).not.toContain('FORGETTING_DECIDED');
    expect(await sweep()).toMatchObject({ forgotten: [ID], failed: [], more: false });
    expect(await sweep()).toMatchObject({ forgotten: [], postponed: [] });
  });

  test('leaves a chain that holds, objects that nobody opens, and no byte of the person', async () => {
    await decided();
    const secrets = await secretsOf(embedded);
    expect(await remains(embedded, secrets)).not.toEqual([]);
    for (const secret of secrets) expect(await remains(embedded, [secret])).not.toEqual([]);
    const objects = embedded.rows('evidence_objects').length;
    embedded.ports.clock.set(YEARS_10);
    await sweep();
    expect(await remains(embedded, secrets)).toEqual([]);
    expect(await remains(embedded, [PERSON.lastName, PERSON.ssn, PERSON.email])).toEqual([]);

    const entries = await embedded.ports.ledger.read(ID);
    expect(verifyChain(ID, entries)).toEqual([]);
    expect(entries.slice(-3)).toMatchObject([
      { type: 'RETENTION_EXTENDED', body: { retainUntil: '2036-01-05' } },
      { type: 'FORGETTING_DECIDED', body: { why: 'RETENTION_EXPIRED' } },
      { type: 'APPLICANT_FORGOTTEN', body: { objects: evidenceOf(entries).length } },
    ]);
    expect(embedded.rows('evidence_objects')).toHaveLength(objects);
    for (const { kind, address } of entries.flatMap(({ body }) => (body['evidence'] ?? []) as never[])) {
      await expect(embedded.ports.evidence.open(ID, kind, address)).rejects.toThrow(KeyDestroyed);
    }
    await expect(embedded.ports.identities.get(ID)).rejects.toThrow(KeyDestroyed);
    expect(await linkOf()).toBeUndefined();
    const told = (await embedded.ports.events.read({ limit: 1000 })).map(({ event }) => event);
    expect(told.filter(({ type }) => type === 'ApplicantForgotten')).toMatchObject([{ detail: { applicationId: ID } }]);
  });

  test('leaves no byte of those it forgets among a hundred that it does not', async () => {
    const submit = (applicationId: string, n: number) =>
      intakeApplication(embedded.ports)(
        submissionOf({ applicationId, income: null, applicant: identityOf({ ssn: `9${String(n).padStart(8, '0')}` }) }),
      );
    for (let n = 0; n < 50; n += 1) await submit(`earlier-${n}`, n);
    await decided();
    for (let n = 50; n < 100; n += 1) await submit(`later-app-${n}`, n);
    const secrets = await secretsOf(embedded);
    embedded.ports.clock.set(YEARS_10);
    expect((await sweep()).forgotten).toEqual([ID]);
    expect(await remains(embedded, secrets)).toEqual([]);
    expect(embedded.rows('vault_applications').filter(({ identity }) => identity !== null)).toHaveLength(100);
  });

  test('forgets the one application of a person whose time is over, and keeps the other', async () => {
    await decided();
    embedded.ports.clock.set('2030-01-05T18:00:00.000Z');
    await decided(embedded, OTHER);
    embedded.ports.clock.set(YEARS_10);
    expect((await sweep()).forgotten).toEqual([ID]);
    expect(await linkOf()).toBeUndefined();
    expect(await linkOf(embedded, OTHER)).toBeDefined();
    expect(await embedded.ports.identities.get(OTHER)).toMatchObject({ lastName: 'Quillfeather' });
  });

  test('judges by the ledger: what was told since the list was made keeps the application', async () => {
    await incomplete();
    embedded.ports.clock.set('2032-06-01T18:00:00.000Z');
    const { ledger } = embedded.ports;
    const notice = (await ledger.read(ID)).find(({ type }) => type === 'NOTICES_ISSUED')!;
    const { applicationId, type, schemaVersion, actor, body } = notice;
    await ledger.append({
      applicationId,
      type,
      schemaVersion,
      actor,
      body,
      id: 'later',
      occurredAt: '2032-06-01T18:00:00.000Z',
    });
    embedded.ports.clock.set('2034-01-01T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [], postponed: [ID] });
    expect(await sweep()).toMatchObject({ postponed: [] });
    embedded.ports.clock.set('2034-07-02T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
  });

  test('looks at no more than it is told to, and says that there is more', async () => {
    await decided();
    await decided(embedded, OTHER);
    embedded.ports.clock.set(YEARS_10);
    expect(await sweep(embedded.ports, { limit: 1 })).toMatchObject({ forgotten: [ID], more: true });
    expect(await sweep(embedded.ports, { limit: 1 })).toMatchObject({ forgotten: [OTHER], more: false });
  });

  test('that died after any call is completed by the next, and the chain is right at every moment', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        await decided(own);
        const secrets = await secretsOf(own);
        own.ports.clock.set(YEARS_10);
        const dying = dyingAfter(own.ports, calls);
        await sweep(dying).catch(() => undefined);
        const after = (await typesOf(ID, own)).filter((type) => type.startsWith('FORG') || type.endsWith('FORGOTTEN'));
        // Nothing is gone without a word of it; and nothing is said to be gone that is not.
        const row = own.rows('vault_applications')[0];
        if (row?.['wrapped_key'] === null || !(await linkOf(own))) expect(after).toContain('FORGETTING_DECIDED');
        if (after.includes('APPLICANT_FORGOTTEN')) expect(await remains(own, secrets)).toEqual([]);
        own.ports.clock.advance(86_400_000);
        await sweep(own.ports);
        expect(await remains(own, secrets)).toEqual([]);
        expect((await typesOf(ID, own)).slice(-2)).toEqual(['FORGETTING_DECIDED', 'APPLICANT_FORGOTTEN']);
        expect(verifyChain(ID, await own.ports.ledger.read(ID))).toEqual([]);
        expect((await own.ports.workStore.listIndex(keys.kept)).items).toEqual([]);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(12);
  });

  test('says which it could not forget wholly, tells the operator, and does it next time', async () => {
    await decided();
    embedded.ports.clock.set(YEARS_10);
    const reader = embedded.data.open({ readOnly: true });
    const transaction = reader.statement('BEGIN');
    transaction.run();
    reader.statement('SELECT count(*) FROM vault_applications').get();
    expect(await sweep()).toMatchObject({ forgotten: [], failed: [{ applicationId: ID, error: 'StoreUnavailable' }] });
    const told = (await embedded.ports.events.read({ limit: 1000 })).map(({ event }) => event.type);
    expect(told).toContain('ForgettingFailed');
    expect(await typesOf()).not.toContain('APPLICANT_FORGOTTEN');
    reader.statement('COMMIT').run();
    reader.close();
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
  });
});

describe('A legal hold', () => {
  test('keeps what has expired until it is lifted', async () => {
    await decided();
    expect(await hold(true)).toMatchObject({ result: 'SET', on: true, repeated: false });
    expect(await hold(true)).toMatchObject({ repeated: true });
    embedded.ports.clock.set('2040-01-06T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [], postponed: [] });
    expect((await embedded.ports.workStore.listIndex(keys.onHold)).items).toHaveLength(1);
    expect(await hold(false)).toMatchObject({ result: 'SET', on: false });
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
    const entries = await embedded.ports.ledger.read(ID);
    expect(entries.filter(({ type }) => type.startsWith('LEGAL'))).toMatchObject([
      { type: 'LEGAL_HOLD_PLACED', actor: 'l.counsel', body: { matter: '2026-CV-114', note: NOTE } },
      { type: 'LEGAL_HOLD_LIFTED', actor: 'l.counsel' },
    ]);
  });

  test('of one proceeding stays when another is lifted', async () => {
    await decided();
    await hold(true);
    await hold(true, '2026-CV-200');
    await hold(false);
    embedded.ports.clock.set('2040-01-06T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [] });
    expect(await hold(false, '2026-CV-200')).toMatchObject({ result: 'SET' });
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
  });

  test('comes too late once it is decided to forget', async () => {
    await decided();
    embedded.ports.clock.set(YEARS_10);
    await sweep(dyingAfter(embedded.ports, 6)).catch(() => undefined);
    expect(await typesOf()).toContain('FORGETTING_DECIDED');
    expect(await hold(true)).toMatchObject({ result: 'CONFLICT' });
    expect(await typesOf()).not.toContain('LEGAL_HOLD_PLACED');
  });

  test('that comes between the look and the word keeps the person', async () => {
    await decided();
    embedded.ports.clock.set(YEARS_10);
    const { ledger } = embedded.ports;
    const racing: Ports = {
      ...embedded.ports,
      ledger: {
        ...ledger,
        append: async (event) => {
          if (event.type === 'FORGETTING_DECIDED') await hold(true);
          return ledger.append(event);
        },
      },
    };
    expect(await sweep(racing)).toMatchObject({ forgotten: [], postponed: [ID], failed: [] });
    expect(await embedded.ports.identities.get(ID)).toMatchObject({ lastName: 'Quillfeather' });
    await hold(false);
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
  });

  test('as a reopening that comes between the look and the word keeps the person', async () => {
    await decided();
    embedded.ports.clock.set(YEARS_10);
    const { ledger, clock } = embedded.ports;
    const [decision] = (await ledger.read(ID)).filter(({ type }) => type === 'DECISION_RECORDED');
    const reopened = ledgerEvent({
      id: 'reopened',
      applicationId: ID,
      type: 'DECISION_REOPENED',
      occurredAt: clock.now().toISOString(),
      actor: 'web.front-end',
      body: {
        number: 1,
        why: 'REVIEW_REQUESTED',
        note: null,
        affectedBy: null,
        consent: null,
        evidence: readBody(decision!, 'DECISION_RECORDED').evidence,
      },
    });
    const racing: Ports = {
      ...embedded.ports,
      ledger: {
        ...ledger,
        append: async (event) => {
          if (event.type === 'FORGETTING_DECIDED') await ledger.append(reopened);
          return ledger.append(event);
        },
      },
    };
    expect(await sweep(racing)).toMatchObject({ forgotten: [], postponed: [ID], failed: [] });
    expect(await embedded.ports.identities.get(ID)).toMatchObject({ lastName: 'Quillfeather' });
  });

  test.each([
    ['who', { by: 'Somebody Else' }, 'by'],
    ['why', { note: 'short' }, 'note'],
    ['why without naming anybody', { note: 'Suit of 900-01-0000 against us' }, 'note'],
    ['which proceeding', { matter: 'a suit' }, 'matter'],
    ['of which application', { applicationId: 'no id' }, 'applicationId'],
  ])('must say %s', async (_, changes, path) => {
    const command = { applicationId: ID, matter: '2026-CV-114', on: true, by: 'l.counsel', note: NOTE, ...changes };
    expect(await setLegalHold(embedded.ports)(command)).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
  });

  test('on what was never taken in is a conflict', async () => {
    expect(await hold(true)).toMatchObject({ result: 'CONFLICT' });
    expect(await typesOf()).toEqual([]);
  });
});

describe('A request to be forgotten', () => {
  test('is denied while law keeps the application, with the day; and on that day it is done', async () => {
    await incomplete();
    embedded.ports.clock.set('2026-03-01T18:00:00.000Z');
    const denied = { result: 'DENIED', reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-06' };
    expect(await request()).toMatchObject(denied);
    expect(await request()).toMatchObject({ ...denied, at: '2026-03-01T18:00:00.000Z' });
    const entries = await embedded.ports.ledger.read(ID);
    expect(entries.filter(({ type }) => type === 'FORGETTING_REQUESTED')).toMatchObject([
      { actor: 'r.vega', body: { answer: 'DENIED', reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-06' } },
    ]);
    embedded.ports.clock.set('2028-02-05T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [] });
    embedded.ports.clock.set('2028-02-06T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
    expect((await embedded.ports.ledger.read(ID)).at(-2)).toMatchObject({ body: { why: 'APPLICANT_REQUEST' } });
  });

  test('is granted where only the creditor’s own period is left, and done by the next sweep', async () => {
    await incomplete();
    embedded.ports.clock.set('2029-01-01T18:00:00.000Z');
    expect(await sweep()).toMatchObject({ forgotten: [] });
    expect(await request()).toMatchObject({ result: 'GRANTED' });
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
    expect(await request()).toMatchObject({ result: 'FORGOTTEN' });
  });

  test('is denied for ten years where the applicant was screened', async () => {
    await decided();
    expect(await request()).toMatchObject({ reason: 'STATUTORY_MINIMUM', doneOn: '2036-01-06' });
  });

  test('is denied by a hold before all, with no day', async () => {
    await incomplete();
    await hold(true);
    embedded.ports.clock.set('2029-01-01T18:00:00.000Z');
    expect(await request()).toMatchObject({ result: 'DENIED', reason: 'LEGAL_HOLD', doneOn: null });
    await hold(false);
    expect(await sweep()).toMatchObject({ forgotten: [ID] });
  });

  test('is denied while the store locks the evidence', async () => {
    await incomplete();
    embedded.ports.clock.set('2029-01-01T18:00:00.000Z');
    const locked: Ports = {
      ...embedded.ports,
      evidenceLocks: { ...embedded.ports.evidenceLocks, lockedUntil: async () => '2033-01-06' },
    };
    expect(await request(locked)).toMatchObject({ reason: 'OBJECT_LOCK', doneOn: '2033-01-07' });
    expect(await sweep(locked)).toMatchObject({ forgotten: [], postponed: [] });
    embedded.ports.clock.set('2033-01-07T18:00:00.000Z');
    expect(await sweep(locked)).toMatchObject({ forgotten: [ID] });
  });

  test('for what is not decided yet has no day', async () => {
    await intakeApplication(embedded.ports)(submissionOf({ applicant: PERSON }));
    expect(await request()).toMatchObject({ result: 'DENIED', reason: 'APPLICATION_OPEN', doneOn: null });
  });
});

test('A forgotten application’s submission, sent again, is a conflict and brings nothing back', async () => {
  await decided();
  embedded.ports.clock.set(YEARS_10);
  await sweep();
  const again = await intakeApplication(embedded.ports)(submissionOf({ applicant: PERSON }));
  expect(again).toMatchObject({ result: 'CONFLICT', message: expect.stringContaining('forgotten') });
  expect(await linkOf()).toBeUndefined();
});

test('A forgotten application whose key a backup brought back is forgotten again', async () => {
  await decided();
  const [row] = embedded.rows('vault_applications');
  const link = await linkOf();
  embedded.ports.clock.set(YEARS_10);
  await sweep();
  expect(await listRestored(embedded.ports, ID)).toBe(false);
  await embedded.data.edit(
    'UPDATE vault_applications SET wrapped_key = ?, identity = ?, destroyed = 0',
    row?.['wrapped_key'] as Uint8Array,
    row?.['identity'] as Uint8Array,
  );
  await embedded.ports.workStore.create(link!);
  const secrets = await secretsOf(embedded);
  expect(await listRestored(embedded.ports, ID)).toBe(true);
  expect(await sweep()).toMatchObject({ forgotten: [ID] });
  expect(await remains(embedded, secrets)).toEqual([]);
  expect(await linkOf()).toBeUndefined();
  expect((await typesOf()).filter((type) => type === 'APPLICANT_FORGOTTEN')).toHaveLength(1);
});

test('What keeps the records is recorded once, however often it is looked at and wherever a call dies', async () => {
  const deaths = await eachDeath(async (calls) => {
    const own = embeddedPorts();
    try {
      await finish(await walkToPolicy(own, submissionOf()));
      const dying = dyingAfter(own.ports, calls);
      await keepRecords(dying, ID).catch(() => undefined);
      own.ports.clock.advance(86_400_000);
      await keepRecords(own.ports, ID);
      await keepRecords(own.ports, ID);
      const entries = await own.ports.ledger.read(ID);
      expect(entries.filter(({ type }) => type === 'RETENTION_EXTENDED')).toHaveLength(1);
      const { items } = await own.ports.workStore.listIndex(keys.kept);
      expect(items).toMatchObject([{ index: { sk: `2036-01-05#${ID}` }, data: { retainUntil: '2036-01-05' } }]);
      return dying.died();
    } finally {
      own.close();
    }
  });
  expect(deaths).toBeGreaterThanOrEqual(5);
});

describe('An intake that died before it accepted anything', () => {
  const send = (ports: Ports) => intakeApplication(ports)(submissionAt(ports.clock, { applicant: PERSON }));
  const DAYS_31 = 31 * 86_400_000;
  /** The person's link is there and the ledger has nothing. */
  async function dead(over = embedded): Promise<void> {
    const ledger = { ...over.ports.ledger, append: () => Promise.reject(new Error('The process died.')) };
    await expect(send({ ...over.ports, ledger })).rejects.toThrow('died');
    expect(await linkOf(over)).toBeDefined();
    expect(await typesOf(ID, over)).toEqual([]);
  }
  const summaryOf = (over = embedded) => {
    const { pk, sk } = keys.summary(ID);
    return over.ports.workStore.get(pk, sk);
  };

  test('is kept as long as its front end may send it again, and accepted then', async () => {
    await dead();
    embedded.ports.clock.advance(29 * 86_400_000);
    expect(await sweep()).toMatchObject({ forgotten: [], more: false });
    expect(await send(embedded.ports)).toMatchObject({ result: 'ACCEPTED', receivedAt: '2026-01-05T12:00:00.000Z' });
    embedded.ports.clock.advance(DAYS_31);
    expect(await sweep()).toMatchObject({ forgotten: [] });
    expect(await linkOf()).toBeDefined();
  });

  test('is not given up in the month after it was last sent', async () => {
    await dead();
    embedded.ports.clock.advance(29 * 86_400_000);
    await dead();
    embedded.ports.clock.advance(29 * 86_400_000);
    expect(await sweep()).toMatchObject({ forgotten: [] });
    expect(await send(embedded.ports)).toMatchObject({ result: 'ACCEPTED' });
  });

  test('and was never sent again leaves nothing of the person, and its id is refused clearly', async () => {
    await dead();
    const secrets = await secretsOf(embedded);
    expect(await remains(embedded, secrets)).not.toEqual([]);
    embedded.ports.clock.advance(DAYS_31);
    expect(await sweep(embedded.ports, { dryRun: true })).toMatchObject({ due: [ID], forgotten: [] });
    expect(await sweep()).toMatchObject({ forgotten: [ID], failed: [] });
    expect(await linkOf()).toBeUndefined();
    expect(await remains(embedded, secrets)).toEqual([]);
    expect(await embedded.ports.workStore.listIndex(keys.starting)).toMatchObject({ items: [] });
    expect(await sweep()).toMatchObject({ forgotten: [] });
    expect(await send(embedded.ports)).toEqual({
      result: 'CONFLICT',
      applicationId: ID,
      message: expect.stringContaining('Send a new id'),
    });
    expect(await typesOf()).toEqual([]);
    expect(await linkOf()).toBeUndefined();
  });

  test('is given up whole wherever an earlier sweep died, and never half accepted', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        await dead(own);
        own.ports.clock.advance(DAYS_31);
        const dying = dyingAfter(own.ports, calls);
        await sweep(dying).catch(() => undefined);
        // The front end comes back between the two.
        const answer = await send(own.ports);
        await sweep(own.ports);
        if (answer.result === 'ACCEPTED') {
          expect(await own.ports.identities.get(ID)).toMatchObject({ ssn: PERSON.ssn });
          expect(await linkOf(own)).toBeDefined();
        } else {
          expect(answer.result).toBe('CONFLICT');
          await expect(own.ports.identities.get(ID)).rejects.toBeInstanceOf(KeyDestroyed);
          expect(await linkOf(own)).toBeUndefined();
          expect((await summaryOf(own))?.index).toBeUndefined();
        }
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThan(6);
  });
});
