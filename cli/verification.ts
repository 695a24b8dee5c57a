import * as z from 'zod';

import type { HistoryEvent } from '../adapters/ports.ts';
import { localDate } from '../domain/application/local-date.ts';
import { CREDITOR } from '../domain/application/products.ts';
import { canonicalJson } from '../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { verifyChain } from '../domain/ledger/chain.ts';
import {
  EVENT_TYPES,
  readBody,
  UnknownEvent,
  type EventType,
  type EvidenceReference,
} from '../domain/ledger/events.ts';
import { byExecution, validatedExecution } from '../domain/ledger/reopening.ts';
import type { ApplicationReference } from '../lambdas/contracts.ts';
import { POLICIES_LEDGER } from '../lambdas/govern-policy/govern-policy.ts';
import { SWITCHES_LEDGER } from '../lambdas/set-switch/set-switch.ts';
import {
  forgettingOf,
  refusalToForget,
  retentionOf,
  type Forgetting,
  type Refusal,
} from '../domain/retention/retention.ts';
import { readEvidence } from '../lambdas/read-evidence.ts';
import { readSummary } from '../lambdas/work-items.ts';
import { validated } from './applications.ts';
import { endingOf, executionArnFor, readExecution, type ExecutionWithHistory } from './execution.ts';
import type { Fault } from './fault.ts';
import type { Records } from './records.ts';
import { entryFaults } from './verify-entries.ts';
import { releaseFaults } from './verify-release.ts';
import { controlRowFaults, projectionFaults, rowInWords, type Scan } from './verify-rows.ts';
import { archiveFaults, entryOriginFaults, stepFaults } from './verify-history.ts';

/** The one type of event in each ledger that is no application's. */
const CONTROL: Readonly<Record<string, EventType>> = {
  [SWITCHES_LEDGER]: 'CONTROL_SWITCHED',
  [POLICIES_LEDGER]: 'POLICY_GOVERNED',
};

export interface Verification {
  readonly applicationId: string;
  readonly entries: number;
  readonly evidence: number;
  /** The data key is destroyed, so evidence is present and undamaged but can no longer be opened. */
  readonly forgotten: boolean;
  readonly faults: readonly Fault[];
}

/**
 * Verifies one application: its chain; every piece of evidence, present, undamaged and opened; every entry against the
 * sealed object that it names, against the engine's step history and against the archive of it; who applied, in the vault;
 * the rows and events that are derived from it. A chain alone cannot show that its newest entries were cut off, so what the engine, the
 * vault and the summary know of the application is held against it.
 * @param scan every row, where all applications are verified. @returns undefined for an unknown application.
 */
export async function verifyApplication(
  records: Records,
  applicationId: string,
  scan?: Scan,
): Promise<Verification | undefined> {
  // The summary and the engine before the ledger: what they tell is in the ledger already, also while a process runs.
  const summary = await readSummary(records.workStore, applicationId).catch(() => undefined);
  const begun = summary?.reopening ?? 0;
  const first = await readExecution(records, await executionArnFor(records, applicationId, [], begun));
  let entries: LedgerEntry[];
  try {
    entries = await records.ledger.read(applicationId);
  } catch (error) {
    const faults = [{ fault: 'ENTRY_UNREADABLE', sequence: null, detail: (error as Error).message }];
    return { applicationId, entries: 0, evidence: 0, forgotten: false, faults };
  }
  // Reopened since: what the engine said is of the execution before.
  if (
    byExecution(entries).length - 1 > begun &&
    (await readSummary(records.workStore, applicationId).catch(() => undefined))?.reopening !== begun
  ) {
    return verifyApplication(records, applicationId, scan);
  }
  if (entries.length === 0) {
    const accepted = (summary?.executionArn ?? null) !== null || (first && validated(first.history));
    if (!accepted && (summary !== undefined || !(await records.vault.holds(applicationId)))) return undefined;
  }
  const faults: Fault[] = verifyChain(applicationId, entries).map((found) => ({
    fault: found.fault,
    sequence: found.sequence,
    detail: chainDetail(found.fault),
  }));
  faults.push(...(await placeFaults(records, applicationId)));
  const references = entries.flatMap((entry) => referencesOf(entry, faults));
  const addresses = new Set(references.map(({ reference }) => reference.address));
  let forgotten = false;
  for (const { sequence, reference } of references) {
    const found = await evidenceFaults(records, applicationId, reference);
    if (found === 'KeyDestroyed') forgotten = true;
    else faults.push(...found.map((fault) => ({ ...fault, sequence })));
  }
  // Switches and policies have ledgers of their own, which are no application's.
  const control = CONTROL[applicationId];
  const ofControl = control !== undefined && entries.every(({ type }) => type === control);
  if (!ofControl && !entries.some(({ type }) => type === 'APPLICATION_RECEIVED')) {
    const detail =
      'No entry says that the application was received: its ledger was cut, or its intake died before it was accepted and may be sent again.';
    faults.push({ fault: 'RECEIPT_MISSING', sequence: null, detail });
  }
  const parts = byExecution(entries);
  for (const [reopening, part] of parts.entries()) {
    const arn = await executionArnFor(records, applicationId, part, reopening);
    const execution = first?.executionArn === arn ? first : await readExecution(records, arn);
    const started = summary?.executionArn === arn;
    const reference = { applicationId, digest: receiptAddress(entries) };
    faults.push(...(await executionFaults(records, reference, part, execution, started)));
  }
  if (ofControl || receiptAddress(entries) !== '') {
    faults.push(...(await derivedFaults(records, applicationId, entries, scan)));
  }
  faults.push(...personalDataFaults(entries));
  faults.push(...forgettingFaults(entries, forgotten));
  if (!forgotten) {
    faults.push(...(await decisionFaults(records, applicationId, entries, addresses)));
    faults.push(...(await entryFaults(records, entries)));
    faults.push(...(await identityFaults(records, applicationId, entries)));
  }
  return { applicationId, entries: entries.length, evidence: addresses.size, forgotten, faults };
}

/** Rows and events against the ledger. A body that cannot be read is a fault already, and nothing derives a row from it. */
async function derivedFaults(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  scan: Scan | undefined,
): Promise<Fault[]> {
  try {
    if (CONTROL[applicationId] !== undefined) {
      return (await controlRowFaults(records, applicationId, entries, scan)).map(rowInWords);
    }
    return await projectionFaults(records, applicationId, entries, scan);
  } catch (error) {
    if (error instanceof UnknownEvent || error instanceof z.ZodError || error instanceof TypeError) return [];
    throw error;
  }
}

/** What a history was found to have when it was archived: it is sealed, and Step Functions keeps it for 90 days. */
function personalDataFaults(entries: readonly LedgerEntry[]): Fault[] {
  return entries.flatMap(({ type, sequence, body }) => {
    const kinds = (type === 'HISTORY_ARCHIVED' ? (body['personalData'] ?? []) : []) as string[];
    const detail = `The step history looks to have personal data (${kinds.join(', ')}): find what wrote it.`;
    return kinds.length === 0 ? [] : [{ fault: 'PERSONAL_DATA_IN_HISTORY', sequence, detail }];
  });
}

/** A key is destroyed where, and only where, the ledger says that the person was to be forgotten, and nothing kept them. */
function forgettingFaults(entries: readonly LedgerEntry[], keyDestroyed: boolean): Fault[] {
  const say = (fault: string, sequence: number | null, detail: string): Fault[] => [{ fault, sequence, detail }];
  let forgetting: Forgetting;
  let refusal: Refusal | undefined;
  try {
    forgetting = forgettingOf(entries);
    const { decided } = forgetting;
    if (decided) {
      const before = retentionOf(entries.slice(0, entries.indexOf(decided)), CREDITOR.timeZone);
      refusal = refusalToForget(before, localDate(decided.occurredAt, CREDITOR.timeZone), null);
    }
  } catch {
    // What cannot be read is named as ENTRY_UNREADABLE.
    return [];
  }
  const { decided, done } = forgetting;
  if (!decided) {
    const detail = 'Its data key is destroyed, and no entry says that the person was to be forgotten.';
    return keyDestroyed ? say('KEY_DESTROYED', null, detail) : [];
  }
  const faults = refusal
    ? say('FORGOTTEN_TOO_SOON', decided.sequence, `The person was to be kept then: ${refusal.reason}.`)
    : [];
  if (!done) {
    faults.push(
      ...say('FORGETTING_UNFINISHED', decided.sequence, 'No entry says that nothing is left: run underwright sweep.'),
    );
  } else if (!keyDestroyed) {
    const detail = 'The person was forgotten and the data key is back, as from a backup: run underwright sweep.';
    faults.push(...say('KEY_RESTORED', done.sequence, detail));
  }
  return faults;
}

/** The places in which the ledger keeps an entry are those that the entry says. */
async function placeFaults({ ledger }: Records, applicationId: string): Promise<Fault[]> {
  const detail =
    'It is stored under another event id or sequence than its own, or its text is not canonical: restore it from a backup.';
  return (await ledger.misplaced(applicationId)).map((sequence) => ({ fault: 'INDEX_DIFFERS', sequence, detail }));
}

interface Archive {
  readonly sequence: number;
  readonly executionArn: string;
  readonly status: string;
  readonly count: number;
  readonly events: readonly HistoryEvent[];
}

/** The archives of a step history that open. */
async function readArchives(
  { evidence }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Archive[]> {
  const archives: Archive[] = [];
  for (const entry of entries.filter(({ type }) => type === 'HISTORY_ARCHIVED')) {
    try {
      const body = readBody(entry, 'HISTORY_ARCHIVED');
      const opened = await evidence.open(applicationId, 'history', body.evidence[0]?.address ?? '');
      const { events } = opened as unknown as { events: HistoryEvent[] };
      const { executionArn, status, events: count } = body;
      archives.push({ sequence: entry.sequence, executionArn, status, count, events });
    } catch {
      // What cannot be opened or read is named with the entry that refers to it.
    }
  }
  return archives;
}

const ENDED_WITH: Readonly<Record<string, string>> = {
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'was aborted',
};

/**
 * One of the application's executions: how it ended, what it did, and what the archive keeps of that.
 * @param entries of that execution. @param started whether the summary says that it was started.
 */
async function executionFaults(
  records: Records,
  reference: ApplicationReference,
  entries: readonly LedgerEntry[],
  execution: ExecutionWithHistory | undefined,
  started: boolean,
): Promise<Fault[]> {
  const { applicationId, digest } = reference;
  const faults: Fault[] = [];
  const say = (fault: string, detail: string) => faults.push({ fault, sequence: null, detail });
  const has = (type: EventType) => entries.some((entry) => entry.type === type);
  // Another that took the name of a reopening may have ended before this one had begun, and is archived beside it.
  const archives = (await readArchives(records, applicationId, entries)).filter(
    ({ executionArn }) => !execution || executionArn === execution.executionArn,
  );
  const archived = archives.at(-1);
  const history = execution?.history ?? archived?.events;
  // The engine of one machine forgets no execution: there it is missing although an archive has its history.
  const begun = started || validatedExecution(entries) !== undefined;
  if (!execution && begun && (records.engineFaults || !has('HISTORY_ARCHIVED'))) {
    const where = history ? 'the engine does not have' : 'neither the engine nor an archive has';
    say('EXECUTION_MISSING', `It was started, and ${where} its execution: restore it from a backup.`);
  }
  if (!history) return faults;
  const { status, lastEvent } = endingOf(history.at(-1));
  if (execution) {
    if (execution.status !== (status ?? 'RUNNING')) {
      say('HISTORY_DIFFERS', `The engine says ${execution.status}, the end of its step history does not.`);
    }
    if (digest !== '' && !isReference(execution.input, reference)) {
      say('EXECUTION_DIFFERS', 'The execution was started with another input than the reference of the application.');
    }
    faults.push(...archiveFaults(execution.history, archives));
    if (status && archived && archived.count === lastEvent && archived.status !== status) {
      say('HISTORY_DIFFERS', `The archive says ${archived.status}, the engine ${status}.`);
    }
    if (status && validated(history) && !archives.some(({ count }) => count === lastEvent)) {
      const told = has('HISTORY_ARCHIVED') && !archived;
      if (!told) {
        say(
          'ARCHIVE_MISSING',
          `The execution ended (${status}) and its history is not archived: entries were cut off, or the process stopped before it archived; start it again.`,
        );
      }
    }
  }
  if (status === 'SUCCEEDED' && !has('DECISION_RECORDED')) {
    say('DECISION_MISSING', 'The execution succeeded and no decision is in the ledger.');
  } else if (status && !has('DECISION_RECORDED')) {
    say('EXECUTION_STOPPED', `Its execution ${ENDED_WITH[status]}: stopped without a decision: redrive it.`);
  }
  const decided = entries.findIndex(({ type }) => type === 'DECISION_RECORDED');
  if (status && decided >= 0 && !entries.slice(decided).some(({ type }) => type === 'NOTICES_ISSUED')) {
    say('NOTICES_MISSING', 'The execution ended after its decision and no notice is in the ledger: redrive it.');
  }
  faults.push(...stepFaults(history, entries));
  // A step that began since the engine was first read is in the ledger already.
  const later =
    execution && !status ? ((await readExecution(records, execution.executionArn))?.history ?? history) : history;
  faults.push(...entryOriginFaults(later, entries));
  return faults.filter(
    (fault, index) => faults.findIndex((other) => canonicalJson(other) === canonicalJson(fault)) === index,
  );
}

function receiptAddress(entries: readonly LedgerEntry[]): string {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const references = received?.body['evidence'] as unknown as EvidenceReference[] | undefined;
  return references?.[0]?.address ?? '';
}

function isReference(input: string, reference: ApplicationReference): boolean {
  try {
    return canonicalJson(JSON.parse(input)) === canonicalJson(reference);
  } catch {
    return false;
  }
}

/** Who applied is in the vault, opens, and is the person whose keyed digest the sealed application has. */
async function identityFaults(
  { evidence, identities, vault }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Fault[]> {
  const address = receiptAddress(entries);
  if (address === '') return [];
  const say = (fault: string, detail: string): Fault[] => [{ fault, sequence: null, detail }];
  let digest: string;
  try {
    const identity = await identities.get(applicationId);
    digest = await vault.indexKey(`${applicationId} ${canonicalJson(identity)}`);
  } catch (error) {
    if ((error as Error).name === 'IdentityMissing') {
      return say('IDENTITY_MISSING', 'The vault has no identity of the applicant: restore it from a backup.');
    }
    return say('IDENTITY_DAMAGED', 'The identity in the vault does not open: restore it from a backup.');
  }
  try {
    const { identityDigest } = await readEvidence(evidence, applicationId, 'application', address);
    if (identityDigest === digest) return [];
  } catch {
    // What cannot be opened or read is named with the entry that refers to it.
    return [];
  }
  return say('IDENTITY_DIFFERS', 'The identity in the vault is not the one that the application was received with.');
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

async function evidenceFaults(
  { evidenceStore, evidence }: Records,
  applicationId: string,
  { kind, address }: EvidenceReference,
): Promise<Omit<Fault, 'sequence'>[] | 'KeyDestroyed'> {
  try {
    await evidenceStore.get(address);
  } catch (error) {
    const missing = (error as Error).name === 'EvidenceMissing';
    const detail = `The ${kind} ${address} ${missing ? 'is not in the data folder' : 'was changed in the data folder'}: restore it from a backup.`;
    return [{ fault: missing ? 'EVIDENCE_MISSING' : 'EVIDENCE_DAMAGED', detail }];
  }
  try {
    return await releaseFaults(evidenceStore, kind, await evidence.open(applicationId, kind, address));
  } catch (error) {
    if ((error as Error).name === 'KeyDestroyed') return 'KeyDestroyed';
    return [{ fault: 'EVIDENCE_DOES_NOT_OPEN', detail: `The ${kind} ${address}: ${(error as Error).message}` }];
  }
}

async function decisionFaults(
  { evidence }: Records,
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
