import type { LocalDate } from '../calendar.ts';
import type { RetentionClass } from '../retention/retention.ts';
import type { ExemptionId } from './exemptions.ts';
import type { OccasionId } from './occasions.ts';

/** How a duty is met: by a notice that was sent, a consent, an event, a field of the decision record, or retention. */
export type Means =
  /** A notice of one of the kinds was sent. `field` is a part of the record that the notice needs besides. */
  | { readonly by: 'NOTICE'; readonly kinds: readonly string[]; readonly field?: RecordField }
  /** The applicant gave the consent, or was shown the notice, at the occasion or before it. */
  | { readonly by: 'CONSENT'; readonly kind: string }
  /** The event is recorded before the occasion. */
  | { readonly by: 'EARLIER_EVENT'; readonly event: 'APPLICANTS_SCREENED' | 'CLEARING_REVIEW' }
  /** A later decision is recorded; with `person`, one that a person made. */
  | { readonly by: 'LATER_DECISION'; readonly person: boolean }
  /** No event of this program meets it: a person meets it outside, and states it there. */
  | { readonly by: 'OUTSIDE' }
  /** The occasion itself is the act that the law wants. */
  | { readonly by: 'OCCASION' }
  | { readonly by: 'RECORD'; readonly field: RecordField }
  /** The records are kept for the period of the class, and the ledger extends the locks at least that far. */
  | { readonly by: 'RETENTION'; readonly class: RetentionClass };

/** Checks of the decision record, by the field that they read. */
export type RecordField = 'reasons' | 'offers.mapr' | 'policy.rateCaps' | 'disclosures.scores';

/** When a duty is due, in the creditor's local dates. */
export type Due =
  /** The last day of the notice clock: domain/notices/clock.ts. */
  | { readonly from: 'NOTICE_CLOCK' }
  | { readonly from: 'OCCASION'; readonly days: number }
  /** Before an act outside this system, such as the booking of the loan. */
  | { readonly from: 'OUTSIDE'; readonly before: string }
  /** The last day of the retention period. */
  | { readonly from: 'RETENTION' };

/** One duty of the lender toward one application. */
export interface Duty {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  /**
   * `source`: the text was read for this project. `memory`: counsel confirms it before production. `own`: the act or its days
   * are the lender's own rule, which counsel confirms, too.
   */
  readonly mark: 'source' | 'memory' | 'own';
  /** The first and the last local date on which an occasion gives rise to the duty; null where the law has no date here. */
  readonly effectiveFrom: LocalDate | null;
  readonly effectiveUntil: LocalDate | null;
  /** The state of residence to which the duty is limited; null for every state. */
  readonly state: string | null;
  readonly occasion: OccasionId;
  readonly due: Due;
  readonly means: Means;
  readonly exemptions: readonly ExemptionId[];
}

const FEDERAL = { effectiveFrom: null, effectiveUntil: null, state: null, exemptions: [] } as const;

/**
 * Colorado SB 26-189. Its bill text was not read: a secondary source gives the date, the five subjects, the 30 days of the
 * explanation and the three years. The 30 days of a correction and of a review are the lender's own.
 */
const COLORADO = {
  effectiveFrom: '2027-01-01',
  effectiveUntil: null,
  state: 'CO',
  mark: 'source',
  exemptions: [],
} as const;

const ADVERSE_NOTICES = ['ADVERSE_ACTION', 'COUNTEROFFER'] as const;

const TABLE = [
  {
    ...FEDERAL,
    id: 'ECOA_NOTICE_OF_ACTION',
    title: 'Notify the applicant of the action taken',
    citation: '12 CFR 1002.9(a)(1)(i)',
    mark: 'source',
    occasion: 'APPLICATION_OR_ACTION',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ['APPROVAL', 'NOT_OFFERED', ...ADVERSE_NOTICES] },
    exemptions: [
      'LAW_PROHIBITS',
      'TYPE_NOT_OFFERED',
      'STATE_NOT_SERVED',
      'INCOMPLETENESS_UNANSWERED',
      'NOTICE_OF_INCOMPLETENESS',
      'EXPRESS_WITHDRAWAL',
    ],
  },
  {
    ...FEDERAL,
    id: 'ECOA_COUNTEROFFER_COMBINED',
    title: 'Give the adverse action notice with a counteroffer, or within 90 days of it',
    citation: '12 CFR 1002.9(a)(1)(iv), comment 9(a)(1)-6',
    mark: 'source',
    occasion: 'COUNTEROFFER',
    due: { from: 'OCCASION', days: 90 },
    means: { by: 'NOTICE', kinds: ['COUNTEROFFER'], field: 'reasons' },
    exemptions: ['COUNTEROFFER_ACCEPTED'],
  },
  {
    ...FEDERAL,
    id: 'ECOA_NOTICE_OF_INCOMPLETENESS',
    title: 'State in writing what is missing, and until when it can be sent',
    citation: '12 CFR 1002.9(c)(1), (2)',
    mark: 'source',
    occasion: 'INCOMPLETE_APPLICATION',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ['INCOMPLETENESS'] },
    exemptions: ['COMPLETED_BEFORE_NOTICE', 'EXPRESS_WITHDRAWAL'],
  },
  {
    ...FEDERAL,
    id: 'ECOA_REASONS',
    title: 'State the specific principal reasons, at most four',
    citation: '12 CFR 1002.9(a)(2)(i), (b)(2)',
    mark: 'source',
    occasion: 'ADVERSE_ACTION',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ADVERSE_NOTICES, field: 'reasons' },
  },
  {
    ...FEDERAL,
    id: 'ECOA_PARAGRAPH_AND_AGENCY',
    title: 'Give the ECOA paragraph with the address of the federal agency',
    citation: '12 CFR 1002.9(a)(2), (b)(1); Appendix A',
    mark: 'source',
    occasion: 'ADVERSE_ACTION',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ADVERSE_NOTICES },
  },
  {
    ...FEDERAL,
    id: 'FCRA_ADVERSE_ACTION',
    title: 'Name the consumer reporting agency and the rights to a free report and to a dispute',
    citation: '15 USC 1681m(a)(1), (3), (4)',
    mark: 'source',
    occasion: 'REFUSAL_WITH_REPORT',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ['NOT_OFFERED', ...ADVERSE_NOTICES] },
  },
  {
    ...FEDERAL,
    id: 'FCRA_SCORE_DISCLOSURE',
    title: 'Disclose the score that an adverse action used, its range, date and key factors',
    citation: '15 USC 1681m(a)(2)',
    mark: 'source',
    occasion: 'REFUSAL_WITH_SCORE',
    due: { from: 'NOTICE_CLOCK' },
    means: { by: 'NOTICE', kinds: ['NOT_OFFERED', ...ADVERSE_NOTICES], field: 'disclosures.scores' },
  },
  {
    ...FEDERAL,
    id: 'RISK_BASED_PRICING',
    title: 'Give the risk-based pricing notice, or the score disclosure that replaces it',
    citation: '12 CFR 1022.72 to 1022.74',
    mark: 'source',
    occasion: 'OFFER_WITH_REPORT',
    due: { from: 'OUTSIDE', before: 'the contract is signed' },
    means: { by: 'NOTICE', kinds: ['RISK_BASED_PRICING', 'CREDIT_SCORE_DISCLOSURE'] },
    exemptions: ['ADVERSE_ACTION_NOTICE'],
  },
  {
    ...FEDERAL,
    id: 'ESIGN_CONSENT',
    title: 'Send notices by e-mail only with the consent to electronic records',
    citation: '15 USC 7001(c); 12 CFR 1002.4(d)',
    mark: 'source',
    occasion: 'NOTICE_BY_EMAIL',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'CONSENT', kind: 'ESIGN' },
  },
  {
    ...FEDERAL,
    id: 'FCRA_PERMISSIBLE_PURPOSE',
    title: 'Obtain a report only for a transaction that the consumer initiated',
    citation: '15 USC 1681b(a)(3)(A), (f)',
    mark: 'source',
    occasion: 'REPORT_PULL',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'CONSENT', kind: 'BUREAU_PULL' },
  },
  {
    ...FEDERAL,
    id: 'FCRA_ALERT_VERIFICATION',
    title: 'Verify the identity behind a fraud or active duty alert before giving credit',
    citation: '15 USC 1681c-1(h)',
    mark: 'source',
    occasion: 'CREDIT_DESPITE_ALERT',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'EARLIER_EVENT', event: 'CLEARING_REVIEW' },
  },
  {
    ...FEDERAL,
    id: 'OFAC_SCREENING',
    title: 'Compare the applicant with the sanctions list before giving credit',
    citation: '31 CFR chapter V',
    mark: 'memory',
    occasion: 'CREDIT_OFFERED',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'EARLIER_EVENT', event: 'APPLICANTS_SCREENED' },
  },
  {
    ...FEDERAL,
    id: 'OFAC_RECORDS',
    title: 'Keep the record of the screening for ten years',
    citation: '31 CFR 501.601',
    mark: 'source',
    occasion: 'SCREENING',
    due: { from: 'RETENTION' },
    means: { by: 'RETENTION', class: 'SANCTIONS_SCREENING' },
  },
  {
    ...FEDERAL,
    id: 'ECOA_RECORDS',
    title: 'Keep the application and what was used for 25 months after the notice',
    citation: '12 CFR 1002.12(b)(1), (3)',
    mark: 'source',
    occasion: 'RECEIPT_OR_NOTICE',
    due: { from: 'RETENTION' },
    means: { by: 'RETENTION', class: 'NOTICE' },
  },
  {
    ...FEDERAL,
    id: 'MLA_RATE_CAP',
    title: 'Offer no military annual percentage rate above 36 %',
    citation: '10 USC 987(b); 32 CFR 232.4(b)',
    mark: 'source',
    occasion: 'CREDIT_OFFERED',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'RECORD', field: 'offers.mapr' },
  },
  {
    ...FEDERAL,
    id: 'STATE_RATE_CAP',
    title: 'Offer no rate above a cap of the state of residence',
    citation: 'the citation of each row of domain/pricing/rate-cap-rows.ts',
    mark: 'memory',
    occasion: 'CREDIT_OFFERED',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'RECORD', field: 'policy.rateCaps' },
  },
  {
    ...FEDERAL,
    id: 'TILA_DISCLOSURES',
    title: 'Disclose the loan before it is signed, in a document of the lender: no notice here has all its lines',
    citation: '12 CFR 1026.17(b), 1026.18',
    mark: 'memory',
    occasion: 'LOAN_ACCEPTED',
    due: { from: 'OUTSIDE', before: 'the contract is signed' },
    means: { by: 'OUTSIDE' },
  },
  {
    ...FEDERAL,
    id: 'WITHDRAWAL_ACKNOWLEDGMENT',
    title: 'Acknowledge a withdrawal, by the lender’s own rule',
    citation: '12 CFR 1002.9 comment 9-2 requires no notice',
    mark: 'own',
    occasion: 'WITHDRAWAL',
    due: { from: 'OCCASION', days: 30 },
    means: { by: 'NOTICE', kinds: ['WITHDRAWAL'] },
    exemptions: ['WITHDRAWAL_NEEDS_NO_NOTICE'],
  },
  {
    ...COLORADO,
    id: 'CO_INTERACTION_NOTICE',
    title: 'Notify the consumer, at the point of interaction, that an automated decision is made',
    citation: 'Colorado SB 26-189 (notice at the point of interaction)',
    occasion: 'RECEIPT',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'CONSENT', kind: 'AUTOMATED_DECISION' },
  },
  {
    ...COLORADO,
    id: 'CO_ADVERSE_EXPLANATION',
    title: 'Explain an adverse automated decision within 30 days',
    citation: 'Colorado SB 26-189 (explanation of an adverse outcome)',
    occasion: 'REFUSAL',
    due: { from: 'OCCASION', days: 30 },
    means: { by: 'NOTICE', kinds: ['AUTOMATED_DECISION_EXPLANATION'] },
  },
  {
    ...COLORADO,
    id: 'CO_DATA_REQUEST',
    title: 'Give the applicant the data that the decision used',
    citation: 'Colorado SB 26-189 (request of data)',
    occasion: 'DATA_REQUEST',
    due: { from: 'OCCASION', days: 0 },
    means: { by: 'OCCASION' },
  },
  {
    ...COLORADO,
    id: 'CO_DATA_CORRECTION',
    mark: 'own',
    title: 'Decide again on corrected data, within the lender’s own 30 days',
    citation: 'Colorado SB 26-189 (correction of data)',
    occasion: 'CORRECTION',
    due: { from: 'OCCASION', days: 30 },
    means: { by: 'LATER_DECISION', person: false },
    exemptions: ['EXPRESS_WITHDRAWAL'],
  },
  {
    ...COLORADO,
    id: 'CO_HUMAN_REVIEW',
    mark: 'own',
    title: 'Have a person review the decision on request, within the lender’s own 30 days',
    citation: 'Colorado SB 26-189 (meaningful human review)',
    occasion: 'REVIEW_REQUEST',
    due: { from: 'OCCASION', days: 30 },
    means: { by: 'LATER_DECISION', person: true },
    exemptions: ['EXPRESS_WITHDRAWAL'],
  },
  {
    ...COLORADO,
    id: 'CO_RECORDS',
    title: 'Keep the records of an automated decision for three years',
    citation: 'Colorado SB 26-189 (records)',
    occasion: 'DECISION',
    due: { from: 'RETENTION' },
    means: { by: 'RETENTION', class: 'AUTOMATED_DECISION' },
  },
] as const satisfies readonly Duty[];

export type DutyId = (typeof TABLE)[number]['id'];

/** Every duty that the code acts on. docs/duties.md prints this table. */
export const DUTIES: readonly Duty[] = TABLE;

/** Whether a duty can arise for a residence on the creditor's local date. */
export function isInForce(id: DutyId, { state, on }: { readonly state: string; readonly on: LocalDate }): boolean {
  return DUTIES.some(
    (duty) =>
      duty.id === id &&
      (duty.state === null || duty.state === state) &&
      (duty.effectiveFrom === null || duty.effectiveFrom <= on) &&
      (duty.effectiveUntil === null || on <= duty.effectiveUntil),
  );
}
