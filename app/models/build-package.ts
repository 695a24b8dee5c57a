import type * as z from 'zod';

import type { ModelRuntime, OpenModel, PackageFiles } from '../../adapters/ports.ts';
import { modelCard } from '../../documents/model-card.ts';
import { namesOf } from '../../domain/features/catalogue.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { bandShares, SCORE_BAND_EDGES } from '../../domain/monitoring/score-bands.ts';
import { modelPackage, type ModelPackage } from '../../domain/scoring/model-package.ts';
import { scaledScore, toMicros } from '../../domain/scoring/score.ts';
import type { Trees } from '../../domain/scoring/trees.ts';
import { agreementOver } from './agreement.ts';
import { checkPackage, type PackageReport } from './check-package.ts';
import { suspectsOf } from './leaks.ts';
import {
  ModelSourceInvalid,
  readDeclarations,
  readMetrics,
  readProvenance,
  type ModelDeclarations,
  type SourceFiles,
} from './model-source.ts';
import { frozenRows, groupMeans, nearestRank, referenceRow, referenceSet, type ReferenceSet } from './reference.ts';
import { csvOf, flatRows, readTable, type Table } from './table.ts';

const VERIFICATION_ROWS = 12;
/** Tolerances of margins in comparison with the trainer's: the smaller one where it suffices. */
const TOLERANCES = [1e-6, 1e-5] as const;
/** Score bands are shares to six decimals. */
const SHARE_DECIMALS = 6;

/** A package in the making, and what its card states besides. */
interface BuiltPackage {
  readonly files: PackageFiles;
  readonly manifest: ModelPackage;
  readonly declarations: ModelDeclarations;
  /** Probabilities of the table's rows, from the runtime. */
  readonly pds: Float32Array;
  /** Whether the table has the trainer's margins. */
  readonly trainerMargins: boolean;
}

/** A package with its card and the report of its checks. */
export interface MadePackage {
  readonly files: PackageFiles;
  readonly card: string;
  readonly report: PackageReport;
}

/**
 * Makes a model package, its card, and the report of its checks.
 * @throws ModelSourceInvalid with every fault of the source; NativeLibraryUnavailable
 */
export async function makePackage(source: SourceFiles, runtime: ModelRuntime): Promise<MadePackage> {
  const { versions } = source.provenance === undefined ? { versions: {} } : readProvenance(source.provenance);
  const { files, manifest, declarations, pds, trainerMargins } = await buildPackage(source, (...call) =>
    runtime.openModel(...call),
  );
  const report = await checkPackage(files, { runtime, table: source.table });
  const { notFor, limits } = declarations;
  const card = modelCard({ manifest, notFor, limits, versions, pds, checks: report.checks, trainerMargins });
  return { files, card, report };
}

/** Everything of a source that the manifest derives from. */
interface Prepared {
  readonly declarations: ModelDeclarations;
  readonly metrics: ModelPackage['metrics'];
  readonly table: Table;
  readonly names: readonly string[];
  readonly model: OpenModel;
  /** Of an ensemble; null for a model whose margin is a sum over its groups. */
  readonly trees: Trees | null;
  /** Of the table's rows, from the runtime. */
  readonly margins: Float32Array;
  readonly pds: Float32Array;
}

/**
 * Makes the files of a model package: the same source gives the same bytes.
 * @throws ModelSourceInvalid with every fault of the source.
 */
async function buildPackage(source: SourceFiles, open: ModelRuntime['openModel']): Promise<BuiltPackage> {
  const prepared = await prepare(source, open);
  const { declarations, names, table, pds } = prepared;
  const set = referenceSet(pds, declarations.reference);
  const reference = csvOf(
    names,
    set.applicants.map((at) => table.rows[at] ?? []),
  );
  const manifest = manifestOf({
    ...(await manifestParts(prepared, set)),
    files: { 'model.onnx': sha256(source.model), 'reference.csv': sha256(reference) },
  });
  const bytes = new TextEncoder();
  return {
    files: {
      manifest: bytes.encode(`${JSON.stringify(manifest, null, 2)}\n`),
      model: source.model,
      reference: bytes.encode(reference),
    },
    manifest,
    declarations,
    pds,
    trainerMargins: table.margins !== null,
  };
}

/** @throws ModelSourceInvalid where the figures of the table make no manifest, such as percentiles that are equal. */
function manifestOf(parts: z.input<typeof modelPackage>): ModelPackage {
  const parsed = modelPackage.safeParse(parts);
  if (parsed.success) return parsed.data;
  throw new ModelSourceInvalid(
    parsed.error.issues.map(
      ({ path, message }) =>
        `model.yaml and table.csv, ${path.join('.')}: ${message}. The model has too few distinct probabilities for these percentiles: correct it, or write numbers.`,
    ),
  );
}

/** Reads the source and scores its table. */
async function prepare(source: SourceFiles, open: ModelRuntime['openModel']): Promise<Prepared> {
  const { declarations, metrics } = readTexts(source);
  const { features, kind } = declarations;
  const names = namesOf(features);
  const table = readTable(source.table, names);
  const model = await open(source.model, features.length).catch((cause: unknown) => {
    if (!(cause instanceof Error) || cause.name === 'NativeLibraryUnavailable') throw cause;
    throw new ModelSourceInvalid([
      `model.onnx: ${cause.message} Export it with the inputs features [n, ${features.length}] and shift [1].`,
    ]);
  });
  const trees = kind === 'tree-ensemble' ? model.trees() : null;
  if (kind === 'tree-ensemble' && trees === null) {
    throw new ModelSourceInvalid([
      'model.onnx: is declared as tree-ensemble, and has no sum of trees that can be read. Export one TreeEnsembleRegressor, or declare another kind.',
    ]);
  }
  return { declarations, metrics, table, names, model, trees, ...(await outputsOf(model, table, features.length)) };
}

/** The members of the manifest, without the digests of the files. */
async function manifestParts(prepared: Prepared, set: ReferenceSet) {
  const { declarations, metrics, table, model, trees, margins, pds } = prepared;
  const { features } = declarations;
  const {
    suspectsExplained: _explained,
    limits: _limits,
    notFor: _notFor,
    reference: percentiles,
    ...stated
  } = declarations;
  const applicants = set.applicants.map((at) => table.rows[at] ?? []);
  const applicantPds = set.applicants.map((at) => pds[at] ?? 0);
  const rows = trees
    ? frozenRows(applicants, applicantPds, percentiles.frozenRows)
    : [await referenceRow(model, features, applicants)];
  const basis = { features, reference: { rows } };
  const sorted = pds.toSorted();
  return {
    schemaVersion: 2 as const,
    ...stated,
    reference: {
      description: describeReference(percentiles, rows.length, trees !== null),
      rows,
      cutoffPd: set.cutoffPd,
      bandFromPd: set.bandFromPd,
      applicants: applicants.length,
      groupMeans: trees ? {} : await groupMeans(model, basis, applicants),
    },
    agreement: trees ? agreementIn(agreementOver(trees, basis, applicants)) : null,
    cutoffs: mapped(declarations.cutoffs, (value) => microsOf(value, sorted)),
    bands: mapped(declarations.bands, ({ cuts, names: bandNames }) => ({
      cuts: cuts.map((cut) => microsOf(cut, sorted)),
      names: bandNames,
    })),
    scoreBands: scoreBands(margins),
    ...suspectsIn(prepared),
    training: {
      ...stated.training,
      sha256: stated.training.sha256 ?? sha256(table.text),
      rows: table.rows.length,
      events: table.bad.filter(Boolean).length,
    },
    metrics,
    verification: verification(table, margins, pds),
  };
}

/** The suspected leaks with the author's reasons. @throws ModelSourceInvalid for a reason of no suspect. */
function suspectsIn({ declarations, metrics, table, names, margins }: Prepared): Pick<ModelPackage, 'suspects'> {
  const { suspectsExplained } = declarations;
  const found = suspectsOf({ table, names, margins, auc: metrics.auc.value });
  const unknown = Object.keys(suspectsExplained).filter((name) => !found.some(({ suspect }) => suspect === name));
  if (unknown.length > 0) {
    throw new ModelSourceInvalid(
      unknown.map((name) => `model.yaml, suspectsExplained.${name}: is no suspect of this table. Remove it.`),
    );
  }
  const suspects = found.map((each) => ({ ...each, because: suspectsExplained[each.suspect] ?? null }));
  return suspects.length > 0 ? { suspects } : {};
}

/** @throws ModelSourceInvalid with the faults of both files. */
function readTexts({ declarations, metrics }: SourceFiles) {
  const faults: string[] = [];
  const read = <Value>(reading: () => Value): Value | undefined => {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof ModelSourceInvalid)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const declared = read(() => readDeclarations(declarations));
  const measured = read(() => readMetrics(metrics));
  if (!declared || !measured) throw new ModelSourceInvalid(faults);
  return { declarations: declared, metrics: measured };
}

/** @throws ModelSourceInvalid for outputs that are no numbers, or are not the trainer's. */
async function outputsOf(model: OpenModel, table: Table, columns: number) {
  const outputs = await model.outputs(flatRows(table.rows), 0).catch((cause: unknown) => {
    throw new ModelSourceInvalid([
      `model.onnx: does not score the table (${(cause as Error).message}). It needs ${columns} float32 columns, and gives margin and pd.`,
    ]);
  });
  const { margins, pds } = outputs;
  const broken = margins.findIndex((margin, at) => !Number.isFinite(margin) || !Number.isFinite(pds[at]));
  if (broken >= 0) {
    throw new ModelSourceInvalid([
      `model.onnx: gives no finite margin for line ${broken + 2} of table.csv. Export the model again.`,
    ]);
  }
  const difference = parity(table, margins);
  if (!(difference <= TOLERANCES[1])) {
    throw new ModelSourceInvalid([
      `table.csv, margin: differs from model.onnx by ${difference}, more than ${TOLERANCES[1]} log-odds. Export the model that the trainer measured.`,
    ]);
  }
  return outputs;
}

/** The largest difference between the trainer's margins and the runtime's; 0 where the table has none. */
function parity(table: Table, margins: Float32Array): number {
  return (table.margins ?? margins).reduce(
    (largest, margin, at) => Math.max(largest, Math.abs(margin - (margins[at] ?? Number.NaN))),
    0,
  );
}

function microsOf(value: number | string, sortedPds: Float32Array): number {
  return typeof value === 'number' ? value : Math.round(nearestRank(sortedPds, Number(value.slice(1))) * 1e6);
}

function mapped<From, To>(record: Readonly<Record<string, From>>, of: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}

function agreementIn({ rows, topFour }: { readonly rows: number; readonly topFour: number }) {
  return { rows, topFour };
}

function describeReference(
  { fromPercentile, toPercentile }: ModelDeclarations['reference'],
  rows: number,
  ensemble: boolean,
): string {
  const applicants =
    `Applicants of the training data from the ${fromPercentile}th to the ${toPercentile}th percentile of predicted PD, ` +
    `the ${toPercentile}th being the cut-off; `;
  return ensemble
    ? `${applicants}${rows} of them, spread evenly from the lowest PD to the highest, are the frozen rows.`
    : `${applicants}the baseline has, for each fact, the values of one of them whose part of the margin is nearest to ` +
        'their mean part and not above it.';
}

/** How the training data fall into the bands of scores, with which drift is compared. */
function scoreBands(margins: Float32Array): ModelPackage['scoreBands'] {
  const shares = bandShares([...margins].map((margin) => scaledScore(toMicros(margin))));
  return {
    applicants: margins.length,
    edges: [...SCORE_BAND_EDGES],
    shares: shares.map((share) => Number(share.toFixed(SHARE_DECIMALS))),
  };
}

/** Rows spread evenly from the best probability to the worst, with the trainer's margins, or the runtime's where the table has none. */
function verification(table: Table, margins: Float32Array, pds: Float32Array): ModelPackage['verification'] {
  const order = [...pds.keys()].sort((a, b) => (pds[a] ?? 0) - (pds[b] ?? 0) || a - b);
  const chosen = Array.from(
    { length: VERIFICATION_ROWS },
    (_, step) => order[Math.round((step / (VERIFICATION_ROWS - 1)) * (order.length - 1))] ?? 0,
  );
  // Without margins of the trainer, the runtime is compared with its own at the build.
  const expected = chosen.map((at) => (table.margins ?? margins)[at] ?? Number.NaN);
  const difference = parity(table, margins);
  return {
    tolerance: TOLERANCES.find((tolerance) => difference <= tolerance) ?? TOLERANCES[1],
    rows: chosen.map((at) => [...Float32Array.from(table.rows[at] ?? [])]),
    margins: expected,
    pds: expected.map((margin) => Math.fround(1 / (1 + Math.exp(-margin)))),
  };
}
