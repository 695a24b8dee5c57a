import type { DomainEvent, Events, Outbox, OutboxRow } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

export interface PublishedEvent {
  /** Rising with the order of publication; gaps are possible. */
  readonly position: number;
  readonly event: DomainEvent;
}

export interface EmbeddedEvents extends Events, Outbox {
  /** Calls `listener` for every event published from now on, once it is on disk. @returns a function that ends it. */
  subscribe(listener: (published: PublishedEvent) => void): () => void;
  /** Events behind the position `after`, oldest first. @param options.limit @default 100 */
  read(options?: { after?: number; limit?: number }): Promise<PublishedEvent[]>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events_outbox (position INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT;
`;

/** Events in a data folder: a durable outbox, so that a reader that was away can catch up. */
export function embeddedEvents(database: GroupCommitDatabase): EmbeddedEvents {
  database.schema(SCHEMA);
  const listeners = new Set<(published: PublishedEvent) => void>();

  return {
    async publish(events) {
      if (events.length === 0) return;
      const published = await database.write(() =>
        events.map((event): PublishedEvent => {
          const { lastInsertRowid } = database
            .statement('INSERT INTO events_outbox (event) VALUES (?)')
            .run(JSON.stringify(event));
          return { position: Number(lastInsertRowid), event };
        }),
      );
      // In a turn of its own: a listener's fault is not the publisher's.
      for (const listener of listeners) for (const each of published) queueMicrotask(() => listener(each));
    },

    subscribe(listener) {
      const own = (published: PublishedEvent) => listener(published);
      listeners.add(own);
      return () => listeners.delete(own);
    },

    async read({ after = 0, limit = 100 } = {}) {
      const rows = database
        .statement('SELECT position, event FROM events_outbox WHERE position > ? ORDER BY position LIMIT ?')
        .all(after, limit);
      await database.committed();
      return rows.map((row) => ({
        position: Number(row['position']),
        event: JSON.parse(String(row['event'])) as DomainEvent,
      }));
    },

    async rows(after) {
      const rows = database
        .statement('SELECT position, event FROM events_outbox WHERE position > ? ORDER BY position')
        .all(after);
      await database.committed();
      return rows.map((row) => ({ position: Number(row['position']), event: eventIn(String(row['event'])) }));
    },

    rewrite: (position, event) =>
      database.write(() => {
        database
          .statement('UPDATE events_outbox SET event = ? WHERE position = ?')
          .run(JSON.stringify(event), position);
      }),

    remove: (position) =>
      database.write(() => {
        database.statement('DELETE FROM events_outbox WHERE position = ?').run(position);
      }),
  };
}

function eventIn(text: string): OutboxRow['event'] {
  try {
    const event = JSON.parse(text) as Partial<DomainEvent> | null;
    const { id, type, occurredAt, detail } = event ?? {};
    const named = [id, type, occurredAt].every((each) => typeof each === 'string') && typeof detail === 'object';
    return named && detail !== null && JSON.stringify(event) === text ? (event as DomainEvent) : undefined;
  } catch {
    return undefined;
  }
}
