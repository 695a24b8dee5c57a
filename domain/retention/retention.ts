import { addDays, localDate, type LocalDate, addMonths } from '../calendar.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody, type EventType, type EvidenceReference } from '../ledger/events.ts';
import { isDecided, ofNewestExecution } from '../ledger/reopening.ts';
import { isPrequalification } from '../prequalification/quote.ts';

interface RetentionRule {
  readonly months: number;
  /** Law that a request of the applicant cannot shorten; otherwise the creditor's own period. */
  readonly statutory: boolean;
  readonly source: string;
  /** The first local date on which an event starts the period. @default every date */
  readonly effectiveFrom?: LocalDate;
}

/** How long what is kept, and why. Counsel may lengthen a period: nothing that was extended is ever shortened. */
export const RETENTION_CLASSES = {
  /** Withdrawn and other applications that no notice ended, and prequalifications [from memory 12 CFR 1002.12(b)(7)]. */
  RECEIPT: { months: 25, statutory: true, source: '12 CFR 1002.12(b)(3)' },
  /** The application, all information used, and what was told. */
  NOTICE: { months: 25, statutory: true, source: '12 CFR 1002.12(b)(1)' },
  /** 7 years: longer than the 5 in which a civil action may be brought (12 CFR 1002.16(b)(2)), and then decided. */
  DECISION_FILE: { months: 84, statutory: false, source: 'the creditor’s own: civil actions, 12 CFR 1002.16(b)(2)' },
  /** 10 years [31 CFR 501.601 from memory]. Under one key with the rest of the application, so all of it is kept. */
  SANCTIONS_SCREENING: { months: 120, statutory: true, source: '31 CFR 501.601' },
  /** 3 years, in each state: the ledger has no state of residence. */
  AUTOMATED_DECISION: {
    months: 36,
    statutory: true,
    source: 'Colorado SB 26-189 (records)',
    effectiveFrom: '2027-01-01',
  },
} as const satisfies Record<string, RetentionRule>;
export type RetentionClass = keyof typeof RETENTION_CLASSES;

const STARTED_BY: Readonly<Partial<Record<EventType, readonly RetentionClass[]>>> = {
  NOTICES_ISSUED: ['NOTICE'],
  NOTICE_SENT: ['NOTICE'],
  DECISION_RECORDED: ['DECISION_FILE', 'AUTOMATED_DECISION'],
  OFFER_ACCEPTED: ['DECISION_FILE'],
  OFFER_LAPSED: ['DECISION_FILE'],
  CREDIT_BOOKED: ['DECISION_FILE'],
  ACCEPTANCE_LAPSED: ['DECISION_FILE'],
  APPLICANTS_SCREENED: ['SANCTIONS_SCREENING'],
};

interface RetentionPeriod {
  readonly class: RetentionClass;
  /** The creditor's local date of the newest event that starts the period. */
  readonly from: LocalDate;
  /** The last day on which it must be there. */
  readonly until: LocalDate;
}

export interface LegalHold {
  /** The name of the proceeding. */
  readonly matter: string;
  readonly by: string;
  readonly since: string;
  readonly note: string;
}

/** How long an application's records are kept, as its ledger has it. */
export interface Retention {
  readonly periods: readonly RetentionPeriod[];
  /** The last day: the latest of all periods, and never earlier than it was once recorded. */
  readonly retainUntil: LocalDate;
  /** The latest that the ledger has on record; null before the first. */
  readonly recordedUntil: LocalDate | null;
  /** The latest of the periods that are law. */
  readonly statutoryUntil: LocalDate;
  readonly holds: readonly LegalHold[];
  /** The applicant asked to be forgotten: it is done as soon as law allows. */
  readonly requested: boolean;
  /** Whether the newest execution has recorded its decision. */
  readonly decided: boolean;
}

/** @param entries of one application that was received. @param timeZone of the creditor, whose local dates periods run on. */
export function retentionOf(entries: readonly LedgerEntry[], timeZone: string): Retention {
  const starts = new Map<RetentionClass, LocalDate>();
  const start = (retentionClass: RetentionClass, from: LocalDate) => {
    const { effectiveFrom = '' }: RetentionRule = RETENTION_CLASSES[retentionClass];
    if (from >= effectiveFrom && from > (starts.get(retentionClass) ?? '')) starts.set(retentionClass, from);
  };
  let recordedUntil: LocalDate | null = null;
  for (const entry of entries) {
    if (entry.type === 'APPLICATION_RECEIVED' || entry.type === 'PREQUALIFICATION_RECEIVED') {
      start('RECEIPT', readBody(entry, entry.type).receivedOn);
    }
    const started = STARTED_BY[entry.type as EventType] ?? [];
    for (const each of started) start(each, localDate(entry.occurredAt, timeZone));
    if (entry.type === 'RETENTION_EXTENDED') {
      recordedUntil = latest([recordedUntil ?? '', readBody(entry, entry.type).retainUntil]);
    }
  }
  const periods = [...starts].map(([retentionClass, from]) => ({
    class: retentionClass,
    from,
    until: addMonths(from, RETENTION_CLASSES[retentionClass].months),
  }));
  return {
    periods,
    retainUntil: latest([...periods.map(({ until }) => until), recordedUntil ?? '']),
    recordedUntil,
    statutoryUntil: latest(periods.filter((each) => RETENTION_CLASSES[each.class].statutory).map(({ until }) => until)),
    holds: holdsOf(entries),
    requested: entries.some(({ type }) => type === 'FORGETTING_REQUESTED'),
    // A prequalification has no decision to wait for.
    decided: isDecided(entries) || isPrequalification(entries),
  };
}

const latest = (dates: readonly LocalDate[]): LocalDate => dates.toSorted().at(-1) ?? '';

/** The holds that are placed and not lifted, by matter. */
export function holdsOf(entries: readonly LedgerEntry[]): LegalHold[] {
  const holds = new Map<string, LegalHold>();
  for (const entry of entries) {
    if (entry.type === 'LEGAL_HOLD_PLACED') {
      const { matter, note } = readBody(entry, entry.type);
      holds.set(matter, { matter, note, by: entry.actor, since: entry.occurredAt });
    } else if (entry.type === 'LEGAL_HOLD_LIFTED') holds.delete(readBody(entry, entry.type).matter);
  }
  return [...holds.values()];
}

/** Everything sealed that the entries name, each once. */
export function evidenceOf(entries: readonly LedgerEntry[]): EvidenceReference[] {
  const named = entries.flatMap(evidenceNamedBy);
  return [...new Map(named.map((reference) => [reference.address, reference])).values()];
}

/** Why an application cannot be forgotten: the first that applies, a legal hold before all. */
export interface Refusal {
  readonly reason: 'LEGAL_HOLD' | 'APPLICATION_OPEN' | 'STATUTORY_MINIMUM' | 'OBJECT_LOCK' | 'RETENTION_PERIOD';
  /** The first day on which it could be done, as far as is known today; null while nobody can tell. */
  readonly doneOn: LocalDate | null;
}

/**
 * Whether the applicant must not be forgotten: legal hold before statutory minimum before Object Lock before a request.
 * @param today the creditor's local date. @param lockedUntil until when the store itself forbids deleting a piece of
 * evidence; it binds requests, because what is expired may be unreadable while it lies there locked.
 * @returns undefined when it may be done.
 */
export function refusalToForget(
  { holds, decided, requested, statutoryUntil, retainUntil }: Retention,
  today: LocalDate,
  lockedUntil: LocalDate | null,
): Refusal | undefined {
  const keptUntil = requested ? latest([statutoryUntil, lockedUntil ?? '']) : retainUntil;
  if (holds.length > 0) return { reason: 'LEGAL_HOLD', doneOn: null };
  if (!decided) return { reason: 'APPLICATION_OPEN', doneOn: null };
  if (today > keptUntil) return undefined;
  const doneOn = addDays(keptUntil, 1);
  if (today <= statutoryUntil) return { reason: 'STATUTORY_MINIMUM', doneOn };
  return { reason: requested ? 'OBJECT_LOCK' : 'RETENTION_PERIOD', doneOn };
}

/** How far the forgetting of an applicant has come. */
export interface Forgetting {
  /** The entry after which nothing keeps the person any more; a hold or a reopening that came before it makes it void. */
  readonly decided?: LedgerEntry;
  /** The entry that says that nothing is left. */
  readonly done?: LedgerEntry;
}

/** Whether a proceeding holds the records, or the decision is being made again. */
function isKeptBy(entries: readonly LedgerEntry[]): boolean {
  const reopened = ofNewestExecution(entries)[0]?.type === 'DECISION_REOPENED';
  return holdsOf(entries).length > 0 || (reopened && !isDecided(entries));
}

export function forgettingOf(entries: readonly LedgerEntry[]): Forgetting {
  const index = entries.findIndex(({ type }, at) => type === 'FORGETTING_DECIDED' && !isKeptBy(entries.slice(0, at)));
  const decided = entries[index];
  if (!decided) return {};
  const done = entries.slice(index).find(({ type }) => type === 'APPLICANT_FORGOTTEN');
  return { decided, ...(done && { done }) };
}
