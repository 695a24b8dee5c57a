import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { embeddedSealLog } from '../../adapters/embedded/seal-log.ts';
import { embeddedSigner } from '../../adapters/embedded/signer.ts';
import type { Measure } from '../../adapters/ports.ts';
import { sealLedger } from '../../app/sealing/seal-ledger.ts';
import { signedSeal, verifySeals } from '../../domain/ledger/seal.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import type { Metric } from '../../domain/monitoring/metrics.ts';
import { ledgerEvent } from '../contracts/ledger.ts';
import { embeddedPorts, dyingAfter, eachDeath, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { sealedHeads, treeFaults } from '../support/sealed-heads.ts';

const MINUTE_MS = 60_000;

describe('SealLedger', () => {
  let world: EmbeddedPorts;
  let measured: Metric[];
  let ports: EmbeddedPorts['ports'] & {
    sealLog: ReturnType<typeof embeddedSealLog>;
    signer: ReturnType<typeof embeddedSigner>;
    measure: Measure;
  };
  beforeEach(() => {
    world = embeddedPorts();
    measured = [];
    const { database, folder } = world.data;
    ports = {
      ...world.ports,
      sealLog: embeddedSealLog(database),
      signer: embeddedSigner(folder),
      measure: (metrics) => measured.push(...metrics),
    };
  });
  afterEach(() => world.close());

  const append = (applicationId: string, id: string) => ports.ledger.append(ledgerEvent(applicationId, id));
  const faults = async () => {
    const { isSigned } = verificationKey(await ports.signer.publicKey());
    return [...verifySeals(await ports.sealLog.seals(), isSigned), ...(await treeFaults(ports.sealLog))];
  };

  test('seals each chain as far as it was recorded a quarter of an hour ago, and the rest another day', async () => {
    await append('application-1', 'e1');
    await append('application-2', 'e1');
    world.ports.clock.advance(10 * MINUTE_MS);
    await append('application-1', 'e2');
    await append('application-3', 'e1');
    world.ports.clock.advance(6 * MINUTE_MS);
    const first = await sealLedger(ports)({});
    expect(first.signed?.seal).toMatchObject({
      number: 1,
      sealedAt: '2026-01-05T12:01:00.000Z',
      addedLeaves: 2,
      addedEntries: 2,
    });
    expect((await ports.sealLog.added(1)).map(({ applicationId, length }) => [applicationId, length])).toEqual([
      ['application-1', 1],
      ['application-2', 1],
    ]);
    expect(await sealLedger(ports)({})).toEqual({ signed: null, refused: [] });
    world.ports.clock.advance(10 * MINUTE_MS);
    const second = await sealLedger(ports)({});
    expect(second.signed?.seal).toMatchObject({ number: 2, addedLeaves: 2, addedEntries: 2 });
    expect((await ports.sealLog.added(2)).map(({ applicationId, length }) => [applicationId, length])).toEqual([
      ['application-1', 2],
      ['application-3', 1],
    ]);
    expect(await faults()).toEqual([]);
  });

  test('of calls at once one makes the seal, and tells it', async () => {
    await append('application-1', 'e1');
    world.ports.clock.advance(1);
    const answers = await Promise.all([1, 2, 3].map(() => sealLedger(ports, { settledMs: 1 })({})));
    const made = answers.flatMap(({ signed }) => (signed ? [signed] : []));
    expect(made).toHaveLength(1);
    expect(await ports.sealLog.seals()).toEqual(made);
    const told = await ports.events.read({ limit: 10 });
    expect(told.map(({ event }) => [event.id, event.type])).toEqual([['seal/1', 'LedgerSealed']]);
    expect(signedSeal.parse(told[0]?.event.detail)).toEqual(made[0]);
    expect(await faults()).toEqual([]);
  });

  test('a call that died at any moment is made good by the next', async () => {
    const deaths = await eachDeath(async (calls) => {
      await append(`application-${calls}`, 'e1');
      world.ports.clock.advance(1);
      const { ledger: _, ...stores } = ports;
      const dying = dyingAfter(stores, calls);
      const died = await sealLedger(
        { ...dying, ledger: ports.ledger, measure: ports.measure },
        { settledMs: 1 },
      )({}).then(
        () => false,
        () => true,
      );
      if (died) await sealLedger(ports, { settledMs: 1 })({});
      expect((await sealedHeads(ports.sealLog)).map(({ applicationId }) => applicationId)).toContain(
        `application-${calls}`,
      );
      expect(await faults()).toEqual([]);
      return died;
    });
    expect(deaths).toBeGreaterThan(4);
  });

  test('seals what can be read where one ledger cannot, and names and measures that', async () => {
    for (const id of ['application-1', 'application-2', 'application-3']) await append(id, 'e1');
    await world.data.edit(
      `UPDATE ledger_entries SET entry = replace(entry, '"hash"', '"hush"') WHERE application =
         (SELECT id FROM ledger_applications WHERE application_id = 'application-2')`,
    );
    world.ports.clock.advance(1);
    const { signed, refused } = await sealLedger(ports, { settledMs: 1 })({});
    expect(refused).toMatchObject([{ applicationId: 'application-2', fault: 'ENTRY_UNREADABLE' }]);
    expect(signed?.seal).toMatchObject({ addedLeaves: 2 });
    expect(measured).toMatchObject([{ name: 'SealsRefused', value: 1 }]);
  });
});
