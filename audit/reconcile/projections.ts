import type {
  Clock,
  Evidence,
  EvidenceLocks,
  EvidenceStore,
  HistoryEvent,
  Identities,
  Vault,
  WorkItem,
  WorkStore,
} from '../../adapters/ports.ts';
import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import { personKey } from '../../app/intake/person-key.ts';
import { lockedUntil } from '../../app/retention/retention.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import type { CreditContract } from '../../domain/decision/credit-contract.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { HEX_DIGEST } from '../../domain/ledger/digest.ts';
import { readBody, type EvidenceReference } from '../../domain/ledger/events.ts';
import { byExecution, validatedExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { contractIn } from '../../domain/projections/announcements.ts';
import { applicationRules, type ApplicationRules, type Opened } from '../../domain/projections/application.ts';
import { isCache } from '../../domain/projections/caches.ts';
import { compareRows, rowKey, type RowFault, type Stored } from '../../domain/projections/rule.ts';
import { scheduledIn } from '../../domain/projections/scheduled.ts';
import { openedTask } from '../../domain/projections/task.ts';
import { evidenceOf, retentionOf } from '../../domain/retention/retention.ts';

/** What it takes to derive the rows of an application from its ledger. */
export interface ProjectionPorts {
  readonly evidence: Pick<Evidence, 'open'>;
  readonly evidenceStore: Pick<EvidenceStore, 'has'>;
  readonly evidenceLocks: EvidenceLocks;
  readonly identities: Pick<Identities, 'get'>;
  readonly vault: Pick<Vault, 'indexKey' | 'dataKey'>;
  readonly workStore: Pick<WorkStore, 'get' | 'list'>;
  readonly clock: Clock;
  readonly lending: LendingSettings;
  /** @returns undefined for an execution that its engine does not know. */
  readonly history: (executionArn: string) => Promise<readonly HistoryEvent[] | undefined>;
}

/** The application that a row is of; undefined for the rows of controls and for those of no known kind. */
export function applicationOfRow({ pk, sk }: Pick<WorkItem, 'pk' | 'sk'>): string | undefined {
  if (/^(PERSON|AFFECTED)#/.test(pk)) return sk;
  return /^(?:APPLICATION|CASE|PULL)#([^#]+)/.exec(pk)?.[1];
}

/** What is derived for one application, and what it was derived from. */
export interface Derived extends ApplicationRules {
  readonly opened: Opened;
}

/** @param rows that are stored, as far as they are known. */
export async function derive(
  ports: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  rows: readonly Stored[],
): Promise<Derived> {
  const opened = await openAll(ports, applicationId, entries, rows);
  return { opened, ...applicationRules(applicationId, entries, opened, rows) };
}

/**
 * Compares the rows of one application with its ledger.
 * @param scanned the rows that a scan found of it; without them, those in its partition and under the keys that it must
 * have are read.
 */
export async function rowFaults(
  ports: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  scanned?: readonly Stored[],
): Promise<{ readonly faults: RowFault[]; readonly opened: Opened }> {
  const listed = scanned ?? (await listAll(ports.workStore, `APPLICATION#${applicationId}`));
  const { opened, rules, unknown } = await derive(ports, applicationId, entries, listed);
  const rows = [...listed];
  if (!scanned) {
    const known = new Set(listed.map(rowKey));
    for (const rule of rules) {
      const item = known.has(rowKey(rule)) ? undefined : await ports.workStore.get(rule.pk, rule.sk);
      if (item) rows.push(item);
    }
  }
  return {
    faults: compareRows(
      rows.filter((row) => !isCache(row)),
      rules,
      unknown,
    ),
    opened,
  };
}

async function listAll(workStore: Pick<WorkStore, 'list'>, pk: string): Promise<WorkItem[]> {
  const items: WorkItem[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.list(pk, { limit: 1000, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

async function openAll(
  ports: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  rows: readonly Stored[],
): Promise<Opened> {
  const { requested } = entries.length > 0 ? retentionOf(entries, ports.lending.lender.timeZone) : { requested: false };
  const models = await modelsOf(ports, applicationId, entries);
  return {
    decisions: await decisionsIn(ports, applicationId, entries),
    contracts: await contractsIn(ports, applicationId, entries),
    models,
    personKey: await found(async () => {
      const { ssn } = identitySchema.parse(await ports.identities.get(applicationId));
      return personKey(ports.vault, ssn);
    }),
    keyPresent: (await found(() => ports.vault.dataKey(applicationId))) !== null,
    lockedUntil: requested ? await lockedUntil(ports, entries) : null,
    scheduled: scheduledIn(await historiesOf(ports, applicationId, entries)),
    lateAnswers: await lateAnswers(ports, applicationId, entries, rows),
    archived: await archivedDigests(ports, models, rows),
    policies: new Set(Object.values(COMPILED_POLICIES).flatMap((each) => each.map(({ digest }) => digest))),
    timeZone: ports.lending.lender.timeZone,
    now: ports.clock.now().toISOString(),
  };
}

/** Null for what is missing, damaged or forgotten: `verify` names each of these as a fault of its own. */
async function found<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}

async function decisionsIn(
  { evidence }: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Map<string, DecisionRecord>> {
  const decisions = new Map<string, DecisionRecord>();
  for (const entry of entries.filter(({ type }) => type === 'DECISION_RECORDED')) {
    const { address } = (entry.body['evidence'] as EvidenceReference[])[0] ?? { address: '' };
    const record = await found(() => readEvidence(evidence, applicationId, 'decision', address));
    if (record) decisions.set(address, record);
  }
  return decisions;
}

async function contractsIn(
  { evidence }: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Map<string, CreditContract>> {
  const contracts = new Map<string, CreditContract>();
  for (const entry of entries.filter(({ type }) => type === 'CREDIT_BOOKED')) {
    const address = contractIn(entry);
    const contract = await found(() => readEvidence(evidence, applicationId, 'contract', address));
    if (contract) contracts.set(address, contract);
  }
  return contracts;
}

async function modelsOf(
  { evidence }: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Map<number, string | null>> {
  const models = new Map<number, string | null>();
  for (const entry of entries.filter(({ type }) => type === 'APPLICATION_SCORED')) {
    const { address } = (entry.body['evidence'] as EvidenceReference[])[0] ?? { address: '' };
    const score = await found(() => readEvidence(evidence, applicationId, 'score', address));
    models.set(entry.sequence, score?.model.packageDigest ?? null);
  }
  return models;
}

/** The step histories that say what rows may be there for: of parts with an open task, or with a pull that no entry reports. */
async function historiesOf(
  { history, evidence }: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<(readonly HistoryEvent[])[]> {
  const histories: (readonly HistoryEvent[])[] = [];
  const waiting = openedTask(entries) !== undefined;
  const parts = byExecution(entries);
  for (const [index, part] of parts.entries()) {
    const has = (name: string) => part.some(({ type }) => type === name);
    const unreported = has('PRE_BUREAU_POLICY_APPLIED') && !has('BUREAU_REPORT_PULLED');
    if (!unreported && !has('BUREAU_ANSWER_UNREADABLE') && !(waiting && index === parts.length - 1)) continue;
    const arn = validatedExecution(part);
    const kept = arn === undefined ? undefined : await history(arn);
    if (kept) histories.push(kept);
    else histories.push(...(await archivesOf(evidence, applicationId, part)));
  }
  return histories;
}

async function archivesOf(
  evidence: Pick<Evidence, 'open'>,
  applicationId: string,
  part: readonly LedgerEntry[],
): Promise<HistoryEvent[][]> {
  const archives: HistoryEvent[][] = [];
  for (const entry of part.filter(({ type }) => type === 'HISTORY_ARCHIVED')) {
    const archive = await found(async () => {
      const { address = '' } = readBody(entry, 'HISTORY_ARCHIVED').evidence[0] ?? {};
      return (await evidence.open(applicationId, 'history', address)) as unknown as { events: HistoryEvent[] };
    });
    if (archive) archives.push(archive.events);
  }
  return archives;
}

/** Sealed answers that pulls name and no entry does: only a bureau's answer to this application opens as one. */
async function lateAnswers(
  { evidence }: ProjectionPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  rows: readonly Stored[],
): Promise<Set<string>> {
  const named = new Set(evidenceOf(entries).map(({ address }) => address));
  const late = new Set<string>();
  for (const { pk, data } of rows) {
    const { address } = (data['answer'] ?? {}) as { address?: string };
    if (!pk.startsWith('PULL#') || typeof address !== 'string' || named.has(address)) continue;
    if (await found(() => evidence.open(applicationId, 'bureau-answer', address))) late.add(address);
  }
  return late;
}

/** The key of a row that lists what a version touched: the version's digest is first in it. */
const AFFECTED_KEY = new RegExp(`^AFFECTED#(${HEX_DIGEST})#`);

async function archivedDigests(
  { evidenceStore }: ProjectionPorts,
  models: ReadonlyMap<number, string | null>,
  rows: readonly Stored[],
): Promise<Set<string>> {
  const archived = new Set<string>();
  if (![...models.values()].includes(null)) return archived;
  for (const { pk } of rows) {
    const digest = AFFECTED_KEY.exec(pk)?.[1];
    if (digest !== undefined && (await evidenceStore.has(digest))) archived.add(digest);
  }
  return archived;
}
