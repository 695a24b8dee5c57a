import { namesOf } from '../domain/features/catalogue.ts';
import { REASON_OF_GROUP, REASONS } from '../domain/reasons/catalogue.ts';
import type { ModelKind, ModelPackage } from '../domain/scoring/model-package.ts';
import { MAX_SCORE, MIN_SCORE, reasonGroups } from '../domain/scoring/score.ts';

/** What a card states besides the manifest. */
export interface CardSource {
  readonly manifest: ModelPackage;
  /** Uses and applicants for which the author rules the model out. */
  readonly notFor: readonly string[];
  readonly limits: readonly string[];
  /** Versions of the trainer and its libraries, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Predicted probabilities of the training data. */
  readonly pds: Float32Array;
  readonly checks: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly applies: boolean;
    readonly detail: string;
  }[];
  /** Whether the verification rows have the margins that the trainer computed. Otherwise they are the runtime's own. */
  readonly trainerMargins: boolean;
}

/** The card of a model package in Markdown. Its figures come from the manifest, so that the two cannot differ. */
export function modelCard(source: CardSource): string {
  const { manifest } = source;
  return `${[
    purpose(source),
    uses(source),
    bounds(manifest),
    data(manifest),
    `## Limits\n\n${bullets(source.limits)}`,
    performance(source),
    reasons(manifest),
    ...suspects(manifest),
    checks(source),
    provenance(source),
  ].join('\n\n')}\n`;
}

const EXPLAINED: Readonly<Record<ModelKind, string>> = {
  additive:
    'The model is additive: the log-odds of the event (the margin) are a constant plus one function of each feature. So the ' +
    'contribution of each fact is exact.',
  linear:
    'The model is linear: the log-odds of the event (the margin) are a constant plus a weight for each feature. So the ' +
    'contribution of each fact is exact.',
  'tree-ensemble':
    'The model is an ensemble of trees over several features. The contribution of a fact is the mean of two ' +
    "effects with each frozen reference row: the applicant takes the row's values, and the row takes the applicant's.",
};

function purpose({ manifest, checks }: CardSource): string {
  const { id, version, description, target, kind, reference, agreement } = manifest;
  const failed = checks.some(({ name, passed }) => name === 'directions' && !passed);
  const directions = failed
    ? 'The check `directions` failed: the model does not keep the declared direction of each feature.'
    : 'Each feature moves the margin in one direction only, as far as the check `directions` compares.';
  const approximate = agreement
    ? `\n\nOver ${count(agreement.rows)} reference applicants and ${reference.rows.length} frozen rows, on average ${percent(agreement.topFour)} of an applicant's ` +
      'four largest contributions are also among the four largest exact interventional SHAP values of the facts.'
    : '';
  return `# ${id} ${version}

${description}

\`underwright model build\` writes this card from the manifest beside it.

## Prediction

${target}

${EXPLAINED[kind]} ${directions}${approximate}`;
}

function uses({ manifest, notFor }: CardSource): string {
  const rows = manifest.allowed.map(
    ({ product, uses, modes, because }) => `| ${product} | ${uses.join(', ')} | ${modes.join(', ')} | ${because} |`,
  );
  const refused = notFor.length === 0 ? '' : `\n\nThe model must not be used for:\n\n${bullets(notFor)}`;
  return `## Allowed uses

A policy may use the model for these products and purposes. Every other use is refused. In \`sandbox\` mode no real
applicant is decided.

| product | uses | modes | because |
|---|---|---|---|
${rows.join('\n')}${refused}`;
}

function bounds({ cutoffs, bands }: ModelPackage): string {
  const rows = [
    ...Object.entries(cutoffs).map(([name, micros]) => `| cut-off \`${name}\` | ${percent(micros / 1e6)} |`),
    ...Object.entries(bands).map(([name, { cuts, names }]) => {
      const parts = names.map((each, at) => `${each} ${bound(cuts, at)}`);
      return `| bands \`${name}\` | ${parts.join(', ')} |`;
    }),
  ];
  return `## Cut-offs and bands

Policies refer to these probabilities by name.

| name | probability |
|---|---|
${rows.join('\n')}`;
}

/** The probabilities of a band: "below 2.00 %" or "from 2.00 %". */
function bound(cuts: readonly number[], at: number): string {
  return at === 0 ? `below ${percent((cuts[0] ?? 1e6) / 1e6)}` : `from ${percent((cuts[at - 1] ?? 0) / 1e6)}`;
}

function data({ training }: ModelPackage): string {
  const excluded = training.excludedColumns.map(({ name, why }) => `- \`${name}\`: ${why}`);
  const refused = excluded.length === 0 ? '' : `\n\nThese columns of the data are excluded:\n\n${excluded.join('\n')}`;
  return `## Data

${training.dataset}: ${count(training.rows)} applicants, ${count(training.events)} of them bad (${percent(training.events / training.rows)}).${refused}`;
}

function performance({ manifest: { metrics }, pds }: CardSource): string {
  const sorted = pds.toSorted();
  const pd = (share: number): string => percent(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
  const row = (name: string, { value, standardError }: ModelPackage['metrics']['auc']): string =>
    `| ${name} | ${value.toFixed(4)} | ${(value - 1.96 * standardError).toFixed(4)} to ${(value + 1.96 * standardError).toFixed(4)} |`;
  return `## Performance

| metric | value | 95 % interval |
|---|---|---|
${[
  row('AUC', metrics.auc),
  row('KS', metrics.ks),
  row('Brier score', metrics.brier),
  row('calibration slope', metrics.calibrationSlope),
].join('\n')}

${metrics.protocol}

Predicted probability over the training data: 1st percentile ${pd(0.01)}, median ${pd(0.5)}, 80th ${pd(0.8)}, 99th ${pd(0.99)}.

Notices disclose the margin as a score from ${MIN_SCORE} to ${MAX_SCORE}: 600 - (40 / ln 2) × (margin + ln 19), rounded and cut at the
ends. A score of 600 is a probability of 5 %, and 40 points more halve the odds of the event. The manifest has the share of
the training data in each of ten bands of scores.`;
}

/** The applicants that reasons are measured against, and the method of the comment that this follows. */
function comparison({ kind, reference }: ModelPackage): string {
  const band = `(${percent(reference.bandFromPd)} to ${percent(reference.cutoffPd)})`;
  const applicants = count(reference.applicants);
  const passing = 'An applicant passes below the cut-off `decline`. From the cut-off `referral` on, a person decides.';
  if (kind === 'tree-ensemble') {
    return `Contributions compare the applicant with ${reference.rows.length} rows drawn from the ${applicants} reference applicants, whose probability is at
or slightly below the cut-off ${band}. Comment 9(b)(2)-5 to Regulation B accepts any other method that produces
substantially similar results. The lender has to show that similarity; agreement with SHAP values does not show it.
${passing}`;
  }
  return `Contributions compare an applicant with ${applicants} reference applicants whose probability is at or slightly below the
cut-off ${band}: the first method of comment 9(b)(2)-5 to Regulation B.
${passing}`;
}

function reasons(manifest: ModelPackage): string {
  const { features } = manifest;
  const names = namesOf(features);
  const rows = reasonGroups({ features }).map((group) => {
    const own = names.filter((_, column) => features[column]?.group === group).map((name) => `\`${name}\``);
    const code = REASON_OF_GROUP[group];
    return `| ${group} | ${own.join(', ')} | ${code} ${REASONS[code]} |`;
  });
  return `## Reasons

${comparison(manifest)}

| fact | features | reason |
|---|---|---|
${rows.join('\n')}`;
}

function suspects({ suspects = [] }: ModelPackage): string[] {
  if (suspects.length === 0) return [];
  const rows = suspects.map(
    ({ suspect, finding, because }) => `- \`${suspect}\`: ${finding} ${because ?? '**Not explained.**'}`,
  );
  return [`## Suspected leaks\n\n${rows.join('\n')}`];
}

function checks({ checks }: CardSource): string {
  const rows = checks.map(
    ({ name, passed, applies, detail }) =>
      `| ${name} | ${applies ? (passed ? 'passed' : '**failed**') : 'not applicable'} | ${detail} |`,
  );
  return `## Checks

\`underwright model check\` ran these checks on the package.

| check | result | detail |
|---|---|---|
${rows.join('\n')}`;
}

function provenance({ manifest: { training }, versions, trainerMargins }: CardSource): string {
  const parameters = Object.entries(training.parameters).map(([name, value]) => `${name} ${value}`);
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `## Training

${training.algorithm}, with seed ${training.seed} and these parameters: ${parameters.join(', ') || 'none'}. Versions, outside the digest of
the package: ${libraries.join(', ') || 'not stated'}.

${
  trainerMargins
    ? "The verification rows have the trainer's margins."
    : "The table had no column `margin`: the verification rows have the runtime's own margins, and no margin of the trainer was compared."
}`;
}

const bullets = (texts: readonly string[]): string => texts.map((text) => `- ${text.trim()}`).join('\n');
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const count = (value: number): string => value.toLocaleString('en-US');
