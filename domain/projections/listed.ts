import { localDate, type LocalDate } from '../calendar.ts';
import type { DecisionRecord } from '../decision/record.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import { shardOf } from '../ledger/shards.ts';
import { keys } from './keys.ts';
import type { Projected } from './rule.ts';

/**
 * What a list of applications has. Dates are the creditor's local dates, both ends included. An application matches where
 * one of its decisions, also a superseded one, matches the dates of decision, the outcome and the reason together.
 */
export interface ListFilter {
  readonly product?: string | undefined;
  readonly receivedSince?: LocalDate | undefined;
  readonly receivedUntil?: LocalDate | undefined;
  readonly decidedSince?: LocalDate | undefined;
  readonly decidedUntil?: LocalDate | undefined;
  readonly outcome?: DecisionRecord['outcome'] | undefined;
  /** A code of a principal reason. */
  readonly reason?: string | undefined;
}

/** A decision, as a list shows it. */
export interface ListedDecision {
  /** UTC instant. */
  readonly decidedAt: string;
  /** The creditor's local date. */
  readonly decidedOn: LocalDate;
  readonly outcome: DecisionRecord['outcome'];
  /** Codes of the principal reasons, most important first. */
  readonly reasons: readonly string[];
  /** Whether the application was reopened since. */
  readonly superseded: boolean;
}

/** Where a list has an application: by its receipt, or by one of its decisions. */
export interface ListedPlace {
  /** The index.sk of its row. It begins with the local date, and no two rows of a list have the same. */
  readonly place: string;
  readonly applicationId: string;
  readonly product: string;
  readonly receivedOn: LocalDate;
  /** Null in the list of receipts. */
  readonly decision: Pick<ListedDecision, 'decidedOn' | 'outcome' | 'reasons'> | null;
}

/** The periods of a filter that end before they begin. */
export function reversedPeriods(filter: ListFilter): ('received' | 'decided')[] {
  const isReversed = (since = '', until = since) => until < since;
  return [
    ...(isReversed(filter.receivedSince, filter.receivedUntil) ? (['received'] as const) : []),
    ...(isReversed(filter.decidedSince, filter.decidedUntil) ? (['decided'] as const) : []),
  ];
}

/** Whether the filter selects decisions, so that the list of decisions answers it. */
export const selectsDecisions = ({ decidedSince, decidedUntil, outcome, reason }: ListFilter): boolean =>
  [decidedSince, decidedUntil, outcome, reason].some((each) => each !== undefined);

/** Whether a place matches all of a filter. */
export function matches(filter: ListFilter, { product, receivedOn, decision }: ListedPlace): boolean {
  return (
    isWanted(filter.product, product) &&
    isWithin(receivedOn, filter.receivedSince, filter.receivedUntil) &&
    (decision === null ? !selectsDecisions(filter) : decisionMatches(filter, decision))
  );
}

function decisionMatches(filter: ListFilter, decision: NonNullable<ListedPlace['decision']>): boolean {
  return (
    isWithin(decision.decidedOn, filter.decidedSince, filter.decidedUntil) &&
    isWanted(filter.outcome, decision.outcome) &&
    (filter.reason === undefined || decision.reasons.includes(filter.reason))
  );
}

const isWanted = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;

const isWithin = (date: LocalDate, since: LocalDate = date, until: LocalDate = date): boolean =>
  date >= since && date <= until;

/** The place of an application in the list of receipts. */
export function receivedPlace(received: LedgerEntry): ListedPlace {
  const { applicationId, occurredAt } = received;
  const { receivedOn, product } = readBody(received, 'APPLICATION_RECEIVED');
  const place = [receivedOn, occurredAt, applicationId, product].join('#');
  return { place, applicationId, product, receivedOn, decision: null };
}

/** The index of a started application's summary. */
export function receivedIndex(received: LedgerEntry): { readonly pk: string; readonly sk: string } {
  const { place, applicationId } = receivedPlace(received);
  return { pk: keys.receivedIn(monthOf(place), shardOf(applicationId)), sk: place };
}

/** A place in the list of decisions. */
interface DecidedPlace extends ListedPlace {
  readonly decision: ListedDecision;
  readonly entry: LedgerEntry;
}

/** The places of an application in the list of decisions, oldest first. @param timeZone of the lender. */
export function decidedPlaces(entries: readonly LedgerEntry[], timeZone: string): DecidedPlace[] {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return [];
  const { receivedOn, product } = readBody(received, 'APPLICATION_RECEIVED');
  const reopened = entries.findLast(({ type }) => type === 'DECISION_REOPENED')?.sequence ?? 0;
  return entries.flatMap((entry) => {
    if (entry.type !== 'DECISION_RECORDED') return [];
    const { applicationId, occurredAt: decidedAt, sequence } = entry;
    const { outcome, reasons } = readBody(entry, 'DECISION_RECORDED').facts as unknown as ListedDecision;
    const decidedOn = localDate(decidedAt, timeZone);
    const place = [decidedOn, decidedAt, applicationId, receivedOn, product, outcome, reasons.join()].join('#');
    const decision = { decidedAt, decidedOn, outcome, reasons, superseded: sequence < reopened };
    return [{ place, applicationId, product, receivedOn, decision, entry }];
  });
}

/** The rows that list an application's decisions: one for each, which never changes. @param timeZone of the lender. */
export function decidedItems(entries: readonly LedgerEntry[], timeZone: string): Projected[] {
  return decidedPlaces(entries, timeZone).map(({ place, applicationId, entry }) => {
    const decision = readBody(entry, 'DECISION_RECORDED').evidence[0]?.address ?? '';
    return {
      ...keys.decided(applicationId, decision),
      index: { pk: keys.decidedIn(monthOf(place), shardOf(applicationId)), sk: place },
      data: { applicationId, decision },
    };
  });
}

/** Reads the place of a row from its index.sk. A text of another shape gives a place that no application has. */
export function placeOf(place: string, decisions: boolean): ListedPlace {
  const [date = '', , applicationId = '', ...more] = place.split('#');
  if (!decisions) return { place, applicationId, product: more[0] ?? '', receivedOn: date, decision: null };
  const [receivedOn = '', product = '', outcome = '', reasons = ''] = more;
  const decision = { decidedOn: date, outcome: outcome as DecisionRecord['outcome'], reasons: reasons.split(',') };
  return { place, applicationId, product, receivedOn, decision };
}

/** The month of a date or a place, `YYYY-MM`. */
export const monthOf = (place: string): string => place.slice(0, 7);
