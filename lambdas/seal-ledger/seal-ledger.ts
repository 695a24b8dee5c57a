import type { Clock, Events, Ledger, SealLog, Signer } from '../../adapters/ports.ts';
import { nextSeal, sealText, type GrownChain, type SignedSeal } from '../../domain/ledger/seal.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { sealAnnouncement } from '../../domain/projections/announcements.ts';
import type { StepOf } from '../handler.ts';

export interface SealPorts {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly sealLog: SealLog;
  readonly clock: Clock;
}

/**
 * On AWS, how old an entry is before it is sealed: no function lives so long, and no clock there is so wrong, that an entry
 * recorded until then could still be on its way, and no index lags so far behind.
 */
const SETTLED_MS = 900_000;

/** Ledgers read at once. */
const LANES = 32;

/** Seals what the ledger took in since the last seal, and tells the seal to whoever keeps it elsewhere. */
export function sealLedger(
  ports: SealPorts & { readonly events: Events },
  settledMs: number = SETTLED_MS,
): StepOf<'SealLedger'> {
  return async () => {
    const { signed, unreadable } = await sealNow(ports, settledMs);
    if (signed) await ports.events.publish([sealAnnouncement(signed)]);
    return { signed: signed ?? null, unreadable };
  };
}

/**
 * Makes the next seal: of the chains that have grown since the last one, each as far as it was recorded `settledMs` ago. Of
 * calls at once, one makes the seal.
 * @returns no seal when nothing is new, or another call was quicker.
 */
export async function sealNow(
  { ledger, signer, sealLog, clock }: SealPorts,
  settledMs: number,
): Promise<{ signed: SignedSeal | undefined; unreadable: number }> {
  await signer.create();
  const previous = (await sealLog.newest())?.seal;
  const sealedAt = new Date(clock.now().getTime() - settledMs).toISOString();
  const since = previous?.sealedAt ?? '';
  if (sealedAt <= since) return { signed: undefined, unreadable: 0 };
  const grown: GrownChain[] = [];
  let unreadable = 0;
  const applications = ledger.applications({ after: since, until: sealedAt })[Symbol.asyncIterator]();
  const lane = async () => {
    for (let next = await applications.next(); !next.done; next = await applications.next()) {
      const chain = await grownChain(ledger, next.value, since, sealedAt);
      if (chain) grown.push(chain);
      else unreadable += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { keyId } = verificationKey(await signer.publicKey());
  const next = nextSeal({ sealedAt, keyId, previous, grown });
  if (!next) return { signed: undefined, unreadable };
  const signed = { seal: next.seal, signature: await signer.sign(sealText(next.seal)) };
  return { signed: (await sealLog.append(signed, next.added)) ? signed : undefined, unreadable };
}

/** The chain of an application as it was at an instant. @returns undefined when it cannot be read. */
async function grownChain(
  ledger: Ledger,
  applicationId: string,
  since: string,
  until: string,
): Promise<GrownChain | undefined> {
  try {
    const entries = (await ledger.read(applicationId)).filter(({ recordedAt }) => recordedAt <= until);
    const head = entries.at(-1);
    if (!head) return undefined;
    const addedEntries = entries.filter(({ recordedAt }) => recordedAt > since).length;
    return { applicationId, length: entries.length, headHash: head.hash, addedEntries };
  } catch (error) {
    if ((error as Error).name === 'LedgerDamaged') return undefined;
    throw error;
  }
}
