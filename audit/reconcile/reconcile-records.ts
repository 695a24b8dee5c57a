import * as z from 'zod';

import { KeyDestroyed, KeyMissing, type EvidenceStore, type Executions, type Vault } from '../../adapters/ports.ts';
import type { Contract, Output, UseCase } from '../../app/contracts.ts';
import { keepRecords, listRestored, readReceived } from '../../app/retention/retention.ts';
import { readSummary, updateItem } from '../../app/work-items.ts';
import { archiveHistory } from '../../app/workflow/archive-history.ts';
import { startAccepted, startReopened } from '../../app/workflow/start-execution.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { addDays, type LocalDate } from '../../domain/calendar.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { FIRST_DAY, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { byExecution, validatedExecution } from '../../domain/ledger/reopening.ts';
import { isSealed } from '../../domain/ledger/sealed-bytes.ts';
import { isPrequalification } from '../../domain/prequalification/quote.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Summary } from '../../domain/projections/summary.ts';
import {
  findingsOf,
  REPAIRS,
  type ApplicationSeen,
  type Finding,
  type RepairKind,
} from '../../domain/reconciliation/reconcile.ts';
import { evidenceOf } from '../../domain/retention/retention.ts';
import { damageOf } from '../damage.ts';
import {
  repairApplication,
  repairControls,
  repairOtherEvents,
  repairScanned,
  storedEvents,
  type RowPorts,
  type StoredEvents,
} from './reconcile-rows.ts';

const finding = z.strictObject({
  /** Null for evidence that no application names. */
  applicationId: applicationId.nullable(),
  kind: z.string(),
  /** The execution, the address of evidence, the row or the event that it is about. */
  about: z.string().nullable(),
});

/** Called on a schedule, with an event in which nothing matters, or by a person. */
export const contract = {
  input: z.looseObject({
    /** Maximum applications and evidence objects to check; evidence at most 1,000. */
    limit: z.int().min(1).max(100_000).optional(),
    /** @default - both */
    only: z.enum(['APPLICATIONS', 'EVIDENCE', 'ROWS']).optional(),
  }),
  output: z.strictObject({
    applications: z.int().nonnegative(),
    evidence: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    repaired: z.array(finding),
    /** What needs a person. */
    findings: z.array(finding),
    /** Whether this call reached the last application. */
    applicationsEnded: z.boolean(),
    evidenceEnded: z.boolean(),
    rowsEnded: z.boolean(),
  }),
} as const satisfies Contract;

export interface ReconciliationPorts extends RowPorts {
  readonly vault: Vault;
  readonly evidenceStore: EvidenceStore;
  readonly executions: Pick<Executions, 'describe' | 'lastEvent'>;
}

type Answer = Output<typeof contract>;
type OpenFinding = Answer['findings'][number];

/** Each application needs about 20 objects and 1 or 2 executions: 1 s on AWS, 2 minutes in all. */
const MAX_APPLICATIONS = 100;
/** Days that are looked at in every call, before the pass over all of them goes on. */
const RECENT_DAYS = 2;
/** Windows of days in one call. An empty window costs a few requests, or one scan of the ledger on one machine. */
const MAX_WINDOWS = 60;
/** A page of evidence has no more. */
const MAX_EVIDENCE = 1000;

/**
 * Compares ledger, evidence, executions and lists. Repairs what it can, and publishes each remaining finding once
 * (`RecordsNeedAttention`). Each application's retention is updated too.
 *
 * A call checks the applications of the last days, a part of all others and a part of the evidence. The next call continues
 * there. Run on a schedule.
 */
export function reconcileRecords(ports: ReconciliationPorts): UseCase<typeof contract> {
  return async ({ limit = MAX_APPLICATIONS, only }) => {
    const now = ports.clock.now().toISOString();
    const utcToday = now.slice(0, 10);
    const answer: Answer = {
      applications: 0,
      evidence: 0,
      repaired: [],
      findings: [],
      rows: 0,
      applicationsEnded: false,
      evidenceEnded: false,
      rowsEnded: false,
    };
    // Events before the ledger: what they say is in the ledger already.
    const stored = await storedEvents(ports);
    const one = async (applicationId: string) => {
      answer.applications += 1;
      await reconcile(ports, applicationId, { now, stored, answer });
    };
    // Rows first: one that cannot be read would stop the pass over its application.
    if (only === undefined || only === 'ROWS') {
      answer.rowsEnded = await passRows(ports, Math.min(limit, MAX_EVIDENCE), stored, answer);
    }
    if (only === undefined || only === 'APPLICATIONS') {
      const days = { last: utcToday, limit, each: one };
      await pass(ports, { ...days, name: 'RECENT', first: addDays(utcToday, -RECENT_DAYS) });
      answer.applicationsEnded = await pass(ports, { ...days, name: 'WHOLE', first: FIRST_DAY });
    }
    if (only === undefined || only === 'EVIDENCE') {
      answer.evidenceEnded = await passEvidence(ports, Math.min(limit, MAX_EVIDENCE), answer);
    }
    return answer;
  };
}

/** How far a pass has come. */
interface Place {
  /** The first of the days that are looked at together. */
  readonly day: LocalDate;
  readonly days: number;
  /** How many of their applications were looked at. */
  readonly done: number;
  /** How often it came to the last of all. */
  readonly passes: number;
}

/** Applications by the day on which an entry of theirs was recorded, and what is done with each. */
interface Pass {
  readonly name: 'RECENT' | 'WHOLE';
  readonly first: LocalDate;
  readonly last: LocalDate;
  /** Applications of one call. */
  readonly limit: number;
  readonly each: (applicationId: string) => Promise<void>;
}

/**
 * Continues a pass where the last call stopped it, and starts again at the first day after the last.
 * @returns whether it came to the last day.
 */
async function pass(ports: ReconciliationPorts, asked: Pass): Promise<boolean> {
  const { name, first, last, limit } = asked;
  const { pk, sk } = keys.reconciliation(name);
  const kept = (await ports.workStore.get(pk, sk))?.data as Partial<Place> | undefined;
  const start: Place = { day: first, days: 1, done: 0, passes: kept?.passes ?? 0 };
  let place: Place = kept && (kept.day ?? '') >= first ? { ...start, ...kept } : start;
  let left = limit;
  for (let windows = 0; windows < MAX_WINDOWS && left > 0 && place.day <= last; windows += 1) {
    [place, left] = await passWindow(ports, asked, place, left);
  }
  const ended = place.day > last;
  const next: Place = ended ? { ...start, passes: start.passes + 1 } : place;
  await updateItem(ports.workStore, { pk, sk }, () => ({ ...next }));
  return ended;
}

/**
 * Checks the applications of one window of days, up to `left` of them. The next window is twice as long after few
 * applications; a window with more than the limit is halved first.
 * @returns the place behind what was checked, and how many more applications the call may check.
 */
async function passWindow(
  { ledger }: ReconciliationPorts,
  { limit, each }: Pass,
  place: Place,
  left: number,
): Promise<[Place, number]> {
  const { day, days, done } = place;
  const next = addDays(day, days);
  const period = { after: `${addDays(day, -1)}T23:59:59.999Z`, until: `${addDays(next, -1)}T23:59:59.999Z` };
  const all = await Array.fromAsync(ledger.applications(period));
  if (all.length > limit && days > 1 && done === 0) return [{ ...place, days: Math.floor(days / 2) }, left];
  const ids = all.slice(done, done + left + 1);
  for (const applicationId of ids.slice(0, left)) await each(applicationId);
  if (ids.length > left) return [{ ...place, done: done + left }, 0];
  // How many applications a window has is unknown before it is read.
  const maxDays = Math.max(1, Math.floor(limit / 10));
  const wider = all.length * 2 <= limit ? Math.min(days * 2, maxDays) : days;
  return [{ ...place, day: next, days: wider, done: 0 }, left - ids.length];
}

/** What a call knows and finds. */
interface Call {
  readonly now: string;
  readonly stored: StoredEvents | undefined;
  readonly answer: Answer;
}

/** As `reconcileReadable`. Records that cannot be read are a finding, and the pass goes on. */
async function reconcile(ports: ReconciliationPorts, applicationId: string, call: Call): Promise<void> {
  const { now, answer } = call;
  try {
    await reconcileReadable(ports, applicationId, call);
  } catch (error) {
    if (damageOf(error) === undefined) throw error;
    const unreadable: OpenFinding = { applicationId, kind: 'RECORDS_UNREADABLE', about: null };
    answer.findings.push(unreadable);
    await publishFindings(ports, applicationId, [unreadable], now);
  }
}

async function reconcileReadable(
  ports: ReconciliationPorts,
  applicationId: string,
  { now, stored, answer }: Call,
): Promise<void> {
  const entries = await readReceived(ports, applicationId);
  // A control has a ledger of its own, which is no application's.
  if (!entries) return;
  await markNamed(ports, applicationId, entries);
  // A prequalification has no execution, and no row but that of its retention.
  if (isPrequalification(entries)) return keepRecords(ports, applicationId);
  const open: OpenFinding[] = [];
  for (const finding of findingsOf(await look(ports, applicationId, entries), now)) {
    const told = { applicationId, ...finding };
    if (isRepair(finding) && (await repaired(ports, applicationId, finding))) answer.repaired.push(told);
    else open.push(told);
  }
  const rows = await repairApplication(ports, applicationId, entries, stored);
  answer.repaired.push(...rows.repaired.map((each) => ({ applicationId, ...each })));
  open.push(...rows.open.map((each) => ({ applicationId, ...each })));
  await keepRecords(ports, applicationId);
  answer.findings.push(...open);
  await publishFindings(ports, applicationId, open, now);
}

const isRepair = (finding: Finding): finding is Finding & { kind: RepairKind } => finding.kind in REPAIRS;

async function look(
  ports: ReconciliationPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<ApplicationSeen> {
  const summary = await readSummary(ports.workStore, applicationId);
  const executions = await Promise.all(
    executionsOf(entries, summary).map(async ([reopening, executionArn]) => {
      const seen = await ports.executions.describe(executionArn);
      const last = seen && (await ports.executions.lastEvent(executionArn));
      return {
        executionArn,
        reopening,
        status: seen?.status ?? null,
        runningSince: seen?.runningSince ?? null,
        lastEvent: last ? { id: last.id, timestamp: last.timestamp } : null,
      };
    }),
  );
  const addresses = evidenceOf(entries).map(({ address }) => address);
  const present = await Promise.all(addresses.map((address) => ports.evidenceStore.has(address)));
  return {
    entries,
    executions,
    missing: new Set(addresses.filter((_, index) => !present[index])),
    keyPresent: await hasKey(ports, applicationId),
  };
}

/** The executions that the ledger or the summary says were the application's, by the reopening that they are of. */
function executionsOf(entries: readonly LedgerEntry[], summary: Summary | undefined): [number, string][] {
  const started = summary?.executionArn ?? null;
  return byExecution(entries).flatMap((part, reopening): [number, string][] => {
    const validated = validatedExecution(part);
    if (validated !== undefined) return [[reopening, validated]];
    return started !== null && parseExecutionName(started).reopening === reopening ? [[reopening, started]] : [];
  });
}

async function hasKey({ vault }: ReconciliationPorts, applicationId: string): Promise<boolean> {
  try {
    await vault.dataKey(applicationId);
    return true;
  } catch (error) {
    if (error instanceof KeyDestroyed || error instanceof KeyMissing) return false;
    throw error;
  }
}

/** @returns whether it was done; what cannot be done needs a person. */
async function repaired(
  ports: ReconciliationPorts,
  applicationId: string,
  { kind, about }: Finding & { kind: RepairKind },
): Promise<boolean> {
  try {
    switch (kind) {
      case 'ARCHIVE_MISSING': {
        const executionArn = about ?? '';
        const seen = await ports.executions.describe(executionArn);
        const { evidence } = await archiveHistory(ports)({
          'detail-type': 'Step Functions Execution Status Change',
          detail: { executionArn, name: executionArn.split(':').at(-1) ?? '', status: seen?.status ?? '' },
        });
        return evidence !== null;
      }
      case 'NOT_STARTED': {
        const entries = await ports.ledger.read(applicationId);
        const reopened = entries.findLast(({ type }) => type === 'DECISION_REOPENED');
        const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
        if (reopened) await startReopened(ports, reopened);
        else if (received) await startAccepted(ports, received);
        return true;
      }
      case 'KEY_RESTORED':
        return await listRestored(ports, applicationId);
    }
  } catch {
    return false;
  }
}

/** Publishes an application's findings once, and again when they change. */
async function publishFindings(
  { workStore, events }: ReconciliationPorts,
  applicationId: string,
  findings: readonly OpenFinding[],
  now: string,
): Promise<void> {
  const { pk, sk } = keys.findings(applicationId);
  const before = await workStore.get(pk, sk);
  if (findings.length === 0) {
    if (before) await workStore.remove(before);
    return;
  }
  const digest = digestOf(findings.map((each) => ({ ...each })));
  if (before?.data['digest'] === digest) return;
  await events.publish([
    {
      id: `reconciliation/${applicationId}/${digest}`,
      type: 'RecordsNeedAttention',
      occurredAt: now,
      detail: { findings: findings.map((each) => ({ ...each })) },
    },
  ]);
  await updateItem(workStore, { pk, sk }, () => ({ digest }));
}

async function markNamed(
  { workStore }: ReconciliationPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  for (const { address } of evidenceOf(entries)) {
    await updateItem(workStore, keys.named(address), (data) =>
      data?.['applicationId'] === applicationId ? undefined : { applicationId },
    );
  }
}

/**
 * Goes on through all evidence. A piece that no ledger names is looked at again after the next whole pass over the
 * ledgers: until then its entry may be on its way. @returns whether it came to the end.
 */
async function passEvidence(ports: ReconciliationPorts, limit: number, answer: Answer): Promise<boolean> {
  const { workStore, evidenceStore } = ports;
  const whole = keys.reconciliation('WHOLE');
  const passes = Number((await workStore.get(whole.pk, whole.sk))?.data['passes'] ?? 0);
  const { pk, sk } = keys.reconciliation('EVIDENCE');
  const place = (await workStore.get(pk, sk))?.data as { after: string | null } | undefined;
  const page = await evidenceStore.list({ limit, ...(place?.after && { after: place.after }) });
  for (const address of page.addresses) {
    answer.evidence += 1;
    if (!(await isUnnamed(ports, address, passes))) continue;
    const finding = { applicationId: null, kind: 'EVIDENCE_UNNAMED', about: address };
    answer.findings.push(finding);
    await publishFindings(ports, address, [finding], ports.clock.now().toISOString());
  }
  await updateItem(workStore, { pk, sk }, () => ({ after: page.next ?? null }));
  return page.next === undefined;
}

/**
 * Whether a whole pass over the ledgers came to its end since an evidence object was first found without a name.
 * @param passes how often a whole pass came to its end.
 */
async function isUnnamed(
  { workStore, evidenceStore }: ReconciliationPorts,
  address: string,
  passes: number,
): Promise<boolean> {
  const mark = keys.named(address);
  const seen = (await workStore.get(mark.pk, mark.sk))?.data;
  if (typeof seen?.['applicationId'] === 'string' || seen?.['release'] === true) return false;
  if (seen) return passes > Number(seen['unnamedSince']);
  // No ledger names a decision core or a model package, which are stored in clear.
  const release = !isSealed(await evidenceStore.get(address));
  await updateItem(workStore, mark, (data) => (release ? { release } : (data ?? { unnamedSince: passes })));
  return false;
}

/** Goes on through all rows of the work store, controls and events of no application. @returns whether it came to the end. */
async function passRows(
  ports: ReconciliationPorts,
  limit: number,
  stored: StoredEvents | undefined,
  answer: Answer,
): Promise<boolean> {
  const { workStore } = ports;
  const { pk, sk } = keys.reconciliation('ROWS');
  const place = (await workStore.get(pk, sk))?.data as { after: string | null } | undefined;
  const page = await workStore.scan({ limit, ...(place?.after && { after: place.after }) });
  answer.rows += page.items.length;
  const { repaired, open } = await repairScanned(ports, page.items);
  answer.repaired.push(...repaired);
  answer.findings.push(...open);
  for (const done of [await repairControls(ports, stored), await repairOtherEvents(ports, stored)]) {
    answer.repaired.push(...done.repaired.map((each) => ({ applicationId: null, ...each })));
    answer.findings.push(...done.open.map((each) => ({ applicationId: null, ...each })));
  }
  const found = answer.findings.filter(({ applicationId }) => applicationId === null);
  await publishFindings(ports, 'ROWS', found, ports.clock.now().toISOString());
  await updateItem(workStore, { pk, sk }, () => ({ after: page.next ?? null }));
  return page.next === undefined;
}
