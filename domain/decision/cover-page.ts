import { REASONS, type ReasonCode } from '../reasons/catalogue.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { PolicyResult } from '../policy/result.ts';
import type { CreditReport } from '../bureau/report.ts';
import type { DecisionFile } from './file.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #d8dee4}
h2{margin-top:2rem}code,pre{font:13px ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}.n{text-align:right}`;

/** The cover page of a decision file: one HTML document that loads nothing, answering an examiner's questions in order. */
export function renderCoverPage(file: DecisionFile): string {
  const { decision, applicationId, product, timeline, seal, entries } = file;
  const values = <T>(kind: string): T[] =>
    file.evidence.filter((piece) => piece.kind === kind && !piece.withheld).map(({ value }) => value as T);
  const people = timeline.filter(({ actor }) => actor !== 'system');
  const body = [
    `<h1>Decision file ${text(applicationId)}</h1>`,
    `<p>${text(product)}: <strong>${text(decision?.outcome ?? 'not decided')}</strong>. Made ${text(file.export.at)} by ${text(file.export.by)} for: ${text(file.export.purpose)}. ${file.export.withIdentity ? 'With' : 'Without'} the applicant’s identity.</p>`,
    '<h2>Why</h2>',
    decision ? why(file) : '<p>No decision is recorded yet.</p>',
    '<h2>What was seen</h2>',
    ...values<CreditReport>('bureau-report').map(seenReport),
    ...values<Scoring>('score').map(seenScore),
    ...values<PolicyResult>('policy').map(rules),
    '<h2>When</h2>',
    table(
      ['Entry', 'When (UTC)', 'What', 'Who', 'Facts'],
      timeline.map((each) => [
        String(each.sequence),
        each.occurredAt,
        each.type,
        each.actor,
        JSON.stringify(each.facts),
      ]),
    ),
    '<h2>Who touched it</h2>',
    people.length === 0
      ? '<p>No person: the system alone.</p>'
      : table(
          ['When (UTC)', 'Who', 'What', 'Facts'],
          people.map(({ occurredAt, actor, type, facts }) => [occurredAt, actor, type, JSON.stringify(facts)]),
        ),
    '<h2>What was sent</h2>',
    ...sent(file),
    '<h2>How to verify</h2>',
    `<p>${entries.length} ledger entries, the newest with the hash <code>${text(entries.at(-1)?.hash ?? '')}</code>. ${
      seal
        ? `Seal ${seal.signedSeal.seal.number} of ${text(seal.signedSeal.seal.sealedAt)} has the first ${seal.head.length} of them.`
        : 'No seal has them yet.'
    } The JSON file beside this page is the record; this page only shows it. With the lender’s public key: <code>node verify/verify.ts FILE.json --key PUBLIC.pem</code></p>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Decision file ${text(applicationId)}</title><style>${STYLE}</style></head>
<body>
${body.join('\n')}
</body></html>
`;
}

function why({ decision }: DecisionFile): string {
  if (!decision) return '';
  const reasons = decision.reasons.map(
    ({ code, component }) =>
      `<li>${text(REASONS[code as ReasonCode] ?? code)} (${text(code)}, ${text(component)})</li>`,
  );
  const offers = decision.offers.map((offer) => `<li><code>${text(JSON.stringify(offer))}</code></li>`);
  return [
    `<p>Decided ${text(decision.decidedAt)} by ${decision.decidedBy === 'POLICY' ? 'the policy' : text(decision.decidedBy)}; received ${text(decision.receivedAt)}; notice due ${text(decision.noticeDueOn)}.</p>`,
    reasons.length > 0 ? `<p>Principal reasons:</p><ol>${reasons.join('')}</ol>` : '<p>No adverse reasons.</p>',
    offers.length > 0 ? `<p>Offers:</p><ul>${offers.join('')}</ul>` : '',
    decision.policy
      ? `<p>Policy ${text(decision.policy.id)} ${text(decision.policy.version)}, module <code>${text(decision.policy.digest)}</code>, text <code>${text(decision.policy.sourceDigest)}</code>.</p>`
      : '',
    decision.model
      ? `<p>Model ${text(decision.model.id)} ${text(decision.model.version)}, manifest <code>${text(decision.model.packageDigest)}</code>, ${text(decision.model.runtime)}.</p>`
      : '',
  ].join('\n');
}

function seenReport(report: CreditReport): string {
  const attributes = Object.entries(report.attributes ?? {}).map(([name, value]) => [
    name,
    String(value ?? 'not known'),
  ]);
  return `<h3>Report of ${text(report.bureau)}: ${text(report.status)}${report.simulated ? ' (simulated)' : ''}, ${text(report.inquiry)} inquiry, ${text(report.reportedAt ?? 'no instant given')}</h3>${table(['Attribute', 'Value'], attributes)}`;
}

function seenScore({ features, result }: Scoring): string {
  const shown = table(
    ['Feature', 'Value'],
    Object.entries(features).map(([name, value]) => [name, String(value ?? 'missing')]),
  );
  if (!result) return `<h3>Not scored</h3>${shown}`;
  const contributions = result.contributions.map(({ group, contributionMicros, deficitMicros }) => [
    group,
    String(contributionMicros / 1e6),
    String(deficitMicros / 1e6),
  ]);
  return `<h3>Score ${result.score}, probability of default ${(result.pdMicros / 1e4).toFixed(4)} %</h3>${shown}${table(['Group', 'Contribution, log-odds', 'Against the reference'], contributions)}`;
}

function rules({ stage, outcome, rules: traced }: PolicyResult): string {
  return `<h3>Policy ${stage === 'FULL' ? 'on the whole file' : 'before the bureau'}: ${text(outcome)}</h3>${table(
    ['Rule', 'Asks for', 'Result', 'Reasons'],
    traced.map(({ id, action, result, reasons }) => [id, action, result, reasons.join(', ')]),
  )}`;
}

function sent({ timeline, evidence }: DecisionFile): string[] {
  const issued = timeline.filter(({ type }) => type === 'NOTICES_ISSUED');
  if (issued.length === 0) return ['<p>Nothing yet.</p>'];
  const letters = evidence
    .filter(({ kind, withheld }) => kind === 'notice' && !withheld)
    .map(({ value }) => `<pre>${text((value as { text: string }).text)}</pre>`);
  return [
    table(
      ['When (UTC)', 'Facts'],
      issued.map(({ occurredAt, facts }) => [occurredAt, JSON.stringify(facts)]),
    ),
    ...(letters.length > 0 ? letters : ['<p>The letter names the applicant and is withheld from this file.</p>']),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], cell: string) =>
    `<tr>${cells.map((each) => `<${cell}>${text(each)}</${cell}>`).join('')}</tr>`;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((each) => row(each, 'td')).join('')}</tbody></table>`;
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string): string => value.replaceAll(/[&<>"']/g, (character) => ESCAPED[character] ?? '');
