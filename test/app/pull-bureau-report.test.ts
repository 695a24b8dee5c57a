import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { BureauAmbiguous, BureauUnavailable, type Bureau } from '../../adapters/ports.ts';
import { pullBureauReport } from '../../app/workflow/pull-bureau-report.ts';
import type { GivenConsent } from '../../domain/application/consents.ts';
import { application } from '../../domain/application/submission.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { applicationOf, identityOf, submissionOf } from '../support/submissions.ts';
import { pullWithRetries, startWalk, type Walk } from '../support/walk.ts';

const DAY = 86_400_000;
const BUREAU = 'simulated-bureau';
const FIRST = { bureau: BUREAU, pullEpoch: 0, retryCount: 0 };

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const walkOf = (ssn: string, over = embedded) =>
  startWalk(over, submissionOf({ applicant: identityOf({ ssn: ssn.replaceAll('-', '') }) }));
const posted = async (over = embedded) => (await over.pulls()).filter((pull) => pull.posted).length;
const claim = async () => {
  const { pk, sk } = keys.pull('application-0001', BUREAU, 0);
  return (await embedded.ports.workStore.get(pk, sk))?.data['state'];
};
const withBureau = (pull: Bureau['pull']) => ({ ...embedded.ports, bureau: { ...embedded.ports.bureau, pull } });

const reviewed = (action: 'REPULL' | 'TAKE_POSTED', consent?: GivenConsent) =>
  embedded.ports.ledger.append(
    ledgerEvent({
      id: 'review/1/completed',
      applicationId: 'application-0001',
      type: 'REVIEW_COMPLETED',
      occurredAt: '2026-01-05T12:00:00.000Z',
      actor: 'r.vega',
      body: {
        action,
        ...(consent && { consent }),
        evidence: [{ kind: 'review', address: 'a'.repeat(64), versionId: '1' }],
        output: {},
      },
    }),
  );
const takePosted = () => reviewed('TAKE_POSTED');

describe('a pull', () => {
  test('goes once to the bureau, and a repeated call answers with the first', async () => {
    const walk = await walkOf('900-01-0000');
    const pulled = await walk.call('PullBureauReport', FIRST);
    expect(pulled).toMatchObject({ bureau: BUREAU, status: 'HIT', scorable: true });
    expect(await walk.call('PullBureauReport', FIRST)).toEqual(pulled);
    expect(await walk.call('PullBureauReport', { ...FIRST, retryCount: 2 })).toEqual(pulled);
    expect(await posted()).toBe(1);
    expect(await claim()).toBe('RECEIVED');
  });

  test('in a later round of the same execution reads the answer that came, and does not pull again', async () => {
    const walk = await walkOf('900-01-0000');
    const pulled = await walk.call('PullBureauReport', FIRST);
    walk.nextRound();
    expect(await walk.call('PullBureauReport', FIRST)).toEqual(pulled);
    expect(await posted()).toBe(1);
  });

  test('that a person ordered anew is a second inquiry with a reference of its own', async () => {
    const walk = await walkOf('900-60-0000');
    await walk.call('PullBureauReport', FIRST);
    walk.nextRound();
    const again = { ...FIRST, pullEpoch: 1 };
    // A task token answered with REPULL is no order: the review that orders it is in the ledger.
    await expect(walk.call('PullBureauReport', again)).rejects.toMatchObject({ name: 'PullNotOrdered' });
    expect(await posted()).toBe(1);
    await reviewed('REPULL');
    await walk.call('PullBureauReport', again);
    expect(new Set((await embedded.pulls()).map(({ reference }) => reference)).size).toBe(2);
  });

  test('that is ambiguous is completed by the posted report, only because a person ordered it, without an inquiry', async () => {
    const walk = await walkOf('900-50-0000');
    expect(await walk.call('PullBureauReport', FIRST)).toMatchObject({ status: 'AMBIGUOUS' });
    walk.nextRound();
    expect(await walk.call('PullBureauReport', FIRST)).toMatchObject({ status: 'AMBIGUOUS' });
    await takePosted();
    walk.nextRound();
    const taken = await walk.call('PullBureauReport', FIRST);
    expect(taken).toMatchObject({ status: 'HIT', scorable: true });
    expect(await walk.call('PullBureauReport', FIRST)).toEqual(taken);
    expect([await posted(), await claim()]).toEqual([1, 'RECEIVED']);
  });

  test('that the bureau did not post is proven unposted by the lookup, and only a person orders the next', async () => {
    const walk = await walkOf('900-01-0000');
    const lost = withBureau(() => Promise.reject(new BureauAmbiguous('Lost on its way.')));
    expect(await walk.call('PullBureauReport', FIRST, lost)).toMatchObject({ status: 'AMBIGUOUS' });
    await takePosted();
    walk.nextRound();
    expect(await walk.call('PullBureauReport', FIRST)).toMatchObject({ status: 'UNAVAILABLE', evidence: null });
    expect([await posted(), await claim()]).toEqual([0, 'CLAIMED']);
  });

  test('stays ambiguous where the bureau does not answer the lookup, after the retries of the state', async () => {
    const walk = await walkOf('900-50-0000');
    await walk.call('PullBureauReport', FIRST);
    await takePosted();
    walk.nextRound();
    const { bureau } = embedded.ports;
    const silent = {
      ...embedded.ports,
      bureau: { ...bureau, posted: () => Promise.reject(new BureauUnavailable('No answer.')) },
    };
    await expect(walk.call('PullBureauReport', FIRST, silent)).rejects.toThrow(BureauUnavailable);
    expect(await walk.call('PullBureauReport', { ...FIRST, retryCount: 2 }, silent)).toMatchObject({
      status: 'AMBIGUOUS',
    });
    expect([await posted(), await claim()]).toEqual([1, 'SENT']);
  });

  test('of two at once is sent once, and both give what the ledger says', async () => {
    const walk = await walkOf('900-01-0000');
    const both = await Promise.all([walk.call('PullBureauReport', FIRST), walk.call('PullBureauReport', FIRST)]);
    expect(both[0]).toEqual(both[1]);
    expect(await posted()).toBe(1);
    const entries = await embedded.ports.ledger.read('application-0001');
    expect(entries.filter(({ type }) => type === 'BUREAU_REPORT_PULLED')).toHaveLength(1);
  });

  test('that died after any call is posted at most once, and is ambiguous where nobody can tell', async () => {
    const seen = new Set<string>();
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const walk = await walkOf('900-01-0000', own);
        const dying = dyingAfter(own.ports, calls);
        await walk.call('PullBureauReport', FIRST, dying).catch(() => undefined);
        const pulled = await walk.call('PullBureauReport', { ...FIRST, retryCount: 1 });
        seen.add(pulled.status);
        expect(await posted(own)).toBeLessThanOrEqual(1);
        if (pulled.status === 'HIT') expect(await posted(own)).toBe(1);
        else expect(pulled).toMatchObject({ status: 'AMBIGUOUS', scorable: false, evidence: null });
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(8);
    expect(seen).toEqual(new Set(['HIT', 'AMBIGUOUS']));
  });

  test('is retried after an outage, and answered', async () => {
    expect(await pullWithRetries(await walkOf('900-41-0000'))).toMatchObject({ status: 'HIT' });
    expect(await posted()).toBe(1);
  });

  test('reports an outage on its last try, and posts nothing', async () => {
    expect(await pullWithRetries(await walkOf('900-40-0000'))).toMatchObject({ status: 'UNAVAILABLE', evidence: null });
    expect(await embedded.pulls()).toHaveLength(3);
    expect(await posted()).toBe(0);
    expect(await claim()).toBe('CLAIMED');
  });

  test('whose answer did not come is ambiguous, and stays so', async () => {
    const walk = await walkOf('900-50-0000');
    for (let round = 0; round < 2; round += 1) {
      expect(await walk.call('PullBureauReport', FIRST)).toMatchObject({ status: 'AMBIGUOUS', evidence: null });
      walk.nextRound();
    }
    expect(await posted()).toBe(1);
  });

  test.each([
    ['an ambiguous failure', new BureauAmbiguous('?')],
    ['a failure nobody foresaw', new TypeError('socket')],
  ])('is never sent again after %s', async (_, failure) => {
    let sent = 0;
    const ports = withBureau(async () => {
      sent += 1;
      throw failure;
    });
    const walk = await walkOf('900-01-0000');
    const first = await walk.call('PullBureauReport', FIRST, ports).catch((error: unknown) => error);
    if (first !== failure) expect(first).toMatchObject({ status: 'AMBIGUOUS' });
    expect(await walk.call('PullBureauReport', FIRST, ports)).toMatchObject({ status: 'AMBIGUOUS' });
    expect(sent).toBe(1);
  });

  test('keeps one reference through its retries', async () => {
    const references: string[] = [];
    const ports = withBureau(async ({ reference }) => {
      references.push(reference);
      throw new BureauUnavailable('down');
    });
    const walk = await walkOf('900-01-0000');
    await walk.call('PullBureauReport', FIRST, ports).catch(() => undefined);
    await walk.call('PullBureauReport', { ...FIRST, retryCount: 2 }, ports);
    expect(references).toHaveLength(2);
    expect(new Set(references).size).toBe(1);
  });

  test.each(['900-80-0000', '900-80-0001', '900-80-0002', '900-81-0000'])(
    'of %s keeps the answer that cannot be read, and a resumed call does not pull again',
    async (ssn) => {
      const walk = await walkOf(ssn);
      for (let round = 0; round < 2; round += 1) {
        await expect(walk.call('PullBureauReport', FIRST)).rejects.toThrow(
          expect.objectContaining({ name: 'BureauReportUnreadable' }),
        );
        walk.nextRound();
      }
      expect(await posted()).toBe(1);
      const entries = await embedded.ports.ledger.read('application-0001');
      const unreadable = entries.filter(({ type }) => type === 'BUREAU_ANSWER_UNREADABLE');
      expect(unreadable).toHaveLength(2);
      const address = readBody(unreadable[0]!, 'BUREAU_ANSWER_UNREADABLE').evidence[0]!.address;
      expect(await embedded.ports.evidence.open('application-0001', 'bureau-answer', address)).toHaveProperty('body');
    },
  );

  describe('whose answer cannot be read', () => {
    const [unreadable, readable] = ['900-80-0001', '900-01-0000'];
    const withPosted = (answer: Bureau['posted']) => ({
      ...embedded.ports,
      bureau: { ...embedded.ports.bureau, posted: answer },
    });
    const fails = (walk: Walk, name: string, ports: object = embedded.ports, retryCount = 0) =>
      expect(walk.call('PullBureauReport', { ...FIRST, retryCount }, ports)).rejects.toMatchObject({ name });
    async function taken(ssn: string) {
      const walk = await walkOf(ssn);
      const broken = withBureau(async (request) => {
        await embedded.ports.bureau.pull(request);
        return { format: 'underwright-simulated-1', body: {} };
      });
      await fails(walk, 'BureauReportUnreadable', broken);
      await takePosted();
      walk.nextRound();
      return walk;
    }

    test('is completed by the posted report, only because a person ordered it, without an inquiry', async () => {
      const walk = await taken(readable);
      const report = await walk.call('PullBureauReport', FIRST);
      expect(report).toMatchObject({ status: 'HIT', scorable: true });
      expect(await walk.call('PullBureauReport', FIRST)).toEqual(report);
      walk.nextRound();
      expect(await walk.call('PullBureauReport', FIRST)).toEqual(report);
      expect([await posted(), await claim()]).toEqual([1, 'RECEIVED']);
    });

    test('stays unreadable where the posted report is too, and each lookup keeps its answer', async () => {
      const walk = await taken(unreadable);
      let lookups = 0;
      const changing = withPosted(async () => {
        lookups += 1;
        return { format: 'underwright-simulated-1', body: { lookups } };
      });
      for (let time = 0; time < 2; time += 1) await fails(walk, 'BureauReportUnreadable', changing);
      walk.nextRound();
      await fails(walk, 'BureauReportUnreadable');
      expect([lookups, await posted(), await claim()]).toEqual([2, 1, 'RECEIVED']);
      const entries = await embedded.ports.ledger.read('application-0001');
      expect(entries.filter(({ type }) => type === 'BUREAU_ANSWER_UNREADABLE')).toHaveLength(3);
    });

    test('is proven unposted where the bureau has no such inquiry', async () => {
      const walk = await taken(readable);
      const none = withPosted(async () => undefined);
      expect(await walk.call('PullBureauReport', FIRST, none)).toMatchObject({ status: 'UNAVAILABLE', evidence: null });
      expect(await claim()).toBe('CLAIMED');
    });

    test('keeps it where the bureau does not answer the lookup', async () => {
      const walk = await taken(readable);
      const silent = withPosted(() => Promise.reject(new BureauUnavailable('No answer.')));
      for (const retryCount of [0, 2]) await fails(walk, 'BureauUnavailable', silent, retryCount);
      expect([await posted(), await claim()]).toEqual([1, 'RECEIVED']);
    });
  });

  test('keeps an answer that has half a character, which cannot be read, and never asks again', async () => {
    let sent = 0;
    const ports = withBureau(async () => {
      sent += 1;
      return { format: 'underwright-simulated-1', body: { given: 'ZOE\uD800' } };
    });
    const walk = await walkOf('900-01-0000');
    for (let round = 0; round < 2; round += 1) {
      await expect(walk.call('PullBureauReport', FIRST, ports)).rejects.toThrow(
        expect.objectContaining({ name: 'BureauReportUnreadable' }),
      );
      walk.nextRound();
    }
    expect(sent).toBe(1);
    const entries = await embedded.ports.ledger.read('application-0001');
    const unreadable = entries.find(({ type }) => type === 'BUREAU_ANSWER_UNREADABLE');
    const address = readBody(unreadable!, 'BUREAU_ANSWER_UNREADABLE').evidence[0]!.address;
    const kept = await embedded.ports.evidence.open('application-0001', 'bureau-answer', address);
    expect(kept).toMatchObject({ body: expect.stringContaining('\\ud800') });
  });

  test('without consent makes no inquiry', async () => {
    const id = 'application-0001';
    const walk = await walkOf('900-01-0000');
    const without = application.parse(applicationOf({ consents: [] }));
    const { address } = await embedded.ports.evidence.seal(id, 'application', JSON.parse(JSON.stringify(without)));
    const called = { application: { applicationId: id, digest: address }, step: walk.stepAt('PullBureauReport') };
    await expect(pullBureauReport(embedded.ports)({ ...called, ...FIRST })).rejects.toThrow(
      expect.objectContaining({ name: 'ConsentMissing' }),
    );
    expect([await embedded.pulls(), await claim()]).toEqual([[], undefined]);
  });

  test('on a consent that became too old while the application waited makes no inquiry, and a new consent permits it', async () => {
    const walk = await walkOf('900-01-0000');
    embedded.ports.clock.advance(31 * DAY);
    await expect(walk.call('PullBureauReport', FIRST)).rejects.toMatchObject({ name: 'ConsentMissing' });
    expect([await embedded.pulls(), await claim()]).toEqual([[], undefined]);
    await reviewed('REPULL', { textVersion: '2026-11', givenAt: '2026-02-05T11:00:00Z' });
    walk.nextRound();
    expect(await walk.call('PullBureauReport', { ...FIRST, pullEpoch: 1 })).toMatchObject({ status: 'HIT' });
    expect(await posted()).toBe(1);
  });

  test('on the thirtieth day after the consent is made', async () => {
    const walk = await walkOf('900-01-0000');
    embedded.ports.clock.advance(30 * DAY);
    expect(await walk.call('PullBureauReport', FIRST)).toMatchObject({ status: 'HIT' });
  });

  test.each([
    ['an order without a consent', undefined],
    ['an order with a consent that is too old', { textVersion: '2026-11', givenAt: '2026-01-05T11:59:00Z' }],
  ])('is not made again on %s, a month after the first', async (_, consent) => {
    const walk = await walkOf('900-60-0000');
    await walk.call('PullBureauReport', FIRST);
    embedded.ports.clock.advance(31 * DAY);
    walk.nextRound();
    await reviewed('REPULL', consent);
    const again = walk.call('PullBureauReport', { ...FIRST, pullEpoch: 1 });
    await expect(again).rejects.toMatchObject({ name: 'ConsentMissing' });
    expect(await posted()).toBe(1);
  });
});
