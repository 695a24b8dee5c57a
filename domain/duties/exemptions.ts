import type { DutyEvent, DutyFacts } from './facts.ts';
import { after, givenNotice } from './given-notices.ts';

/** A ground on which the law, or the order of events, ends a duty without the act that would meet it. */
interface Exemption {
  readonly citation: string;
  readonly inWords: string;
  readonly applies: (facts: DutyFacts, occasion: DutyEvent) => boolean;
}

/** Whether an event of the kind is recorded after the occasion. */
const followedBy =
  (matches: (event: DutyEvent) => boolean): Exemption['applies'] =>
  (facts, occasion) =>
    after(facts, occasion).some(matches);

/** Whether the occasion is a decision of the outcome, on the ground where one is named. */
const isDecision =
  (outcome: string, ground?: string): Exemption['applies'] =>
  (_, occasion) =>
    occasion.type === 'DECISION_RECORDED' &&
    occasion.outcome === outcome &&
    (ground === undefined || occasion.ground === ground);

/** Whether an event is a decision on the credit: a withdrawal and a notice of incompleteness are none. */
export const decidesCredit = (event: DutyEvent): boolean =>
  event.type === 'DECISION_RECORDED' && event.outcome !== 'WITHDRAWN' && event.outcome !== 'INCOMPLETE';

/** Whether the applicant withdrew after the occasion, before the lender decided on the credit. */
function withdrawn(facts: DutyFacts, occasion: DutyEvent): boolean {
  const next = after(facts, occasion).find((each) => each.type === 'APPLICATION_WITHDRAWN' || decidesCredit(each));
  return next?.type === 'APPLICATION_WITHDRAWN';
}

/** The outcomes that a withdrawal ends without adverse action. */
const WITHDRAWABLE: readonly string[] = ['WITHDRAWN', 'INCOMPLETE', 'APPROVE'];

/** Every coded exemption, by its code. */
export const EXEMPTIONS = {
  LAW_PROHIBITS: {
    citation: '12 CFR 1002.2(c)(2)(iv)',
    inWords: 'the law prohibits the credit, so there was no adverse action',
    applies: isDecision('NOT_OFFERED', 'law'),
  },
  TYPE_NOT_OFFERED: {
    citation: '12 CFR 1002.2(c)(2)(v)',
    inWords: 'the lender does not offer this type of credit, so there was no adverse action',
    applies: isDecision('NOT_OFFERED', 'type-of-credit'),
  },
  STATE_NOT_SERVED: {
    citation: '12 CFR 1002.2(c)(2)(v) (from memory)',
    inWords: 'the lender does not offer credit in the state of residence, which is read as no adverse action',
    applies: (facts, occasion) =>
      isDecision('NOT_OFFERED')(facts, occasion) && 'ground' in occasion && occasion.ground === null,
  },
  INCOMPLETENESS_UNANSWERED: {
    citation: '12 CFR 1002.9(c)(2)',
    inWords: 'the applicant did not answer the notice of incompleteness in time',
    applies: (facts, occasion) =>
      isDecision('INCOMPLETE')(facts, occasion) &&
      givenNotice(facts, ['INCOMPLETENESS'], occasion).sent !== undefined &&
      followedBy(({ type }) => type === 'APPLICATION_LAPSED')(facts, occasion),
  },
  NOTICE_OF_INCOMPLETENESS: {
    citation: '12 CFR 1002.9(c)(1)(ii)',
    inWords: 'a notice of incompleteness takes the place of the notice of action',
    applies: isDecision('INCOMPLETE'),
  },
  COMPLETED_BEFORE_NOTICE: {
    citation: '12 CFR 1002.9(c)(2)',
    inWords: 'the applicant completed the application before the notice was sent',
    applies: followedBy((event) => event.type === 'DECISION_REOPENED' && event.why === 'COMPLETED'),
  },
  EXPRESS_WITHDRAWAL: {
    citation: '12 CFR 1002.9 comment 9-2',
    inWords: 'the applicant withdrew the application, and no adverse action preceded it',
    applies: (facts, occasion) =>
      occasion.type === 'DECISION_RECORDED'
        ? WITHDRAWABLE.includes(occasion.outcome) && withdrawnAround(facts, occasion)
        : withdrawn(facts, occasion),
  },
  WITHDRAWAL_NEEDS_NO_NOTICE: {
    citation: '12 CFR 1002.9 comment 9-2',
    inWords: 'the law requires no notice of an express withdrawal',
    applies: () => true,
  },
  COUNTEROFFER_ACCEPTED: {
    citation: '12 CFR 1002.2(c)(1)(i)',
    inWords: 'the applicant accepted the counteroffer, so there was no adverse action',
    applies: followedBy(({ type }) => type === 'OFFER_ACCEPTED'),
  },
  ADVERSE_ACTION_NOTICE: {
    citation: '12 CFR 1022.74(b) (from memory)',
    inWords: 'an adverse action notice of the same credit was sent',
    applies: (facts, occasion) =>
      isDecision('COUNTEROFFER')(facts, occasion) &&
      givenNotice(facts, ['ADVERSE_ACTION', 'COUNTEROFFER'], occasion).sent !== undefined,
  },
} as const satisfies Record<string, Exemption>;

export type ExemptionId = keyof typeof EXEMPTIONS;

/** A decision of outcome WITHDRAWN records the withdrawal itself; another is withdrawn after it. */
function withdrawnAround(facts: DutyFacts, decision: DutyEvent & { readonly outcome: string }): boolean {
  return decision.outcome === 'WITHDRAWN' || withdrawn(facts, decision);
}
