import { consentFault } from '../domain/application/consents.ts';
import { AGENCIES } from '../domain/application/products.ts';
import { fullName, type Application, type Identity } from '../domain/application/submission.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { Lender } from '../domain/lender.ts';
import { formatDollars, formatBasisPoints } from '../domain/money.ts';
import type { LineOffer, LoanOffer, Offer } from '../domain/policy/result.ts';
import { reasonText } from '../domain/reasons/reason-text.ts';

/** A notice may not leave out who gave the report. */
export class UnknownAgency extends Error {
  override readonly name = 'UnknownAgency';
}

type NoticeKind = 'APPROVAL' | 'COUNTEROFFER' | 'ADVERSE_ACTION' | 'INCOMPLETENESS' | 'NOT_OFFERED';

/** A notice as it was rendered, ready to be delivered. */
export interface Notice {
  readonly schemaVersion: 1;
  readonly kind: NoticeKind;
  readonly template: string;
  /** E-mail only where the applicant consented to electronic records (15 USC 7001(c)); else paper. */
  readonly channel: 'EMAIL' | 'PAPER';
  readonly dueOn: string;
  readonly text: string;
}

const KINDS: Record<DecisionRecord['outcome'], NoticeKind> = {
  APPROVE: 'APPROVAL',
  COUNTEROFFER: 'COUNTEROFFER',
  DECLINE: 'ADVERSE_ACTION',
  NOT_OFFERED: 'NOT_OFFERED',
  INCOMPLETE: 'INCOMPLETENESS',
};

/** Substantially similar to the model paragraph of 12 CFR 1002.9(b)(1) [wording from memory: counsel checks it]. */
const ecoaParagraph = (agency: string): string =>
  `Federal law (the Equal Credit Opportunity Act) forbids creditors to discriminate against credit applicants on the basis of race, color, religion, national origin, sex, marital status, or age (provided the applicant has the capacity to enter into a binding contract); because all or part of the applicant's income derives from any public assistance program; or because the applicant has in good faith exercised any right under the Consumer Credit Protection Act. The federal agency that administers compliance with this law concerning this creditor is: ${agency}.`;

/**
 * Renders what the applicant must learn, from the decision record and the lender of record
 * (12 CFR 1002.9; 15 USC 1681m(a)).
 * @throws UnknownAgency
 */
export function renderNotice(
  record: DecisionRecord,
  application: Application,
  identity: Identity,
  lender: Lender,
): Notice {
  const kind = KINDS[record.outcome];
  const { address } = identity;
  const paragraphs = [
    `${lender.name}\n${lender.address}`,
    record.decidedOn,
    `${fullName(identity)}\n${address.street}\n${address.city}, ${address.state} ${address.zip}`,
    `Your application ${record.applicationId}, received on ${record.receivedOn}`,
    ...body(kind, record, lender),
  ];
  return {
    schemaVersion: 1,
    kind,
    template: `${kind.toLowerCase()}-1`,
    channel: consentedToElectronicRecords(application, lender, record.decidedAt) ? 'EMAIL' : 'PAPER',
    dueOn: record.noticeDueOn,
    text: `${paragraphs.join('\n\n')}\n`,
  };
}

function body(kind: NoticeKind, record: DecisionRecord, lender: Lender): string[] {
  switch (kind) {
    case 'APPROVAL':
      return ['We approved your application on these terms:', terms(record.offers), ...conditions(record)];
    case 'COUNTEROFFER':
      return [
        `We cannot lend ${asked(record)} as you asked, but we can offer:`,
        terms(record.offers),
        ...conditions(record),
        ...adverse(record, lender, 'Our principal reasons for not lending on the terms you asked for:'),
      ];
    case 'ADVERSE_ACTION':
      return ['We cannot approve your application.', ...adverse(record, lender, 'Our principal reasons:')];
    case 'INCOMPLETENESS':
      return [
        'We cannot decide on your application yet, because we still need:',
        record.missing.map(({ ask }) => `- ${ask}`).join('\n'),
        `Please send this to us by ${record.completeBy ?? record.noticeDueOn}. If we do not have it by then, we will not consider the application further.`,
      ];
    case 'NOT_OFFERED':
      return [
        `${notOffered(record.ground)} This says nothing about your credit${record.reportsUsed.length === 0 ? ', and your credit file was not read' : ''}.`,
      ];
  }
}

function notOffered(ground: DecisionRecord['ground']): string {
  switch (ground) {
    case 'law':
      return 'The law does not allow us to give this credit.';
    case 'type-of-credit':
      return 'We do not offer credit of this type.';
    case undefined:
      return 'We do not offer this credit where you live.';
  }
}

function adverse(record: DecisionRecord, { agency: federalAgency }: Lender, heading: string): string[] {
  return [
    `${heading}\n${record.reasons.map((reason) => `- ${reasonText(reason)}`).join('\n')}`,
    ...record.reportsUsed.map(
      ({ bureau, simulated }) =>
        `Our decision was based in whole or in part on a report from ${agency(bureau)}${simulated ? ' (a simulated bureau: no real agency was asked)' : ''}. The agency did not make the decision and cannot explain it. You have a right to a free copy of your report from it if you ask within 60 days, and to dispute with it what is inaccurate or incomplete.`,
    ),
    ecoaParagraph(federalAgency),
  ];
}

function agency(bureau: string): string {
  const known = AGENCIES[bureau];
  if (!known) throw new UnknownAgency(`The bureau ${bureau} has no name and address for notices: add it to AGENCIES.`);
  return `${known.name}, ${known.address}, telephone ${known.telephone}`;
}

function asked({ requested: { amountCents, termMonths } }: DecisionRecord): string {
  if (amountCents === null) return 'on the terms';
  return termMonths === null
    ? `a line of ${formatDollars(amountCents)}`
    : `${formatDollars(amountCents)} over ${termMonths} months`;
}

function terms(offers: readonly Offer[]): string {
  return offers.map((offer) => (offer.kind === 'LINE' ? lineTerms(offer) : loanTerms(offer))).join('\n');
}

function loanTerms(offer: LoanOffer): string {
  return `- ${formatDollars(offer.amountCents)} over ${offer.termMonths} months: ${formatDollars(offer.paymentCents)} a month (last payment ${formatDollars(offer.finalPaymentCents)}), interest rate ${formatBasisPoints(offer.annualRateBasisPoints)}%, origination fee ${formatDollars(offer.originationFeeCents)}, APR ${offer.apr}%, total of payments ${formatDollars(offer.totalOfPaymentsCents)}; open until ${offer.expiresOn}`;
}

function lineTerms(offer: LineOffer): string {
  return `- A line of credit with a limit of ${formatDollars(offer.limitCents)}: interest rate ${formatBasisPoints(offer.annualRateBasisPoints)}%, APR ${offer.apr}%, subscription ${offer.plan} of ${formatDollars(offer.subscriptionFeeCents)} a month whether or not you draw; each draw is due in full after ${offer.drawDays} days; open until ${offer.expiresOn}. ${offer.costInWords}`;
}

function conditions(record: DecisionRecord): string[] {
  if (record.conditions.length === 0) return [];
  const before = record.offers.some(({ kind }) => kind === 'LINE') ? 'you can draw' : 'we can send the money';
  const verified = record.conditions.map((each) => (each === 'TITLE' ? 'title of the vehicle' : each.toLowerCase()));
  return [`Before ${before} we must verify: ${verified.join(', ')}.`];
}

function consentedToElectronicRecords({ consents, product }: Application, lender: Lender, at: string): boolean {
  return consents.some(
    (consent) => consent.kind === 'ESIGN' && consentFault(consent, at, { lender, product }) === undefined,
  );
}
