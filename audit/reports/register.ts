import { daysBetween, localDate } from '../../domain/calendar.ts';
import { denialLeft, offerStateOf } from '../../domain/decision/offer-state.ts';
import { decisionRecord, type DecisionRecord } from '../../domain/decision/record.ts';
import { readBody } from '../../domain/ledger/events.ts';
import type { Offer } from '../../domain/policy/result.ts';
import { requestedOf } from '../../domain/products/request.ts';
import {
  contractOf,
  applicationOf,
  newestDecision,
  overridesIn,
  policyOf,
  reasonInWords,
  receiptOf,
  scoringOf,
  Tally,
  valueOf,
} from './recorded.ts';
import { within, isSelected, type Recorded, defineReport } from './report.ts';

/**
 * Codes of the action taken, in the manner of the form of 12 CFR part 1003, which does not apply to credit without a
 * dwelling [from memory: check them against the form before anything is filed].
 */
const ACTION_CODES = {
  ACCEPTED: 1,
  APPROVED_NOT_ACCEPTED: 2,
  DENIED: 3,
  COUNTEROFFER_NOT_ACCEPTED: 3,
  NOT_OFFERED: 3,
  WITHDRAWN: 4,
  INCOMPLETE: 5,
} as const;
type Action = keyof typeof ACTION_CODES | 'OFFER_OPEN' | 'PENDING_APPLICANT' | 'UNDECIDED' | 'REOPENED';

type RegisterRow = {
  applicationId: string;
  receivedOn: string;
  product: string;
  purpose: string | null;
  state: string;
  requestedCents: number | null;
  offeredCents: number | null;
  termMonths: number | null;
  rateBasisPoints: number | null;
  apr: string | null;
  mapr: string | null;
  feeCents: number | null;
  action: Action;
  actionCode: number | null;
  actionOn: string | null;
  reason1: string | null;
  reason2: string | null;
  reason3: string | null;
  reason4: string | null;
  score: number | null;
  model: string | null;
  incomeCents: number | null;
  dtiBeforeLoanBasisPoints: number | null;
  automated: boolean;
  override: boolean;
  withdrawn: boolean;
  reopened: number;
  daysToAction: number | null;
  noticeOn: string | null;
};

export const register = defineReport<RegisterRow>({
  name: 'register',
  title: 'Register of applications',
  question: 'What was applied for, and what was done?',
  dated: 'received',
  selectsDecisions: true,
  reads: ['application', 'score', 'policy', 'review', 'decision', 'contract'],
  notes: [
    'In the manner of a loan application register, which the law does not ask for of credit without a dwelling. The codes of the action are configuration: check them before anything is filed.',
    'Of decisions that were reopened, the newest counts; REOPENED: it is not made yet. Terms are those of the accepted offer, else of the decision’s first. `automated`: no person acted on it. `override`: a person decided, or cleared a hold, in the place of the policy. Debt to income is before the credit asked for.',
    'A withdrawal after a denial is still a denial: where the applicant withdrew its review, or a counteroffer, the denial counts, and `withdrawn` notes it.',
    'PENDING_APPLICANT: the applicant can complete the application. Not recorded, so not here: covered borrowers under the Military Lending Act, channel, census tract.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'receivedOn', heading: 'Received', brief: true },
    { name: 'product', heading: 'Product', brief: true },
    { name: 'purpose', heading: 'Purpose' },
    { name: 'state', heading: 'State' },
    { name: 'requestedCents', heading: 'Requested', format: 'CENTS', brief: true },
    { name: 'offeredCents', heading: 'Offered', format: 'CENTS', brief: true },
    { name: 'termMonths', heading: 'Months', format: 'COUNT' },
    { name: 'rateBasisPoints', heading: 'Rate', format: 'BASIS_POINTS' },
    { name: 'apr', heading: 'APR, %' },
    { name: 'mapr', heading: 'MAPR, %' },
    { name: 'feeCents', heading: 'Fee', format: 'CENTS' },
    { name: 'action', heading: 'Action', brief: true },
    { name: 'actionCode', heading: 'Code', format: 'COUNT', brief: true },
    { name: 'actionOn', heading: 'Action on' },
    { name: 'reason1', heading: 'Reason 1' },
    { name: 'reason2', heading: 'Reason 2' },
    { name: 'reason3', heading: 'Reason 3' },
    { name: 'reason4', heading: 'Reason 4' },
    { name: 'score', heading: 'Score', format: 'COUNT' },
    { name: 'model', heading: 'Model' },
    { name: 'incomeCents', heading: 'Income', format: 'CENTS' },
    { name: 'dtiBeforeLoanBasisPoints', heading: 'Debt to income', format: 'BASIS_POINTS' },
    { name: 'automated', heading: 'Automated' },
    { name: 'override', heading: 'Override' },
    { name: 'withdrawn', heading: 'Withdrawn' },
    { name: 'reopened', heading: 'Reopened', format: 'COUNT' },
    { name: 'daysToAction', heading: 'Days', format: 'COUNT' },
    { name: 'noticeOn', heading: 'Notice' },
  ],
  begin(scope) {
    const actions = new Tally();
    return {
      *add(recorded) {
        const row = rowOf(recorded);
        if (!row || !within(scope, row.receivedOn) || !isSelected(scope, newestDecision(recorded))) return;
        actions.add(row.action, row.product);
        yield row;
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'Action taken', unit: 'applications', ...actions.plotted() }],
      }),
    };
  },
});

function rowOf(recorded: Recorded): RegisterRow | undefined {
  const { applicationId, entries } = recorded;
  const receipt = receiptOf(recorded);
  const asked = applicationOf(recorded);
  if (!receipt || !asked) return undefined;
  const decision = countedDecision(recorded);
  const { action, actionOn, offer } = actionOf(recorded, decision);
  const notice = entries.findLast(({ type }) => type === 'NOTICES_ISSUED');
  const { receivedOn, product } = receipt;
  return {
    applicationId,
    receivedOn,
    product,
    purpose: 'purpose' in asked.request ? asked.request.purpose : null,
    state: asked.residence.state,
    requestedCents: requestedOf(asked).amountCents,
    ...termsOf(offer),
    action,
    actionCode: action in ACTION_CODES ? ACTION_CODES[action as keyof typeof ACTION_CODES] : null,
    actionOn,
    ...reasonsOf(decision),
    ...scoreOf(recorded, decision),
    incomeCents: asked.income?.annualGrossCents ?? null,
    dtiBeforeLoanBasisPoints: debtToIncome(recorded, decision),
    automated: !entries.some(({ type }) => type === 'REVIEW_COMPLETED' || type === 'ATTENTION_COMPLETED'),
    override: overridesIn(recorded).length > 0,
    withdrawn: entries.some(({ type }) => type === 'APPLICATION_WITHDRAWN'),
    reopened: entries.filter(({ type }) => type === 'DECISION_REOPENED').length,
    daysToAction: actionOn === null ? null : daysBetween(receivedOn, actionOn),
    noticeOn: notice ? localDate(notice.occurredAt, recorded.timeZone) : null,
  };
}

/** The newest decision; the denial where the applicant withdrew while it was decided again. */
function countedDecision(recorded: Recorded): DecisionRecord | undefined {
  const denial = valueOf(recorded, denialLeft(recorded.entries), 'decision');
  return denial === undefined ? newestDecision(recorded) : decisionRecord.parse(denial);
}

function reasonsOf(decision: DecisionRecord | undefined) {
  const [reason1 = null, reason2 = null, reason3 = null, reason4 = null] = (decision?.reasons ?? []).map(
    ({ code }) => `${code} ${reasonInWords(code)}`,
  );
  return { reason1, reason2, reason3, reason4 };
}

function scoreOf(recorded: Recorded, decision: DecisionRecord | undefined) {
  const model = decision?.model;
  return {
    score: (decision && scoringOf(recorded, decision))?.result?.score ?? null,
    model: model ? `${model.id} ${model.version}` : null,
  };
}

/** The actions of outcomes that no later event changes. */
const FINAL: ReadonlyMap<string, Action> = new Map([
  ['DECLINE', 'DENIED'],
  ['NOT_OFFERED', 'NOT_OFFERED'],
  ['WITHDRAWN', 'WITHDRAWN'],
]);

function actionOf(
  recorded: Recorded,
  decision: DecisionRecord | undefined,
): { action: Action; actionOn: string | null; offer: Offer | undefined } {
  if (!decision) return { action: 'UNDECIDED', actionOn: null, offer: undefined };
  const { outcome, offers, decidedOn } = decision;
  const closing = offerStateOf(recorded.entries);
  if (closing.state === 'REOPENED') {
    return { action: 'REOPENED', actionOn: null, offer: undefined };
  }
  const decided = (action: Action) => ({ action, actionOn: decidedOn, offer: offers[0] });
  const final = FINAL.get(outcome);
  if (final) return decided(final);
  if (outcome === 'COUNTEROFFER' && isWithdrawn(recorded)) return decided('COUNTEROFFER_NOT_ACCEPTED');
  if (closing.state === 'WITHDRAWN') {
    const { withdrawnOn } = readBody(closing.entry, 'APPLICATION_WITHDRAWN');
    return { action: 'WITHDRAWN', actionOn: withdrawnOn, offer: offers[0] };
  }
  if (outcome === 'INCOMPLETE') {
    return closing.state === 'LAPSED'
      ? decided('INCOMPLETE')
      : { action: 'PENDING_APPLICANT', actionOn: null, offer: undefined };
  }
  if (closing.state === 'ACCEPTED' || closing.state === 'BOOKED') {
    const { offerId, acceptedOn } = readBody(closing.entry, 'OFFER_ACCEPTED');
    const agreed = contractOf(recorded, closing.entry)?.terms ?? offers.find((each) => each.offerId === offerId);
    return { action: 'ACCEPTED', actionOn: acceptedOn, offer: agreed };
  }
  if (closing.state === 'LAPSED')
    return decided(outcome === 'APPROVE' ? 'APPROVED_NOT_ACCEPTED' : 'COUNTEROFFER_NOT_ACCEPTED');
  return decided('OFFER_OPEN');
}

const isWithdrawn = ({ entries }: Recorded): boolean =>
  denialLeft(entries) !== undefined || offerStateOf(entries).state === 'WITHDRAWN';

function termsOf(offer: Offer | undefined) {
  if (!offer) {
    return { offeredCents: null, termMonths: null, rateBasisPoints: null, apr: null, mapr: null, feeCents: null };
  }
  const loan = offer.kind === 'LOAN';
  return {
    offeredCents: loan ? offer.amountCents : offer.limitCents,
    termMonths: loan ? offer.termMonths : null,
    rateBasisPoints: offer.annualRateBasisPoints,
    apr: offer.apr,
    mapr: offer.mapr,
    feeCents: loan ? offer.originationFeeCents : offer.subscriptionFeeCents,
  };
}

/** The name that every policy gives it: see policies/. */
function debtToIncome(recorded: Recorded, decision: DecisionRecord | undefined): number | null {
  const value = decision && policyOf(recorded, decision)?.derived['dti_before_loan'];
  return typeof value === 'number' ? value : null;
}
