import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { DomainEvent, Events } from '../../adapters/ports.ts';

export interface EventsUnderTest {
  open(): Events;
  /** Ids of all that receivers got so far. */
  received(): Promise<DomainEvent[]>;
  close(): Promise<void>;
}

export function domainEvent(id: string): DomainEvent {
  return {
    id,
    type: 'DecisionRecorded',
    occurredAt: '2026-01-05T12:00:00.000Z',
    detail: { applicationId: 'application-1', outcome: 'DECLINE', note: 'é' },
  };
}

/** What every way of telling other systems does. */
export function describeEventsContract(name: string, make: () => Promise<EventsUnderTest>): void {
  describe(`${name}: events`, () => {
    let under: EventsUnderTest;
    let events: Events;
    beforeAll(async () => {
      under = await make();
      events = under.open();
    });
    afterAll(() => under.close());

    const receivedIds = async () => (await under.received()).map(({ id }) => id);

    test('nothing to tell is nothing told', async () => {
      await events.publish([]);
      expect(await under.received()).toEqual([]);
    });

    test('an event arrives whole', async () => {
      await events.publish([domainEvent('one')]);
      expect((await under.received()).filter(({ id }) => id === 'one')).toEqual([domainEvent('one')]);
    });

    test('many events in one call all arrive', async () => {
      const ids = Array.from({ length: 25 }, (_, n) => `many-${n}`);
      await events.publish(ids.map(domainEvent));
      expect((await receivedIds()).filter((id) => id.startsWith('many-')).sort()).toEqual(ids.sort());
    });

    test('an event published again arrives under the same id', async () => {
      await events.publish([domainEvent('again')]);
      await under.open().publish([domainEvent('again')]);
      const again = (await receivedIds()).filter((id) => id === 'again');
      expect(again.length).toBeGreaterThanOrEqual(1);
    });
  });
}
