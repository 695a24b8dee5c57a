import { jsonFault, type JsonFault } from '../domain/json-text.ts';
import { canonicalJson, digestOf, sha256 } from '../domain/ledger/canonical-json.ts';
import { isLedgerEntry, verifyChain, type LedgerEntry } from '../domain/ledger/chain.ts';
import { isDigest } from '../domain/ledger/digest.ts';
import { sealProof, verifySealProof } from '../domain/ledger/seal.ts';
import { verificationKey } from '../domain/ledger/signature.ts';
import { signedFileText } from '../domain/ledger/signed-file.ts';
import { openSealed } from './open-sealed.ts';

export interface Finding {
  readonly holds: boolean;
  /** Such as `EVIDENCE_SWAPPED`; what holds has the name of the check. */
  readonly name: string;
  readonly sentence: string;
}

/** The parts of a decision file that are verified; the rest is covered by its signature alone. */
interface Exported {
  readonly applicationId: string;
  readonly decision: { readonly evidence: Readonly<Record<string, string | null | readonly string[]>> } | null;
  readonly evidence: readonly {
    readonly kind: string;
    readonly address: string;
    readonly sealed: string;
    readonly value: unknown;
    readonly valueDigest: string | null;
    readonly withheld: boolean;
  }[];
  readonly release: readonly { readonly kind: string; readonly digest: string; readonly bytes: string }[];
  readonly entries: readonly LedgerEntry[];
  readonly seal: unknown;
  readonly evidenceKey: string | null;
  readonly signature: { readonly keyId: string; readonly value: string };
}

export class NotADecisionFile extends Error {
  override readonly name = 'NotADecisionFile';
}

/**
 * Verifies a decision file with nothing but the lender's public key (PEM), or with two where seals have one of their own.
 * @returns what holds and what does not. @throws NotADecisionFile when the text is not a decision file.
 */
export function verifyFile(fileText: string, publicKeyPem: string, sealKeyPem = publicKeyPem): Finding[] {
  const { file, fault: unclear } = parsed(fileText);
  const { keyId, isSigned } = verificationKey(publicKeyPem);
  const findings: Finding[] = [];
  const report = (holds: boolean, name: string, sentence: string) => findings.push({ holds, name, sentence });

  // What is signed is what was read; another reader may take the other of two members of one name.
  if (unclear) {
    const { kind, line, column } = unclear;
    const what = kind === 'DUPLICATE_NAME' ? 'a member has the name of another' : 'it is nested too deeply';
    report(
      false,
      'TEXT_UNCLEAR',
      `Line ${line}, column ${column}: ${what}, so that readers may differ in what the file says.`,
    );
  }

  const { signature } = file;
  // The signature does not cover itself: its key must be the one given, and its base64 the one way to write it.
  const written = Buffer.from(signature.value, 'base64').toString('base64') === signature.value;
  const holds = written && isSigned(signedFileText({ ...file }), signature.value);
  if (holds && signature.keyId === keyId) report(true, 'SIGNATURE', 'The file is as its exporter signed it.');
  else if (holds || signature.keyId === keyId) {
    report(false, 'FILE_CHANGED', 'The file was changed after it was signed.');
  } else report(false, 'OTHER_KEY', 'The file was signed with another key than the one given.');

  const chain = verifyChain(file.applicationId, file.entries);
  for (const { fault, sequence } of chain)
    report(false, fault, `Ledger entry ${sequence}: ${fault.toLowerCase().replaceAll('_', ' ')}.`);
  if (file.entries.length === 0) report(false, 'NO_ENTRIES', 'The file has no ledger entries.');
  else if (chain.length === 0)
    report(true, 'CHAIN', `The ${file.entries.length} ledger entries form an unbroken chain.`);

  evidenceFindings(file, report);
  releaseFindings(file, report);
  decisionFindings(file, report);
  sealFindings(file, verificationKey(sealKeyPem).isSigned, report);
  return findings;
}

type Report = (holds: boolean, name: string, sentence: string) => void;

function evidenceFindings({ applicationId, evidence, entries, evidenceKey }: Exported, report: Report): void {
  const named = new Map(
    entries.flatMap(({ body }) =>
      ((body['evidence'] ?? []) as { kind: string; address: string }[]).map(({ kind, address }) => [address, kind]),
    ),
  );
  const before = new Set<string>();
  let opened = 0;
  let wrong = 0;
  const fault = (name: string, sentence: string) => {
    wrong += 1;
    report(false, name, sentence);
  };
  for (const { kind, address, sealed, value, valueDigest, withheld } of evidence) {
    before.add(address);
    const bytes = Buffer.from(sealed, 'base64');
    if (sha256(bytes) !== address)
      fault('EVIDENCE_SWAPPED', `The ${kind} ${address}: its bytes do not have this address.`);
    if (named.get(address) !== kind)
      fault('EVIDENCE_NOT_IN_LEDGER', `The ${kind} ${address} is named by no ledger entry.`);
    if (!withheld && digestOf(value) !== valueDigest) {
      fault('EVIDENCE_VALUE_CHANGED', `The ${kind} ${address}: what is shown does not have its digest.`);
    }
    if (evidenceKey !== null && !withheld) {
      const content = openSealed(Buffer.from(evidenceKey, 'hex'), applicationId, kind, bytes);
      if (content === canonicalJson(value)) opened += 1;
      else fault('EVIDENCE_SHOWN_OTHERWISE', `The ${kind} ${address}: what is shown is not what was sealed.`);
    }
  }
  for (const [address, kind] of named) {
    if (!before.has(address)) fault('EVIDENCE_MISSING', `The ${kind} ${address} is in the ledger and not in the file.`);
  }
  if (wrong > 0) return;
  const count = `${evidence.length} pieces of evidence have the addresses that the ledger names`;
  if (evidenceKey !== null) report(true, 'EVIDENCE', `${count}; ${opened} were opened and are what is shown.`);
  else {
    const withheld = evidence.filter((each) => each.withheld).length;
    report(
      true,
      'EVIDENCE',
      `${count}. That they contain what is shown is the signer’s word, because the file has no key to open them; ${withheld} are withheld.`,
    );
  }
}

function releaseFindings({ release }: Exported, report: Report): void {
  const wrong = release.filter(({ digest, bytes }) => sha256(Buffer.from(bytes, 'base64')) !== digest);
  for (const { kind, digest } of wrong)
    report(false, 'RELEASE_OBJECT_SWAPPED', `The ${kind} ${digest}: its bytes do not have this digest.`);
  if (release.length > 0 && wrong.length === 0)
    report(
      true,
      'RELEASE',
      `${release.length} files to decide again with have the digests under which they are named.`,
    );
}

function decisionFindings({ decision, evidence, entries }: Exported, report: Report): void {
  const recorded = entries.findLast(({ type }) => type === 'DECISION_RECORDED');
  if (!recorded && !decision) {
    report(true, 'NO_DECISION', 'Nothing is decided yet.');
    return;
  }
  const piece = evidence.findLast(({ kind }) => kind === 'decision');
  if (!decision || !recorded || !piece || canonicalJson(piece.value) !== canonicalJson(decision)) {
    report(false, 'DECISION_DIFFERS', 'The decision that is shown is not the one that the ledger records.');
    return;
  }
  const there = new Set(evidence.map(({ address }) => address));
  const absent = Object.values(decision.evidence)
    .flat()
    .filter((address) => address !== null && !there.has(address));
  for (const address of absent)
    report(false, 'DECISION_EVIDENCE_UNKNOWN', `The decision rests on ${address}, which is not in the file.`);
  if (absent.length === 0)
    report(true, 'DECISION', 'The decision is the recorded one, and everything it rests on is here.');
}

function sealFindings(
  { seal, entries }: Exported,
  isSigned: (text: string, signature: string) => boolean,
  report: Report,
): void {
  if (seal === null) {
    report(true, 'NOT_SEALED', 'No seal has these entries yet: that none was cut off at the end is the signer’s word.');
    return;
  }
  const proof = sealProof.safeParse(seal);
  if (!proof.success) {
    report(false, 'SEAL_UNREADABLE', 'The proof of the seal does not have the shape of a proof.');
    return;
  }
  const { head, signedSeal } = proof.data;
  const faults = verifySealProof(proof.data, entries, isSigned);
  for (const { fault, detail } of faults) report(false, fault, detail);
  if (faults.length > 0) return;
  const newer = entries.length - head.length;
  report(
    true,
    'SEAL',
    `Seal ${signedSeal.seal.number} of ${signedSeal.seal.sealedAt} has the first ${head.length} entries${newer > 0 ? `; ${newer} newer ${newer === 1 ? 'is' : 'are'} not sealed yet` : ''}.`,
  );
}

function parsed(text: string): { file: Exported; fault: JsonFault | undefined } {
  const wrong = (cause?: unknown) =>
    new NotADecisionFile('The file is not a decision file of version 3: give the .json file that was exported.', {
      cause,
    });
  let value: unknown;
  let fault: JsonFault | undefined;
  try {
    value = JSON.parse(text);
    fault = jsonFault(text);
  } catch (cause) {
    throw wrong(cause);
  }
  if (!isExported(value)) throw wrong();
  return { file: value, fault };
}

/** Whether a value has every part that is verified, in its shape. */
function isExported(value: unknown): value is Exported {
  if (!isObject(value)) return false;
  const { kind, schemaVersion, applicationId, entries, evidence, evidenceKey, decision, release, signature } = value;
  return (
    kind === 'UNDERWRIGHT_DECISION_FILE' &&
    schemaVersion === 3 &&
    isText(applicationId) &&
    areObjects(entries) &&
    entries.every(isVerifiableEntry) &&
    areObjects(evidence) &&
    evidence.every(isEvidence) &&
    areObjects(release) &&
    isDecision(decision) &&
    isEvidenceKey(evidenceKey) &&
    isObject(signature) &&
    isText(signature['value'])
  );
}

const isVerifiableEntry = (entry: unknown): boolean => isLedgerEntry(entry) && areObjects(entry.body['evidence'] ?? []);

const isDecision = (value: unknown): boolean => value === null || (isObject(value) && isObject(value['evidence']));

const isEvidenceKey = (value: unknown): boolean => value === null || (isText(value) && isDigest(value));

const isEvidence = (each: Record<string, unknown>): boolean =>
  'value' in each && ['kind', 'address', 'sealed'].every((name) => isText(each[name]));

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const areObjects = (list: unknown): list is Record<string, unknown>[] => Array.isArray(list) && list.every(isObject);
