import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { JsonObject } from '../../../domain/json.ts';
import { canonicalJson, sha256 } from '../../../domain/ledger/canonical-json.ts';
import {
  chainedEvent,
  chainEvent,
  eventDigest,
  eventOf,
  GENESIS_HASH,
  verifyChain,
  type LedgerEntry,
  type LedgerEvent,
} from '../../../domain/ledger/chain.ts';

const event = (number: number, changes: Partial<LedgerEvent> = {}): LedgerEvent => ({
  id: `event/${number}`,
  applicationId: 'application-0001',
  type: 'APPLICATION_SCORED',
  schemaVersion: 1,
  occurredAt: `2026-03-0${number + 1}T10:00:00.000Z`,
  actor: 'system',
  body: { number, nested: { text: 'a' } },
  ...changes,
});

function chain(length: number): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let number = 0; number < length; number += 1) {
    entries.push(chainEvent(event(number), entries.at(-1), `2026-03-0${number + 1}T10:00:01.000Z`));
  }
  return entries;
}

const faultsOf = (entries: readonly LedgerEntry[]) =>
  verifyChain('application-0001', entries).map(({ fault, sequence }) => `${fault} at ${sequence}`);

/** Every path to a value that is no object. */
function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function changedAt(entry: LedgerEntry, path: readonly string[]): LedgerEntry {
  const copy = structuredClone(entry) as unknown as Record<string, unknown>;
  let inner = copy;
  for (const key of path.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  const last = path.at(-1)!;
  const value = inner[last];
  inner[last] = typeof value === 'number' ? value + 1 : `${String(value)}x`;
  return copy as unknown as LedgerEntry;
}

describe('a chain of events', () => {
  test('starts with 64 zeros and carries the hash of the entry before', () => {
    const [first, second] = chain(2);
    expect(first).toMatchObject({ sequence: 0, previousHash: GENESIS_HASH });
    expect(second).toMatchObject({ sequence: 1, previousHash: first!.hash });
    const { hash, previousHash, ...stated } = second!;
    expect(hash).toBe(sha256(previousHash + canonicalJson(stated)));
  });

  test('holds as it was written, and when nothing was written', () => {
    expect(faultsOf(chain(5))).toEqual([]);
    expect(faultsOf([])).toEqual([]);
  });

  test('shows an entry that was taken out', () => {
    expect(faultsOf(chain(4).toSpliced(1, 1))).toEqual(['SEQUENCE_GAP at 2', 'BROKEN_LINK at 2', 'SEQUENCE_GAP at 3']);
  });

  test('shows two entries in each other’s place', () => {
    const [a, b, c] = chain(3);
    expect(faultsOf([a!, c!, b!])).toContain('SEQUENCE_GAP at 2');
  });

  test('shows an entry of another application', () => {
    const entries = chain(1);
    entries.push(chainEvent(event(1, { applicationId: 'application-0002' }), entries[0], '2026-03-02T10:00:01.000Z'));
    expect(faultsOf(entries)).toEqual(['WRONG_APPLICATION at 1']);
  });

  test('shows an event that was written twice', () => {
    const entries = chain(2);
    entries.push(chainEvent(event(0), entries[1], '2026-03-04T10:00:01.000Z'));
    expect(verifyChain('application-0001', entries)).toEqual([
      { fault: 'DUPLICATE_EVENT', sequence: 2, eventId: 'event/0' },
    ]);
  });

  test('shows a write before the one it follows', () => {
    const entries = chain(2);
    entries.push(chainEvent(event(2), entries[1], '2026-03-01T00:00:00.000Z'));
    expect(faultsOf(entries)).toEqual(['CLOCK_WENT_BACK at 2']);
  });

  test('shows a history that was rewritten from one entry on, by the link before it', () => {
    const entries = chain(3);
    const forged = chainEvent(event(1, { body: {} }), entries[0], entries[1]!.recordedAt);
    expect(faultsOf([entries[0]!, forged, entries[2]!])).toEqual(['BROKEN_LINK at 2']);
  });

  test('shows a member that was added, and text that has no canonical form', () => {
    const entries = chain(2);
    expect(faultsOf([{ ...entries[0]!, note: 'added' } as LedgerEntry, entries[1]!])).toEqual(['CHANGED_ENTRY at 0']);
    expect(faultsOf([{ ...entries[0]!, body: { text: '\ud800' } }, entries[1]!])).toEqual(['CHANGED_ENTRY at 0']);
  });

  test('shows any single change of any value', () => {
    const entries = chain(4);
    fc.assert(
      fc.property(
        fc.nat(3).chain((at) => fc.constantFrom(...leaves(entries[at])).map((path) => ({ at, path }))),
        ({ at, path }) => {
          expect(faultsOf(entries.with(at, changedAt(entries[at]!, path)))).not.toEqual([]);
        },
      ),
    );
  });

  test('shows any member that was left out', () => {
    const entries = chain(2);
    for (const member of Object.keys(entries[1]!)) {
      const { [member as 'id']: _, ...rest } = entries[1]!;
      expect(faultsOf([entries[0]!, rest as LedgerEntry])).not.toEqual([]);
    }
  });
});

test('an entry comes with its canonical text', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.nat(1),
      (id, actor, body, at) => {
        const plain = JSON.parse(JSON.stringify(body)) as JsonObject;
        const previous = at === 0 ? undefined : chain(at)[at - 1];
        const { entry, text } = chainedEvent(
          { ...event(0), id, actor, body: plain },
          previous,
          '2026-04-05T12:00:00.000Z',
        );
        expect(text).toBe(canonicalJson(entry));
        expect(verifyChain(entry.applicationId, [...(previous ? [previous] : []), entry])).toEqual([]);
      },
    ),
  );
});

describe('the author’s part of an event', () => {
  test('has one digest wherever and whenever it was written', () => {
    const entries = chain(2);
    const elsewhere = chainEvent(event(0), entries[1], '2027-01-01T00:00:00.000Z');
    expect(eventDigest(elsewhere)).toBe(eventDigest(entries[0]!));
    expect(eventOf(elsewhere)).toEqual(event(0));
  });

  test('has another digest for any other fact', () => {
    for (const path of leaves(event(0))) {
      expect(eventDigest(changedAt(event(0) as LedgerEntry, path))).not.toBe(eventDigest(event(0)));
    }
  });
});
