import type { ExaminedEntry, HistoryEvent } from '../../adapters/ports.ts';
import type { ApplicationReference } from '../../app/contracts.ts';
import { identityDigest } from '../../app/intake/identity-digest.ts';
import { readSummary } from '../../app/work-items.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { referenceFor } from '../../app/workflow/start-execution.ts';
import { localDate } from '../../domain/calendar.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import {
  evidenceNamedBy,
  isReadable,
  readBody,
  type EventType,
  type EvidenceReference,
} from '../../domain/ledger/events.ts';
import { byExecution, validatedExecution } from '../../domain/ledger/reopening.ts';
import type { Lender } from '../../domain/lender.ts';
import { isPrequalification } from '../../domain/prequalification/quote.ts';
import type { Summary } from '../../domain/projections/summary.ts';
import { forgettingOf, refusalToForget, retentionOf } from '../../domain/retention/retention.ts';
import { validated } from '../applications.ts';
import { controlNamed } from '../controls.ts';
import { damageOf } from '../damage.ts';
import { endingOf, executionArnFor, readExecution, type ExecutionWithHistory } from '../execution.ts';
import type { Records } from '../records.ts';
import { entryFaults } from './entries.ts';
import type { Fault } from './fault.ts';
import { archiveFaults, entryOriginFaults, stepFaults } from './history.ts';
import { releaseFaults } from './release.ts';
import { controlEventFaults, controlRowFaults, projectionFaults, rowInWords, type Scan } from './rows.ts';

export interface Verification {
  readonly applicationId: string;
  readonly entries: number;
  readonly evidence: number;
  /** The data key is destroyed, so evidence is present and undamaged but can no longer be opened. */
  readonly forgotten: boolean;
  readonly faults: readonly Fault[];
}

/**
 * Verifies one application: its chain, every evidence object, every entry against the records that it rests on, the
 * engine's step history and the archive of it, the identity in the vault, and the rows and events that are derived from it.
 * Engine, vault and summary also show what a chain cannot: that its newest entries were cut off.
 *
 * Records that cannot be read are faults of this application; only a store that does not answer is an error.
 * @param scan every row, where all applications are verified. @returns undefined for an unknown application.
 */
export async function verifyApplication(
  records: Records,
  applicationId: string,
  scan?: Scan,
): Promise<Verification | undefined> {
  const found = new FaultList();
  const seen = await readSeen(records, applicationId, found);
  const stored = await records.ledger.examine(applicationId);
  const all = stored.flatMap(({ entry }) => entry ?? []);
  const entries = all.filter(isReadable);
  if (await isReopenedSince(records, applicationId, { seen, entries, found })) {
    return verifyApplication(records, applicationId, scan);
  }
  if (stored.length === 0 && !(await isKnown(records, applicationId, seen))) return undefined;
  found.add(...storedFaults(stored), ...chainFaults(applicationId, all));
  const { addresses, forgotten } = await evidenceNamed(records, applicationId, entries, found);
  const ofOther = isOfOther(applicationId, all);
  if (!ofOther && !has(all, 'APPLICATION_RECEIVED')) {
    const nothing = stored.length === 0 && !seen.summary && !seen.first;
    const unfinished = nothing && !(await hasIdentity(records, applicationId));
    found.add(unfinished ? INTAKE_UNFINISHED : RECEIPT_MISSING);
  }
  await found.check(() => executionsFaults(records, applicationId, entries, seen));
  if (ofOther || receiptAddress(entries) !== '') {
    await found.check(() => derivedFaults(records, applicationId, entries, scan));
  }
  await found.check(() => unfinishedPrequalification(entries, records.clock.now()));
  await found.check(() => personalDataFaults(entries));
  await found.check(() => forgettingFaults(entries, forgotten, records.lending.lender));
  await found.check(() => entryFaults(records, entries));
  if (!forgotten) {
    await found.check(() => decisionFaults(records, applicationId, entries, addresses));
    await found.check(() => identityFaults(records, applicationId, entries));
  }
  return { applicationId, entries: stored.length, evidence: addresses.size, forgotten, faults: found.faults };
}

/** Whether a ledger is no application's: each control and each prequalification has a ledger of its own. */
function isOfOther(applicationId: string, entries: readonly LedgerEntry[]): boolean {
  const control = controlNamed(applicationId);
  return isPrequalification(entries) || (control !== undefined && entries.every(({ type }) => type === control.type));
}

/** The summary and the newest execution, as they were read before the ledger. Undefined where they cannot be read. */
interface Seen {
  readonly summary: Summary | undefined;
  readonly first: ExecutionWithHistory | undefined;
}

/** Reads the summary and the engine before the ledger: the ledger then has what they show, also while a process runs. */
async function readSeen(records: Records, applicationId: string, found: FaultList): Promise<Seen> {
  const summary = await found.read(() => readSummary(records.workStore, applicationId));
  const first = await found.read(async () =>
    readExecution(records, await executionArnFor(records, applicationId, [], summary?.reopening ?? 0)),
  );
  return { summary, first };
}

/** Whether the application was reopened after the engine was read, which then has read the execution before. */
async function isReopenedSince(
  records: Records,
  applicationId: string,
  {
    seen,
    entries,
    found,
  }: { readonly seen: Seen; readonly entries: readonly LedgerEntry[]; readonly found: FaultList },
): Promise<boolean> {
  const begun = seen.summary?.reopening ?? 0;
  if (byExecution(entries).length - 1 <= begun) return false;
  const now = await found.read(() => readSummary(records.workStore, applicationId));
  return (now?.reopening ?? 0) !== begun;
}

/** Whether an application without a ledger was accepted, or left a key in the vault and nothing else. */
async function isKnown(records: Records, applicationId: string, { summary, first }: Seen): Promise<boolean> {
  if ((summary?.executionArn ?? null) !== null || (first && validated(first.history))) return true;
  return summary === undefined && (await records.vault.holds(applicationId));
}

/** The faults of one application. A check that meets damaged records adds a fault, and the other checks run. */
class FaultList {
  readonly faults: Fault[] = [];

  add(...faults: readonly Fault[]): void {
    this.faults.push(...faults);
  }

  async check(run: () => readonly Fault[] | Promise<readonly Fault[]>): Promise<void> {
    this.add(...((await this.read(run)) ?? []));
  }

  /** @returns undefined where the records cannot be read. */
  async read<T>(run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      const detail = damageOf(error);
      if (detail === undefined) throw error;
      if (!this.faults.some((each) => each.detail === detail)) {
        this.add({ fault: 'RECORDS_UNREADABLE', sequence: null, detail });
      }
      return undefined;
    }
  }
}

const RECEIPT_MISSING: Fault = {
  fault: 'RECEIPT_MISSING',
  sequence: null,
  detail: 'No entry says that the application was received: its ledger was cut.',
};

/** What an intake leaves that dies behind its first write, of the key, and before its second, of the summary. */
const INTAKE_UNFINISHED: Fault = {
  fault: 'INTAKE_UNFINISHED',
  sequence: null,
  detail:
    'The vault has a data key, and nothing was sealed under it: an intake died before it accepted anything. Send the application again.',
};

/** 5 minutes: a call that quotes lives for at most 1 minute. */
const MAX_QUOTING_MS = 300_000;

/** A request for a quote that no entry answers, because its call died. */
function unfinishedPrequalification(entries: readonly LedgerEntry[], now: Date): Fault[] {
  const received = entries.find(({ type }) => type === 'PREQUALIFICATION_RECEIVED');
  if (!received || has(entries, 'PREQUALIFIED')) return [];
  if (now.getTime() - Date.parse(received.recordedAt) < MAX_QUOTING_MS) return [];
  const detail =
    'Its call ended without an answer: send the same request again, which is then answered without a rate and without a pull.';
  return [{ fault: 'PREQUALIFICATION_UNFINISHED', sequence: received.sequence, detail }];
}

async function hasIdentity({ vault }: Records, applicationId: string): Promise<boolean> {
  try {
    await vault.getIdentity(applicationId);
    return true;
  } catch (error) {
    // A destroyed key had an application, whose ledger is missing.
    return (error as Error).name !== 'IdentityMissing';
  }
}

const STORED_DETAIL: Readonly<Record<ExaminedEntry['faults'][number], string>> = {
  ENTRY_UNREADABLE: 'Its text is no entry: restore it from a backup or an export.',
  ENTRY_TEXT_DIFFERS:
    'Its text is not the canonical text of its content, such as one with a member twice: readers may differ in what they see.',
  ENTRY_NOT_AUTHENTIC: 'Another program wrote it: its code is not one that this program made.',
  INDEX_DIFFERS: 'It is stored under another event id or sequence than its own: a search does not find it.',
};

/** How each entry is stored, and whether this release knows what it says. */
function storedFaults(stored: readonly ExaminedEntry[]): Fault[] {
  return stored.flatMap(({ sequence, entry, faults }): Fault[] => [
    ...faults.map((fault) => ({ fault, sequence, detail: STORED_DETAIL[fault] })),
    ...(entry && !isReadable(entry)
      ? [
          {
            fault: 'ENTRY_UNREADABLE',
            sequence,
            detail: 'Its body is not one of its type, or this release does not know the type.',
          },
        ]
      : []),
  ]);
}

function chainFaults(applicationId: string, entries: readonly LedgerEntry[]): Fault[] {
  return verifyChain(applicationId, entries).map(({ fault, sequence }) => ({
    fault,
    sequence,
    detail: chainDetail(fault),
  }));
}

/** Reads every evidence object that the entries name. */
async function evidenceNamed(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  found: FaultList,
): Promise<{ addresses: ReadonlySet<string>; forgotten: boolean }> {
  const addresses = new Set<string>();
  let forgotten = false;
  for (const entry of entries) {
    for (const reference of evidenceNamedBy(entry)) {
      addresses.add(reference.address);
      const faults = await evidenceFaults(records, applicationId, reference);
      if (faults === 'KeyDestroyed') forgotten = true;
      else found.add(...faults.map((fault) => ({ ...fault, sequence: entry.sequence })));
    }
  }
  return { addresses, forgotten };
}

/** Each execution of the application. @param seen read before the ledger was. */
async function executionsFaults(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  { summary, first }: Seen,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const [reopening, part] of byExecution(entries).entries()) {
    const arn = await executionArnFor(records, applicationId, part, reopening);
    const execution = first?.executionArn === arn ? first : await readExecution(records, arn);
    const started = summary?.executionArn === arn;
    const reference = referenceFor(entries, reopening) ?? { applicationId, digest: '' };
    faults.push(...(await executionFaults(records, { reference, entries: part, execution, started })));
  }
  return faults;
}

/** Rows and events against the ledger. */
async function derivedFaults(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  scan: Scan | undefined,
): Promise<Fault[]> {
  const control = controlNamed(applicationId);
  if (!control) return projectionFaults(records, applicationId, entries, scan);
  return [
    ...(await controlRowFaults(records, control, entries, scan)).map(rowInWords),
    ...(await controlEventFaults(records, control, entries, scan)),
  ];
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
function forgettingFaults(
  entries: readonly LedgerEntry[],
  keyDestroyed: boolean,
  { timeZone }: Pick<Lender, 'timeZone'>,
): Fault[] {
  const say = (fault: string, sequence: number | null, detail: string): Fault[] => [{ fault, sequence, detail }];
  const { decided, done } = forgettingOf(entries);
  if (!decided) {
    const detail = 'Its data key is destroyed, and no entry says that the person was to be forgotten.';
    return keyDestroyed ? say('KEY_DESTROYED', null, detail) : [];
  }
  const before = retentionOf(entries.slice(0, entries.indexOf(decided)), timeZone);
  const refusal = refusalToForget(before, localDate(decided.occurredAt, timeZone), null);
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

/** One execution of an application. */
interface CheckedExecution {
  readonly reference: ApplicationReference;
  /** Of this execution. */
  readonly entries: readonly LedgerEntry[];
  /** Undefined where the engine does not have it. */
  readonly execution: ExecutionWithHistory | undefined;
  /** Whether the summary says that it was started. */
  readonly started: boolean;
}

const has = (entries: readonly LedgerEntry[], type: EventType) => entries.some((entry) => entry.type === type);

/** Checks how an execution ended, what it did, and what its archive keeps of that. Each fault occurs once. */
async function executionFaults(records: Records, checked: CheckedExecution): Promise<Fault[]> {
  const { reference, entries, execution } = checked;
  // Another that took the name of a reopening may have ended before this one had begun, and is archived beside it.
  const archives = (await readArchives(records, reference.applicationId, entries)).filter(
    ({ executionArn }) => !execution || executionArn === execution.executionArn,
  );
  const history = execution?.history ?? archives.at(-1)?.events;
  const missing = missingExecutionFaults(records, checked, history !== undefined);
  if (!history) return missing;
  const faults = [
    ...missing,
    ...(execution ? [...engineFaults(execution, reference), ...keptHistoryFaults(execution, entries, archives)] : []),
    ...endingFaults(history, entries),
    ...stepFaults(history, entries),
  ];
  // A step that began since the engine was first read is in the ledger already.
  const runs = execution && endingOf(history.at(-1)).status === null;
  const later = runs ? ((await readExecution(records, execution.executionArn))?.history ?? history) : history;
  faults.push(...entryOriginFaults(later, entries));
  return faults.filter(
    (fault, index) => faults.findIndex((other) => canonicalJson(other) === canonicalJson(fault)) === index,
  );
}

const withoutSequence = (fault: string, detail: string): Fault => ({ fault, sequence: null, detail });

/** The engine of one machine forgets no execution: there it is missing although an archive has its history. */
function missingExecutionFaults(
  records: Records,
  { entries, execution, started }: CheckedExecution,
  archived: boolean,
): Fault[] {
  const begun = started || validatedExecution(entries) !== undefined;
  if (execution || !begun || (!records.engineFaults && has(entries, 'HISTORY_ARCHIVED'))) return [];
  const where = archived ? 'the engine does not have' : 'neither the engine nor an archive has';
  return [
    withoutSequence('EXECUTION_MISSING', `It was started, and ${where} its execution: restore it from a backup.`),
  ];
}

/** The engine's status and input against its step history and the reference of the application. */
function engineFaults({ status, input, history }: ExecutionWithHistory, reference: ApplicationReference): Fault[] {
  const faults: Fault[] = [];
  if (status !== (endingOf(history.at(-1)).status ?? 'RUNNING')) {
    const detail = `The engine says ${status}, the end of its step history does not.`;
    faults.push(withoutSequence('HISTORY_DIFFERS', detail));
  }
  if (reference.digest !== '' && !isReference(input, reference)) {
    const detail = 'The execution was started with another input than the reference of the application.';
    faults.push(withoutSequence('EXECUTION_DIFFERS', detail));
  }
  return faults;
}

/** The engine's step history against its archives. @param archives those of this execution that open. */
function keptHistoryFaults(
  { history }: ExecutionWithHistory,
  entries: readonly LedgerEntry[],
  archives: readonly Archive[],
): Fault[] {
  const faults = archiveFaults(history, archives);
  const archived = archives.at(-1);
  const { status, lastEvent } = endingOf(history.at(-1));
  if (status === null) return faults;
  if (archived && archived.count === lastEvent && archived.status !== status) {
    faults.push(withoutSequence('HISTORY_DIFFERS', `The archive says ${archived.status}, the engine ${status}.`));
  }
  // An archive that does not open is a fault of its own.
  const named = has(entries, 'HISTORY_ARCHIVED') && !archived;
  if (validated(history) && !named && !archives.some(({ count }) => count === lastEvent)) {
    const detail = `The execution ended (${status}) and its history is not archived: entries were cut off, or the process stopped before it archived; start it again.`;
    faults.push(withoutSequence('ARCHIVE_MISSING', detail));
  }
  return faults;
}

/** An ended execution leaves a decision and its notice. */
function endingFaults(history: readonly HistoryEvent[], entries: readonly LedgerEntry[]): Fault[] {
  const { status } = endingOf(history.at(-1));
  if (status === null) return [];
  const decided = entries.findIndex(({ type }) => type === 'DECISION_RECORDED');
  if (decided >= 0) {
    if (has(entries.slice(decided), 'NOTICES_ISSUED')) return [];
    const detail = 'The execution ended after its decision and no notice is in the ledger: redrive it.';
    return [withoutSequence('NOTICES_MISSING', detail)];
  }
  return [
    status === 'SUCCEEDED'
      ? withoutSequence('DECISION_MISSING', 'The execution succeeded and no decision is in the ledger.')
      : withoutSequence(
          'EXECUTION_STOPPED',
          `Its execution ${ENDED_WITH[status]}: stopped without a decision: redrive it.`,
        ),
  ];
}

function receiptAddress(entries: readonly LedgerEntry[]): string {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  return (received && evidenceNamedBy(received)[0]?.address) ?? '';
}

function isReference(input: string, reference: ApplicationReference): boolean {
  try {
    return canonicalJson(JSON.parse(input)) === canonicalJson(reference);
  } catch {
    return false;
  }
}

/** The identity is in the vault and opens; with the front end of the receipt it has the digest in what was received. */
async function identityFaults(
  { evidence, identities, vault }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Fault[]> {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED' || type === 'PREQUALIFICATION_RECEIVED');
  const address = received && evidenceNamedBy(received)[0]?.address;
  if (!received || address === undefined) return [];
  const say = (fault: string, detail: string): Fault[] => [{ fault, sequence: null, detail }];
  let digest: string;
  try {
    const identity = await identities.get(applicationId);
    digest = await identityDigest(vault, applicationId, received.actor, identity);
  } catch (error) {
    if ((error as Error).name === 'IdentityMissing') {
      return say('IDENTITY_MISSING', 'The vault has no identity of the applicant: restore it from a backup.');
    }
    return say('IDENTITY_DAMAGED', 'The identity in the vault does not open: restore it from a backup.');
  }
  try {
    const kind = received.type === 'APPLICATION_RECEIVED' ? 'application' : 'prequalification';
    const sealed = await readEvidence(evidence, applicationId, kind, address);
    if (sealed.identityDigest === digest) return [];
  } catch {
    // What cannot be opened or read is named with the entry that refers to it.
    return [];
  }
  const detail =
    'The front end that its actor names, or the identity in the vault, is not the one that it was received with.';
  return [{ fault: 'IDENTITY_DIFFERS', sequence: received.sequence, detail }];
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
