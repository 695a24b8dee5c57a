import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { intakeApplication } from '../../app/intake/intake-application.ts';
import { readSummary } from '../../app/work-items.ts';
import { readApplication } from '../../app/workflow/read-evidence.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { keys } from '../../domain/projections/keys.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { Died, dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { identityOf, submissionOf, type PersonalLoanSubmission } from '../support/submissions.ts';

const TABLES = [
  'ledger_applications',
  'ledger_entries',
  'work_items',
  'events_outbox',
  'evidence_objects',
  'vault_applications',
];
const ID = 'application-0001';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function submit(submission: unknown = submissionOf(), ports = embedded.ports) {
  return CONTRACTS.IntakeApplication.output.parse(await intakeApplication(ports)(submission));
}

describe('intake', () => {
  test('accepts, dates and starts an application by a reference alone', async () => {
    const accepted = await submit();
    expect(accepted).toMatchObject({
      result: 'ACCEPTED',
      applicationId: ID,
      receivedAt: '2026-01-05T12:00:00.000Z',
      repeated: false,
    });
    const digest = accepted.result === 'ACCEPTED' ? accepted.digest : '';
    expect([...embedded.executions]).toEqual([[ID, JSON.stringify({ applicationId: ID, digest })]]);
    const entries = await embedded.ports.ledger.read(ID);
    expect(entries).toMatchObject([{ type: 'APPLICATION_RECEIVED', body: { receivedOn: '2026-01-05' } }]);
    expect(verifyChain(ID, entries)).toEqual([]);
    expect((await embedded.ports.events.read()).map(({ event }) => event.type)).toEqual(['ApplicationReceived']);
  });

  test('answers the same submission, also days later, with the first', async () => {
    const first = await submit();
    embedded.ports.clock.advance(5 * 86_400_000);
    expect(await submit()).toEqual({ ...first, repeated: true });
    expect(embedded.rows('ledger_entries')).toHaveLength(1);
    expect(embedded.rows('events_outbox')).toHaveLength(1);
  });

  const OTHERS: [string, Partial<PersonalLoanSubmission>][] = [
    ['amount', { request: { ...submissionOf().request, amountCents: 1_000_001 } }],
    ['income', { income: null }],
    ['name', { applicant: identityOf({ firstName: 'Zoe' }) }],
    ['number', { applicant: identityOf({ ssn: '900010001' }) }],
  ];
  test.each(OTHERS)('says that another %s under the same id is a conflict', async (_, changes) => {
    await submit();
    const before = TABLES.map((table) => embedded.rows(table).length);
    expect(await submit(submissionOf(changes))).toMatchObject({ result: 'CONFLICT', applicationId: ID });
    expect(TABLES.map((table) => embedded.rows(table).length)).toEqual(before);
  });

  test.each([
    ['malformed', { ...submissionOf(), request: { amountCents: 15_000 } }],
    ['without consent', submissionOf({ consents: [] })],
    ['with a number that could be somebody’s', submissionOf({ applicant: identityOf({ ssn: '219099999' }) })],
    ['of someone born tomorrow', submissionOf({ applicant: identityOf({ dateOfBirth: '2026-01-06' }) })],
    ['that is nothing', null],
  ])('stores nothing of a submission %s', async (_, submission) => {
    expect((await submit(submission)).result).toBe('REJECTED');
    for (const table of TABLES) expect(embedded.rows(table)).toEqual([]);
    expect(embedded.executions.size).toBe(0);
  });

  const [consent] = submissionOf().consents;
  test.each([
    ['to an unknown text', { textVersion: '2019-01' }, 'textVersion', 'in force: 2026-11'],
    ['of 2009, before its text existed', { givenAt: '2009-06-01T12:00:00Z' }, 'givenAt', 'shown from 2026-01-01'],
    ['of tomorrow', { givenAt: '2026-01-06T12:00:00Z' }, 'givenAt', 'is after now'],
  ])('refuses a consent %s, and stores nothing', async (_, changes, member, named) => {
    const esign = { ...consent!, kind: 'ESIGN' as const };
    for (const given of [
      [{ ...consent!, ...changes }, esign],
      [{ ...esign, ...changes }, consent!],
    ])
      expect(await submit(submissionOf({ consents: given }))).toMatchObject({
        result: 'REJECTED',
        errors: [{ path: `consents.0.${member}`, message: expect.stringContaining(named) }],
      });
    for (const table of TABLES) expect(embedded.rows(table)).toEqual([]);
  });

  test('refuses a consent of 31 days, and takes one of 30', async () => {
    embedded.ports.clock.advance(31 * 86_400_000);
    expect(await submit()).toMatchObject({
      result: 'REJECTED',
      errors: [{ path: 'consents.0.givenAt', message: expect.stringMatching(/^is more than 30 days ago: obtain/) }],
    });
    embedded.ports.clock.advance(-86_400_000);
    expect(await submit()).toMatchObject({ result: 'ACCEPTED' });
  });

  test('answers a repeated submission with the first, however old its consents are by then', async () => {
    const first = await submit();
    embedded.ports.clock.advance(400 * 86_400_000);
    expect(await submit()).toEqual({ ...first, repeated: true });
    expect(await submit(submissionOf({ income: null }))).toMatchObject({ result: 'CONFLICT' });
  });

  test('keeps the words of each consent, also after the settings have them no more', async () => {
    const first = await submit();
    const digest = first.result === 'ACCEPTED' ? first.digest : '';
    const kept = await readApplication(embedded.ports.evidence, { applicationId: ID, digest });
    expect(kept.consents.map(({ text }) => text)).toEqual([LENDER.consentTexts.BUREAU_PULL[0]!.text]);
    const next = {
      version: '2027-01',
      text: 'Other words, and other ones again, of another year.',
      from: '2026-12-01T00:00:00Z',
    };
    const lender = { ...LENDER, consentTexts: { ...LENDER.consentTexts, BUREAU_PULL: [next] } };
    const later = { ...embedded.ports, lending: { ...embedded.ports.lending, lender } };
    expect(await submit(submissionOf(), later)).toEqual({ ...first, repeated: true });
    expect(await submit(submissionOf({ income: null }), later)).toMatchObject({ result: 'CONFLICT' });
  });

  test.each(['900010000', '999999999', '666120000', '000120000'])('takes the never-issued number %s', async (ssn) => {
    expect((await submit(submissionOf({ applicant: identityOf({ ssn }) }))).result).toBe('ACCEPTED');
  });

  test('finds every fault at once, its own among them', async () => {
    const applicant = identityOf({ ssn: '219099999', dateOfBirth: '2026-01-06' });
    expect(await submit(submissionOf({ applicant }))).toMatchObject({
      errors: [{ path: 'applicant.dateOfBirth' }, { path: 'applicant.ssn' }],
    });
  });

  test('stores and dates an incomplete application', async () => {
    expect(await submit(submissionOf({ income: null, housing: null }))).toMatchObject({ result: 'ACCEPTED' });
  });

  test('of twenty equal and two different submissions at once accepts one content', async () => {
    const other = submissionOf({ request: { ...submissionOf().request, amountCents: 2_000_000 } });
    const third = submissionOf({ applicant: identityOf({ lastName: 'Other' }) });
    const sent = [...Array.from({ length: 20 }, () => submissionOf()), other, third];
    const answers = await Promise.all(sent.map((submission) => submit(submission)));
    expect(answers.slice(0, 20).every(({ result }) => result === 'ACCEPTED')).toBe(true);
    expect(answers.slice(20).map(({ result }) => result)).toEqual(['CONFLICT', 'CONFLICT']);
    expect(embedded.rows('ledger_entries')).toHaveLength(1);
    expect(embedded.executions.size).toBe(1);
    expect(embedded.rows('vault_applications')).toHaveLength(1);
  });

  test('that died after any call is completed by the next, which keeps the first date', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const dying = dyingAfter(own.ports, calls);
        const died = await submit(submissionOf(), dying).then(
          () => false,
          (error: unknown) => error instanceof Died,
        );
        expect(died).toBe(dying.died());
        const listed = await readSummary(own.ports.workStore, ID);
        own.ports.clock.advance(3 * 86_400_000);
        const answer = await submit(submissionOf(), own.ports);
        expect(answer).toMatchObject({ result: 'ACCEPTED', applicationId: ID });
        if (listed) expect(answer).toMatchObject({ receivedAt: listed.receivedAt });
        expect(own.executions.size).toBe(1);
        const summary = await readSummary(own.ports.workStore, ID);
        expect(summary?.executionArn).toMatch(ID);
        const [entry] = await own.ports.ledger.read(ID);
        expect(summary?.receivedAt).toBe(entry?.occurredAt);
        const ids = (await own.ports.events.read()).map(({ event }) => event.id);
        expect(new Set(ids)).toEqual(new Set([entry?.id]));
        expect(own.rows('work_items')).toHaveLength(3);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  test('lists the application under the creditor’s date of receipt', async () => {
    embedded.ports.clock.set('2026-01-06T05:59:59.999Z');
    await submit();
    const listed = await Promise.all(
      Array.from({ length: 8 }, (_, shard) => embedded.ports.workStore.listIndex(keys.receivedIn('2026-01', shard))),
    );
    const places = listed.flatMap(({ items }) => items.map(({ index }) => index?.sk));
    expect(places).toEqual([`2026-01-05#2026-01-06T05:59:59.999Z#${ID}#personal-loan`]);
  });
});
