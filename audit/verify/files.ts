import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readPullLog } from '../../adapters/bureaus/simulator/pull-log.ts';
import type { Embedded } from '../../adapters/compose/embedded.ts';
import { isReadable, readBody } from '../../domain/ledger/events.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import type { RowFaultOf } from './engine.ts';

/** Compares the files beside the database with the records: the simulated bureau's log, and the key pair of the seals. */
export async function fileFaults(embedded: Embedded, only?: string): Promise<RowFaultOf[]> {
  const faults = await logFaults(embedded, only);
  return only === undefined ? [...faults, ...(await keyFaults(embedded))] : faults;
}

/** Every inquiry that an entry reports is in the log of the simulated bureau. */
async function logFaults({ ledger, bureauLog }: Embedded, only?: string): Promise<RowFaultOf[]> {
  const posted = new Set(
    (await readPullLog(bureauLog)).filter((pull) => pull.posted).map(({ reference }) => reference),
  );
  const ids = only === undefined ? await Array.fromAsync(ledger.applications()) : [only];
  const faults: RowFaultOf[] = [];
  for (const applicationId of ids) {
    // An entry that cannot be read is named by the verification of its application.
    const entries = await ledger.read(applicationId).catch(() => []);
    const unposted = entries.filter((entry) => {
      if (entry.type !== 'BUREAU_REPORT_PULLED' || !isReadable(entry)) return false;
      const { simulated, inquiry, reference, reused } = readBody(entry, entry.type).facts;
      return simulated === true && inquiry === 'HARD' && reused !== true && !posted.has(reference as string);
    });
    const detail =
      'The log of the simulated bureau, simulated-bureau.jsonl, does not have its inquiry: restore the file from a backup.';
    faults.push(...unposted.map(({ sequence }) => ({ fault: 'BUREAU_LOG_DIFFERS', sequence, applicationId, detail })));
  }
  return faults;
}

/** The private key of the seals is the one of the public key. A folder without the private key can be verified, and not sealed. */
async function keyFaults({ signer, keyFolder }: Embedded): Promise<RowFaultOf[]> {
  if (!existsSync(join(keyFolder, 'seal-private.pem')) || !existsSync(join(keyFolder, 'seal-public.pem'))) return [];
  const text = 'underwright verify';
  try {
    const { isSigned } = verificationKey(await signer.publicKey());
    if (isSigned(text, await signer.sign(text))) return [];
  } catch {
    // A file that is no key is not the right one.
  }
  const detail =
    'seal-private.pem is not the key of seal-public.pem: put the backup of the pair back before the next seal.';
  return [{ fault: 'SEAL_KEY_DIFFERS', sequence: null, applicationId: null, detail }];
}
