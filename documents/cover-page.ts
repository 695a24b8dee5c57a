import type { Application } from '../domain/application/submission.ts';
import type { CreditReport } from '../domain/bureau/report.ts';
import { clearanceInWords } from '../domain/decision/clearance.ts';
import type { DecisionFile } from '../domain/decision/file.ts';
import { decidedByInWords } from '../domain/decision/record.ts';
import { FEATURES } from '../domain/features/catalogue.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { formatDollars, formatBasisPoints } from '../domain/money.ts';
import { deliveriesOf, deliveryState, type NoticeDelivery } from '../domain/notices/delivery.ts';
import type { Offer, PolicyResult } from '../domain/policy/result.ts';
import { REASON_OF_GROUP, REASONS, type ReasonCode } from '../domain/reasons/catalogue.ts';
import { statedShare } from '../domain/reasons/principal-reasons.ts';
import { reasonText } from '../domain/reasons/reason-text.ts';
import type { CandidateScores } from '../domain/scoring/candidates.ts';
import type { Scoring } from '../domain/scoring/scoring.ts';
import type { PossibleMatch, Screening } from '../domain/screening/screen.ts';
import { heading, figures, paragraph, table, type Document, type TextBlock } from './document.ts';
import { noticeText } from './notices/document.ts';
import { notice } from './notices/notice.ts';

/** The cover page of a decision file: an examiner's questions in order, each answered from the file alone. */
export function coverPage(file: DecisionFile): Document {
  const { decision, applicationId, product, lender, jurisdiction } = file;
  return {
    title: `Decision file ${applicationId}`,
    blocks: [
      paragraph(
        `${product}, ${lender.name}${jurisdiction === null ? '' : `, residence ${jurisdiction}`}: `,
        { strong: decision?.outcome ?? 'not decided' },
        `. Made ${file.export.at} by ${file.export.by} for: ${file.export.purpose}. ${file.export.withIdentity ? 'With' : 'Without'} the applicant’s identity.`,
      ),
      ...whoApplied(file),
      heading(2, 'Why'),
      ...why(file),
      heading(2, 'What was seen'),
      ...seen(file),
      heading(2, 'When'),
      ...when(file),
      heading(2, 'Who touched it'),
      ...who(file),
      heading(2, 'What was sent'),
      ...sent(file),
      heading(2, 'Which duties applied'),
      ...dutiesMet(file),
      heading(2, 'How to verify'),
      ...integrity(file),
    ],
  };
}

function whoApplied({ identity }: DecisionFile): TextBlock[] {
  if (!identity) return [];
  const { ssn, ...shown } = identity;
  // The number is in the record; a page lies open on a desk.
  const masked = typeof ssn === 'string' ? { ...shown, ssn: `ends in ${ssn.slice(-4)}` } : shown;
  return [heading(2, 'Who applied'), fields(masked)];
}

function why({ decision, overrides }: DecisionFile): TextBlock[] {
  if (!decision) return [paragraph('No decision is recorded yet.')];
  const { offers, conditions, missing, supersedes } = decision;
  return [
    paragraph(
      `Decided ${decision.decidedAt} by ${decidedByInWords(decision)}; received ${decision.receivedAt}; ` +
        `complete ${decision.completedAt ?? 'never'}; notice due ${decision.noticeDueOn}.`,
    ),
    ...(supersedes
      ? [
          paragraph(
            `Replaces the decision `,
            { code: supersedes.decision },
            `, reopened ${supersedes.reopenedAt}: ${supersedes.why}.`,
          ),
        ]
      : []),
    fields({ requested: decision.requested }),
    ...principalReasons(decision),
    ...(missing.length > 0
      ? [
          table(
            ['Missing', 'Asked for'],
            missing.map(({ path, ask }) => [path, ask]),
          ),
        ]
      : []),
    ...(offers.length > 0 ? [paragraph('Offers:'), offerTable(offers)] : []),
    ...(conditions.length > 0 ? [paragraph(`To be verified before funds go out: ${conditions.join(', ')}.`)] : []),
    ...overridden(overrides),
    ...decidedWith(decision),
  ];
}

type Decided = NonNullable<DecisionFile['decision']>;

function principalReasons({ reasons }: Decided): TextBlock[] {
  if (reasons.length === 0) return [paragraph('No adverse reasons.')];
  const items = reasons.map(({ code, component, text }) => `${reasonText({ code, text })} (${code}, ${component})`);
  return [paragraph('Principal reasons, the most important first:'), { kind: 'LIST', ordered: true, items }];
}

function overridden(overrides: DecisionFile['overrides']): TextBlock[] {
  if (overrides.length === 0) return [];
  const rows = overrides.map(({ at, by, from, to, direction, rules, clears, clearances = [], reasons }) => [
    at,
    by,
    from ?? 'no policy',
    to,
    direction,
    rules.join(', '),
    clears.join(', '),
    clearances.map(clearanceInWords).join('; '),
    reasons.join(', '),
  ]);
  return [
    paragraph('Where a person decided in the place of the policy:'),
    table(['When (UTC)', 'Who', 'From', 'To', 'Direction', 'Rules', 'Cleared', 'Evidence', 'Reasons'], rows),
  ];
}

/** The policy, the core and the model that decided, each by its digest. */
function decidedWith({ policy, core, model }: Decided): TextBlock[] {
  return [
    ...(policy
      ? [
          paragraph(
            `Policy ${policy.id} ${policy.version}, module `,
            { code: policy.digest },
            ', text ',
            { code: policy.sourceDigest },
            '.',
          ),
        ]
      : []),
    ...(core === undefined ? [] : [paragraph('Decision core ', { code: core }, '.')]),
    ...(model
      ? [
          paragraph(
            `Model ${model.id} ${model.version}, manifest `,
            { code: model.packageDigest },
            `, ${model.runtime}.`,
          ),
        ]
      : []),
  ];
}

function offerTable(offers: readonly Offer[]): TextBlock {
  return table(
    [
      'Offer',
      figures('Amount'),
      figures('Months'),
      figures('Rate'),
      figures('APR'),
      figures('MAPR'),
      figures('Fee'),
      'Bound by',
      'Until',
    ],
    offers.map((offer) => [
      offer.offerId,
      formatDollars(offer.kind === 'LOAN' ? offer.amountCents : offer.limitCents),
      offer.kind === 'LOAN' ? String(offer.termMonths) : 'line',
      percent(offer.annualRateBasisPoints),
      `${offer.apr} %`,
      `${offer.mapr} %`,
      formatDollars(offer.kind === 'LOAN' ? offer.originationFeeCents : offer.subscriptionFeeCents),
      offer.boundBy,
      offer.expiresOn,
    ]),
  );
}

function seen(file: DecisionFile): TextBlock[] {
  const values = <T>(kind: string): T[] =>
    file.evidence.filter((piece) => piece.kind === kind && !piece.withheld).map(({ value }) => value as T);
  return [
    heading(3, 'What the applicant agreed to'),
    table(
      ['Consent', 'Version of the text', 'Given (UTC)'],
      (file.consents as { kind: string; textVersion: string; givenAt: string }[]).map(
        ({ kind, textVersion, givenAt }) => [kind, textVersion, givenAt],
      ),
    ),
    ...values<Application>('application').flatMap(({ request, residence, income, employment, housing, ...rest }) => {
      const deposits = rest.product === 'credit-line' ? { deposits: rest.deposits } : {};
      return [heading(3, 'The application'), fields({ request, residence, income, employment, housing, ...deposits })];
    }),
    ...values<Screening>('screening').flatMap(seenScreening),
    ...values<CreditReport>('bureau-report').flatMap(seenReport),
    ...values<Scoring>('score').flatMap(seenScore),
    ...values<PolicyResult>('policy').flatMap(seenPolicy),
  ];
}

function seenScreening({ status, list, possibleMatches, ...rest }: Screening): TextBlock[] {
  const { nameComparable, ofLegalAge, birthDateDoubted, otherOpenApplications } = rest;
  return [
    heading(3, `Screening: ${status}`),
    fields({
      list: `${list.name} of ${list.version}`,
      method: `${list.algorithm} from ${list.threshold}`,
      possibleMatches: possibleMatches.map(matchInWords),
      nameComparable,
      ofLegalAge,
      ...(birthDateDoubted && { birthDateDoubted }),
      otherOpenApplications,
    }),
  ];
}

/** A possible match with the bits of each field, which add up to its own. */
function matchInWords({ entryId, similarityPerMille, bits, explanation, clearedBy }: PossibleMatch): string {
  if (!explanation) return `${entryId} (${(similarityPerMille ?? 0) / 1000})`;
  const { words, unpaired, dateOfBirth, country } = explanation;
  const reasons = [
    `${explanation.name.toLowerCase()} name ${explanation.number}`,
    ...words.map(
      ({ applicant, listed, likeness, ...pair }) =>
        `word ${applicant} for word ${listed}: ${likeness}${pair.joined ? ', joined' : ''} (${pair.bits})`,
    ),
    `words without a pair: ${unpaired.applicant} of the applicant, ${unpaired.listed} of the list (${unpaired.bits})`,
    `date of birth: ${dateOfBirth.likeness} (${dateOfBirth.bits})`,
    `country: ${country.likeness} (${country.bits})`,
    ...(clearedBy === undefined ? [] : [`cleared by ${clearedBy}`]),
  ];
  return `${entryId} with ${bits} bits: ${reasons.join('; ')}`;
}

function seenReport(report: CreditReport): TextBlock[] {
  const { attributes, bureau, status, simulated, schemaVersion: _, ...rest } = report;
  return [
    heading(3, `Report of ${bureau}: ${status}${simulated ? ' (simulated)' : ''}`),
    fields(rest),
    table(
      ['Attribute', figures('Value')],
      Object.entries(attributes ?? {}).map(([name, value]) => field(name, value)),
    ),
  ];
}

function seenScore({ features, faults, result, shiftMicros }: Scoring): TextBlock[] {
  const faultOf = new Map(faults.map(({ feature, fault }) => [feature, fault]));
  const shown = table(
    ['Feature', figures('Value'), 'Unit', 'Missing', 'Fault'],
    FEATURES.filter(({ name }) => name in features).map(({ name, unit }) => {
      const value = features[name] ?? null;
      return [
        name,
        value === null ? '' : String(value),
        unit,
        value === null ? 'missing' : '',
        faultOf.get(name) ?? '',
      ];
    }),
  );
  if (!result) return [heading(3, 'Not scored'), shown];
  return [
    heading(3, `Score ${result.score}, probability of default ${(result.pdMicros / 1e4).toFixed(4)} %`),
    paragraph(
      `Margin ${micros(result.marginMicros)} log-odds, with a macroeconomic shift of ${micros(shiftMicros)} in it.`,
    ),
    shown,
    table(
      ['Fact', 'Reason', figures('Contribution, log-odds'), figures('Against the reference')],
      result.contributions.map(({ group, contributionMicros, deficitMicros }) => [
        group,
        // A score of an earlier release can explain a fact that this one does not know.
        REASON_OF_GROUP[group] ? reasonInWords(REASON_OF_GROUP[group]) : '',
        micros(contributionMicros),
        micros(deficitMicros),
      ]),
    ),
    paragraph(
      `The reasons that the score can state name ${(statedShare(result.contributions) * 100).toFixed(2)} % of all that counts ` +
        'against the applicant. They are the worst four facts at most.',
    ),
    ...(result.candidates ? seenCandidates(result.candidates) : []),
  ];
}

function seenCandidates({ terms }: CandidateScores): TextBlock[] {
  return [
    paragraph('Each amount that could be offered in place of the request has a score of its own, which prices it.'),
    table(
      [figures('Term, months'), figures('From amount'), figures('Probability of default')],
      terms.flatMap(({ termMonths, runs }) =>
        runs.map(({ fromCents, pdMicros }) => [
          String(termMonths),
          formatDollars(fromCents),
          pdMicros === null ? 'not scored' : `${(pdMicros / 1e4).toFixed(4)} %`,
        ]),
      ),
    ),
  ];
}

function seenPolicy(policy: PolicyResult): TextBlock[] {
  const { stage, outcome, rules, constraints, invalidInputs, unevaluated } = policy;
  return [
    heading(3, `Policy ${stage === 'FULL' ? 'on the whole file' : 'before the bureau'}: ${outcome}`),
    table(
      ['Rule', 'Asks for', 'Result', 'Reasons'],
      rules.map(({ id, action, result, reasons }) => [id, action, result, reasons.join(', ')]),
    ),
    fields({ ...policy.derived, ...policy.bands, ...policy.tables }, 'Value, in the unit of the policy’s text'),
    ...(constraints.length === 0
      ? []
      : [
          table(
            ['Term', 'Bound by', 'Limits computed', 'Rate caps held against'],
            constraints.map(({ termMonths, boundBy, candidates, rateCaps }) => [
              termMonths === null ? 'line' : `${termMonths} months`,
              boundBy,
              candidates.map(({ limit, amountCents }) => `${limit} ${formatDollars(amountCents)}`).join(', '),
              rateCaps.map(({ capId, result }) => `${capId} ${result}`).join(', '),
            ]),
          ),
        ]),
    ...(invalidInputs.length === 0
      ? []
      : [
          table(
            ['Refused input', 'Fault'],
            invalidInputs.map(({ name, fault }) => [name, fault]),
          ),
        ]),
    ...(unevaluated.length === 0 ? [] : [paragraph(`Not evaluated: ${unevaluated.join(', ')}.`)]),
  ];
}

function when({ timeline }: DecisionFile): TextBlock[] {
  return [
    table(
      [figures('Entry'), 'When (UTC)', figures('After, ms'), 'What', 'In the state', 'Facts'],
      timeline.map(({ sequence, occurredAt, latencyMs, type, cause, facts }) => [
        String(sequence),
        occurredAt,
        latencyMs === null ? '' : String(latencyMs),
        type,
        cause ?? 'outside of it',
        inWords(facts),
      ]),
    ),
  ];
}

function who({ timeline }: DecisionFile): TextBlock[] {
  const people = timeline.filter(({ actor }) => actor !== 'system');
  if (people.length === 0) return [paragraph('No person: the system alone.')];
  return [
    table(
      ['When (UTC)', 'Who', 'What', 'Facts'],
      people.map(({ occurredAt, actor, type, facts }) => [occurredAt, actor, type, inWords(facts)]),
    ),
  ];
}

function sent({ timeline, entries, evidence }: DecisionFile): TextBlock[] {
  const issued = timeline.filter(({ type }) => type === 'NOTICES_ISSUED');
  if (issued.length === 0) return [paragraph('Nothing yet.')];
  const notices = evidence.filter(({ kind }) => kind === 'notice');
  const shown = notices.filter(({ withheld }) => !withheld);
  return [
    table(
      ['When (UTC)', 'Facts'],
      issued.flatMap(({ occurredAt, facts }) =>
        ((facts['notices'] ?? []) as JsonObject[]).map((each) => [occurredAt, inWords(each)]),
      ),
    ),
    table(
      ['Notice', 'Attempt', 'Channel', 'Sent', 'Carrier', 'Returned'],
      deliveriesOf(entries as LedgerEntry[]).flatMap(attemptRows),
    ),
    ...(shown.length > 0
      ? shown.map(({ value }): TextBlock => ({ kind: 'VERBATIM', text: noticeText(notice.parse(value)) }))
      : [paragraph('The notices name the applicant and are withheld from this file.')]),
  ];
}

/** The attempts to give a notice to the applicant. READY is not sent. */
function attemptRows(delivery: NoticeDelivery): string[][] {
  const { kind, attempts } = delivery;
  const superseded = deliveryState(delivery) === 'SUPERSEDED';
  return attempts.map(({ number, printing, sent: given, returned }) => [
    kind,
    String(number),
    given?.channel ?? (printing ? 'PAPER' : ''),
    given?.sentOn ?? (superseded ? 'not sent: superseded' : printing ? 'at the print shop' : 'not yet'),
    given ? `${given.carrier} ${given.reference}` : '',
    returned ? `${returned.returnedOn} ${returned.why}` : '',
  ]);
}

function dutiesMet({ duties }: DecisionFile): TextBlock[] {
  const applied = duties.filter(({ status }) => status !== 'NOT_APPLICABLE' && status !== 'NOT_YET_IN_FORCE');
  const rest = duties.filter((each) => !applied.includes(each));
  return [
    table(
      ['Duty', 'Law', 'Status', 'Due', 'Met', 'By, or why not'],
      applied.map(({ title, citation, status, dueOn, metBy, note }) => [
        title,
        citation,
        status,
        dueOn ?? '',
        metBy?.on ?? '',
        note ?? metBy?.field ?? metBy?.event ?? '',
      ]),
    ),
    table(
      ['Duty without an occasion', 'Law', 'Why'],
      rest.map(({ title, citation, note }) => [title, citation, note ?? '']),
    ),
  ];
}

function integrity({ entries, seal, signature, evidence }: DecisionFile): TextBlock[] {
  return [
    paragraph(
      `${entries.length} ledger entries, the newest with the hash `,
      { code: entries.at(-1)?.hash ?? '' },
      `. ${
        seal
          ? `Seal ${seal.signedSeal.seal.number} of ${seal.signedSeal.seal.sealedAt} has the first ${seal.head.length} of them.`
          : 'No seal has them yet.'
      } Signed with the key `,
      { code: signature.keyId },
      '.',
    ),
    paragraph('The JSON file beside this page is the record; this page only shows it. With the lender’s public key: ', {
      code: 'node verify/verify.mjs FILE.json --key PUBLIC.pem',
    }),
    table(
      ['Evidence', figures('Entry'), 'Address', 'Shown'],
      evidence.map(({ kind, sequence, address, withheld }) => [
        kind,
        String(sequence),
        address,
        withheld ? 'withheld' : 'yes',
      ]),
    ),
  ];
}

const reasonInWords = (code: string): string => REASONS[code as ReasonCode] ?? code;

/** An object as rows of names and values, members of members by dotted names. */
function fields(value: object, values = 'Value'): TextBlock {
  const rows = (inner: object, path: string): string[][] =>
    Object.entries(inner).flatMap(([name, each]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return each !== null && typeof each === 'object' && !Array.isArray(each) ? rows(each, at) : [field(at, each)];
    });
  return table(['What', values], rows(value, ''));
}

function field(name: string, value: unknown): [string, string] {
  if (value === null || value === undefined) return [name, 'not known'];
  if (typeof value === 'number' && /cents$/i.test(name)) return [name.replace(/cents$/i, ''), formatDollars(value)];
  if (typeof value === 'number' && name.endsWith('BasisPoints'))
    return [name.replace(/BasisPoints$/, ''), percent(value)];
  if (typeof value === 'boolean') return [name, value ? 'yes' : 'no'];
  return [name, valueInWords(value)];
}

const inWords = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${valueInWords(value)}`)
    .join('; ');

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueInWords).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

const micros = (value: number): string => (value / 1e6).toFixed(6);
const percent = (basisPoints: number): string => `${formatBasisPoints(basisPoints)} %`;
