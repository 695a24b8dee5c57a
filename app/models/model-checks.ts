import type { OpenModel } from '../../adapters/ports.ts';
import { featureFaults, type FeatureVector } from '../../domain/features/build.ts';
import { namesOf } from '../../domain/features/catalogue.ts';
import { MAX_MARGIN, type ModelPackage } from '../../domain/scoring/model-package.ts';
import {
  explanationCount,
  explanationRows,
  interpretMargins,
  ScoreUnusable,
  toMicros,
} from '../../domain/scoring/score.ts';
import { leafSum, treeContributions, type Trees } from '../../domain/scoring/trees.ts';
import { agreementOf, MIN_AGREEMENT, strictAgreement } from './agreement.ts';
import { groupMeans, groupOfColumns } from './reference.ts';
import { cornerRows, inventedRows, joined, type Row } from './samples.ts';

/** A package whose files have been read, and its model. */
export interface OpenedPackage {
  readonly manifest: ModelPackage;
  readonly model: OpenModel;
  /** Rows of reference.csv. */
  readonly reference: readonly (readonly number[])[];
}

/** What a check found: faults, or a statement of what holds. */
export interface Finding {
  readonly faults: readonly string[];
  /** @default true */
  readonly applies?: boolean;
  readonly detail: string;
}

/** Margins of rows of features. */
const marginsOf = (model: OpenModel, rows: readonly ArrayLike<number>[], columns: number): Promise<Float32Array> =>
  model.margins(joined(rows, columns), 0);

/** Compares the outputs of the verification rows with those that the manifest states. */
export async function checkVerification({ manifest, model }: OpenedPackage): Promise<Finding> {
  const { rows, margins, pds, tolerance } = manifest.verification;
  const outputs = await model.outputs(joined(rows, manifest.features.length), 0);
  const differs = (found: number | undefined, expected: number | undefined): boolean =>
    !(Math.abs((found ?? Number.NaN) - (expected ?? Number.NaN)) <= tolerance);
  const faults = [...rows.keys()].flatMap((at) => [
    ...(differs(outputs.margins[at], margins[at])
      ? [`verification.margins.${at} is not the margin of the model. Export the model that was measured.`]
      : []),
    ...(differs(outputs.pds[at], pds[at])
      ? [`verification.pds.${at} is not the probability of the model. Its graph needs pd = sigmoid(margin).`]
      : []),
  ]);
  return { faults, detail: `${rows.length} rows give the stated margins and probabilities within ${tolerance}.` };
}

/** Compares the reference applicants with what the manifest states about them. */
export async function checkReference(opened: OpenedPackage): Promise<Finding> {
  const { manifest, model, reference } = opened;
  const { features } = manifest;
  const names = namesOf(features);
  const faults: string[] = [];
  for (const [line, row] of reference.entries()) {
    const vector = Object.fromEntries(names.map((name, column) => [name, row[column] ?? null])) as FeatureVector;
    for (const { feature, fault } of featureFaults(vector, features)) {
      faults.push(`reference.csv, line ${line + 2}, ${feature}: is ${fault}. Leave the applicant out of the table.`);
    }
  }
  const { pds } = await model.outputs(joined(reference, features.length), 0);
  const { bandFromPd, cutoffPd } = manifest.reference;
  const outside = [...pds].filter((pd) => !(bandFromPd <= pd && pd <= cutoffPd)).length;
  if (outside > 0) {
    faults.push(
      `reference.csv: ${outside} applicants have a probability outside bandFromPd to cutoffPd. Build the package again.`,
    );
  }
  faults.push(...(await meanFaults(opened)));
  return {
    faults,
    detail: `${reference.length} applicants lie between ${bandFromPd} and ${cutoffPd}, with the stated means.`,
  };
}

async function meanFaults({ manifest, model, reference }: OpenedPackage): Promise<string[]> {
  if (manifest.kind === 'tree-ensemble') {
    const known = new Set(reference.map((row) => Float32Array.from(row).join()));
    return manifest.reference.rows.flatMap((row, at) =>
      known.has(row.join()) ? [] : [`reference.rows.${at} is no row of reference.csv. Build the package again.`],
    );
  }
  const means = await groupMeans(model, manifest, reference);
  return Object.entries(means).flatMap(([group, mean]) => {
    const stated = manifest.reference.groupMeans[group] ?? Number.NaN;
    // One unit of rounding on either side.
    if (Math.abs(toMicros(stated) - toMicros(mean)) <= 1) return [];
    return [
      `reference.groupMeans.${group} is ${stated}, and the reference applicants have ${mean}. Build the package again.`,
    ];
  });
}

/** How many invented applicants a check scores with their explanations. */
const INVENTED = 1_000;
/** An ensemble scores some hundred rows for each explanation. */
const INVENTED_FOR_ENSEMBLE = 50;
/** Explanations in one call of the model. */
const ROWS_IN_CALL = 20_000;

/** Explains reference applicants, range ends and invented applicants as a decision would. */
export async function checkExplanations({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const isEnsemble = manifest.kind === 'tree-ensemble';
  const base = reference[0] ?? [];
  const rows = [
    ...reference.filter((_, at) => !isEnsemble || at % Math.ceil(reference.length / INVENTED_FOR_ENSEMBLE) === 0),
    ...cornerRows(manifest.features, base),
    ...inventedRows(manifest.features, reference, isEnsemble ? INVENTED_FOR_ENSEMBLE : INVENTED),
  ].map((row) => Float32Array.from(row));
  const decline = manifest.cutoffs['decline'] ?? 1_000_000;
  const faults: string[] = [];
  let worst = 0;
  for await (const result of explained(manifest, model, rows)) {
    if (result instanceof ScoreUnusable) {
      faults.push(result.message);
      continue;
    }
    worst = Math.max(worst, Math.abs(result.additivityErrorMicros));
    if (result.pdMicros >= decline && !result.contributions.some(({ deficitMicros }) => deficitMicros > 0)) {
      faults.push(
        'An applicant beyond the cut-off "decline" has no contribution that counts against it, so no reason.',
      );
    }
  }
  const exact = isEnsemble ? '' : ` Contributions miss the margin by at most ${worst}e-6 log-odds.`;
  const proof = isEnsemble ? NO_PROOF : await additivity({ manifest, model, reference }, rows);
  return {
    faults: distinct([...proof.faults, ...faults]),
    detail: `No fault was found in ${rows.length} sampled applicants.${exact}${proof.detail}`,
  };
}

const NO_PROOF: Finding = { faults: [], detail: '' };

/**
 * Proves from the trees of a model that its margin is a sum over groups: each tree reads features of one group, and the margin
 * is the sum of the trees.
 * @param rows for which the runtime has to compute that sum.
 * @returns no statement for a model without trees that can be read.
 */
async function additivity({ manifest, model }: OpenedPackage, rows: readonly Row[]): Promise<Finding> {
  const trees = model.trees();
  if (trees === null) return NO_PROOF;
  const mixed = trees.flatMap((leaves, tree) => {
    const columns = leaves.flatMap(({ path }) => path.map(({ column }) => column));
    const groups = [...new Set(columns.map((column) => manifest.features[column]?.group ?? `column ${column}`))];
    if (groups.length <= 1) return [];
    const read = groups.sort().join(' and ');
    return [`Tree ${tree + 1} of model.onnx reads ${read}: the model is not additive. Declare it tree-ensemble.`];
  });
  // The first one suffices: others follow from the same depth.
  const faults = mixed.slice(0, 1);
  const margins = await marginsOf(model, rows, manifest.features.length);
  if (mixed.length === 0 && !isSumOfTrees(trees, rows, margins)) {
    faults.push(OTHER_THAN_TREES);
  }
  return { faults, detail: ` Each of ${trees.length} trees reads one fact, which proves that the model is additive.` };
}

const OTHER_THAN_TREES =
  'model.onnx computes other margins than the sum of its trees. Export one TreeEnsembleRegressor.';

/** Whether margins differ from the sum of the trees by one constant, up to float32. */
function isSumOfTrees(trees: Trees, rows: readonly ArrayLike<number>[], margins: Float32Array): boolean {
  const constants = rows.map((row, at) => (margins[at] ?? Number.NaN) - leafSum(trees, row));
  return Math.max(...constants) - Math.min(...constants) <= TREE_TOLERANCE;
}

async function* explained(manifest: ModelPackage, model: OpenModel, rows: readonly Row[]) {
  const each = explanationCount(manifest);
  const atOnce = Math.max(1, Math.floor(ROWS_IN_CALL / each));
  for (let at = 0; at < rows.length; at += atOnce) {
    const batch = rows.slice(at, at + atOnce);
    const margins = await model.margins(joinedExplanations(manifest, batch), 0);
    for (const place of batch.keys()) yield usable(manifest, margins.slice(place * each, (place + 1) * each));
  }
}

function joinedExplanations(manifest: ModelPackage, rows: readonly Row[]): Float32Array {
  const each = explanationCount(manifest) * manifest.features.length;
  const flat = new Float32Array(each * rows.length);
  for (const [at, row] of rows.entries()) flat.set(explanationRows(manifest, row), at * each);
  return flat;
}

function usable(manifest: ModelPackage, margins: Float32Array) {
  try {
    return interpretMargins(manifest, margins);
  } catch (error) {
    if (error instanceof ScoreUnusable) return error;
    throw error;
  }
}

/** Largest difference between the trees of the file and the runtime, which adds float32. */
const TREE_TOLERANCE = 1e-4;

/** Compares group substitution with exact Shapley values, and both with the model that serves. */
export async function checkAgreement({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const { kind, agreement, features } = manifest;
  if (kind !== 'tree-ensemble') return { faults: [], applies: false, detail: `Not applicable to kind ${kind}.` };
  const trees = model.trees();
  if (trees === null || agreement === null) {
    return {
      faults: ['model.onnx has no sum of trees that can be read. Export one TreeEnsembleRegressor.'],
      detail: '',
    };
  }
  const faults: string[] = [];
  const margins = await marginsOf(model, reference, features.length);
  if (!isSumOfTrees(trees, reference, margins)) {
    faults.push(OTHER_THAN_TREES);
  }
  const few = reference.slice(0, 8).map((row) => Float32Array.from(row));
  const expected = treeContributions(trees, groupOfColumns(features), few, manifest.reference.rows);
  let at = 0;
  for await (const result of explained(manifest, model, few)) {
    const own = expected[at++]?.substituted ?? [];
    const differs =
      result instanceof ScoreUnusable ||
      result.contributions.some(
        ({ deficitMicros }, group) => Math.abs(deficitMicros / 1e6 - (own[group] ?? 0)) > TREE_TOLERANCE,
      );
    if (differs) faults.push('The contributions that are served differ from those of the trees of model.onnx.');
  }
  const contributions = treeContributions(trees, groupOfColumns(features), reference, manifest.reference.rows);
  const found = agreementOf(contributions);
  if (agreement.rows !== found.rows) {
    faults.push(`agreement.rows is stated as ${agreement.rows}, and is ${found.rows}. Build the package again.`);
  }
  if (Math.abs(agreement.topFour - found.topFour) > 1e-6) {
    faults.push(
      `agreement.topFour is stated as ${agreement.topFour}, and is ${found.topFour}. Build the package again.`,
    );
  }
  if (!(found.topFour >= MIN_AGREEMENT)) {
    faults.push(
      `On average, only ${share(found.topFour)} of an applicant's four largest contributions are among the four largest exact SHAP values, and ${share(MIN_AGREEMENT)} are required. Train shallower trees.`,
    );
  }
  const strict = strictAgreement(trees, manifest, reference, contributions);
  faults.push(...strict.faults);
  const detail =
    `On average over ${found.rows} applicants, ${share(found.topFour)} of the four largest contributions are also among the four largest exact interventional SHAP values; ` +
    `${share(found.first)} have the same first one, and ${share(found.same)} the same four. ${strict.detail}`;
  return { faults: distinct(faults), detail };
}

/** Equal steps of a feature of a linear model give equal changes of the margin, up to float32. */
const LINEAR_TOLERANCE = 1e-4;

export async function checkLinear({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const { kind, features } = manifest;
  if (kind !== 'linear') return { faults: [], applies: false, detail: `Not applicable to kind ${kind}.` };
  const steps = 8;
  const faults: string[] = [];
  for (const [column, { feature, minimum, maximum }] of features.entries()) {
    const rows = Array.from({ length: steps + 1 }, (_, step) =>
      Float32Array.from(reference[0] ?? []).with(column, minimum + (step / steps) * (maximum - minimum)),
    );
    const margins = await marginsOf(model, rows, features.length);
    const changes = [...margins].slice(1).map((margin, at) => margin - (margins[at] ?? 0));
    const [least, largest] = [Math.min(...changes), Math.max(...changes)];
    const size = Math.max(...[...margins].map(Math.abs), 1);
    if (!(largest - least <= LINEAR_TOLERANCE * size)) {
      faults.push(`${feature}: equal steps change the margin by ${least} to ${largest}. Declare the kind additive.`);
    }
  }
  return { faults, detail: `Equal steps of each of ${features.length} features give equal changes of the margin.` };
}

const GRID_POINTS = 65;
const BASE_ROWS = 24;
/** In an additive model, a step has the same effect in each row. */
const BASE_ROWS_OF_ADDITIVE = 3;

/**
 * Moves each feature over its range, the others fixed: over quantiles of the reference applicants, the ends of the range, and
 * both sides of the steps of a model of trees: every step of an additive one.
 */
export async function checkDirections({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const { features } = manifest;
  const everyStep = manifest.kind === 'additive' && model.steps !== null;
  const few = everyStep ? BASE_ROWS_OF_ADDITIVE : BASE_ROWS;
  const bases = [...spread(reference, few), ...inventedRows(features, reference, few, 2)];
  const faults: string[] = [];
  const withoutEffect: string[] = [];
  let compared = 0;
  for (const [column, feature] of features.entries()) {
    const steps = model.steps?.[column] ?? [];
    const grid = gridOf(manifest, column, reference, everyStep ? steps : spread(steps, 2 * GRID_POINTS));
    const rows = bases.flatMap((base) => grid.map((value) => Float32Array.from(base).with(column, value)));
    const margins = await marginsOf(model, rows, features.length);
    let moved = false;
    for (let at = 1; at < margins.length; at += 1) {
      if (at % grid.length === 0) continue;
      const [better = Number.NaN, worse = Number.NaN] = [margins[at - 1], margins[at]];
      compared += 1;
      moved ||= worse !== better;
      if (worse >= better) continue;
      const [from, to] = [grid[(at - 1) % grid.length], grid[at % grid.length]];
      faults.push(
        `${feature.feature}: the value ${to} is declared worse than ${from}, and lowers the margin by ${(better - worse).toFixed(6)}. ` +
          `Train with the monotone constraint ${feature.monotone}.`,
      );
      break;
    }
    if (!moved) withoutEffect.push(feature.feature);
  }
  const idle = withoutEffect.length === 0 ? '' : ` Without effect: ${withoutEffect.join(', ')}.`;
  return { faults, detail: `${compared} pairs of neighboring values keep the direction of their feature.${idle}` };
}

/** Values of a feature from the best to the worst. */
function gridOf(
  { features }: ModelPackage,
  column: number,
  reference: readonly (readonly number[])[],
  steps: readonly number[],
): number[] {
  const { minimum = 0, maximum = 0, monotone = 1 } = features[column] ?? {};
  const values = reference.map((row) => row[column] ?? minimum).sort((a, b) => a - b);
  const inside = [...spread(values, GRID_POINTS), ...steps].map(Math.fround);
  return [...new Set([minimum, ...inside.filter((value) => minimum < value && value < maximum), maximum])].sort(
    (a, b) => (a - b) * monotone,
  );
}

/** At most `count` members, evenly spread. */
function spread<Member>(list: readonly Member[], count: number): Member[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, at) => list[Math.floor((at / (count - 1)) * (list.length - 1))]!);
}

const BATCH = 1_024;
const BATCH_SIZES = [1, 2, 22] as const;
/** How many rows are scored in each of the small batches. */
const IN_SMALL_BATCHES = 256;

/** Scores rows alone, in batches, and in other positions: each has to give the same bits. */
export async function checkBatches({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const columns = manifest.features.length;
  const some = spread(reference, BATCH / 2).map((row) => Float32Array.from(row));
  const invented = inventedRows(manifest.features, reference, BATCH - some.length, 3);
  const all = [...some, ...invented];
  // A fixed shuffle: 37 and 1,024 have no common factor.
  const rows = all.map((_, at) => all[(at * 37) % BATCH]!);
  const together = await model.outputs(joined(rows, columns), 0);
  const faults: string[] = [];
  const compare = (from: number, outputs: Awaited<ReturnType<OpenModel['outputs']>>, where: string): void => {
    for (const at of outputs.margins.keys()) {
      const same =
        Object.is(outputs.margins[at], together.margins[from + at]) &&
        Object.is(outputs.pds[at], together.pds[from + at]);
      if (same) continue;
      faults.push(
        `A row scores differently ${where} and among ${BATCH} rows. Sum in double in the graph, and read no other row.`,
      );
      return;
    }
  };
  for (const size of BATCH_SIZES) {
    for (let from = 0; from + size <= IN_SMALL_BATCHES; from += size) {
      const outputs = await model.outputs(joined(rows.slice(from, from + size), columns), 0);
      compare(from, outputs, size === 1 ? 'alone' : `among ${size} rows`);
    }
  }
  const reversed = await model.outputs(joined(rows.toReversed(), columns), 0);
  compare(0, { margins: reversed.margins.toReversed(), pds: reversed.pds.toReversed() }, 'in another position');
  return {
    faults: distinct(faults),
    detail: `${rows.length} rows score the same in reverse, and ${IN_SMALL_BATCHES} of them alone and in batches of 2 and 22, to the last bit.`,
  };
}

/** Ends of ranges score as finite numbers; values that are missing, infinite or outside are refused before the model. */
export async function checkRanges({ manifest, model, reference }: OpenedPackage): Promise<Finding> {
  const { features } = manifest;
  const corners = cornerRows(features, reference[0] ?? []);
  const rows = [...corners, ...reference, ...inventedRows(features, reference, INVENTED, 5)];
  const { margins, pds } = await model.outputs(joined(rows, features.length), 0);
  const faults: string[] = [];
  for (const [at, margin] of margins.entries()) {
    const pd = pds[at] ?? Number.NaN;
    if (Math.abs(margin) <= MAX_MARGIN && pd >= 0 && pd <= 1) continue;
    const feature = features[Math.floor(at / 2)]?.feature ?? 'all features';
    const where = at < corners.length ? `${feature}, at an end of its range` : 'inside the ranges';
    faults.push(
      `${where}: gives no margin of at most ${MAX_MARGIN} log-odds and no probability. Train again, or narrow the range.`,
    );
  }
  const names = namesOf(features);
  const base = Object.fromEntries(names.map((name, column) => [name, reference[0]?.[column] ?? null]));
  let refused = 0;
  for (const [column, { feature, minimum, maximum, missingCodes }] of features.entries()) {
    const name = names[column] ?? '';
    const outside = [minimum - 1, maximum + 1].filter((value) => value < minimum || value > maximum);
    for (const value of [null, Number.NaN, Infinity, -Infinity, ...outside, ...missingCodes]) {
      refused += 1;
      const found = featureFaults({ ...base, [name]: value }, features);
      if (found.some((fault) => fault.feature === name)) continue;
      faults.push(`${feature}: the value ${String(value)} reaches the model.`);
    }
  }
  return {
    faults: distinct(faults),
    detail: `${corners.length} ends of ranges and ${rows.length - corners.length} applicants give margins of at most ${MAX_MARGIN} log-odds, and ${refused} missing, infinite or outside values are refused.`,
  };
}

const share = (value: number): string => `${(value * 100).toFixed(2)} %`;

const distinct = (faults: readonly string[]): string[] => [...new Set(faults)];
