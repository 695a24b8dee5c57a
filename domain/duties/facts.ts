import * as z from 'zod';

import { application } from '../application/submission.ts';
import { creditReport } from '../bureau/report.ts';
import { localDate, type LocalDate } from '../calendar.ts';
import { decisionRecord, type DecisionRecord } from '../decision/record.ts';
import { review } from '../decision/review.ts';
import type { Json } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../ledger/events.ts';
import { dueOnByEntry } from '../notices/clock.ts';
import { noticesIn } from '../notices/delivery.ts';
import { policyResult } from '../policy/result.ts';
import type { Scoring } from '../scoring/scoring.ts';

/** A decision, as far as duties depend on it. */
export interface DecidedFacts {
  readonly type: 'DECISION_RECORDED';
  readonly outcome: DecisionRecord['outcome'];
  readonly ground: string | null;
  /** Whether a person decided the credit. The applicant of a withdrawal did not. */
  readonly byPerson: boolean;
  /** The last day of the notice clock: it runs on through a reopening where no earlier notice was given. */
  readonly noticeDueOn: LocalDate;
  /** The number of reports that the decision rests on, of principal reasons, and of disclosed scores. */
  readonly reports: number;
  readonly reasons: number;
  readonly scores: number;
  /** Whether a model scored the application, and the lender's setting counts its score as a credit score. */
  readonly scored: boolean;
  /** For each offer: whether it is a line, and its MAPR in percent. */
  readonly offers: readonly { readonly line: boolean; readonly mapr: string }[];
  /** The results of the state rate caps that the policy compared with offers of the same terms. */
  readonly rateCaps: readonly string[];
}

/** What an entry states, as far as duties depend on it. */
type EventFacts =
  | DecidedFacts
  | { readonly type: 'BUREAU_REPORT_PULLED'; readonly reused: boolean; readonly alerts: number }
  | { readonly type: 'REVIEW_COMPLETED'; readonly action: string; readonly clearances: number }
  | { readonly type: 'NOTICES_ISSUED'; readonly notices: readonly { readonly kind: string; readonly notice: string }[] }
  | { readonly type: 'NOTICE_SENT'; readonly notice: string; readonly attempt: number; readonly channel: string }
  | { readonly type: 'NOTICE_RETURNED'; readonly notice: string; readonly attempt: number }
  | { readonly type: 'DECISION_REOPENED'; readonly why: string; readonly noticeDueOn?: LocalDate }
  | { readonly type: 'RETENTION_EXTENDED'; readonly until: LocalDate }
  | { readonly type: 'PERSONAL_DATA_READ'; readonly kinds: readonly string[] }
  | PlainFacts;

/** Events of which duties need no more than the date. */
const PLAIN_EVENTS = [
  'APPLICATION_RECEIVED',
  'APPLICANTS_SCREENED',
  'OFFER_ACCEPTED',
  'APPLICATION_WITHDRAWN',
  'APPLICATION_LAPSED',
  'APPLICANT_FORGOTTEN',
] as const;
type PlainFacts = { [Type in (typeof PLAIN_EVENTS)[number]]: { readonly type: Type } }[(typeof PLAIN_EVENTS)[number]];

/** An event with the id of its entry, its UTC instant and the creditor's local date: for a notice, the date of mailing. */
export type DutyEvent = EventFacts & { readonly entry: string; readonly at: string; readonly on: LocalDate };

/** Everything that duties are derived from. It has no personal data. */
export interface DutyFacts {
  /** The creditor's local date for which the duties are derived. */
  readonly today: LocalDate;
  /** The state of residence; null where the application cannot be read. */
  readonly state: string | null;
  readonly consents: readonly { readonly kind: string; readonly at: string }[];
  /** In the order of the ledger. */
  readonly events: readonly DutyEvent[];
}

/** What the facts are folded from. */
export interface DutySource {
  readonly entries: readonly LedgerEntry[];
  /** Opened evidence by address: at least every object of `DUTY_EVIDENCE`. */
  readonly valueAt: (address: string) => Json | undefined;
  readonly timeZone: string;
  readonly today: LocalDate;
}

/** The kinds of sealed evidence that the facts are read from. */
export const DUTY_EVIDENCE: readonly string[] = [
  'application',
  'bureau-report',
  'score',
  'policy',
  'review',
  'decision',
];

/** Folds the ledger of one application, and the records that it names, into the facts of its duties. */
export function dutyFacts(source: DutySource): DutyFacts {
  const { entries, today, timeZone } = source;
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const sealedApplication = received && valueOf(source, received, 'application');
  const applied = sealedApplication === undefined ? undefined : application.parse(sealedApplication);
  const dueOn = dueOnByEntry(entries, timeZone);
  return {
    today,
    state: applied?.residence.state ?? null,
    consents: [
      ...(applied?.consents ?? []).map(({ kind, givenAt }) => ({ kind, at: givenAt })),
      ...entries.flatMap(laterConsent),
    ],
    events: entries.flatMap((entry) => {
      const facts = factsOf(source, entry, dueOn.get(entry.id));
      const on =
        entry.type === 'NOTICE_SENT' ? readBody(entry, entry.type).sentOn : localDate(entry.occurredAt, timeZone);
      return facts ? [{ ...facts, entry: entry.id, at: entry.occurredAt, on }] : [];
    }),
  };
}

/** A consent to a new report, which a reopening or the order of a pull brings. */
function laterConsent(entry: LedgerEntry): { kind: string; at: string }[] {
  if (entry.type !== 'DECISION_REOPENED' && entry.type !== 'REVIEW_COMPLETED') return [];
  const { consent } = readBody(entry, entry.type);
  return consent ? [{ kind: 'BUREAU_PULL', at: consent.givenAt }] : [];
}

function valueOf({ valueAt }: DutySource, entry: LedgerEntry, kind: string): Json | undefined {
  const named = evidenceNamedBy(entry).find((each) => each.kind === kind);
  return named && valueAt(named.address);
}

/** Alerts of 15 USC 1681c-1: the lender verifies the identity before it gives credit. */
const VERIFIED_ALERTS: readonly string[] = ['FRAUD_INITIAL', 'FRAUD_EXTENDED', 'ACTIVE_DUTY'];
const isVerified = (alert: string): boolean => VERIFIED_ALERTS.includes(alert);

const plain = z.enum(PLAIN_EVENTS);

function factsOf(source: DutySource, entry: LedgerEntry, noticeDueOn?: LocalDate): EventFacts | undefined {
  const { type } = entry;
  switch (type) {
    case 'BUREAU_REPORT_PULLED': {
      const report = valueOf(source, entry, 'bureau-report');
      const { reused } = readBody(entry, type).facts;
      const alerts = report === undefined ? 0 : creditReport.parse(report).alerts.filter(isVerified).length;
      return { type, reused: reused === true, alerts };
    }
    case 'REVIEW_COMPLETED': {
      const value = valueOf(source, entry, 'review');
      const clearances = value === undefined ? 0 : (review.parse(value).clearances ?? []).length;
      return { type, action: readBody(entry, type).action, clearances };
    }
    case 'DECISION_RECORDED':
      return decidedFacts(source, entry, noticeDueOn);
    case 'NOTICES_ISSUED':
      return { type, notices: noticesIn(entry) };
    case 'NOTICE_SENT': {
      const { notice, attempt, channel } = readBody(entry, type);
      return { type, notice, attempt, channel };
    }
    case 'NOTICE_RETURNED': {
      const { notice, attempt } = readBody(entry, type);
      return { type, notice, attempt };
    }
    case 'DECISION_REOPENED':
      return { type, why: readBody(entry, type).why, ...(noticeDueOn !== undefined && { noticeDueOn }) };
    case 'RETENTION_EXTENDED':
      return { type, until: readBody(entry, type).retainUntil };
    case 'PERSONAL_DATA_READ':
      return { type, kinds: readBody(entry, type).kinds };
    default: {
      const known = plain.safeParse(type);
      return known.success ? { type: known.data } : undefined;
    }
  }
}

/** Whether the model gave a score. @param address of the sealed score. */
function hasResult({ valueAt }: DutySource, address: string | null): boolean {
  const scoring = address === null ? undefined : (valueAt(address) as Pick<Scoring, 'result'> | undefined);
  return scoring?.result !== null && scoring?.result !== undefined;
}

function decidedFacts(source: DutySource, entry: LedgerEntry, noticeDueOn?: LocalDate): DecidedFacts | undefined {
  const value = valueOf(source, entry, 'decision');
  if (value === undefined) return undefined;
  const record = decisionRecord.parse(value);
  const applied = record.evidence.policy === null ? undefined : source.valueAt(record.evidence.policy);
  const constraints = applied === undefined ? [] : policyResult.parse(applied).constraints;
  const offeredTerms = new Set(record.offers.map((offer) => (offer.kind === 'LINE' ? null : offer.termMonths)));
  return {
    type: 'DECISION_RECORDED',
    outcome: record.outcome,
    ground: record.ground ?? null,
    byPerson: record.decidedBy !== 'POLICY' && record.outcome !== 'WITHDRAWN',
    noticeDueOn: noticeDueOn ?? record.noticeDueOn,
    reports: record.reportsUsed.length,
    reasons: record.reasons.length,
    scores: record.disclosures?.scores.length ?? 0,
    scored: hasResult(source, record.evidence.score) && record.disclosures?.scoreDisclosure !== 'BUREAU',
    offers: record.offers.map(({ kind, mapr }) => ({ line: kind === 'LINE', mapr })),
    rateCaps: constraints
      .filter(({ termMonths }) => offeredTerms.has(termMonths))
      .flatMap(({ rateCaps }) => rateCaps.map(({ result }) => result)),
  };
}
