import { cursorParts, cursorText } from '../adapters/page-cursor.ts';
import type { Clock, Evidence, Ledger, WorkStore } from '../adapters/ports.ts';
import { reasonsToWait } from '../app/status.ts';
import { digestOf } from '../domain/ledger/canonical-json.ts';
import { holderOf, matchesCase, type CaseFilter, type CaseRow } from '../domain/projections/case.ts';
import { keys } from '../domain/projections/keys.ts';
import { damageOf } from './damage.ts';
import { CursorRefused } from './list-applications.ts';

/** What a case waits for: a reviewer, an operator, or the applicant. */
const WAITS_FOR = ['REVIEW', 'ATTENTION', 'APPLICANT'] as const;
type WaitsFor = (typeof WAITS_FOR)[number];

export interface CaseListPorts {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly evidence: Evidence;
  readonly workStore: Pick<WorkStore, 'listIndex'>;
  readonly clock: Clock;
}

/** A case as a list shows it, with the rules or the failure that it waits for. */
export interface ListedCase extends CaseRow {
  readonly waitsFor: string[];
}

export interface CasePage {
  readonly cases: readonly ListedCase[];
  /** The cursor of the next page; absent on the last. */
  readonly next?: string;
}

/** Rows of one read of the store. */
const ROWS = 100;
/** Rows that one page looks through, at most, until it has its cases: ten reads. */
const MAX_ROWS = 1_000;
/** Cases of one page whose rules are read, at most. */
const MAX_READ = 200;

/**
 * Lists cases, the earliest due first. A page may have fewer cases than the limit, or none, and still have a next page.
 * @param filter `rule`: only cases that wait for this rule. Rules are sealed, so each case that the rows allow is opened for it.
 * @throws CursorRefused
 */
export async function listCases(
  ports: CaseListPorts,
  waitsFor: WaitsFor,
  { rule, ...filter }: CaseFilter & { readonly rule?: string | undefined },
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<CasePage> {
  const list = digestOf([
    waitsFor,
    rule ?? null,
    ...Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .flat(),
  ]).slice(0, 16);
  const now = ports.clock.now().toISOString();
  const cases: ListedCase[] = [];
  let place = cursor === undefined ? undefined : placeBehind(cursor, list);
  let looked = 0;
  let read = 0;
  for await (const { row, at } of rowsBehind(ports, waitsFor, place)) {
    if (cases.length === limit || read === MAX_READ || looked === MAX_ROWS) {
      return { cases, next: cursorText([list, place ?? '']) };
    }
    place = at;
    looked += 1;
    if (!matchesCase(row, filter, now)) continue;
    read += 1;
    const rules = await rulesOf(ports, row.applicationId);
    if (rule === undefined || rules.includes(rule)) cases.push({ ...row, waitsFor: rules });
  }
  return { cases };
}

/** The rows of a list behind a place, each with its own place. */
async function* rowsBehind(
  { workStore }: CaseListPorts,
  waitsFor: WaitsFor,
  place: string | undefined,
): AsyncGenerator<{ readonly row: CaseRow; readonly at: string }> {
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(keys.cases(waitsFor), {
      limit: ROWS,
      ...(place !== undefined && { beyond: place }),
      ...(after !== undefined && { after }),
    });
    for (const { index, data } of page.items) yield { row: data as CaseRow, at: index?.sk ?? '' };
    after = page.next;
  } while (after !== undefined);
}

function placeBehind(cursor: string, list: string): string {
  const [of, place] = cursorParts(cursor, 2) ?? [];
  if (of === list && place !== undefined) return place;
  throw new CursorRefused(
    'is not the next of an earlier page of this list: repeat its filters, or leave the cursor out',
  );
}

/** A list goes on where one application's records cannot be opened: `verify` names the fault. */
async function rulesOf({ ledger, evidence }: CaseListPorts, applicationId: string): Promise<string[]> {
  try {
    return await reasonsToWait(evidence, applicationId, await ledger.read(applicationId));
  } catch (error) {
    if (error instanceof Error && (error.name === 'KeyDestroyed' || damageOf(error) !== undefined)) return [error.name];
    throw error;
  }
}

/** How many cases wait, by what they wait for. */
export interface CaseCounts {
  readonly waitsFor: WaitsFor;
  readonly cases: number;
  /** Held by a person now. */
  readonly claimed: number;
  /** Due now or earlier. */
  readonly overdue: number;
  readonly byProduct: Readonly<Record<string, number>>;
}

/** Counts the open cases from their rows. */
export async function countCases({
  workStore,
  clock,
}: Pick<CaseListPorts, 'workStore' | 'clock'>): Promise<CaseCounts[]> {
  const now = clock.now().toISOString();
  return Promise.all(
    WAITS_FOR.map(async (waitsFor) => {
      const rows = await rowsOf(workStore, waitsFor);
      const byProduct: Record<string, number> = {};
      for (const { product } of rows) byProduct[product] = (byProduct[product] ?? 0) + 1;
      return {
        waitsFor,
        cases: rows.length,
        claimed: rows.filter((row) => holderOf(row, now) !== undefined).length,
        overdue: rows.filter((row) => waitsFor !== 'APPLICANT' && row.dueAt <= now).length,
        byProduct,
      };
    }),
  );
}

async function rowsOf(workStore: CaseListPorts['workStore'], waitsFor: WaitsFor): Promise<CaseRow[]> {
  const rows: CaseRow[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(keys.cases(waitsFor), {
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    rows.push(...page.items.map(({ data }) => data as CaseRow));
    after = page.next;
  } while (after !== undefined);
  return rows;
}
