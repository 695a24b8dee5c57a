import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { embeddedLedger } from '../../../adapters/embedded/ledger.ts';
import { embeddedSealLog } from '../../../adapters/embedded/seal-log.ts';
import { embeddedSigner } from '../../../adapters/embedded/signer.ts';
import { sealNow, type ClockConfirmed } from '../../../app/sealing/seal-ledger.ts';
import { sealProofOf } from '../../../audit/decision-file/collect.ts';
import type { Records } from '../../../audit/records.ts';
import { verifySealing } from '../../../audit/verify/seals.ts';
import { canonicalJson, digestOf } from '../../../domain/ledger/canonical-json.ts';
import { chainEvent, verifyChain, type LedgerEntry } from '../../../domain/ledger/chain.ts';
import { sealText, verifySealProof, verifySeals, type Seal, type SignedSeal } from '../../../domain/ledger/seal.ts';
import { verificationKey } from '../../../domain/ledger/signature.ts';
import { temporaryDataFolder, type TemporaryDataFolder } from '../../support/data-folder.ts';
import { manualClock } from '../../support/manual-clock.ts';

let data: TemporaryDataFolder;
let embedded: Pick<Records, 'clock' | 'ledger' | 'sealLog' | 'signer'>;
let clock: ReturnType<typeof manualClock>;
beforeEach(() => {
  data = temporaryDataFolder();
  clock = manualClock();
  embedded = {
    clock,
    ledger: embeddedLedger(data.database, clock),
    sealLog: embeddedSealLog(data.database),
    signer: embeddedSigner(data.folder),
  };
});
afterEach(() => data.remove());

async function append(applicationId: string, count: number): Promise<void> {
  const { length } = await embedded.ledger.read(applicationId);
  for (let index = length; index < length + count; index += 1) {
    await embedded.ledger.append({
      id: `event/${index}`,
      applicationId,
      type: 'APPLICATION_SCORED',
      schemaVersion: 1,
      occurredAt: clock.now().toISOString(),
      actor: 'system',
      body: { index },
    });
  }
}
/** Seals everything until now. */
async function seal(): Promise<SignedSeal | undefined> {
  clock.advance(1);
  return (await sealNow(embedded, { settledMs: 1 })).signed;
}

const faults = async () => (await verifySealing(embedded)).faults.map(({ fault }) => fault);

/** Two applications under two seals, the second of which has more of the first application. */
async function sealTwice(): Promise<void> {
  await append('application-a', 3);
  await append('application-b', 2);
  await seal();
  clock.advance(1000);
  await append('application-a', 2);
  await seal();
}

/** Writes an application's entries anew, hashes and all, as one who has the database could. */
async function rewrite(applicationId: string, change: (entry: LedgerEntry) => LedgerEntry): Promise<void> {
  let previous: LedgerEntry | undefined;
  for (const entry of await embedded.ledger.read(applicationId)) {
    const changed = change(entry);
    const written = chainEvent(changed, previous, changed.recordedAt);
    await data.edit(
      'UPDATE ledger_entries SET entry = ? WHERE sequence = ? AND application = (SELECT id FROM ledger_applications WHERE application_id = ?)',
      canonicalJson(written),
      entry.sequence,
      applicationId,
    );
    previous = written;
  }
  // The chain alone sees nothing of it.
  expect(verifyChain(applicationId, await embedded.ledger.read(applicationId))).toEqual([]);
}

async function editSeal(number: number, change: (seal: Seal) => Seal): Promise<void> {
  const signed = (await embedded.sealLog.seals()).find(({ seal }) => seal.number === number);
  if (!signed) throw new Error('There is no such seal.');
  await data.edit(
    'UPDATE seals SET signed = ? WHERE number = ?',
    JSON.stringify({ ...signed, seal: change(signed.seal) }),
    number,
  );
}

describe('Seals in a data folder', () => {
  test('hold what was sealed and leave what is newer for the next seal', async () => {
    await sealTwice();
    clock.advance(1000);
    await append('application-c', 1);
    await append('application-a', 1);
    expect(await verifySealing(embedded)).toEqual({ seals: 2, faults: [], corrected: [] });
    const [first, second] = await embedded.sealLog.seals();
    expect(first?.seal).toMatchObject({ number: 1, treeSize: 2, addedLeaves: 2, addedEntries: 5 });
    expect(second?.seal).toMatchObject({ number: 2, treeSize: 1, addedLeaves: 1, addedEntries: 2 });
  });

  test('are not made where nothing is new', async () => {
    await sealTwice();
    expect(await seal()).toBeUndefined();
  });

  test('prove each application to one who has only the public key', async () => {
    await sealTwice();
    const { isSigned } = verificationKey(await embedded.signer.publicKey());
    for (const applicationId of ['application-a', 'application-b']) {
      const proof = await sealProofOf(embedded, applicationId);
      const entries = await embedded.ledger.read(applicationId);
      if (!proof) throw new Error('No proof.');
      expect(verifySealProof(proof, entries, isSigned)).toEqual([]);
      const short = verifySealProof(proof, entries.slice(0, -1), isSigned).map(({ fault }) => fault);
      expect(short).toEqual(['ENTRIES_CUT_OFF']);
      const head = { ...proof.head, length: 1 };
      expect(verifySealProof({ ...proof, head }, entries, isSigned).map(({ fault }) => fault)).toContain(
        'NOT_UNDER_THE_SEAL',
      );
    }
    expect(await sealProofOf(embedded, 'application-c')).toBeNull();
  });

  test('keep the private key from everyone else', async () => {
    await sealTwice();
    expect(statSync(join(data.folder, 'seal-private.pem')).mode & 0o777).toBe(0o600);
  });
});

describe('Damage beneath the adapters is named', () => {
  beforeEach(sealTwice);

  test('the newest entries of an application cut off', async () => {
    await data.edit("DELETE FROM ledger_entries WHERE entry LIKE '%application-a%' AND sequence >= 3");
    expect(verifyChain('application-a', await embedded.ledger.read('application-a'))).toEqual([]);
    expect(await faults()).toEqual(['ENTRIES_CUT_OFF']);
  });

  test('a whole application gone', async () => {
    await data.edit("DELETE FROM ledger_entries WHERE entry LIKE '%application-b%'");
    await data.edit("DELETE FROM ledger_applications WHERE application_id = 'application-b'");
    expect((await verifySealing(embedded)).faults).toMatchObject([
      { fault: 'ENTRIES_CUT_OFF', applicationId: 'application-b' },
    ]);
  });

  test('a chain written anew, hashes and all', async () => {
    await rewrite('application-a', (entry) => (entry.sequence === 1 ? { ...entry, body: { index: 99 } } : entry));
    expect(await faults()).toEqual(['SEALED_ENTRY_REPLACED']);
  });

  test('an entry dated after its seal', async () => {
    await rewrite('application-b', (entry) => ({ ...entry, recordedAt: '2099-01-01T00:00:00.000Z' }));
    expect(await faults()).toEqual(['SEALED_ENTRY_REPLACED', 'RECORDED_AFTER_ITS_SEAL', 'RECORDED_AFTER_NOW']);
  });

  test('an entry added and dated before a seal that does not have it', async () => {
    const entries = await embedded.ledger.read('application-b');
    const last = entries.at(-1);
    if (!last) throw new Error('No entry.');
    const slipped = chainEvent({ ...last, id: 'event/slipped' }, last, last.recordedAt);
    await data.edit(
      "INSERT INTO ledger_entries (application, sequence, event_id, entry) SELECT id, ?, 'event/slipped', ? FROM ledger_applications WHERE application_id = 'application-b'",
      slipped.sequence,
      canonicalJson(slipped),
    );
    expect(await faults()).toEqual(['RECORDED_BEFORE_A_SEAL_WITHOUT_IT']);
  });

  test('a seal changed', async () => {
    await editSeal(2, (seal) => ({ ...seal, addedEntries: 1 }));
    expect(await faults()).toEqual(['SEAL_FORGED']);
  });

  test('a seal made with another key', async () => {
    const other = temporaryDataFolder();
    try {
      const forger = embeddedSigner(other.folder);
      await forger.create();
      const [first, second] = await embedded.sealLog.seals();
      if (!first || !second) throw new Error('Two seals were made.');
      const forged = { seal: second.seal, signature: await forger.sign(sealText(second.seal)) };
      await data.edit('UPDATE seals SET signed = ? WHERE number = 2', JSON.stringify(forged));
      expect(await faults()).toEqual(['SEAL_FORGED']);
    } finally {
      other.remove();
    }
  });

  test('a seal dated back', async () => {
    await editSeal(2, (seal) => ({ ...seal, sealedAt: '2020-01-01T00:00:00.000Z' }));
    expect(await faults()).toEqual(
      expect.arrayContaining(['SEAL_FORGED', 'SEAL_CLOCK_WENT_BACK', 'RECORDED_AFTER_ITS_SEAL']),
    );
  });

  test('the first seal gone', async () => {
    await data.edit('DELETE FROM seals WHERE number = 1');
    expect(await faults()).toContain('SEAL_MISSING');
  });

  test('the newest seal gone, with the heads that it signed left behind', async () => {
    await data.edit('DELETE FROM seals WHERE number = 2');
    expect(await faults()).toContain('SEAL_MISSING');
  });

  test('two seals exchanged', async () => {
    await data.edit('UPDATE seals SET number = 3 - number + 10');
    expect(await faults()).toContain('SEAL_OUT_OF_ORDER');
  });

  test('a sealed head changed', async () => {
    await data.edit('UPDATE seal_heads SET head = replace(head, \'"length":2\', \'"length":1\') WHERE position = 1');
    expect(await faults()).toContain('SEALED_TREE_CHANGED');
  });
});

describe('A seal is refused by name', () => {
  const DAY_MS = 86_400_000;
  const options = { settledMs: 1, maxGapMs: 31 * DAY_MS, lookAheadMs: 1000 * DAY_MS };
  const correction = { clock: 'WAS_WRONG', by: 'r.vega', note: 'The clock was set 400 days ahead.' } as const;
  const sealing = (confirmed?: ClockConfirmed) => sealNow(embedded, { ...options, confirmed });
  const refusals = async () => (await sealing()).refused.map(({ fault, applicationId }) => [fault, applicationId]);
  const lengths = async (number: number) =>
    Object.fromEntries(
      (await embedded.sealLog.added(number)).map(({ applicationId, length }) => [applicationId, length]),
    );

  test('under a clock that is behind the newest seal, until the clock that was ahead is corrected', async () => {
    await append('application-a', 2);
    clock.advance(400 * DAY_MS);
    await append('application-b', 1);
    clock.advance(1);
    expect(await sealing()).toMatchObject({ signed: { seal: { number: 1 } }, refused: [] });
    clock.advance(-400 * DAY_MS);
    await append('application-c', 1);
    clock.advance(1);
    expect(await refusals()).toEqual([['CLOCK_BEHIND_SEAL', null]]);
    expect(await faults()).toEqual(['CLOCK_BEHIND_SEAL', 'RECORDED_BEFORE_A_SEAL_WITHOUT_IT']);

    const { signed, refused } = await sealing(correction);
    expect(refused).toEqual([]);
    expect(signed?.seal).toMatchObject({
      number: 2,
      sealedAt: new Date(clock.now().getTime() - 1).toISOString(),
      clock: { corrected: { by: 'r.vega', note: correction.note } },
    });
    expect(await lengths(2)).toEqual({ 'application-c': 1 });
    expect(await verifySealing(embedded)).toMatchObject({ faults: [], corrected: [{ seal: 2 }] });

    // An entry behind one that was dated ahead is dated ahead too.
    await append('application-b', 1);
    await append('application-d', 1);
    clock.advance(1);
    expect((await sealing()).refused).toEqual([]);
    expect(await lengths(3)).toEqual({ 'application-b': 2, 'application-d': 1 });
    expect((await sealing()).signed).toBeUndefined();
    expect(await verifySealing(embedded)).toMatchObject({ seals: 3, faults: [], corrected: [{ seal: 2 }] });
    const proof = await sealProofOf(embedded, 'application-b');
    const { isSigned } = verificationKey(await embedded.signer.publicKey());
    expect(verifySealProof(proof!, await embedded.ledger.read('application-b'), isSigned)).toEqual([]);
  });

  test('while entries of a clock that was ahead are there, and the others are sealed', async () => {
    await append('application-a', 2);
    clock.advance(1);
    await sealing();
    clock.advance(400 * DAY_MS);
    await append('application-b', 1);
    clock.advance(1);
    expect(await refusals()).toEqual([['CLOCK_AHEAD_OF_SEAL', null]]);
    clock.advance(-400 * DAY_MS);
    await append('application-a', 1);
    clock.advance(1);
    expect(await refusals()).toEqual([['RECORDED_AFTER_NOW', 'application-b']]);
    expect(await lengths(2)).toEqual({ 'application-a': 3 });
    expect(await faults()).toEqual(['RECORDED_AFTER_NOW']);
    expect((await sealing(correction)).refused).toEqual([]);
    expect(await lengths(3)).toEqual({ 'application-b': 1 });
    expect(await verifySealing(embedded)).toMatchObject({ faults: [], corrected: [{ seal: 3 }] });
    expect(await refusals()).toEqual([]);
  });

  test('a month after the newest one, until a person confirms the clock', async () => {
    await append('application-a', 1);
    clock.advance(1);
    await sealing();
    clock.advance(32 * DAY_MS);
    expect(await refusals()).toEqual([]);
    await append('application-a', 1);
    clock.advance(1);
    expect(await refusals()).toEqual([['CLOCK_AHEAD_OF_SEAL', null]]);
    const { signed } = await sealing({ ...correction, clock: 'IS_RIGHT' });
    expect(signed?.seal.clock?.corrected).toMatchObject({ by: 'r.vega' });
    expect(await faults()).toEqual([]);
  });

  test('a correction where nothing is dated after now', async () => {
    await append('application-a', 1);
    clock.advance(1);
    expect((await sealing(correction)).refused).toMatchObject([{ fault: 'NO_CLOCK_TO_CORRECT' }]);
    expect(await embedded.sealLog.seals()).toEqual([]);
  });

  test('a seal dated back without a correction, also one that the writer of the database forged', async () => {
    await append('application-a', 1);
    clock.advance(400 * DAY_MS);
    await sealing();
    const [first] = await embedded.sealLog.seals();
    const forged = {
      ...first!.seal,
      number: 2,
      previousSeal: digestOf(first!.seal),
      sealedAt: '2026-01-05T12:00:00.000Z',
    };
    const acknowledged = { ...forged, clock: { aheadUntil: first!.seal.sealedAt, corrected: correction } };
    for (const each of [forged, acknowledged]) {
      const { isSigned } = verificationKey(await embedded.signer.publicKey());
      const names = verifySeals([first!, { seal: each, signature: first!.signature }], isSigned).map(
        ({ fault }) => fault,
      );
      expect(names).toContain('SEAL_FORGED');
      expect(names.includes('SEAL_CLOCK_WENT_BACK')).toBe(each === forged);
    }
  });

  test.each<[string, string, string]>([
    [
      'a broken link',
      'BROKEN_LINK',
      "UPDATE ledger_entries SET entry = replace(entry, substr(entry, instr(entry, '\"previousHash\":\"') + 16, 8), '00000000') WHERE sequence = 2",
    ],
    [
      'a changed entry',
      'CHANGED_ENTRY',
      'UPDATE ledger_entries SET entry = replace(entry, \'"index":2\', \'"index":9\') WHERE sequence = 2',
    ],
    [
      'white space in the text of an entry',
      'ENTRY_TEXT_DIFFERS',
      "UPDATE ledger_entries SET entry = ' ' || entry WHERE sequence = 2",
    ],
    ['an entry that was taken out', 'SEQUENCE_GAP', 'DELETE FROM ledger_entries WHERE sequence = 2'],
    ['sealed entries cut off', 'ENTRIES_CUT_OFF', 'DELETE FROM ledger_entries WHERE sequence >= 0'],
    [
      'a changed sealed head',
      'SEALED_TREE_CHANGED',
      `UPDATE seal_heads SET head = replace(head, '"length":2', '"length":1')`,
    ],
  ])('for one application: %s', async (_, fault, tampering) => {
    await append('application-a', 2);
    clock.advance(1);
    await sealing();
    await append('application-a', 2);
    await append('application-b', 1);
    clock.advance(1);
    const where =
      fault === 'SEALED_TREE_CHANGED'
        ? ''
        : " AND application = (SELECT id FROM ledger_applications WHERE application_id = 'application-a')";
    await data.edit(`${tampering}${where}`);
    if (fault === 'ENTRIES_CUT_OFF') await append('application-a', 1);
    clock.advance(1);
    const { signed, refused } = await sealing();
    expect(refused).toMatchObject([{ applicationId: 'application-a', fault }]);
    expect((await embedded.sealLog.added(signed!.seal.number)).map(({ applicationId }) => applicationId)).toEqual([
      'application-b',
    ]);
  });

  test('for an entry that another program wrote and chained, until it is put back', async () => {
    data.database.authenticate(randomBytes(32));
    await append('application-a', 2);
    await append('application-b', 1);
    const written = data.database.statement('SELECT * FROM ledger_entries WHERE application = 1').all();
    await rewrite('application-a', (entry) => ({ ...entry, actor: 'someone.else' }));
    clock.advance(1);
    const { signed, refused } = await sealNow(embedded, options);
    expect(refused).toMatchObject([{ applicationId: 'application-a', fault: 'ENTRY_NOT_AUTHENTIC', sequence: 0 }]);
    expect(signed?.seal.addedLeaves).toBe(1);
    expect(signed?.seal.refused).toEqual(['application-a']);
    clock.advance(1);
    const later = await sealNow(embedded, options);
    expect(later).toMatchObject({ signed: undefined, refused: [{ applicationId: 'application-a' }] });
    await data.edit('DELETE FROM ledger_entries WHERE application = 1');
    for (const { sequence, event_id: id, entry, code } of written) {
      await data.edit(
        'INSERT INTO ledger_entries (application, sequence, event_id, entry, code) VALUES (1, ?, ?, ?, ?)',
        ...([sequence, id, entry, code] as [number, string, string, Uint8Array]),
      );
    }
    clock.advance(1);
    expect(await sealNow(embedded, options)).toMatchObject({ signed: { seal: { addedEntries: 2 } }, refused: [] });
    expect(await faults()).toEqual([]);
  });
});
