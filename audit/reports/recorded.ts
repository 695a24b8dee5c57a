/** What reports ask of an application's records, each in one place. */
import { application, type Application } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { creditContract, type CreditContract } from '../../domain/decision/credit-contract.ts';
import { overridesOf, type Override } from '../../domain/decision/override.ts';
import { decisionRecord, type DecisionRecord } from '../../domain/decision/record.ts';
import type { Json } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../../domain/ledger/events.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { REASONS, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import type { Recorded } from './report.ts';

/** Hours of milliseconds, to two decimals. */
export const hoursOf = (ms: number): number => Math.round(ms / 36_000) / 100;

export const hoursBetween = (from: string, to: string): number => hoursOf(Date.parse(to) - Date.parse(from));

export interface Receipt {
  readonly product: string;
  readonly receivedAt: string;
  readonly receivedOn: LocalDate;
}

/** @returns undefined for an application that the ledger never received. */
export function receiptOf({ entries }: Recorded): Receipt | undefined {
  const entry = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!entry) return undefined;
  const { product, receivedOn } = readBody(entry, 'APPLICATION_RECEIVED');
  return { product, receivedAt: entry.occurredAt, receivedOn };
}

/** What the ledger says of a decision without opening it. */
export interface Decided {
  readonly entry: LedgerEntry;
  readonly decidedOn: LocalDate;
  readonly outcome: DecisionRecord['outcome'];
  readonly decidedBy: string;
  readonly reasons: readonly string[];
  readonly noticeDueOn: LocalDate;
}

/** Every decision, oldest first. */
export function decisionsOf({ entries, timeZone }: Recorded): Decided[] {
  return entries
    .filter(({ type }) => type === 'DECISION_RECORDED')
    .map((entry) => {
      const facts = readBody(entry, 'DECISION_RECORDED').facts as unknown as Omit<Decided, 'entry' | 'decidedOn'>;
      return { ...facts, entry, decidedOn: localDate(entry.occurredAt, timeZone) };
    });
}

/** What happened from receipt, or from a reopening, to the next reopening: it is decided once. */
export interface Round {
  readonly startedAt: string;
  readonly startedOn: LocalDate;
  /** Why a decision was reopened; null for the round that began with the receipt. */
  readonly reopened: string | null;
  readonly entries: readonly LedgerEntry[];
  readonly decided: Decided | undefined;
}

/** Oldest first; none for an application that was never received. */
export function roundsOf(recorded: Recorded): Round[] {
  const receipt = receiptOf(recorded);
  if (!receipt) return [];
  const { entries, ...rest } = recorded;
  const starts = entries.flatMap((entry, at) => (entry.type === 'DECISION_REOPENED' ? [{ entry, at }] : []));
  return [undefined, ...starts].map((start, number) => {
    const within = entries.slice(start?.at ?? 0, starts[number]?.at);
    return {
      startedAt: start?.entry.occurredAt ?? receipt.receivedAt,
      startedOn: start ? localDate(start.entry.occurredAt, recorded.timeZone) : receipt.receivedOn,
      reopened: start ? readBody(start.entry, 'DECISION_REOPENED').why : null,
      entries: within,
      decided: decisionsOf({ ...rest, entries: within }).at(0),
    };
  });
}

/** The opened evidence of a kind that an entry names. */
export function valueOf({ values }: Recorded, entry: LedgerEntry | undefined, kind: string): Json | undefined {
  const named = entry ? evidenceNamedBy(entry) : [];
  const address = named.find((each) => each.kind === kind)?.address;
  return address === undefined ? undefined : values.get(address);
}

function newestOf(recorded: Recorded, type: string, kind: string): Json | undefined {
  return valueOf(
    recorded,
    recorded.entries.findLast((entry) => entry.type === type),
    kind,
  );
}

export function applicationOf(recorded: Recorded): Application | undefined {
  const value = newestOf(recorded, 'APPLICATION_RECEIVED', 'application');
  return value === undefined ? undefined : application.parse(value);
}

export function newestDecision(recorded: Recorded): DecisionRecord | undefined {
  const value = newestOf(recorded, 'DECISION_RECORDED', 'decision');
  return value === undefined ? undefined : decisionRecord.parse(value);
}

/** The contract that an acceptance names. */
export function contractOf(recorded: Recorded, entry: LedgerEntry): CreditContract | undefined {
  const value = valueOf(recorded, entry, 'contract');
  return value === undefined ? undefined : creditContract.parse(value);
}

/** The evidence that the newest decision rests on; undefined where it rests on none of the kind. */
export function scoringOf({ values }: Recorded, { evidence }: DecisionRecord): Scoring | undefined {
  return evidence.score === null ? undefined : (values.get(evidence.score) as unknown as Scoring | undefined);
}

export function policyOf({ values }: Recorded, { evidence }: DecisionRecord): PolicyResult | undefined {
  const address = evidence.policy ?? evidence.preBureauPolicy;
  return address === null ? undefined : (values.get(address) as unknown as PolicyResult | undefined);
}

export function overridesIn({ entries, values }: Recorded): Override[] {
  return overridesOf(entries, (address) => values.get(address));
}

export const reasonInWords = (code: string): string => REASONS[code as ReasonCode] ?? code;

/** Counts by two names, such as officer and direction. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #series: string[];

  /** @param series in the order in which they are shown; others follow as they come. */
  constructor(series: readonly string[] = []) {
    this.#series = [...series];
  }

  add(label: string, series: string): void {
    if (!this.#series.includes(series)) this.#series.push(series);
    const counts = this.#counts.get(label) ?? new Map<string, number>();
    counts.set(series, (counts.get(series) ?? 0) + 1);
    this.#counts.set(label, counts);
  }

  /** Labels in the order given, else by name; series that never occurred are left out. */
  plotted(order?: readonly string[]): { series: string[]; points: { label: string; values: number[] }[] } {
    const all = [...this.#counts.values()];
    const series = this.#series.filter((name) => all.some((counts) => counts.has(name)));
    const labels = order?.filter((label) => this.#counts.has(label)) ?? [...this.#counts.keys()].sort();
    return {
      series,
      points: labels.map((label) => ({
        label,
        values: series.map((name) => this.#counts.get(label)?.get(name) ?? 0),
      })),
    };
  }
}
