import type { Evidence } from '../../adapters/ports.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { readEvidence } from '../workflow/read-evidence.ts';

interface SealedAct {
  readonly entry: LedgerEntry;
  readonly address: string;
}

/** The entries of some types, each with the address of the object that it names first. */
const sealedActs = (entries: readonly LedgerEntry[], ...types: readonly string[]): SealedAct[] =>
  entries
    .filter(({ type }) => types.includes(type))
    .map((entry) => ({ entry, address: evidenceNamedBy(entry)[0]?.address ?? '' }));

/** The document of an address; undefined where the entries attach none. */
export const documentIn = (entries: readonly LedgerEntry[], document: string): SealedAct | undefined =>
  sealedActs(entries, 'DOCUMENT_ATTACHED').find(({ address }) => address === document);

/** Kinds of evidence that `readDocument` opens. */
export const DOCUMENT_KINDS = ['document', 'document-content'];

/** Opens a document with its bytes as base64. The caller records the read. */
export async function readDocument(evidence: Evidence, found: SealedAct) {
  const { applicationId } = found.entry;
  const { content } = await readEvidence(evidence, applicationId, 'document', found.address);
  const { base64 } = await readEvidence(evidence, applicationId, 'document-content', content);
  return { ...(await shownDocument(evidence, found)), content: base64 };
}

async function shownDocument(evidence: Evidence, { entry, address }: SealedAct) {
  const { applicationId, occurredAt: at } = entry;
  const { by, from, name, mediaType, bytes } = await readEvidence(evidence, applicationId, 'document', address);
  return { document: address, at, by, from, name, mediaType, bytes };
}

/** Kinds of evidence that `sealedWork` opens. */
export const WORK_KINDS = ['case-comment', 'document-request', 'document'];

/**
 * The comments, requests and documents of an application, opened. The note of a declared conflict is one of the comments. The
 * caller records the read.
 */
export async function sealedWork(evidence: Evidence, entries: readonly LedgerEntry[]) {
  const all = <Shown>(types: readonly string[], open: (each: SealedAct) => Promise<Shown>) =>
    Promise.all(sealedActs(entries, ...types).map(open));
  return {
    comments: await all(['CASE_COMMENTED', 'CONFLICT_DECLARED'], async ({ entry, address }) => {
      const { by, from, text } = await readEvidence(evidence, entry.applicationId, 'case-comment', address);
      return { at: entry.occurredAt, by, from, text };
    }),
    requests: await all(['DOCUMENT_REQUESTED'], async ({ entry, address }) => {
      const { by, answerBy, text } = await readEvidence(evidence, entry.applicationId, 'document-request', address);
      return { at: entry.occurredAt, by, answerBy, text };
    }),
    documents: await all(['DOCUMENT_ATTACHED'], (each) => shownDocument(evidence, each)),
  };
}
