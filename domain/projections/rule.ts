import type { JsonObject } from '../json.ts';
import { canonicalJson } from '../ledger/canonical-json.ts';

/** A row as it must be. */
export interface Projected {
  readonly pk: string;
  readonly sk: string;
  readonly index?: { readonly pk: string; readonly sk: string };
  readonly data: JsonObject;
}

/** A row as it is stored. */
export interface Stored extends Projected {
  readonly version: number;
  /** False for a row whose text is no canonical JSON. @default true */
  readonly sound?: boolean;
}

export type RowFaultName =
  | 'SUMMARY_DIFFERS'
  | 'TASK_DIFFERS'
  | 'CASE_DIFFERS'
  | 'DECIDED_DIFFERS'
  | 'OFFERS_DIFFER'
  | 'NOTICE_DIFFERS'
  | 'PULL_DIFFERS'
  | 'PERSON_DIFFERS'
  | 'AFFECTED_DIFFERS'
  | 'RETENTION_DIFFERS'
  | 'CONTROL_DIFFERS'
  | 'ROW_UNKNOWN';

/** How a fault of a row is set right; `PERSON`: nothing derives the row, so a person must act. */
export type Repair =
  | { readonly kind: 'WRITE'; readonly item: Projected; readonly version?: number }
  | { readonly kind: 'REMOVE' }
  /** The announcement of a closed decision is owed: it is repeated, then the row goes. */
  | { readonly kind: 'ANNOUNCE' }
  | { readonly kind: 'PERSON' };

/** What is derived for one key. */
export interface Rule {
  readonly fault: RowFaultName;
  readonly pk: string;
  readonly sk: string;
  readonly need: 'MUST' | 'MAY' | 'MUST_NOT';
  /** Whether a stored row of this key is right. */
  readonly accepts: (row: Stored) => boolean;
  readonly repair: Repair;
}

export interface RowFault {
  readonly fault: RowFaultName;
  readonly pk: string;
  readonly sk: string;
  readonly why: 'MISSING' | 'DIFFERENT' | 'UNEXPECTED';
  /** The members that differ; never their values. */
  readonly differing: readonly string[];
  readonly repair: Repair;
  /** Of the stored row; undefined where it is missing. */
  readonly version?: number;
}

export const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

/** The names of what differs between two rows of one key: members of the data, and `index`. */
export function differences(
  expected: Pick<Projected, 'index' | 'data'>,
  row: Pick<Projected, 'index' | 'data'>,
): string[] {
  const names = [...new Set([...Object.keys(expected.data), ...Object.keys(row.data)])].toSorted();
  return [
    ...names.filter((name) => !sameJson(expected.data[name], row.data[name]) || !(name in row.data)),
    ...(sameJson(expected.index, row.index) ? [] : ['index']),
  ];
}

/** A rule for a row that must be there with exactly this content. */
export function exactly(fault: RowFaultName, item: Projected, need: Rule['need'] = 'MUST'): Rule {
  const { pk, sk } = item;
  return {
    fault,
    pk,
    sk,
    need,
    accepts: (row) => differences(item, row).length === 0,
    repair: need === 'MUST_NOT' ? { kind: 'REMOVE' } : { kind: 'WRITE', item },
  };
}

export const rowKey = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => JSON.stringify([pk, sk]);

/**
 * Compares rows with their rules in both directions.
 * @param unknown names the fault of a row that no rule has; undefined for one that is not judged.
 */
export function compareRows(
  rows: readonly Stored[],
  rules: readonly Rule[],
  unknown: (row: Stored) => { readonly fault: RowFaultName; readonly repair: Repair } | undefined,
): RowFault[] {
  const ruled = new Map(rules.map((rule) => [rowKey(rule), rule]));
  const stored = new Set(rows.map(rowKey));
  const missing = rules
    .filter((rule) => rule.need === 'MUST' && !stored.has(rowKey(rule)))
    .map(({ fault, pk, sk, repair }): RowFault => ({ fault, pk, sk, why: 'MISSING', differing: [], repair }));
  const wrong = rows.flatMap((row): RowFault[] => {
    const { pk, sk, version } = row;
    const rule = ruled.get(rowKey(row));
    if (!rule) {
      const found = unknown(row);
      return found ? [{ ...found, pk, sk, version, why: 'UNEXPECTED', differing: [] }] : [];
    }
    if (rule.need === 'MUST_NOT') return [{ ...base(rule), version, why: 'UNEXPECTED', differing: [] }];
    if (row.sound !== false && rule.accepts(row)) return [];
    const { repair } = rule;
    const differing = repair.kind === 'WRITE' && row.sound !== false ? differences(repair.item, row) : ['text'];
    return [{ ...base(rule), version, why: 'DIFFERENT', differing }];
  });
  return [...missing, ...wrong];
}

const base = ({ fault, pk, sk, repair }: Rule) => ({ fault, pk, sk, repair });
