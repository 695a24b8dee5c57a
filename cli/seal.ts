import { sealNow } from '../lambdas/seal-ledger/seal-ledger.ts';
import { ONE_PROCESS_SETTLED_MS } from '../local/functions.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { print, printJson } from './terminal.ts';

/** Seals whatever came since the last seal, and prints the newest one, to be kept outside of the data folder. */
export async function seal({ data, keyDir, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir }, { readOnly: false });
  try {
    const { signed, unreadable } = await sealNow(records, ONE_PROCESS_SETTLED_MS);
    const publicKey = await records.signer.publicKey();
    if (json)
      printJson({
        signed: signed ?? (await records.sealLog.newest()) ?? null,
        new: signed !== undefined,
        unreadable,
        publicKey,
      });
    else if (!signed) print('Nothing is new since the last seal.');
    else {
      const { number, sealedAt, addedEntries, addedLeaves, root, keyId } = signed.seal;
      print(`seal ${number} of ${sealedAt}: ${addedEntries} entries of ${addedLeaves} applications`);
      print(`  root  ${root}\n  key   ${keyId}`);
      print('Keep what underwright seal --json prints outside of this machine: it shows if seals are ever made anew.');
    }
    if (unreadable > 0 && !json) {
      print(`${unreadable} applications are not sealed, their ledgers cannot be read: underwright verify --all`);
    }
    return unreadable > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}
