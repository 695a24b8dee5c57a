import type { Embedded } from '../adapters/compose/embedded.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { verifyChain } from '../domain/ledger/chain.ts';
import { newestHeads, verifyAnchor, verifySealedEntries, verifySeals, type SignedSeal } from '../domain/ledger/seal.ts';
import { EVENT_TYPES, readBody, type EventType, type EvidenceReference } from '../domain/ledger/events.ts';
import { readEvidence } from '../lambdas/read-evidence.ts';
import { STATE_MACHINE } from '../local/underwriting-process.ts';
import { executionArnOf, readHistory } from '../local/engine/store.ts';

/** One thing that is not as it must be. */
export interface Fault {
  /** Such as `CHANGED_ENTRY` or `EVIDENCE_MISSING`. */
  readonly fault: string;
  /** Of the ledger entry; null where no entry is at fault. */
  readonly sequence: number | null;
  readonly detail: string;
}

export interface Verification {
  readonly applicationId: string;
  readonly entries: number;
  readonly evidence: number;
  /** The data key was destroyed, so evidence is present and undamaged but can no longer be opened. */
  readonly forgotten: boolean;
  readonly faults: readonly Fault[];
}

/**
 * Verifies one application: its chain; every piece of evidence, present, undamaged and opened; the decision's evidence,
 * all in the ledger; the archive of an ended execution. A chain alone cannot show that its newest entries were cut off, so
 * the engine's own end of the execution is held against it.
 * @returns undefined for an unknown application.
 */
export async function verifyApplication(embedded: Embedded, applicationId: string): Promise<Verification | undefined> {
  let entries: LedgerEntry[];
  try {
    entries = await embedded.ledger.read(applicationId);
  } catch (error) {
    const faults = [{ fault: 'ENTRY_UNREADABLE', sequence: null, detail: (error as Error).message }];
    return { applicationId, entries: 0, evidence: 0, forgotten: false, faults };
  }
  const ended = executionEnded(embedded, applicationId);
  if (entries.length === 0 && ended === undefined) return undefined;
  const faults: Fault[] = verifyChain(applicationId, entries).map((found) => ({
    fault: found.fault,
    sequence: found.sequence,
    detail: chainDetail(found.fault),
  }));
  const references = entries.flatMap((entry) => referencesOf(entry, faults));
  const addresses = new Set(references.map(({ reference }) => reference.address));
  let forgotten = false;
  for (const { sequence, reference } of references) {
    const fault = await evidenceFault(embedded, applicationId, reference);
    if (fault === 'KeyDestroyed') forgotten = true;
    else if (fault) faults.push({ ...fault, sequence });
  }
  const has = (type: EventType) => entries.some((entry) => entry.type === type);
  if (!has('APPLICATION_RECEIVED')) {
    faults.push({
      fault: 'RECEIPT_MISSING',
      sequence: null,
      detail: 'No entry says that the application was received.',
    });
  }
  if (ended && !has('HISTORY_ARCHIVED')) {
    const detail = `The execution ended (${ended}) and its history is not archived: entries were cut off, or the process stopped before it archived; start it again.`;
    faults.push({ fault: 'ARCHIVE_MISSING', sequence: null, detail });
  }
  if (ended === 'ExecutionSucceeded' && !has('DECISION_RECORDED')) {
    faults.push({
      fault: 'DECISION_MISSING',
      sequence: null,
      detail: 'The execution succeeded and no decision is in the ledger.',
    });
  }
  if (!forgotten) faults.push(...(await decisionFaults(embedded, applicationId, entries, addresses)));
  return { applicationId, entries: entries.length, evidence: addresses.size, forgotten, faults };
}

function referencesOf(entry: LedgerEntry, faults: Fault[]): { sequence: number; reference: EvidenceReference }[] {
  try {
    if (!Object.hasOwn(EVENT_TYPES, entry.type)) throw new TypeError(`This release knows no ${entry.type} event.`);
    const body = readBody(entry, entry.type as EventType);
    return 'evidence' in body ? body.evidence.map((reference) => ({ sequence: entry.sequence, reference })) : [];
  } catch {
    faults.push({ fault: 'ENTRY_UNREADABLE', sequence: entry.sequence, detail: 'Its body is not one of its type.' });
    return [];
  }
}

async function evidenceFault(
  { evidenceStore, evidence }: Embedded,
  applicationId: string,
  { kind, address }: EvidenceReference,
): Promise<Omit<Fault, 'sequence'> | 'KeyDestroyed' | undefined> {
  try {
    await evidenceStore.get(address);
  } catch (error) {
    const missing = (error as Error).name === 'EvidenceMissing';
    const detail = `The ${kind} ${address} ${missing ? 'is not in the data folder' : 'was changed in the data folder'}: restore it from a backup.`;
    return { fault: missing ? 'EVIDENCE_MISSING' : 'EVIDENCE_DAMAGED', detail };
  }
  try {
    await evidence.open(applicationId, kind, address);
    return undefined;
  } catch (error) {
    if ((error as Error).name === 'KeyDestroyed') return 'KeyDestroyed';
    return { fault: 'EVIDENCE_DOES_NOT_OPEN', detail: `The ${kind} ${address}: ${(error as Error).message}` };
  }
}

async function decisionFaults(
  { evidence }: Embedded,
  applicationId: string,
  entries: readonly LedgerEntry[],
  inLedger: ReadonlySet<string>,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const entry of entries.filter(({ type }) => type === 'DECISION_RECORDED')) {
    const { sequence } = entry;
    try {
      const { facts, evidence: references } = readBody(entry, 'DECISION_RECORDED');
      const decision = await readEvidence(evidence, applicationId, 'decision', references[0]?.address ?? '');
      const restsOn = Object.values(decision.evidence).flat();
      for (const address of restsOn) {
        if (address !== null && !inLedger.has(address)) {
          const detail = `The decision rests on ${address}, which no ledger entry names.`;
          faults.push({ fault: 'DECISION_EVIDENCE_UNKNOWN', sequence, detail });
        }
      }
      if (decision.outcome !== facts['outcome']) {
        faults.push({
          fault: 'DECISION_DIFFERS',
          sequence,
          detail: 'The entry and the record say different outcomes.',
        });
      }
    } catch {
      // What cannot be opened or read is named with the entry that refers to it.
    }
  }
  return faults;
}

/** The type of the event that ended the execution; null while it runs, undefined when the engine does not know it. */
function executionEnded({ database }: Embedded, applicationId: string): string | null | undefined {
  try {
    const [last] = readHistory(database, executionArnOf(STATE_MACHINE, applicationId), {
      reverseOrder: true,
      limit: 1,
    });
    return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(last?.type ?? '') ? (last?.type ?? null) : null;
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

function chainDetail(fault: string): string {
  switch (fault) {
    case 'SEQUENCE_GAP':
      return 'An entry before it is missing.';
    case 'WRONG_APPLICATION':
      return 'It belongs to another application.';
    case 'BROKEN_LINK':
      return 'It does not carry the hash of the entry before it.';
    case 'CHANGED_ENTRY':
      return 'Its content does not have its hash: it was changed.';
    case 'DUPLICATE_EVENT':
      return 'Its event is in the chain twice.';
    default:
      return 'It was recorded before the entry before it.';
  }
}

/** What seals say of a data folder. */
export interface SealVerification {
  readonly seals: number;
  readonly faults: readonly (Fault & { readonly applicationId: string | null })[];
}

/**
 * Holds every seal against the ones before it and against the chains: what a chain cannot show of itself, that its newest
 * entries were cut off or that all of it was written anew.
 * @param anchor a seal that was kept elsewhere.
 */
export async function verifySealing(
  { sealLog, signer, ledger }: Embedded,
  anchor?: SignedSeal,
): Promise<SealVerification> {
  let seals: Awaited<ReturnType<typeof sealLog.seals>>;
  let leaves: Awaited<ReturnType<typeof sealLog.heads>>;
  try {
    [seals, leaves] = [await sealLog.seals(), await sealLog.heads()];
  } catch {
    const detail = 'The seals in the data folder cannot be read: restore them from a backup.';
    return { seals: 0, faults: [{ fault: 'SEALS_UNREADABLE', sequence: null, applicationId: null, detail }] };
  }
  const faults = anchor ? verifyAnchor(seals, anchor) : [];
  if (seals.length + leaves.length > 0) faults.push(...verifySeals(seals, leaves, await signer.signatureCheck()));
  const newest = seals.at(-1)?.seal;
  const heads = newestHeads(leaves);
  const unsealed = (await sealLog.ledgerHeads()).map(({ applicationId }) => applicationId);
  for (const applicationId of new Set([...heads.keys(), ...unsealed])) {
    const head = heads.get(applicationId);
    const under = head && seals.find(({ seal }) => seal.treeSize > head.index)?.seal;
    // An entry that cannot be read is named by the verification of its application.
    const entries = await ledger.read(applicationId).catch(() => undefined);
    if (entries) faults.push(...verifySealedEntries(entries, head, under, newest));
  }
  return {
    seals: seals.length,
    faults: faults.map(({ fault, seal, applicationId, detail }) => ({
      fault,
      sequence: null,
      applicationId,
      detail: `Seal ${seal}: ${detail}`,
    })),
  };
}
