import { namesOf } from '../domain/features/catalogue.ts';
import { REASON_OF_GROUP, REASONS } from '../domain/reasons/catalogue.ts';
import type { ModelPackage } from '../domain/scoring/model-package.ts';
import { MAX_SCORE, MIN_SCORE, reasonGroups } from '../domain/scoring/score.ts';

/** The AUC of version 1.0.0, the last one that read the length of employment, by the same protocol. */
export const WITH_EMPLOYMENT_LENGTH = { auc: 0.66979, standardError: 0.01215 };

/** The model card in Markdown, its figures from the manifest, so that the two cannot differ. */
export function modelCard(manifest: ModelPackage, trainingPds: Float32Array, withoutEffect: readonly string[]): string {
  return [
    purpose(manifest),
    data(manifest),
    limits(manifest, withoutEffect),
    performance(manifest, trainingPds),
    scale(),
    reasons(manifest),
    checks(manifest),
  ].join('\n\n');
}

function purpose(manifest: ModelPackage): string {
  return `# ${manifest.id} ${manifest.version}

${manifest.description}

This card is written by \`npm run train\` from the manifest beside it.

## What it predicts

${manifest.target} The data set marks the loan once, at its snapshot: this is early delinquency, not lifetime default.

The model is additive: the log-odds of default (the margin) are a sum of one step function a feature, each monotone in
the direction that the field's knowledge gives it. So what each factor contributes is exact, not an approximation.

## What it is for

A policy may use the model for these products and purposes. Every other use is refused.

| product | uses | modes | because |
|---|---|---|---|
${manifest.allowed
  .map(({ product, uses, modes, because }) => `| ${product} | ${uses.join(', ')} | ${modes.join(', ')} | ${because} |`)
  .join('\n')}

In \`sandbox\` mode no real applicant is decided.

## What it must not be used for

- Lending to real applicants before it has been validated, and its cut-off set, on the lender's own applicants.
- Vehicle loans and credit lines of real applicants: the data has none.
- Borrowers without a credit file, terms other than 36 and 60 months (less than 60 is scored as 36, more as 60), or amounts
  above 40,000 dollars: the model is flat beyond its data.
- Claims of fairness. The data has no protected characteristic, so none can be tested here; test on your own applicants.
- Marketing.`;
}

function data({ training }: ModelPackage): string {
  return `## Data

${training.dataset}, as packaged by the R package modeldata 1.1.0 (MIT licence): ${count(training.rows)} applicants used,
${count(training.events)} of them bad (${percent(training.events / training.rows)}). Two rows with an income of 0 are left out. It names
no person. The terms of LendingClub's own download, whose page is gone, are unknown: attribute both. See
\`training/data/README.md\`.

Columns that are in the data and are refused:

${training.excludedColumns.map(({ name, why }) => `- \`${name}\`: ${why}`).join('\n')}`;
}

function limits({ training, metrics }: ModelPackage, withoutEffect: readonly string[]): string {
  return `## Limits

- **Accepted loans only.** The personal loan default model is trained on one lender's accepted loans: whom the lender
  refused was never observed, so PDs of applicants that it would have refused are extrapolated.
- **One quarter.** No test on a later period is possible with this data, and no business cycle is in it.
- **Early delinquency.** Loans that are good at the snapshot may go bad after it; lifetime default is higher.
- **${count(training.events)} events.** The standard error of the AUC is about ${metrics.auc.standardError.toFixed(3)}: differences below .01 between models are noise.
- **No bureau score and no debt-to-income ratio.** The lender had both and priced with them; its own interest rate ranks
  these loans at an AUC of .74. A model that claims more than .70 on this data has read the lender's price.
- **Features without any effect:** ${withoutEffect.map((name) => `\`${name}\``).join(', ')}. Among these accepted loans they do not
  rank risk in the direction that they may act in, so the trees left them out, and no reason can come from them. What a
  lender holds against delinquencies belongs in its policy.
- Amount and income are as granted and as stated: the data has the amount funded, not the amount asked for, and the income
  was verified for some applicants only.
- No feature may be missing: an application with a missing feature goes to a person.
- **No length of employment.** Version 1.0.0 read it and scored a missing one as the worst. Retired and disabled applicants
  have none, so it stood in for age and public assistance (12 CFR 1002.6(b)(2), (5)). Files that differ only in employment now
  have the same PD. The AUC of 1.0.0 was ${WITH_EMPLOYMENT_LENGTH.auc.toFixed(4)} (SE ${WITH_EMPLOYMENT_LENGTH.standardError.toFixed(4)}), ${(WITH_EMPLOYMENT_LENGTH.auc - metrics.auc.value).toFixed(4)} more: the loss is within one
  standard error.`;
}

function performance({ metrics }: ModelPackage, trainingPds: Float32Array): string {
  const sorted = trainingPds.toSorted();
  const pd = (share: number): string => percent(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
  const measured = ({ value, standardError }: { value: number; standardError: number }): string =>
    `${value.toFixed(4)} | ${standardError.toFixed(4)}`;
  return `## How well it does

| metric | value | standard error |
|---|---|---|
| AUC | ${measured(metrics.auc)} |
| KS | ${measured(metrics.ks)} |
| Brier score | ${measured(metrics.brier)} |
| calibration slope | ${measured(metrics.calibrationSlope)} |

${metrics.protocol} Training settings were fixed beforehand, not searched.

Predicted PD over the training data: 1st percentile ${pd(0.01)}, median ${pd(0.5)}, 80th ${pd(0.8)}, 99th ${pd(0.99)}.`;
}

function scale(): string {
  return `## The score

Notices disclose the margin on a scale from ${MIN_SCORE} to ${MAX_SCORE}: score = 600 - (40 / ln 2) × (margin + ln 19), rounded and cut off at the
ends. A score of 600 is a PD of 5 %, 40 points more halve the odds of default, and a higher score is better. The manifest
has the share of the training data in each of ten bands, from which a notice draws its bars: these people are accepted
borrowers of one lender, and no sample of all consumers.`;
}

function reasons(manifest: ModelPackage): string {
  const { reference, features } = manifest;
  const rows = reasonGroups(manifest).map((group) => {
    const names = features.flatMap((feature, column) =>
      feature.group === group ? [`\`${namesOf(features)[column]}\``] : [],
    );
    const code = REASON_OF_GROUP[group];
    return `| ${group} | ${names.join(', ')} | ${code} ${REASONS[code]} |`;
  });
  return `## Reasons

Contributions are measured against ${count(reference.applicants)} reference applicants whose PD is at or slightly better than the cut-off
(${percent(reference.bandFromPd)} to ${percent(reference.cutoffPd)}): the first method of comment 9(b)(2)-5 to Regulation B. A reason names one fact. Two features
share it only where they count the same thing over two periods, or where none of them has an effect.
\`npm run bench -- reasons\` measures the stated reasons over all training rows.

| fact | features | reason stated |
|---|---|---|
${rows.join('\n')}`;
}

function checks({ training, verification }: ModelPackage): string {
  return `## Checked before it was published, and again whenever it is loaded

Before: margins equal the trainer's over all ${count(training.rows)} rows within ${verification.tolerance}; every feature moves the margin only in its
direction; contributions add up to the margin. On loading: digests, features, reference applicants, and ${verification.rows.length} verification
rows, alone and together.

## How to train it again

\`npm run train\` needs Python 3.11 or newer, and a package index the first time. \`provenance.json\` has the versions that
trained it. They are no part of the package's digest: the same model and data give the same digest under other versions.
`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
