import { OWN_WORDS } from '../../domain/reasons/reason-text.ts';
import type { MessageId } from './basis.ts';
import type { NoticeBlock } from './notice.ts';
import { agencyRoot, reasonSources, type NoticeRecord } from './record.ts';
import type { Writer } from './writer.ts';

/** How and until when to accept an offer. */
export const acceptance = (writer: Writer): NoticeBlock[] => [
  writer.heading('accept.heading'),
  writer.paragraph('accept.how', 'accept.otherwise'),
];

/** The principal reasons, most important first (12 CFR 1002.9(b)(2)). */
export function reasons(writer: Writer, record: NoticeRecord, intro: MessageId): NoticeBlock[] {
  const items = record.decision.reasons.map(({ code, text }, at) =>
    writer.reason(code, code === OWN_WORDS ? text : undefined, reasonSources(record, at)),
  );
  return [writer.heading('reasons.heading'), writer.paragraph(intro), { kind: 'LIST', items }];
}

/** The name, address and telephone of the agency of a report that was used. */
export function agency(writer: Writer, { decision }: NoticeRecord, at: number): NoticeBlock[] {
  const report = decision.reportsUsed[at];
  if (!report) return [];
  const of = writer.with('agency', agencyRoot(report.bureau));
  const used = { evidence: 'decision', path: `reportsUsed.${at}.bureau` } as const;
  const lines = [of.say('report.agency', used), of.say('report.address', used), of.say('report.telephone', used)];
  return [{ kind: 'ADDRESS', lines }, ...(report.simulated ? [writer.paragraph('report.simulated')] : [])];
}

/** The agencies whose reports were used, and the applicant's rights (15 USC 1681m(a)). */
export function reports(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const { reportsUsed } = record.decision;
  if (reportsUsed.length === 0) return [];
  return [
    writer.heading('report.heading'),
    ...reportsUsed.flatMap((_, at) => [
      writer.paragraph('report.used'),
      ...agency(writer, record, at),
      writer.paragraph('report.undecided', 'report.free', 'report.dispute'),
    ]),
  ];
}

/** The scores that were used, in a list apart from the reasons (15 USC 1681m(a)(2); comment 9(b)(2)-9 to 12 CFR 1002.9). */
export function scores(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const used = record.decision.disclosures?.scores ?? [];
  if (used.length === 0) return [];
  return [
    writer.heading('score.heading'),
    writer.paragraph(used.every(({ own }) => own) ? 'score.used.own' : 'score.used'),
    ...used.flatMap((_, at) => scoreBlocks(writer, record, at)),
    ...(used.some(({ keyFactors }) => keyFactors.length > 0) ? [writer.paragraph('score.apart')] : []),
  ];
}

/** One score with its range, date, provider and key factors. */
export function scoreBlocks(writer: Writer, { decision }: NoticeRecord, at: number): NoticeBlock[] {
  const score = decision.disclosures?.scores[at];
  if (!score) return [];
  const { own, provider, keyFactors } = score;
  const path = `disclosures.scores.${at}`;
  const of = writer.within('score', 'decision', path);
  const by = own ? of : of.with('agency', agencyRoot(provider));
  const providedBy = by.row('score.provider', own ? 'score.provider.own' : 'score.provider.bureau');
  const factors = keyFactors.map((_, factor) =>
    of
      .within('factor', 'decision', `${path}.keyFactors.${factor}`)
      .say('score.factor', { modelGroup: keyFactors[factor]?.fact ?? '' }),
  );
  return [
    of.table(['score.score', 'score.range', 'score.date'], providedBy),
    of.paragraph('score.direction', ...(own ? (['score.own'] as const) : [])),
    ...(factors.length > 0 ? [of.paragraph('score.factors'), { kind: 'LIST', items: factors } as const] : []),
  ];
}

/** Changes that would have led to a better decision, under a heading of their own apart from the legal reasons. */
export function help(writer: Writer, { decision }: NoticeRecord): NoticeBlock[] {
  const alternatives = decision.disclosures?.whatWouldHelp ?? [];
  if (alternatives.length === 0) return [];
  const items = alternatives.map((changes, at) => {
    const clauses = changes.map(({ fact }, change) =>
      writer.within('change', 'decision', `disclosures.whatWouldHelp.${at}.${change}`).say(`help.${fact}`),
    );
    return writer.joined(clauses, 'help.and');
  });
  return [
    writer.heading('help.heading'),
    writer.paragraph('help.intro'),
    { kind: 'LIST', items },
    writer.paragraph('help.no-promise'),
  ];
}

/** The rates of a quote that was not kept, and the facts that differ. They are apart from the principal reasons. */
export function quoted(writer: Writer, { decision: { quote } }: NoticeRecord): NoticeBlock[] {
  if (!quote || quote.outcome === 'KEPT') return [];
  const offers = quote.offers.map(({ kind }, at) =>
    writer.within('quoted', 'decision', `quote.offers.${at}`).say(kind === 'LINE' ? 'quote.line' : 'quote.loan'),
  );
  const because = quote.because.map(({ fact }, at) =>
    writer.within('difference', 'decision', `quote.because.${at}`).say(`quote.because.${fact}`),
  );
  return [
    writer.heading('quote.heading'),
    writer.paragraph('quote.made'),
    { kind: 'LIST', items: offers },
    writer.paragraph(`quote.${quote.outcome}`),
    { kind: 'LIST', items: because },
  ];
}

/** The equal credit notice, with the agency that administers the law for the lender (12 CFR 1002.9(b)(1)). */
export const equalCredit = (writer: Writer): NoticeBlock[] => [
  writer.heading('equal.heading'),
  writer.paragraph('equal.notice'),
];

/** How to reach the lender, and what the applicant can request. */
export function contact(writer: Writer, ...more: readonly MessageId[]): NoticeBlock[] {
  const ways: NoticeBlock[] = [
    writer.heading(more.includes('contact.person') ? 'contact.heading.review' : 'contact.heading'),
    writer.paragraph('contact.call', 'contact.web'),
    { kind: 'ADDRESS', lines: [writer.say('contact.link')] },
  ];
  if (more.length === 0) return ways;
  return [
    ...ways,
    writer.paragraph('contact.can'),
    { kind: 'LIST', items: more.map((message) => writer.say(message)) },
  ];
}
