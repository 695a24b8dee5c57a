import { AGENCIES, TERMS } from '../../domain/application/products.ts';
import { fullName, type Application, type Identity } from '../../domain/application/submission.ts';
import { addDays, type LocalDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { moneyOf, type OfferMoney } from '../../domain/pricing/proceeds.ts';
import { REASON_OF_GROUP } from '../../domain/reasons/catalogue.ts';
import { OWN_WORDS } from '../../domain/reasons/reason-text.ts';
import type { PrintedLender, Source } from './notice.ts';
import { valueAt, type Root } from './writer.ts';

/** A notice names the agency whose report was used, so a bureau without a name and address stops it. */
export class UnknownAgency extends Error {
  override readonly name = 'UnknownAgency';
}

/** Everything that notices are rendered from. */
export interface NoticeRecord {
  readonly decision: DecisionRecord;
  /** The address of the sealed decision record. */
  readonly address: string;
  readonly application: Application;
  readonly identity: Identity;
  readonly lender: PrintedLender;
  /** The result that the decision rests on; null where no policy was applied. */
  readonly policy: PolicyResult | null;
  /** The newest review; null where no person reviewed. */
  readonly review: Review | null;
  /** The act of the applicant that a notice outside an execution answers: the type of its entry and its local date. */
  readonly act?: { readonly type: string; readonly on: LocalDate } | undefined;
}

/** The parts of the record that every template can name. */
export function rootsOf(record: NoticeRecord): Readonly<Record<string, Root>> {
  const { decision, application, identity, lender, policy, review, act } = record;
  const { street, city, state, zip } = identity.address;
  const evidence = (name: 'decision' | 'application' | 'policy' | 'review', value: unknown): Root => ({
    value,
    source: (path, as) => ({ evidence: name, path, as }),
  });
  const decided = evidence('decision', decision);
  return {
    decision: decided,
    application: evidence('application', application),
    policy: evidence('policy', policy),
    review: evidence('review', review),
    lender: { value: lender, source: (path, as) => ({ lender: path, as }) },
    applicant: {
      value: { name: fullName(identity), street, city, state, zip },
      source: (path, as) => ({ applicant: path, as }),
    },
    letter: act
      ? { value: { date: act.on }, source: (_, as) => ({ event: act.type, path: 'occurredAt', as }) }
      : { value: { date: decision.decidedOn }, source: (_, as) => decided.source('decidedOn', as) },
  };
}

/** A bureau as notices name it. @throws UnknownAgency */
export function agencyRoot(bureau: string): Root {
  const value = AGENCIES[bureau];
  if (!value) throw new UnknownAgency(`The bureau ${bureau} has no name and address for notices: add it to AGENCIES.`);
  return { value, source: (path, as) => ({ bureau, path, as }) };
}

/** The money of the offer at a place of the decision. */
export function moneyRoot(record: NoticeRecord, at: number): Root & { readonly value: OfferMoney | undefined } {
  const offer = record.decision.offers[at];
  return {
    value: offer && moneyOf(offer, record.application),
    source: (path, as) => ({ money: at, path, as }),
  };
}

const GROUPS = new Map<string, string>(Object.entries(REASON_OF_GROUP).map(([group, code]) => [code, group]));

/** The last day on which the conditions of the offer at a place of the decision can be cleared. */
export function clearingRoot({ decision, application }: NoticeRecord, at: number): Root {
  const offer = decision.offers[at];
  const days = TERMS[application.product].clearingDays;
  return {
    value: offer && { lastDay: addDays(offer.expiresOn, days) },
    source: (path, as) => ({ clearing: at, path, as }),
  };
}

/** Where the reason at a place of the decision comes from: its group of the model, its rules or limits, or the review. */
export function reasonSources({ decision, policy }: NoticeRecord, at: number): Source[] {
  const stated = decision.reasons[at];
  if (!stated) return [];
  const { code, component } = stated;
  const base: Source[] = [
    { evidence: 'decision', path: `reasons.${at}.${code === OWN_WORDS ? 'text' : 'code'}` },
    ...(code === OWN_WORDS ? [] : [{ reason: code }]),
  ];
  const group = GROUPS.get(code);
  if (component === 'MODEL' && group !== undefined) return [...base, { modelGroup: group }];
  if (component === 'JUDGMENTAL') return [...base, { evidence: 'review', path: 'reasons' }];
  const rules = (policy?.rules ?? []).filter(
    ({ result, reasons }) => result.endsWith('FIRED') && reasons.includes(code),
  );
  if (rules.length > 0) return [...base, ...rules.map(({ id }) => ({ rule: id }))];
  const bound = new Set((policy?.constraints ?? []).map(({ boundBy }) => boundBy));
  return [...base, ...[...bound].map((limit) => ({ limit }))];
}

/** The printed value of a source; undefined for a source that prints none. */
export function printedValue(record: NoticeRecord, source: Source): unknown {
  if (!('as' in source) || source.as === undefined) return undefined;
  const roots = rootsOf(record);
  if ('evidence' in source) return valueAt(roots[source.evidence]?.value, source.path);
  if ('applicant' in source) return valueAt(roots['applicant']?.value, source.applicant);
  if ('lender' in source) return valueAt(roots['lender']?.value, source.lender);
  if ('money' in source) return valueAt(moneyRoot(record, source.money).value, source.path);
  if ('clearing' in source) return valueAt(clearingRoot(record, source.clearing).value, source.path);
  if ('bureau' in source) return valueAt(agencyRoot(source.bureau).value, source.path);
  return record.act?.on;
}
