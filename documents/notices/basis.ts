import type { Source } from './notice.ts';

const law = (citation: string): readonly Source[] => [{ law: citation }];
const decided: readonly Source[] = [{ evidence: 'decision', path: 'outcome' }];

const CONTENT = law('12 CFR 1002.9(a)(2)');
const REASONS = law('12 CFR 1002.9(a)(2)(i)');
const REPORT = law('15 USC 1681m(a)');
const COUNTEROFFER = law('12 CFR part 1002, Appendix C, form C-4');
const TERMS = law('12 CFR 1026.18');
const COMPLETE = law('12 CFR 1002.9(c)(2)');
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
  'offer.label': TERMS,
  'offer.value': TERMS,
  'offer.amount': TERMS,
  'offer.amount.value': TERMS,
  'offer.fee': TERMS,
  'offer.fee.value': TERMS,
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
  'offer.limit': TERMS,
  'offer.limit.value': TERMS,
  'offer.subscription': TERMS,
  'offer.subscription.value': TERMS,
  'offer.draw': TERMS,
  'offer.draw.value': TERMS,
  'offer.cost': TERMS,
  'offer.cost.value': TERMS,

  'conditions.loan': [{ evidence: 'decision', path: 'conditions' }],
  'conditions.line': [{ evidence: 'decision', path: 'conditions' }],
  'condition.item': [],

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
  'withdrawal.kept': law('12 CFR 1002.12(b)(3)'),

  'explanation.made': law('Colorado SB 26-189'),

  'contact.heading': CONTACT,
  'contact.call': CONTACT,
  'contact.person': law('Colorado SB 26-189'),
  'contact.correct': law('Colorado SB 26-189'),
  'contact.withdraw': CONTACT,
} as const satisfies Record<string, readonly Source[]>;

export type MessageId = keyof typeof BASIS;
