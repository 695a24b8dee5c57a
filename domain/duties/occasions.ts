import type { DecidedFacts, DutyEvent, DutyFacts } from './facts.ts';

type EventOf<Type extends DutyEvent['type']> = Extract<DutyEvent, { readonly type: Type }>;
export type Decided = DutyEvent & DecidedFacts;

/** The events that give rise to a duty, and the words for an application without one. */
interface OccasionRule {
  readonly of: (facts: DutyFacts) => readonly DutyEvent[];
  /** Why the duty does not apply where there is no such event. */
  readonly without: string;
}

/** Returns the events of a type, in order. */
export function eventsOf<Type extends DutyEvent['type']>({ events }: DutyFacts, type: Type): EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type);
}

const decisionsOf = (facts: DutyFacts, applies: (decision: Decided) => boolean): Decided[] =>
  eventsOf(facts, 'DECISION_RECORDED').filter(applies);

const isAdverse = ({ outcome }: Decided): boolean => outcome === 'DECLINE' || outcome === 'COUNTEROFFER';
/** Whether the applicant does not receive what was requested. */
const isRefusal = (decision: Decided): boolean => isAdverse(decision) || decision.outcome === 'NOT_OFFERED';
const givesCredit = ({ offers }: Decided): boolean => offers.length > 0;

/** The receipt or the reopening that no decision has answered yet. */
function undecided({ events }: DutyFacts): DutyEvent[] {
  const opened = events.findLast(({ type }) => type === 'APPLICATION_RECEIVED' || type === 'DECISION_REOPENED');
  const closed = events.findLast(({ type }) => type === 'DECISION_RECORDED' || type === 'APPLICATION_WITHDRAWN');
  return opened && (!closed || events.indexOf(closed) < events.indexOf(opened)) ? [opened] : [];
}

/** Whether a report with an alert was read before the event. */
function followsAlert(facts: DutyFacts, event: DutyEvent): boolean {
  const at = facts.events.indexOf(event);
  return facts.events.slice(0, at).some((each) => each.type === 'BUREAU_REPORT_PULLED' && each.alerts > 0);
}

/** The kind under which the applicant's own read of the data is recorded. */
export const APPLICANT_DATA = 'applicant-data';

const reopenings = (facts: DutyFacts, reason: string) =>
  eventsOf(facts, 'DECISION_REOPENED').filter(({ why }) => why === reason);

/** The occasions of duties, by name. */
export const OCCASIONS = {
  RECEIPT: {
    of: (facts) => eventsOf(facts, 'APPLICATION_RECEIVED'),
    without: 'no application was received',
  },
  APPLICATION_OR_ACTION: {
    of: (facts) => [...decisionsOf(facts, () => true), ...undecided(facts)],
    without: 'the application was withdrawn before a decision',
  },
  DECISION: { of: (facts) => decisionsOf(facts, () => true), without: 'no decision is recorded' },
  COUNTEROFFER: {
    of: (facts) => decisionsOf(facts, ({ outcome }) => outcome === 'COUNTEROFFER'),
    without: 'no counteroffer was made',
  },
  INCOMPLETE_APPLICATION: {
    of: (facts) => decisionsOf(facts, ({ outcome }) => outcome === 'INCOMPLETE'),
    without: 'the application was complete',
  },
  ADVERSE_ACTION: { of: (facts) => decisionsOf(facts, isAdverse), without: 'no adverse action was taken' },
  REFUSAL: { of: (facts) => decisionsOf(facts, isRefusal), without: 'no outcome was adverse' },
  REFUSAL_WITH_REPORT: {
    of: (facts) => decisionsOf(facts, (each) => isRefusal(each) && each.reports > 0),
    without: 'no adverse outcome rests on a report',
  },
  REFUSAL_WITH_SCORE: {
    of: (facts) => decisionsOf(facts, (each) => isRefusal(each) && each.reports > 0 && each.scored),
    without: 'no adverse outcome used a score',
  },
  CREDIT_OFFERED: { of: (facts) => decisionsOf(facts, givesCredit), without: 'no credit was offered' },
  CREDIT_DESPITE_ALERT: {
    of: (facts) => decisionsOf(facts, (each) => givesCredit(each) && followsAlert(facts, each)),
    without: 'no credit was offered on a report with an alert',
  },
  OFFER_WITH_REPORT: {
    of: (facts) => decisionsOf(facts, (each) => givesCredit(each) && each.reports > 0),
    without: 'no offer rests on a report',
  },
  LOAN_ACCEPTED: {
    of: (facts) =>
      eventsOf(facts, 'OFFER_ACCEPTED').filter((accepted) => {
        const decided = facts.events
          .slice(0, facts.events.indexOf(accepted))
          .findLast((each) => each.type === 'DECISION_RECORDED');
        return decided?.offers.some(({ line }) => !line) ?? false;
      }),
    without: 'no offer of a loan was accepted',
  },
  NOTICE_BY_EMAIL: {
    of: (facts) => eventsOf(facts, 'NOTICE_SENT').filter(({ channel }) => channel === 'EMAIL'),
    without: 'no notice was sent by e-mail',
  },
  REPORT_PULL: {
    of: (facts) => eventsOf(facts, 'BUREAU_REPORT_PULLED').filter(({ reused }) => !reused),
    without: 'no report was pulled',
  },
  SCREENING: { of: (facts) => eventsOf(facts, 'APPLICANTS_SCREENED').slice(-1), without: 'nothing was screened' },
  RECEIPT_OR_NOTICE: {
    of: (facts) => {
      const notices = [...eventsOf(facts, 'NOTICES_ISSUED'), ...eventsOf(facts, 'NOTICE_SENT')];
      const latest = notices.toSorted((one, other) => (one.on < other.on ? -1 : Number(one.on > other.on)));
      return notices.length > 0 ? latest.slice(-1) : eventsOf(facts, 'APPLICATION_RECEIVED');
    },
    without: 'no application was received',
  },
  WITHDRAWAL: { of: (facts) => eventsOf(facts, 'APPLICATION_WITHDRAWN'), without: 'nothing was withdrawn' },
  DATA_REQUEST: {
    of: (facts) => eventsOf(facts, 'PERSONAL_DATA_READ').filter(({ kinds }) => kinds.includes(APPLICANT_DATA)),
    without: 'no data was requested',
  },
  CORRECTION: { of: (facts) => reopenings(facts, 'CORRECTED'), without: 'no data was corrected' },
  REVIEW_REQUEST: { of: (facts) => reopenings(facts, 'REVIEW_REQUESTED'), without: 'no review was requested' },
} as const satisfies Record<string, OccasionRule>;

export type OccasionId = keyof typeof OCCASIONS;
