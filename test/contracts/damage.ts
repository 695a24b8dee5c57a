import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { everyApplication } from '../../audit/applications.ts';
import type { Records } from '../../audit/records.ts';
import { verifySealing } from '../../audit/verify/seals.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { chainEvent, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { sealText, type Seal, type SignedSeal } from '../../domain/ledger/seal.ts';

/** Two decided applications: the ledgers of both under a first seal, what was exported of the first under a second. */
export const [DECIDED, OTHER] = ['counteroffer-dti', 'decline-income'] as const;

/** Records, and what writes into their stores behind the adapters' backs. */
export interface DamagedStore {
  records(): Promise<Records>;
  /** Puts text where an entry is kept, or takes it away. */
  putEntry(applicationId: string, sequence: number, text: string | undefined): Promise<void>;
  putEvidence(address: string, bytes: Uint8Array | undefined): Promise<void>;
  putSeal(number: number, signed: SignedSeal | undefined): Promise<void>;
  /** Puts another head among those of the first seal, or takes all of them away. */
  damageHeads(damage: 'CHANGED' | 'GONE'): Promise<void>;
  /** Signs with a key of the same kind as the seals' own. */
  forge(text: string): string;
  /** Undoes all damage. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Damage beneath the adapters, each kind found by `verify` and named. @param headsUnreadable by which name damaged heads go. */
export function describeDamage(name: string, headsFault: string, make: () => Promise<DamagedStore>): void {
  describe(`${name}: damage beneath the adapters`, () => {
    let store: DamagedStore;
    let records: Records;
    let entries: LedgerEntry[];
    let others: LedgerEntry[];
    let seals: SignedSeal[];
    beforeAll(async () => {
      store = await make();
    });
    beforeEach(async () => {
      records = await store.records();
      [entries, others] = [await records.ledger.read(DECIDED), await records.ledger.read(OTHER)];
      seals = await records.sealLog.seals();
    });
    afterEach(async () => {
      records.close();
      await store.restore();
    });
    afterAll(() => store.close());

    /** The names of all faults that `verify --all` tells. */
    async function faults(anchor?: SignedSeal): Promise<string[]> {
      const found = new Set<string>();
      for await (const id of everyApplication(records)) {
        for (const { fault } of (await verifyApplication(records, id))?.faults ?? []) found.add(fault);
      }
      for (const { fault } of (await verifySealing(records, { anchor })).faults) found.add(fault);
      return [...found];
    }
    /** What `verify ID` tells of the damaged application. */
    async function faultsOfOne(): Promise<string[]> {
      const verified = await verifyApplication(records, DECIDED);
      const { faults: sealed } = await verifySealing(records, { only: DECIDED });
      return [...(verified?.faults ?? []), ...sealed].map(({ fault }) => fault);
    }
    const put = (sequence: number, entry: object | undefined) =>
      store.putEntry(DECIDED, sequence, entry && canonicalJson(entry));

    /** Writes the chain anew, hashes and all, as one who has the store can. */
    async function rewrite(change: (entry: LedgerEntry) => LedgerEntry): Promise<void> {
      let previous: LedgerEntry | undefined;
      for (const entry of entries) {
        const changed = change(entry);
        previous = chainEvent(changed, previous, changed.recordedAt);
        await put(entry.sequence, previous);
      }
    }
    const at = (sequence: number): LedgerEntry => entries.at(sequence)!;
    const addressOf = (entry: LedgerEntry): string => (entry.body['evidence'] as { address: string }[])[0]!.address;
    const withBody = (entry: LedgerEntry, body: JsonObject) => ({ ...entry, body: { ...entry.body, ...body } });

    test('there is none where nobody did any, nor where a chain was written anew as it was', async () => {
      expect(await faults()).toEqual([]);
      await rewrite((entry) => entry);
      expect(await faults(seals[1])).toEqual([]);
    });

    test.each<[string, () => Promise<void>, string]>([
      ['an edit', () => put(2, withBody(at(2), { output: { status: 'HOLD' } })), 'CHANGED_ENTRY'],
      ['a member added', () => put(2, { ...at(2), note: 'added' }), 'CHANGED_ENTRY'],
      [
        'an edit with a hash to match',
        () => put(2, chainEvent({ ...at(2), actor: 'm.okafor' }, at(1), at(2).recordedAt)),
        'BROKEN_LINK',
      ],
      ['a deletion', () => put(3, undefined), 'SEQUENCE_GAP'],
      ['the first entry gone', () => put(0, undefined), 'SEQUENCE_GAP'],
      [
        'a reorder',
        async () => {
          await put(3, at(4));
          await put(4, at(3));
        },
        'SEQUENCE_GAP',
      ],
      [
        'a reorder that is numbered to match',
        async () => {
          await put(3, { ...at(4), sequence: 3 });
          await put(4, { ...at(3), sequence: 4 });
        },
        'BROKEN_LINK',
      ],
      ['an entry twice', () => put(entries.length, chainEvent(at(-1), at(-1), at(-1).recordedAt)), 'DUPLICATE_EVENT'],
      ['an entry of another application', () => put(3, others.at(3)), 'WRONG_APPLICATION'],
      ['what is no entry', () => store.putEntry(DECIDED, 3, '{"id":'), 'ENTRY_UNREADABLE'],
      ['the newest entries cut off', () => put(entries.length - 1, undefined), 'ENTRIES_CUT_OFF'],
      [
        'a whole application gone',
        async () => {
          for (const { sequence } of entries) await put(sequence, undefined);
        },
        'ENTRIES_CUT_OFF',
      ],
      [
        'a chain written anew',
        () => rewrite((entry) => (entry.sequence === 2 ? { ...entry, actor: 'm.okafor' } : entry)),
        'SEALED_ENTRY_REPLACED',
      ],
      [
        'an entry dated after its seal',
        () => rewrite((entry) => ({ ...entry, recordedAt: '2099-01-01T00:00:00.000Z' })),
        'RECORDED_AFTER_ITS_SEAL',
      ],
      [
        'an entry dated before the one before it',
        () => rewrite((entry) => (entry.sequence === 2 ? { ...entry, recordedAt: '2026-01-01T00:00:00.000Z' } : entry)),
        'CLOCK_WENT_BACK',
      ],
      [
        'an entry slipped in and dated before a seal that does not have it',
        () => put(entries.length, chainEvent({ ...at(-1), id: 'slipped' }, at(-1), at(-1).recordedAt)),
        'RECORDED_BEFORE_A_SEAL_WITHOUT_IT',
      ],
    ])('of the ledger: %s', async (_, damage, fault) => {
      await damage();
      expect(await faults()).toContain(fault);
      expect(await faultsOfOne()).toContain(fault);
    });

    test.each<[string, () => Promise<void>, string]>([
      ['changed', () => store.putEvidence(addressOf(at(-3)), Buffer.from('changed')), 'EVIDENCE_DAMAGED'],
      ['gone', () => store.putEvidence(addressOf(at(-3)), undefined), 'EVIDENCE_MISSING'],
      [
        'swapped for another application’s',
        async () => {
          const bytes = await records.evidenceStore.get(addressOf(others[0]!));
          await store.putEvidence(addressOf(at(0)), bytes);
        },
        'EVIDENCE_DAMAGED',
      ],
      [
        'swapped in the ledger for another application’s',
        () => rewrite((entry) => (entry.sequence === 0 ? withBody(entry, others[0]!.body) : entry)),
        'EVIDENCE_DOES_NOT_OPEN',
      ],
      [
        'swapped in the ledger for a piece of another kind',
        () =>
          rewrite((entry) => {
            if (entry.sequence !== 2) return entry;
            const [reference] = entry.body['evidence'] as JsonObject[];
            return withBody(entry, { evidence: [{ ...reference, address: addressOf(at(1)) }] });
          }),
        'EVIDENCE_DOES_NOT_OPEN',
      ],
    ])('of evidence: a piece %s', async (_, damage, fault) => {
      await damage();
      expect(await faults()).toContain(fault);
      expect(await faultsOfOne()).toContain(fault);
    });

    const edit = (number: number, change: Partial<Seal>) => {
      const { seal, signature } = seals[number - 1]!;
      return store.putSeal(number, { seal: { ...seal, ...change }, signature });
    };
    test.each<[string, () => Promise<void>, string]>([
      ['one changed', () => edit(2, { addedEntries: 99 }), 'SEAL_FORGED'],
      [
        'one signed with another key',
        () => store.putSeal(2, { seal: seals[1]!.seal, signature: store.forge(sealText(seals[1]!.seal)) }),
        'SEAL_FORGED',
      ],
      [
        'one with the signature of another',
        () => store.putSeal(2, { ...seals[1]!, signature: seals[0]!.signature }),
        'SEAL_FORGED',
      ],
      ['one dated back', () => edit(2, { sealedAt: '2026-01-01T00:00:00.000Z' }), 'SEAL_CLOCK_WENT_BACK'],
      ['the first gone', () => store.putSeal(1, undefined), 'SEAL_MISSING'],
      [
        'two exchanged',
        async () => {
          await store.putSeal(1, seals[1]);
          await store.putSeal(2, seals[0]);
        },
        'SEAL_OUT_OF_ORDER',
      ],
    ])('of seals: %s', async (_, damage, fault) => {
      await damage();
      expect(await faults()).toContain(fault);
      expect(await faultsOfOne()).not.toEqual([]);
    });

    test('of seals: the newest gone, by the one that was kept elsewhere', async () => {
      await store.putSeal(2, undefined);
      expect(await faults(seals[1])).toContain('SEAL_MISSING');
    });

    test.each(['CHANGED', 'GONE'] as const)('of seals: the heads that one is over %s', async (damage) => {
      await store.damageHeads(damage);
      expect(await faults()).toContain(headsFault);
    });
  });
}
