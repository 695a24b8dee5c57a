import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { embeddedLedger } from '../../adapters/embedded/ledger.ts';
import { embeddedSealLog } from '../../adapters/embedded/seal-log.ts';
import { embeddedSigner } from '../../adapters/embedded/signer.ts';
import { sealNow } from '../../lambdas/seal-ledger/seal-ledger.ts';
import { sealDaily } from '../../local/daily-seal.ts';
import { ledgerEvent } from '../contracts/ledger.ts';
import { temporaryDataFolder, type TemporaryDataFolder } from '../support/data-folder.ts';
import { manualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;

describe('A process on a data folder', () => {
  let data: TemporaryDataFolder;
  const clock = manualClock();
  beforeEach(() => {
    data = temporaryDataFolder();
  });
  afterEach(() => data.remove());

  test('seals when it starts, once the last seal or the first entry is a day old', async () => {
    const ledger = embeddedLedger(data.database, clock);
    const ports = { ledger, clock, sealLog: embeddedSealLog(data.database), signer: embeddedSigner(data.folder) };
    const seals = async () => {
      const stop = await sealDaily(ports, () => sealNow(ports, 1));
      stop();
      return (await ports.sealLog.seals()).length;
    };
    expect(await seals()).toBe(0);
    await ledger.append(ledgerEvent('application-1', 'e1'));
    clock.advance(DAY_MS - 1);
    expect(await seals()).toBe(0);
    clock.advance(1);
    expect(await seals()).toBe(1);
    await ledger.append(ledgerEvent('application-1', 'e2'));
    expect(await seals()).toBe(1);
    clock.advance(DAY_MS);
    expect(await seals()).toBe(2);
  });

  test('starts also where the seal cannot be made', async () => {
    const ledger = embeddedLedger(data.database, clock);
    await ledger.append(ledgerEvent('application-1', 'e1'));
    clock.advance(DAY_MS);
    const ports = { ledger, clock, sealLog: embeddedSealLog(data.database) };
    let calls = 0;
    const stop = await sealDaily(ports, async () => {
      calls += 1;
      throw new Error('The key is gone.');
    });
    stop();
    expect(calls).toBe(1);
  });
});
