import { setTimeout } from 'node:timers/promises';

import { PutEventsCommand, type EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

import { StoreUnavailable, type DomainEvent, type Events } from '../ports.ts';
import { answered } from './errors.ts';

export interface AwsEventsOptions {
  readonly client: EventBridgeClient;
  readonly eventBusName: string;
  /** Waits so many milliseconds before refused events are sent again. @default a timer */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

export const EVENT_SOURCE = 'underwright';

const BATCH = 10; // PutEvents takes no more.
const WAITS = [100, 400, 1600]; // Milliseconds: 2.1 s in all, within a handler's timeout.

/**
 * Events on an EventBridge bus: `source` is `underwright`, `detail-type` the event's type, `detail` is
 * `{id, occurredAt, data}`. Needs `events:PutEvents`.
 */
export function awsEvents({ client, eventBusName, wait = setTimeout }: AwsEventsOptions): Events {
  /** @returns the events that were refused, with the first reason. */
  async function put(events: readonly DomainEvent[]): Promise<{ refused: DomainEvent[]; reason: string }> {
    const { Entries = [] } = await answered(
      'EventBridge',
      client.send(new PutEventsCommand({ Entries: events.map((event) => entryOf(event, eventBusName)) })),
    );
    const codes = Entries.map(({ ErrorCode }) => ErrorCode);
    return { refused: events.filter((_, n) => codes[n]), reason: codes.find(Boolean) ?? '' };
  }

  async function publishBatch(batch: readonly DomainEvent[]): Promise<void> {
    let { refused, reason } = await put(batch);
    for (const milliseconds of WAITS) {
      if (refused.length === 0) return;
      await wait(milliseconds);
      ({ refused, reason } = await put(refused));
    }
    if (refused.length === 0) return;
    throw new StoreUnavailable(
      `EventBridge refused ${refused.length} events past all retries (${reason}). Publishing all of them again is safe.`,
    );
  }

  return {
    async publish(events) {
      for (let start = 0; start < events.length; start += BATCH) await publishBatch(events.slice(start, start + BATCH));
    },
  };
}

function entryOf({ id, type, occurredAt, detail }: DomainEvent, eventBusName: string): PutEventsRequestEntry {
  return {
    EventBusName: eventBusName,
    Source: EVENT_SOURCE,
    DetailType: type,
    Time: new Date(occurredAt),
    Detail: JSON.stringify({ id, occurredAt, data: detail }),
  };
}
