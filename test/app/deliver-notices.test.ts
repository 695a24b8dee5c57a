import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { smtpMailer } from '../../adapters/mail/smtp.ts';
import type { NoticeMail } from '../../adapters/ports.ts';
import { deliverNotices } from '../../app/notices/deliver-notices.ts';
import { recordBounce } from '../../app/notices/record-bounce.ts';
import { recordDelivery } from '../../app/notices/record-delivery.ts';
import { withdrawApplication } from '../../app/withdrawal/withdraw-application.ts';
import { rowFaults } from '../../audit/reconcile/projections.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { MS_PER_DAY } from '../../domain/calendar.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { deliveriesOf, deliveryState, givenOn } from '../../domain/notices/delivery.ts';
import { eventFaults } from '../../domain/projections/outbox.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { startMailServer } from '../support/mail-server.ts';
import { submissionOf } from '../support/submissions.ts';
import { finish, startWalk, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
let server: Awaited<ReturnType<typeof startMailServer>>;
let refused: boolean;
beforeEach(async () => {
  embedded = embeddedPorts();
  refused = false;
  server = await startMailServer(() => refused);
});
afterEach(async () => {
  await server.close();
  embedded.close();
});

const mail = (url = server.url): NoticeMail => ({
  configured: true,
  send: smtpMailer({ url, sender: 'notices@lender.example', clock: embedded.ports.clock, timeoutMs: 300 }),
});
/** An application without income: the notice of incompleteness needs no report. */
const incomplete = (esign: boolean) => {
  const { consents, income: _, ...rest } = submissionOf();
  const version = LENDER.consentTexts.ESIGN[0]?.version ?? '';
  const given = { ...consents[0]!, kind: 'ESIGN' as const, textVersion: version };
  return { ...rest, consents: esign ? [...consents, given] : consents } as unknown as ReturnType<typeof submissionOf>;
};
async function noticed(esign: boolean): Promise<void> {
  await finish(await walkToPolicy(embedded, incomplete(esign)));
}
const deliver = (noticeMail = mail(), over: object = embedded.ports) =>
  deliverNotices({ ...(over as EmbeddedPorts['ports']), noticeMail })({});
const states = async () => deliveriesOf(await embedded.ports.ledger.read(ID)).map(deliveryState);
const outbox = () => join(embedded.data.folder, 'outbox', ID);
const printed = () => (existsSync(outbox()) ? readdirSync(outbox()).map((name) => name.split('.')[1] ?? '') : []);
const record = (command: object) => recordDelivery(embedded.ports)({ applicationId: ID, by: 'r.vega', ...command });

/** What `verify` finds: in the chain, the entries, the rows and the published events. */
async function faults(): Promise<unknown[]> {
  const { ports } = embedded;
  const entries = await ports.ledger.read(ID);
  const history = async () => undefined;
  const rows = await rowFaults({ ...ports, history }, ID, entries);
  const stored = (await ports.events.rows()).filter(({ event }) => event?.type !== 'ApplicationReceived');
  return [
    ...verifyChain(ID, entries),
    ...(await entryFaults(ports as unknown as Records, entries)),
    ...rows.faults.filter(({ fault }) => fault === 'NOTICE_DIFFERS' || fault === 'ROW_UNKNOWN'),
    ...eventFaults(entries, rows.opened.contracts, stored).filter(({ type = '' }) => type.startsWith('Notice')),
  ];
}

describe('A notice', () => {
  test('goes by e-mail where the applicant consented, and is sent only then', async () => {
    await noticed(true);
    expect([await states(), server.messages.length]).toEqual([['READY'], 0]);
    expect(await deliver()).toMatchObject({ sent: 1, printing: 0, failed: [], more: false });
    expect(await deliver()).toMatchObject({ sent: 0, printing: 0 });
    expect([await states(), server.messages.length]).toEqual([['SENT'], 1]);
    expect(await faults()).toEqual([]);
  });

  test('goes on paper without a consent, and is sent only once a person states that it was mailed', async () => {
    await noticed(false);
    expect(await deliver()).toMatchObject({ sent: 0, printing: 1 });
    expect(printed().toSorted()).toEqual(['html', 'json', 'pdf']);
    expect(readdirSync(outbox()).map((name) => statSync(join(outbox(), name)).mode & 0o777)).toEqual([
      0o600, 0o600, 0o600,
    ]);
    expect(await states()).toEqual(['PRINTING']);
    expect(await record({ act: 'MAILED', on: '2026-01-04' })).toMatchObject({
      result: 'REJECTED',
      errors: [{ path: 'on' }],
    });
    expect(await record({ act: 'MAILED' })).toMatchObject({ result: 'RECORDED', repeated: false });
    expect(await record({ act: 'MAILED' })).toMatchObject({ result: 'RECORDED', repeated: true });
    expect([await states(), printed()]).toEqual([['SENT'], []]);
    expect(await faults()).toEqual([]);
  });

  test('that comes back by e-mail goes on paper, and counts from there', async () => {
    await noticed(true);
    await deliver();
    embedded.ports.clock.advance(3 * MS_PER_DAY);
    const [{ notice } = { notice: '' }] = deliveriesOf(await embedded.ports.ledger.read(ID));
    const bounce = { event: 'Bounce' as const, applicationId: ID, notice, attempt: 1 };
    expect(await recordBounce(embedded.ports)(bounce)).toEqual({ recorded: true });
    expect(await recordBounce(embedded.ports)(bounce)).toEqual({ recorded: false });
    expect(await record({ act: 'RETURNED', why: 'BOUNCED' })).toMatchObject({ result: 'RECORDED', repeated: true });
    expect(givenOn(deliveriesOf(await embedded.ports.ledger.read(ID))[0]!)).toBeUndefined();
    expect(await deliver()).toMatchObject({ sent: 0, printing: 1 });
    await record({ act: 'MAILED', reference: 'batch-7' });
    expect(givenOn(deliveriesOf(await embedded.ports.ledger.read(ID))[0]!)).toBe('2026-01-08');
    expect(await faults()).toEqual([]);
  });

  test('to an address that is refused goes on paper at once', async () => {
    refused = true;
    await noticed(true);
    expect(await deliver()).toMatchObject({ sent: 0, printing: 1, failed: [] });
    expect(await faults()).toEqual([]);
  });

  test('that no server takes waits longer after each try, and is sent once a server does', async () => {
    await noticed(true);
    const down = mail('smtp://127.0.0.1:1');
    expect(await deliver(down)).toMatchObject({ failed: [{ applicationId: ID, error: 'MailServerUnreachable' }] });
    expect(await faults()).toEqual([]);
    expect(await deliver()).toMatchObject({ sent: 0, failed: [] });
    embedded.ports.clock.advance(300_001);
    expect(await deliver()).toMatchObject({ sent: 1, failed: [] });
  });

  test('is taken back from the print shop, and never mailed, once the applicant withdrew', async () => {
    await noticed(false);
    await deliver();
    const functions = { invoke: async () => null };
    const withdrawn = await withdrawApplication({ ...embedded.ports, functions })({
      applicationId: ID,
      by: 'web.front-end',
    });
    expect(withdrawn).toMatchObject({ result: 'WITHDRAWN' });
    const [{ notice } = { notice: '' }] = deliveriesOf(await embedded.ports.ledger.read(ID));
    expect(await states()).toEqual(['SUPERSEDED', 'READY']);
    expect(await deliver()).toMatchObject({ printing: 1 });
    expect([await states(), printed().length]).toEqual([['SUPERSEDED', 'PRINTING'], 3]);
    expect(await record({ act: 'MAILED', notice })).toMatchObject({ result: 'CONFLICT', why: 'SUPERSEDED' });
    expect(await record({ act: 'MAILED' })).toMatchObject({ result: 'RECORDED', notices: [{ kind: 'WITHDRAWAL' }] });
    expect(await faults()).toEqual([]);
  });

  test('that comes back on paper is mailed again as attempt 2, and another statement about it is a conflict', async () => {
    await noticed(false);
    await deliver();
    await record({ act: 'MAILED', reference: 'B1' });
    expect(await record({ act: 'MAILED', reference: 'B1' })).toMatchObject({ repeated: true });
    expect(await record({ act: 'MAILED', reference: 'B2' })).toMatchObject({
      result: 'CONFLICT',
      why: 'ALREADY_MAILED',
    });
    await record({ act: 'RETURNED', why: 'MOVED' });
    expect(await states()).toEqual(['RETURNED']);
    expect(await record({ act: 'MAILED', reference: 'B3' })).toMatchObject({
      result: 'RECORDED',
      repeated: false,
      notices: [{ attempt: 2 }],
    });
    expect(await states()).toEqual(['SENT']);
    expect(await faults()).toEqual([]);
  });

  test('cannot come back before it was sent, or be mailed before it was printed', async () => {
    await noticed(true);
    expect(await record({ act: 'RETURNED', why: 'MOVED' })).toMatchObject({ result: 'CONFLICT', why: 'NOT_SENT' });
    expect(await record({ act: 'MAILED' })).toMatchObject({ result: 'CONFLICT', why: 'NOT_PRINTING' });
    expect(await record({ act: 'MAILED', notice: 'b'.repeat(64) })).toMatchObject({ result: 'NO_SUCH_NOTICE' });
    expect(await record({ act: 'LOST' })).toMatchObject({ result: 'REJECTED' });
    expect(await faults()).toEqual([]);
  });

  test('is recorded once and under one message id, wherever the process dies', async () => {
    let message = '';
    await eachDeath(async (calls) => {
      const own = embeddedPorts();
      const before = embedded;
      embedded = own;
      try {
        await noticed(true);
        server.messages.splice(0);
        const dying = dyingAfter({ ...own.ports, noticeMail: mail() }, calls);
        await deliverNotices(dying)({}).catch(() => {});
        own.ports.clock.advance(600_001);
        await deliver();
        const entries = await own.ports.ledger.read(ID);
        expect(entries.filter(({ type }) => type === 'NOTICE_SENT')).toHaveLength(1);
        const ids = new Set(server.messages.map((text) => /^Message-ID: (.*)$/m.exec(text)?.[1]));
        expect(ids.size).toBe(1);
        message = [...ids].join('');
        expect(await faults()).toEqual([]);
        return dying.died();
      } finally {
        own.close();
        embedded = before;
      }
    });
    expect(message).toMatch(/@lender\.example>/);
  });
});

describe('An application without a sent notice', () => {
  test('is reported on days 20, 25 and 31 after its receipt, each once, also undecided or only ready', async () => {
    await startWalk(embedded, submissionOf());
    const daysLater = async (days: number) => {
      embedded.ports.clock.set(new Date(Date.parse('2026-01-05T18:00:00Z') + days * MS_PER_DAY).toISOString());
      const { warned, waiting } = await deliver();
      return [warned, waiting.day20, waiting.day25, waiting.day31];
    };
    expect(await daysLater(19)).toEqual([0, 0, 0, 0]);
    expect(await daysLater(20)).toEqual([1, 1, 0, 0]);
    expect(await daysLater(20)).toEqual([0, 1, 0, 0]);
    expect(await daysLater(26)).toEqual([1, 1, 1, 0]);
    expect(await daysLater(31)).toEqual([1, 1, 1, 1]);
    const published = (await embedded.ports.events.read()).map(({ event }) => event);
    expect(
      published.filter(({ type }) => type.startsWith('Notice')).map(({ type, detail }) => [type, detail['day']]),
    ).toEqual([
      ['NoticeDueSoon', 20],
      ['NoticeDueSoon', 25],
      ['NoticeOverdue', 31],
    ]);
    expect(await faults()).toEqual([]);
  });

  test('is reported no more once the notice is sent', async () => {
    await noticed(true);
    await deliver();
    embedded.ports.clock.advance(40 * MS_PER_DAY);
    expect(await deliver()).toMatchObject({ warned: 0, waiting: { day20: 0 } });
  });
});
