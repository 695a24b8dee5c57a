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
  CREATE TABLE IF NOT EXISTS events_outbox (position INTEGER PRIMARY KEY, event TEXT NOT NULL, code BLOB) STRICT;
`;

/** Events in a data folder: a durable outbox, so that a reader that was away can catch up. */
export function embeddedEvents(database: GroupCommitDatabase): EmbeddedEvents {
  database.schema(SCHEMA);
  const listeners = new Set<(published: PublishedEvent) => void>();
  const codeOf = (position: number, text: string) => database.codeOf('event', [position, text]);

  return {
    async publish(events) {
      if (events.length === 0) return;
      const published = await database.write(() =>
        events.map((event): PublishedEvent => {
          const newest = database.statement('SELECT max(position) AS position FROM events_outbox').get();
          const position = Number(newest?.['position'] ?? 0) + 1;
          const text = JSON.stringify(event);
          database
            .statement('INSERT INTO events_outbox (position, event, code) VALUES (?, ?, ?)')
            .run(position, text, codeOf(position, text) ?? null);
          return { position, event };
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

    async rows() {
      const rows = database.statement('SELECT position, event, code FROM events_outbox ORDER BY position').all();
      await database.committed();
      return rows.map((row) => {
        const [position, text, stored] = [Number(row['position']), String(row['event']), row['code']];
        const code = codeOf(position, text);
        const authentic = !code || (stored instanceof Uint8Array && Buffer.compare(stored, code) === 0);
        return { position, event: eventIn(text), authentic };
      });
    },

    rewrite: (position, event) =>
      database.write(() => {
        const text = JSON.stringify(event);
        database
          .statement('UPDATE events_outbox SET event = ?, code = ? WHERE position = ?')
          .run(text, codeOf(position, text) ?? null, position);
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
