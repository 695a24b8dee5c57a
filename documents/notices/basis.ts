import type { Source } from './notice.ts';

const law = (citation: string): readonly Source[] => [{ law: citation }];
const decided: readonly Source[] = [{ evidence: 'decision', path: 'outcome' }];

const CONTENT = law('12 CFR 1002.9(a)(2)');
const REASONS = law('12 CFR 1002.9(a)(2)(i)');
const REPORT = law('15 USC 1681m(a)');
const COUNTEROFFER = law('12 CFR part 1002, Appendix C, form C-4');
const TERMS = law('12 CFR 1026.18');
const ITEMS = law('12 CFR 1026.18(c)');
const SCORE = law('15 USC 1681m(a)(2)');
const EXCEPTION = law('12 CFR 1022.74(e)(1)');
const NO_SCORE = law('12 CFR 1022.74(f)(1)');
const PRICING = law('12 CFR 1022.73(a)(1)');
const HELP: readonly Source[] = [{ evidence: 'decision', path: 'disclosures.whatWouldHelp' }];
const QUOTE: readonly Source[] = [{ evidence: 'decision', path: 'quote.outcome' }];
const DIFFERENCE: readonly Source[] = [{ evidence: 'decision', path: 'quote.because' }];
const COMPLETE = law('12 CFR 1002.9(c)(2)');
const CONDITIONS: readonly Source[] = [{ evidence: 'decision', path: 'conditions' }];
const COLORADO = law('Colorado SB 26-189');
const CONTACT: readonly Source[] = [{ lender: 'telephone' }];

/**
 * Every message of a notice, with what it rests on besides the values that it prints: the law that requires it, or the
 * recorded fact that it states. A language file has the words of each.
 */
export const BASIS = {
  'title.APPROVAL': decided,
  'title.COUNTEROFFER': decided,
  'title.ADVERSE_ACTION': decided,
  'title.INCOMPLETENESS': decided,
  'title.NOT_OFFERED': decided,
  'title.WITHDRAWAL': law('12 CFR 1002.12(b)(3)'),
  'title.CREDIT_SCORE_DISCLOSURE': law('12 CFR 1022.74'),
  'title.RISK_BASED_PRICING': law('12 CFR 1022.72'),
  'title.AUTOMATED_DECISION_EXPLANATION': law('Colorado SB 26-189'),

  'lender.name': CONTENT,
  'lender.address': CONTENT,
  'lender.telephone': CONTENT,
  'letter.date': [],
  'applicant.name': [],
  'applicant.street': [],
  'applicant.city': [],
  'letter.application': [],

  'approval.decided': decided,
  'counteroffer.decided.loan': COUNTEROFFER,
  'counteroffer.decided.line': COUNTEROFFER,
  'counteroffer.decided.open': COUNTEROFFER,
  'counteroffer.offer': COUNTEROFFER,
  'adverse.decided': law('12 CFR 1002.9(a)(2)'),

  'offer.loan': TERMS,
  'offer.line': TERMS,
  'offer.arrives': law('12 CFR 1026.18(c)'),
  'offer.arrives.value': law('12 CFR 1026.18(c)'),
  'offer.amount': TERMS,
  'offer.amount.value': TERMS,
  'offer.financed': law('12 CFR 1026.18(b)'),
  'offer.financed.value': law('12 CFR 1026.18(b)'),
  'offer.charge': law('12 CFR 1026.18(d)'),
  'offer.charge.value': law('12 CFR 1026.18(d)'),
  'offer.apr': law('12 CFR 1026.18(e)'),
  'offer.apr.value': law('12 CFR 1026.18(e)'),
  'offer.rate': TERMS,
  'offer.rate.value': TERMS,
  'offer.payments': law('12 CFR 1026.18(g)'),
  'offer.payments.value': law('12 CFR 1026.18(g)'),
  'offer.total': law('12 CFR 1026.18(h)'),
  'offer.total.value': law('12 CFR 1026.18(h)'),
  'offer.until': TERMS,
  'offer.until.value': TERMS,
  'offer.clear': CONDITIONS,
  'offer.clear.value': CONDITIONS,
  'offer.limit': TERMS,
  'offer.limit.value': TERMS,
  'offer.subscription': TERMS,
  'offer.subscription.value': TERMS,
  'offer.draws': TERMS,
  'offer.draws.value': TERMS,
  'offer.draw': TERMS,
  'offer.draw.value': TERMS,
  'offer.cost': TERMS,
  'offer.cost.value': TERMS,

  'table.label': decided,
  'table.value': decided,

  'payee.intro': ITEMS,
  'payee.label': ITEMS,
  'payee.amount': ITEMS,
  'payee.value': ITEMS,
  'payee.APPLICANT': ITEMS,
  'payee.DEALER': ITEMS,
  'payee.CURRENT_LENDER': ITEMS,
  'payee.TRADE_IN_LENDER': ITEMS,
  'payee.ADDED_PRODUCTS': ITEMS,
  'payee.FEE': ITEMS,
  'payee.FEE.value': ITEMS,
  'payee.shortfall': ITEMS,

  'conditions.loan': CONDITIONS,
  'conditions.line': CONDITIONS,
  'conditions.documents': CONDITIONS,
  'conditions.how': CONDITIONS,
  'conditions.late': CONDITIONS,
  'condition.INCOME': [],
  'condition.IDENTITY': [],
  'condition.EMPLOYMENT': [],
  'condition.TITLE': [],
  'condition.other': [],

  'accept.heading': COUNTEROFFER,
  'accept.how': COUNTEROFFER,
  'accept.otherwise': COUNTEROFFER,

  'reasons.heading': REASONS,
  'reasons.adverse': REASONS,
  'reasons.counteroffer': REASONS,

  'report.heading': REPORT,
  'report.used': REPORT,
  'report.simulated': [{ evidence: 'decision', path: 'reportsUsed' }],
  'report.agency': law('15 USC 1681m(a)(3)(A)'),
  'report.address': law('15 USC 1681m(a)(3)(A)'),
  'report.telephone': law('15 USC 1681m(a)(3)(A)'),
  'report.undecided': law('15 USC 1681m(a)(3)(B)'),
  'report.free': law('15 USC 1681m(a)(4)(A)'),
  'report.dispute': law('15 USC 1681m(a)(4)(B)'),

  'score.heading': SCORE,
  'score.used': SCORE,
  'score.used.own': SCORE,
  'score.own': SCORE,
  'score.score': SCORE,
  'score.score.value': SCORE,
  'score.range': SCORE,
  'score.range.value': SCORE,
  'score.date': SCORE,
  'score.date.value': SCORE,
  'score.provider': SCORE,
  'score.provider.own': SCORE,
  'score.provider.bureau': SCORE,
  'score.direction': SCORE,
  'score.factors': SCORE,
  'score.factor': SCORE,
  'score.apart': law('12 CFR part 1002, comment 9(b)(2)-9'),

  'disclosure.yours': EXCEPTION,
  'disclosure.what.heading': EXCEPTION,
  'disclosure.what': EXCEPTION,
  'disclosure.what.own': EXCEPTION,
  'disclosure.record': EXCEPTION,
  'disclosure.change': EXCEPTION,
  'disclosure.change.own': EXCEPTION,
  'disclosure.use.heading': EXCEPTION,
  'disclosure.use': EXCEPTION,
  'disclosure.range': EXCEPTION,
  'disclosure.compare.heading': EXCEPTION,
  'disclosure.compare': EXCEPTION,
  'disclosure.compare.sample': EXCEPTION,
  'disclosure.compare.scores': EXCEPTION,
  'disclosure.compare.share': EXCEPTION,
  'disclosure.compare.bar': EXCEPTION,
  'disclosure.compare.value': EXCEPTION,
  'disclosure.none': NO_SCORE,
  'disclosure.none.price': NO_SCORE,
  'disclosure.report.heading': EXCEPTION,
  'disclosure.report.agency': EXCEPTION,
  'disclosure.mistakes': EXCEPTION,
  'disclosure.dispute': EXCEPTION,
  'disclosure.copy.heading': EXCEPTION,
  'disclosure.copy': EXCEPTION,
  'disclosure.order': EXCEPTION,
  'disclosure.order.telephone': EXCEPTION,
  'disclosure.order.web': EXCEPTION,
  'disclosure.order.mail': EXCEPTION,
  'disclosure.more': EXCEPTION,

  'pricing.used': PRICING,
  'pricing.set': PRICING,
  'pricing.less': PRICING,
  'pricing.dispute': PRICING,
  'pricing.free': PRICING,

  'help.heading': HELP,
  'help.intro': HELP,
  'help.and': HELP,
  'help.no-promise': HELP,
  'help.AMOUNT': HELP,
  'help.TERM': HELP,
  'help.REVOLVING_UTILISATION': HELP,
  'help.ALL_UTILISATION': HELP,
  'help.INSTALMENT_BALANCE': HELP,
  'help.RECENT_INQUIRIES': HELP,
  'help.OPENED_ACCOUNTS': HELP,
  'help.PAST_DUE': HELP,
  'help.MONTHLY_OBLIGATIONS': HELP,

  'quote.heading': QUOTE,
  'quote.made': QUOTE,
  'quote.loan': QUOTE,
  'quote.line': QUOTE,
  'quote.CHANGED': QUOTE,
  'quote.WITHDRAWN': QUOTE,
  'quote.because.REQUEST': DIFFERENCE,
  'quote.because.STATED': DIFFERENCE,
  'quote.because.REPORT': DIFFERENCE,
  'quote.because.POLICY': DIFFERENCE,
  'quote.because.MODEL': DIFFERENCE,
  'quote.because.EXPIRED': DIFFERENCE,
  'quote.because.REVIEW': DIFFERENCE,
  'quote.because.CHECKS': DIFFERENCE,

  'equal.heading': law('12 CFR 1002.9(b)(1)'),
  'equal.notice': law('12 CFR 1002.9(b)(1)'),

  'incomplete.decided': COMPLETE,
  'incomplete.needed': COMPLETE,
  'incomplete.item': COMPLETE,
  'incomplete.until': COMPLETE,
  'incomplete.otherwise': COMPLETE,
  'incomplete.how': COMPLETE,

  'notOffered.law': law('12 CFR 1002.2(c)(2)(iv)'),
  'notOffered.type': law('12 CFR 1002.2(c)(2)(v)'),
  'notOffered.state': [{ evidence: 'decision', path: 'ground' }],
  'notOffered.credit': [{ evidence: 'decision', path: 'reasons' }],
  'notOffered.unread': [{ evidence: 'decision', path: 'reportsUsed' }],

  'withdrawal.recorded': law('12 CFR 1002.12(b)(3)'),
  'withdrawal.decided': law('12 CFR 1002.12(b)(3)'),
  'withdrawal.offers': law('12 CFR 1002.12(b)(3)'),
  'withdrawal.kept': law('12 CFR 1002.12(b)(3)'),

  'explanation.counteroffer': decided,
  'explanation.made': COLORADO,
  'explanation.automatic': [{ evidence: 'decision', path: 'decidedBy' }],
  'explanation.assisted': [{ evidence: 'decision', path: 'decidedBy' }],
  'explanation.policy': COLORADO,
  'explanation.model': COLORADO,
  'explanation.data.heading': COLORADO,
  'explanation.data.intro': COLORADO,
  'explanation.data.application': [{ evidence: 'decision', path: 'evidence.application' }],
  'explanation.data.deposits': [{ evidence: 'application', path: 'deposits' }],
  'explanation.data.vehicle': [{ evidence: 'application', path: 'request.vehicle' }],
  'explanation.data.screening': [{ evidence: 'decision', path: 'evidence.screening' }],
  'explanation.data.report': [{ evidence: 'decision', path: 'reportsUsed' }],
  'explanation.rights.heading': COLORADO,
  'explanation.request': COLORADO,
  'explanation.correct': COLORADO,
  'explanation.person': COLORADO,

  'contact.heading': CONTACT,
  'contact.heading.review': law('Colorado SB 26-189'),
  'contact.call': CONTACT,
  'contact.web': CONTACT,
  'contact.link': CONTACT,
  'contact.can': CONTACT,
  'contact.complete': COMPLETE,
  'contact.accept': CONTACT,
  'contact.person': law('Colorado SB 26-189'),
  'contact.correct': law('Colorado SB 26-189'),
  'contact.withdraw': CONTACT,
} as const satisfies Record<string, readonly Source[]>;

export type MessageId = keyof typeof BASIS;

type LabelOf<Message> = Message extends `${infer Label}.value` ? Label & MessageId : never;
/** A message that names a row, whose value is the message with `.value` after it. */
export type RowLabel = LabelOf<MessageId>;
