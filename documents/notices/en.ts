import { REASONS } from '../../domain/reasons/catalogue.ts';
import type { Language } from './language.ts';

/**
 * English. Counsel checks the wording of legal notices. The equal credit paragraph is substantially similar to the model
 * paragraph of 12 CFR 1002.9(b)(1) [from memory].
 */
export const EN = {
  code: 'en',
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  date: '{month} {day}, {year}',
  reasons: REASONS,
  terms: {
    INCOME: 'your income',
    IDENTITY: 'your identity',
    EMPLOYMENT: 'your employment',
    TITLE: 'the title of the vehicle',
  },
  messages: {
    'title.APPROVAL': 'We approved your application',
    'title.COUNTEROFFER': 'Our offer to you, and our reasons',
    'title.ADVERSE_ACTION': 'Our decision on your application',
    'title.INCOMPLETENESS': 'Your application is incomplete',
    'title.NOT_OFFERED': 'We do not offer this credit',
    'title.WITHDRAWAL': 'You withdrew your application',
    'title.CREDIT_SCORE_DISCLOSURE': 'Your credit score and the price you pay for credit',
    'title.RISK_BASED_PRICING': 'Your credit report and the price you pay for credit',
    'title.AUTOMATED_DECISION_EXPLANATION': 'How we made our decision',

    'lender.name': '{lender.name}',
    'lender.address': '{lender.address}',
    'lender.telephone': 'Telephone {lender.telephone}',
    'letter.date': '{letter.date|DATE}',
    'applicant.name': '{applicant.name}',
    'applicant.street': '{applicant.street}',
    'applicant.city': '{applicant.city}, {applicant.state} {applicant.zip}',
    'letter.application':
      'This is about your application {decision.applicationId}, which we received on {decision.receivedOn|DATE}.',

    'approval.decided': 'We approved your application on the terms below.',
    'counteroffer.decided.loan':
      'We cannot lend you {decision.requested.amountCents|DOLLARS} over {decision.requested.termMonths} months as you requested.',
    'counteroffer.decided.line':
      'We cannot give you a line of {decision.requested.amountCents|DOLLARS} as you requested.',
    'counteroffer.decided.open': 'We cannot lend to you on the terms that you requested.',
    'counteroffer.offer': 'We can offer you the terms below instead.',
    'adverse.decided': 'We cannot approve your application.',

    'offer.loan': 'A loan of {offer.amountCents|DOLLARS} over {offer.termMonths} months',
    'offer.line': 'A line of credit of {offer.limitCents|DOLLARS}',
    'offer.label': 'Term of the offer',
    'offer.value': 'Value',
    'offer.amount': 'Loan amount',
    'offer.amount.value': '{offer.amountCents|DOLLARS}',
    'offer.fee': 'Origination fee, which we keep from the loan amount',
    'offer.fee.value': '{offer.originationFeeCents|DOLLARS}',
    'offer.financed': 'Amount financed: the credit provided to you or on your behalf',
    'offer.financed.value': '{offer.amountFinancedCents|DOLLARS}',
    'offer.charge': 'Finance charge: the dollar amount that the credit will cost you',
    'offer.charge.value': '{offer.financeChargeCents|DOLLARS}',
    'offer.apr': 'Annual percentage rate (APR): the cost of your credit as a yearly rate',
    'offer.apr.value': '{offer.apr|PERCENT}',
    'offer.rate': 'Interest rate',
    'offer.rate.value': '{offer.annualRateBasisPoints|BASIS_POINTS}',
    'offer.payments': 'Payments',
    'offer.payments.value':
      '{offer.termMonths|LESS_ONE} monthly payments of {offer.paymentCents|DOLLARS} and a last payment of {offer.finalPaymentCents|DOLLARS}',
    'offer.total': 'Total of payments: the amount that you will have paid after all payments',
    'offer.total.value': '{offer.totalOfPaymentsCents|DOLLARS}',
    'offer.until': 'You can accept until',
    'offer.until.value': '{offer.expiresOn|DATE}',
    'offer.limit': 'Credit limit',
    'offer.limit.value': '{offer.limitCents|DOLLARS}',
    'offer.subscription': 'Subscription, which you pay whether or not you draw',
    'offer.subscription.value': 'Plan {offer.plan}: {offer.subscriptionFeeCents|DOLLARS} a month',
    'offer.draw': 'Repayment',
    'offer.draw.value': 'Each draw is due in full after {offer.drawDays} days',
    'offer.cost': 'Example: you draw the whole limit once',
    'offer.cost.value':
      'You pay {offer.totalCostCents|DOLLARS} in interest and subscription, a yearly rate of {offer.allInRate|PERCENT}',

    'conditions.loan': 'We must verify this before we can send the money:',
    'conditions.line': 'We must verify this before you can draw:',
    'condition.item': '{condition|TERM}',

    'accept.heading': 'How to accept',
    'accept.how': 'To accept an offer, call us at {lender.telephone} until the date in its table.',
    'accept.otherwise': 'An offer that you do not accept by its date ends, and you need not do anything.',

    'reasons.heading': 'Our principal reasons',
    'reasons.adverse': 'These are our principal reasons:',
    'reasons.counteroffer': 'These are our principal reasons for not lending on the terms that you requested:',

    'report.heading': 'The credit report that we used',
    'report.used': 'Our decision was based in whole or in part on information in a credit report from this agency:',
    'report.simulated': 'This agency is simulated: no real credit report was requested.',
    'report.agency': '{agency.name}',
    'report.address': '{agency.address}',
    'report.telephone': 'Telephone {agency.telephone}',
    'report.undecided': 'The agency did not make the decision and cannot explain it to you.',
    'report.free':
      'You have a right to a free copy of your report from the agency if you request it within 60 days after you receive this notice.',
    'report.dispute':
      'You have a right to dispute with the agency the accuracy or completeness of any information in the report.',

    'equal.heading': 'Your right to equal credit opportunity',
    'equal.notice':
      "The federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit applicants on the basis of race, color, religion, national origin, sex, marital status, or age (provided the applicant has the capacity to enter into a binding contract); because all or part of the applicant's income derives from any public assistance program; or because the applicant has in good faith exercised any right under the Consumer Credit Protection Act. The federal agency that administers compliance with this law concerning this creditor is: {lender.agency}.",

    'incomplete.decided': 'We cannot decide on your application yet.',
    'incomplete.needed': 'We need this information from you:',
    'incomplete.item': '{item.ask}',
    'incomplete.until': 'Send it to us by {decision.completeBy|DATE}.',
    'incomplete.how': 'You can send it in writing to {lender.address}, or call us at {lender.telephone}.',
    'incomplete.otherwise':
      'If we do not have it by that date, we will give your application no further consideration.',

    'notOffered.law': 'The law does not allow us to give this credit.',
    'notOffered.type': 'We do not offer credit of this type.',
    'notOffered.state': 'We do not offer this credit where you live.',
    'notOffered.credit': 'This is no statement about your credit.',
    'notOffered.unread': 'We did not read your credit file.',

    'withdrawal.recorded': 'You withdrew this application, and we will not decide on it.',
    'withdrawal.kept': 'The law requires us to keep its records for a time.',

    'explanation.made': 'We made this decision with an automated system.',

    'contact.heading': 'Questions, corrections and review by a person',
    'contact.call': 'Call us at {lender.telephone} or write to {lender.name}, {lender.address}.',
    'contact.person': 'You can request that a person reviews the decision.',
    'contact.correct': 'You can request the data that we used, and have wrong data corrected.',
    'contact.withdraw': 'You can withdraw your application while an offer or a request for information is open.',
  },
} satisfies Language;
