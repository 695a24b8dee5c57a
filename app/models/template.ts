import type { ProductName } from '../../domain/application/products.ts';
import { FEATURES } from '../../domain/features/catalogue.ts';

/** model.yaml for a new model: every feature of this release, with its range, direction and group. */
export function declarationsTemplate(products: readonly ProductName[]): string {
  return `# The declarations of a model package. "model build" reads this file and makes the package of it.

# Lower-case letters, digits and hyphens. A changed model is a new version.
id: my-model
version: "0.1.0"
description: Describe the model in one sentence.

# additive: a sum of one function of each feature (boosted stumps, EBM, scorecard).
# linear: a weighted sum of the features (logistic regression).
# tree-ensemble: trees over several features (XGBoost, LightGBM).
kind: additive
purpose: default

# The event of which the model gives the probability.
target: Describe the event that the column bad of table.csv marks.

# The columns of model.onnx, in their order. Delete the features that the model does not read.
# An application with a value that is missing, or outside the range, goes to a person.
# missingCodes are numbers that mean "missing" in your sources, such as 9999.
# monotone 1: a larger value never lowers the risk. -1: it never raises it. Train with these constraints.
# group: the fact that a notice names. Its features are explained together.
features:
${FEATURES.map(featureLines).join('\n')}

# Reasons compare an applicant with those of the training data whose probability lies between these percentiles.
# The upper one has to be the cut-off "decline".
reference:
  fromPercentile: 70
  toPercentile: 80

# Probabilities to which policies refer by name: parts per million (71188 is 7.12 %), or a percentile of table.csv.
cutoffs:
  decline: p80
  referral: p77
bands:
  risk:
    cuts: [p20, p40, p60, p70, p80]
    names: [A, B, C, D, E, F]

# The products and uses that a policy may make of the model. Every other use is refused.
# decide: a rule reads it. price: a rate depends on it. limit: an amount depends on it.
allowed:
${products.map(permissionLines).join('\n')}

training:
  dataset: Describe the data set and its period.
  # Columns of the data that no feature may be made of, such as the lender's own price.
  excludedColumns: []
  algorithm: Name the trainer and its method.
  parameters: {}
  seed: 1

# What the card states about the limits of the model.
limits:
  - State what the data does not have.
notFor: []

# Reasons why a suspected leak is none, by its name: see the check "leaks".
suspectsExplained: {}
`;
}

function featureLines(definition: (typeof FEATURES)[number]): string {
  const { name, version, description, unit, minimum, maximum, monotone, group } = definition;
  return `  # ${description} (${unit})
  - { feature: ${name}@${version}, minimum: ${minimum}, maximum: ${maximum}, missingCodes: [], monotone: ${monotone}, group: ${group} }`;
}

function permissionLines(product: ProductName): string {
  return `  - product: ${product}
    uses: [decide, price, limit]
    modes: [sandbox]
    because: Not validated yet on the applicants of the lender.`;
}

/** README.md beside the template: what a source folder needs, and the next steps. */
export const SOURCE_README = `# A model package in the making

This folder needs four more things before \`underwright model build\` can make a package of it.

1. **model.yaml**: correct the declarations. The comments in the file describe each member.
2. **model.onnx**: export the model with these inputs and outputs, all float32:
   - in: \`features\` [n, columns] and \`shift\` [1], which is added to every margin
   - out: \`margin\` [n, 1], the log-odds of the event, and \`pd\` [n, 1], its sigmoid
3. **table.csv**: the training data. The header has the names of the features without their versions and \`bad\` (0 or 1). A
   column \`margin\` may have the margins that the trainer computed. Further columns are searched for leaks: a price, an
   outcome, a date, \`decided_at\`, or \`FEATURE_known_at\`.
4. **metrics.json**: what the trainer measured out of fold:
   \`\`\`json
   {
     "protocol": "5-fold stratified cross-validation, repeated 5 times. Standard errors by bootstrap.",
     "auc": { "value": 0.668, "standardError": 0.012 },
     "ks": { "value": 0.25, "standardError": 0.018 },
     "brier": { "value": 0.0487, "standardError": 0.0019 },
     "calibrationSlope": { "value": 1.08, "standardError": 0.075 }
   }
   \`\`\`

**provenance.json** is optional: \`{ "versions": { "python": "3.12.1" } }\`. It is outside the digest of the package.

Then run:

\`\`\`
underwright model build .
underwright model check .
\`\`\`

\`build\` writes manifest.json, reference.csv and card.md. \`check\` verifies everything that serving needs.
`;
