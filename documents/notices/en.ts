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
    // Parts of an application and attributes of a report, by which a quote and a decision can differ.
    income: 'your income',
    employment: 'your employment',
    housing: 'your housing',
    deposits: 'your deposits',
    amountCents: 'the amount',
    termMonths: 'the term',
    purpose: 'the purpose',
    vehicle: 'the vehicle',
    downPaymentCents: 'the down payment',
    tradeInValueCents: 'the value of your trade-in',
    negativeEquityCents: 'what you owe on your trade-in above its value',
    gapCents: 'the price of guaranteed asset protection',
    serviceContractCents: 'the price of a service contract',
    currentLoan: 'your current loan',
    limitCents: 'the credit limit',
    plan: 'the plan',
    status: 'what the agency could report',
    delinquencies2y: 'late payments in the last two years',
    inquiries6m: 'inquiries in the last six months',
    revolvingUtilisationPercent: 'the used share of your revolving credit limits',
    accountsNowDelinquent: 'accounts that are past due',
    instalmentActive: 'open installment accounts',
    instalmentOpened12m: 'installment accounts opened in the last twelve months',
    instalmentOpened24m: 'installment accounts opened in the last two years',
    instalmentBalanceCents: 'balances on installment accounts',
    allUtilisationPercent: 'the used share of all your credit limits',
    financeInquiries: 'inquiries of finance companies',
    inquiries12m: 'inquiries in the last twelve months',
    delinquentAmountCents: 'the amount that is past due',
    instalmentAccounts: 'installment accounts',
    instalmentLimitCents: 'the amounts of your installment loans',
    monthlyObligationsCents: 'monthly payments on debts',
    oldestAccountMonths: 'the age of your oldest account',
    bankruptcies: 'bankruptcies',
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
    'offer.arrives': 'Money that arrives (the part of the loan that we pay to you)',
    'offer.arrives.value': '{money.netProceedsCents|DOLLARS}',
    'offer.amount': 'Loan amount',
    'offer.amount.value': '{offer.amountCents|DOLLARS}',
    'offer.financed': 'Amount financed (the credit provided to you or on your behalf)',
    'offer.financed.value': '{offer.amountFinancedCents|DOLLARS}',
    'offer.charge': 'Finance charge (the dollar amount that the credit will cost you)',
    'offer.charge.value': '{offer.financeChargeCents|DOLLARS}',
    'offer.apr': 'Annual percentage rate, APR (the cost of your credit as a yearly rate)',
    'offer.apr.value': '{offer.apr|PERCENT}',
    'offer.rate': 'Interest rate',
    'offer.rate.value': '{offer.annualRateBasisPoints|BASIS_POINTS}',
    'offer.payments': 'Payments',
    'offer.payments.value':
      '{offer.termMonths|LESS_ONE} monthly payments of {offer.paymentCents|DOLLARS} and a last payment of {offer.finalPaymentCents|DOLLARS}',
    'offer.total': 'Total of payments (the amount that you will have paid after all payments)',
    'offer.total.value': '{offer.totalOfPaymentsCents|DOLLARS}',
    'offer.until': 'You can accept until',
    'offer.until.value': '{offer.expiresOn|DATE}',
    'offer.clear': 'Our verification below must be complete by',
    'offer.clear.value': '{clearing.lastDay|DATE}',
    'offer.limit': 'Credit limit',
    'offer.limit.value': '{offer.limitCents|DOLLARS}',
    'offer.subscription': 'Subscription, which you pay whether or not you draw',
    'offer.subscription.value': 'Plan {offer.plan}: {offer.subscriptionFeeCents|DOLLARS} a month',
    'offer.draws': 'Money that arrives when you draw (the whole draw, without a charge taken off)',
    'offer.draws.value': 'Up to {money.netProceedsCents|DOLLARS}',
    'offer.draw': 'Repayment',
    'offer.draw.value': 'Each draw is due in full after {offer.drawDays} days',
    'offer.cost': 'Example: you draw the whole limit once',
    'offer.cost.value':
      'You pay {offer.totalCostCents|DOLLARS} in interest and subscription, a yearly rate of {offer.allInRate|PERCENT}',

    'table.label': 'Detail',
    'table.value': 'Value',

    'payee.intro': 'This is where the loan amount goes:',
    'payee.label': 'Paid to',
    'payee.amount': 'Amount',
    'payee.value': '{part.amountCents|DOLLARS}',
    'payee.APPLICANT': 'You',
    'payee.DEALER': 'The seller of the vehicle',
    'payee.CURRENT_LENDER': 'The lender of the loan that you refinance',
    'payee.TRADE_IN_LENDER': 'The lender of the loan on the vehicle that you trade in',
    'payee.ADDED_PRODUCTS': 'The providers of the products that you added',
    'payee.FEE': 'Us, as the origination fee (a prepaid finance charge)',
    'payee.FEE.value': '{money.prepaidFinanceChargeCents|DOLLARS}',
    'payee.shortfall': 'The loan does not cover everything that is due: you add {money.shortfallCents|DOLLARS}.',

    'conditions.loan': 'We must verify this before we can send the money:',
    'conditions.line': 'We must verify this before you can draw:',
    'condition.INCOME':
      '{condition|TERM}: a pay statement, a W-2 form, a tax return, a bank statement, a benefit letter or a statement of your employer',
    'condition.IDENTITY':
      '{condition|TERM}: a driver’s license, a state identity card, a passport, a military identity card or another identity card of a government',
    'condition.EMPLOYMENT':
      '{condition|TERM}: a statement of your employer, a pay statement, a tax return or a business registration; we can also call your employer',
    'condition.TITLE': '{condition|TERM}: the title, the record of the title or the registration',
    'condition.other': '{condition|TERM}',
    'conditions.documents': 'One document of those that are named is enough for each.',
    'conditions.how':
      'Send it to {lender.name}, {lender.address}, or call us at {lender.telephone}. The web address is at the end of this notice.',
    'conditions.late': 'If our verification is not complete by the day in the details above, an acceptance ends.',

    'accept.heading': 'How to accept',
    'accept.how':
      'To accept an offer, call us at {lender.telephone} or use the web address at the end of this notice, until the last day that we state for it.',
    'accept.otherwise': 'An offer that you do not accept by that day ends, and you need not do anything.',

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

    'score.heading': 'The credit score that we used',
    'score.used':
      'We also used a credit score. A credit score is a number that reflects the information in your credit report. It can change, depending on how your credit history changes.',
    'score.used.own':
      'We also used a credit score. It is a number that reflects the information in your credit report and in your application. It can change, depending on how that information changes.',
    'score.own':
      'We calculated this score ourselves, with our model {score.model}, from your credit report and your application. No credit reporting agency provided it, and other scores about you can be different.',
    'score.score': 'Your credit score',
    'score.score.value': '{score.score}',
    'score.range': 'Range of possible scores',
    'score.range.value': '{score.range.lowest} to {score.range.highest}',
    'score.date': 'Date on which the score was created',
    'score.date.value': '{score.createdOn|DATE}',
    'score.provider': 'Provided by',
    'score.provider.own': '{lender.name}',
    'score.provider.bureau': '{agency.name}',
    'score.direction': 'A higher score is better.',
    'score.factors': 'These key factors adversely affected your credit score:',
    'score.factor': '{factor.text}',
    'score.apart': 'These key factors explain the score. Our principal reasons are in a list of their own.',

    // Form H-4 and H-5 of 12 CFR part 1022, Appendix H [from memory: counsel compares the wording].
    'disclosure.yours': 'Your credit score',
    'disclosure.what.heading': 'What you should know about credit scores',
    'disclosure.what': 'Your credit score is a number that reflects the information in your credit report.',
    'disclosure.what.own':
      'Your credit score is a number that reflects the information in your credit report and in your application.',
    'disclosure.record':
      'Your credit report is a record of your credit history. It includes information about whether you pay your bills on time and how much you owe to creditors.',
    'disclosure.change': 'Your credit score can change, depending on how your credit history changes.',
    'disclosure.change.own':
      'Your credit score can change, depending on how your credit history changes and on what you state in an application.',
    'disclosure.use.heading': 'How we use your credit score',
    'disclosure.use':
      'Your credit score can affect whether you can get a loan and how much you will have to pay for it.',
    'disclosure.range':
      'Scores range from a low of {score.range.lowest} to a high of {score.range.highest}. Generally, the higher your score, the more likely you are to be offered better credit terms.',
    'disclosure.compare.heading': 'How your score compares with the scores of other people',
    'disclosure.compare':
      'Your score is higher than the scores of at least {score.distribution.lowerShareMicros|MICROS} of the people in this comparison.',
    'disclosure.compare.sample':
      'The comparison is with {score.distribution.people|COUNT} borrowers on whose loans our model was trained. They are no sample of all consumers.',
    'disclosure.compare.scores': 'Scores',
    'disclosure.compare.share': 'Share of the people',
    'disclosure.compare.bar': '{bar.from} to {bar.to}',
    'disclosure.compare.value': '{bar.shareMicros|MICROS}',
    'disclosure.none':
      'A credit score about you was not available. A score can be missing because a credit file has too little information.',
    'disclosure.none.price':
      'Credit scores matter: they can affect whether you can get credit and how much you will have to pay for it. Without a score you can be offered less favorable terms.',
    'disclosure.report.heading': 'Checking your credit report',
    'disclosure.report.agency': 'We used a credit report from this agency:',
    'disclosure.mistakes':
      'It is a good idea to check your credit report to make sure that the information it contains is accurate. If you find mistakes, contact the agency.',
    'disclosure.dispute': 'You have a right to dispute any inaccurate information in your credit report.',
    'disclosure.copy.heading': 'How to obtain a copy of your credit report',
    'disclosure.copy':
      'Under federal law you have the right to obtain a free copy of your credit report from each of the nationwide credit reporting agencies once a year.',
    'disclosure.order': 'You can order your free annual credit report in these ways:',
    'disclosure.order.telephone': 'By telephone: call toll-free 1-877-322-8228',
    'disclosure.order.web': 'On the web: visit www.annualcreditreport.com',
    'disclosure.order.mail':
      'By mail: send the request form of the Federal Trade Commission (www.ftc.gov/credit) to Annual Credit Report Request Service, P.O. Box 105281, Atlanta, GA 30348-5281',
    'disclosure.more':
      'For more information about credit reports and your rights under federal law, visit the website of the Consumer Financial Protection Bureau at www.consumerfinance.gov/learnmore.',

    // Form H-1 and H-6 of 12 CFR part 1022, Appendix H [from memory: counsel compares the wording].
    'pricing.used':
      'A credit report is a record of your credit history. It includes information about whether you pay your bills on time and how much you owe to creditors.',
    'pricing.set':
      'We used information from your credit report to set the terms of the credit that we are offering you, such as the annual percentage rate.',
    'pricing.less':
      'The terms offered to you may be less favorable than the terms offered to consumers who have better credit histories.',
    'pricing.dispute':
      'If you think that there is a mistake on your credit report, you have the right to dispute the inaccurate information with the agency.',
    'pricing.free':
      'You have the right to a free copy of your credit report from the agency for 60 days after you receive this notice.',

    'help.heading': 'What would help',
    'help.intro':
      'This is apart from our reasons. With any one of these changes, and everything else the same, our automated system would have decided more favorably:',
    'help.and': ', together with ',
    'help.no-promise': 'We do not promise approval: we decide on each application by what it states at the time.',
    'help.AMOUNT': 'a requested amount of {change.to|DOLLARS} in place of {change.from|DOLLARS}',
    'help.TERM': 'a term of {change.to} months in place of {change.from} months',
    'help.REVOLVING_UTILISATION':
      'balances on revolving accounts of {change.to|PERCENT} of their credit limits in place of {change.from|PERCENT}',
    'help.ALL_UTILISATION':
      'balances on all accounts of {change.to|PERCENT} of their credit limits in place of {change.from|PERCENT}',
    'help.INSTALMENT_BALANCE':
      'balances on installment accounts of {change.to|DOLLARS} in place of {change.from|DOLLARS}',
    'help.RECENT_INQUIRIES':
      'inquiries on your credit report in the last twelve months: {change.to|COUNT} in place of {change.from|COUNT}, counted on the date of the report (only time lowers this number)',
    'help.OPENED_ACCOUNTS':
      'installment accounts opened in the last two years: {change.to|COUNT} in place of {change.from|COUNT}, counted on the date of the report (only time lowers this number)',
    'help.PAST_DUE': 'accounts that are past due: {change.to|COUNT} in place of {change.from|COUNT}',
    'help.MONTHLY_OBLIGATIONS': 'monthly payments on debts of {change.to|DOLLARS} in place of {change.from|DOLLARS}',

    'quote.heading': 'The rate that we quoted',
    'quote.made': 'On {decision.quote.quotedOn|DATE} we quoted you:',
    'quote.loan':
      '{quoted.amountCents|DOLLARS} over {quoted.termMonths} months at an annual percentage rate of {quoted.apr|PERCENT}',
    'quote.line':
      'A line of credit of {quoted.limitCents|DOLLARS} at an annual percentage rate of {quoted.apr|PERCENT}',
    'quote.CHANGED': 'The terms in this notice differ from that quote. These facts differ:',
    'quote.WITHDRAWN': 'We do not offer those terms now. These facts differ:',
    'quote.because.REQUEST': 'You requested other credit: {difference.name|TERM}',
    'quote.because.STATED': 'You stated other information: {difference.name|TERM}',
    'quote.because.REPORT': 'Your full credit report differs from the report for the quote: {difference.name|TERM}',
    'quote.because.POLICY': 'We decided by another version of our credit policy',
    'quote.because.MODEL': 'We used another version of our scoring model',
    'quote.because.EXPIRED': 'The quote was valid until {decision.quote.validUntil|DATE}, and we decided later',
    'quote.because.REVIEW': 'A person decided on your application, and no person makes a quote',
    'quote.because.CHECKS': 'We make checks for an application that we do not make for a quote',

    'equal.heading': 'Your right to equal credit opportunity',
    'equal.notice':
      "The federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit applicants on the basis of race, color, religion, national origin, sex, marital status, or age (provided the applicant has the capacity to enter into a binding contract); because all or part of the applicant's income derives from any public assistance program; or because the applicant has in good faith exercised any right under the Consumer Credit Protection Act. The federal agency that administers compliance with this law concerning this creditor is: {lender.agency}.",

    'incomplete.decided': 'We cannot decide on your application yet.',
    'incomplete.needed': 'We need this information from you:',
    'incomplete.item': '{item.ask}',
    'incomplete.until': 'Send it to us by {decision.completeBy|DATE}.',
    'incomplete.how':
      'You can send it in writing to {lender.name}, {lender.address}, by telephone at {lender.telephone}, or at the web address below.',
    'incomplete.otherwise':
      'If we do not have it by that date, we will give your application no further consideration.',

    'notOffered.law': 'The law does not allow us to give this credit.',
    'notOffered.type': 'We do not offer credit of this type.',
    'notOffered.state': 'We do not offer this credit where you live.',
    'notOffered.credit': 'This is no statement about your credit.',
    'notOffered.unread': 'We did not read your credit file.',

    'withdrawal.recorded': 'You withdrew this application, and we will not decide on it.',
    'withdrawal.decided': 'You withdrew this application after our decision of {decision.decidedOn|DATE}.',
    'withdrawal.offers': 'Its offers can no longer be accepted.',
    'withdrawal.kept': 'The law requires us to keep its records for a time.',

    // Colorado SB 26-189 [from memory: counsel checks the wording].
    'explanation.counteroffer': 'We did not offer you the credit that you requested, and we offered you other terms.',
    'explanation.made': 'We used automated decision technology in this decision.',
    'explanation.automatic': 'The technology came to the decision, and no person changed its result.',
    'explanation.assisted': 'A person made the decision, and had the result of the technology.',
    'explanation.policy':
      'It compared your application with the rules of our credit policy {decision.policy.id}, version {decision.policy.version}.',
    'explanation.model':
      'It used a score of our model {decision.model.id}, version {decision.model.version}, which estimates how likely a loan is not repaid.',
    'explanation.data.heading': 'The data that the technology used',
    'explanation.data.intro': 'It used these kinds of data:',
    'explanation.data.application':
      'What you stated in your application, such as the credit that you requested, your income and your housing',
    'explanation.data.deposits': 'The deposits to your bank account that you stated',
    'explanation.data.vehicle': 'The vehicle that you stated, such as its year, mileage and price',
    'explanation.data.screening': 'Your name and date of birth, which we compared with a sanctions list',
    'explanation.data.report': 'Your credit report, which we obtained from this agency:',
    'explanation.rights.heading': 'What you can do',
    'explanation.request': 'You can request the data that we used, and how the technology used it.',
    'explanation.correct': 'If data is wrong, you can have it corrected, and we then decide again.',
    'explanation.person': 'You can request that a person reviews the decision. The person can change it.',

    'contact.heading': 'How to reach us',
    'contact.heading.review': 'Questions, corrections and review by a person',
    'contact.call': 'Call us at {lender.telephone} or write to {lender.name}, {lender.address}.',
    'contact.web': 'You can also reach us on the web, at this address:',
    'contact.link': '{lender.applicantUrl}{decision.applicationId}',
    'contact.can': 'In any of these ways you can:',
    'contact.complete': 'send the information that we need',
    'contact.accept': 'accept an offer until its date',
    'contact.person': 'request that a person reviews the decision',
    'contact.correct': 'request the data that we used, and have wrong data corrected',
    'contact.withdraw': 'withdraw your application',
  },
} satisfies Language;
