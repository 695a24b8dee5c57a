import { stringify } from 'yaml';

import type { SourceFiles } from '../../app/models/model-source.ts';
import { generatorOf } from '../../app/models/samples.ts';
import { FEATURES, type FeatureName } from '../../domain/features/catalogue.ts';
import { treesModel, type SmallTree } from './onnx-file.ts';

/** Typical values of the features of the small models: one standard deviation of risk lies between two of them. */
const SCALES = {
  loan_amount: [2_000, 40_000],
  term_months: [36, 60],
  annual_income: [20_000, 200_000],
  inquiries_6m: [0, 6],
  revolving_utilisation: [0, 110],
  all_utilisation: [0, 110],
} as const satisfies Partial<Record<FeatureName, readonly [number, number]>>;
const NAMES = Object.keys(SCALES) as (keyof typeof SCALES)[];
/** The columns of the small models. */
export const SMALL_FEATURES = NAMES.map((name) => FEATURES.find((each) => each.name === name)!);

/** Members of model.yaml; a test may give wrong ones. */
type Declared = Readonly<Record<string, unknown>>;

const ROWS = 400;

/** The declarations of a small model. */
export function declarations(changes: Declared = {}): Declared {
  return {
    id: 'small',
    version: '1.0.0',
    description: 'A small model of invented applicants, for tests.',
    kind: 'additive',
    purpose: 'default',
    target: 'The invented event of the table.',
    features: SMALL_FEATURES.map(({ name, version, minimum, maximum, monotone, group }) => ({
      feature: `${name}@${version}`,
      minimum,
      maximum,
      missingCodes: [],
      monotone,
      group,
    })),
    reference: { fromPercentile: 70, toPercentile: 80 },
    cutoffs: { decline: 'p80', referral: 'p77' },
    bands: { risk: { cuts: ['p20', 'p40', 'p60', 'p70', 'p80'], names: ['A', 'B', 'C', 'D', 'E', 'F'] } },
    allowed: [
      {
        product: 'personal-loan',
        uses: ['decide', 'price', 'limit'],
        modes: ['sandbox'],
        because: 'A model for tests.',
      },
    ],
    training: {
      dataset: 'Invented applicants',
      excludedColumns: [],
      algorithm: 'Written by hand',
      parameters: {},
      seed: 1,
    },
    limits: ['The applicants are invented.'],
    ...changes,
  };
}

/** A table of invented applicants. @param extra columns by name, from the position, the row and its outcome. */
export function smallTable(
  extra: Readonly<Record<string, (at: number, values: readonly number[], bad: number) => unknown>> = {},
  rows = ROWS,
): string {
  const random = generatorOf(7);
  const lines = Array.from({ length: rows }, (_, at) => {
    const values = NAMES.map((name) => {
      const [low, high] = SCALES[name];
      return name === 'term_months' ? (random() < 0.5 ? low : high) : Math.round(low + random() * (high - low));
    });
    const bad = random() < 1 / (1 + Math.exp(5.6 - 7.5 * riskOf(values))) ? 1 : 0;
    return [...values, bad, ...Object.values(extra).map((column) => column(at, values, bad))].join(',');
  });
  return `${[[...NAMES, 'bad', ...Object.keys(extra)].join(','), ...lines].join('\n')}\n`;
}

/** From 0 to 1, higher for worse values. */
function riskOf(values: readonly number[]): number {
  const parts = values.map((value, column) => {
    const [low, high] = SCALES[NAMES[column]!];
    const share = (value - low) / (high - low);
    return SMALL_FEATURES[column]!.monotone === 1 ? share : 1 - share;
  });
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

const METRICS = {
  protocol: 'Invented for tests.',
  auc: { value: 0.66, standardError: 0.01 },
  ks: { value: 0.25, standardError: 0.01 },
  brier: { value: 0.09, standardError: 0.01 },
  calibrationSlope: { value: 1, standardError: 0.1 },
};

/** The source of a small model. */
export function smallSource(changes: Partial<SourceFiles> & { readonly declared?: Declared } = {}): SourceFiles {
  const { declared, ...files } = changes;
  return {
    declarations: stringify(declarations(declared)),
    model: treesModel(NAMES.length, stumpTrees()),
    table: smallTable(),
    metrics: JSON.stringify(METRICS),
    ...files,
  };
}

/** The constant part of each leaf, with which the mean probability is that of the table. */
const BASE = -0.08;

/** Stumps in the direction of each feature, several on each column. */
export function stumpTrees(): SmallTree[] {
  return NAMES.flatMap((name, column) => {
    const [low, high] = SCALES[name];
    return [0.2, 0.4, 0.6, 0.8].map((share): SmallTree => {
      const sign = SMALL_FEATURES[column]!.monotone * (0.06 + 0.03 * column);
      return { column, below: low + share * (high - low), lower: { leaf: BASE - sign }, upper: { leaf: BASE + sign } };
    });
  });
}

/** Trees of depth 2 over pairs of columns, in the direction of each feature. */
export function pairs(interaction = 0.3): Uint8Array<ArrayBuffer> {
  const trees = NAMES.flatMap((name, first) => {
    const second = (first + 1) % NAMES.length;
    const middle = (column: number, share: number): number => {
      const [low, high] = SCALES[NAMES[column]!];
      return low + share * (high - low);
    };
    return [0.3, 0.5, 0.7].map((share): SmallTree => {
      const [a, b] = [SMALL_FEATURES[first]!.monotone, SMALL_FEATURES[second]!.monotone];
      const size = 0.1 + 0.03 * first;
      const leaf = (upper: boolean, other: boolean): SmallTree => {
        const [x, y] = [upper === (a === 1), other === (b === 1)];
        return { leaf: -0.14 + size * (Number(x) + Number(y) + interaction * Number(x && y)) - size };
      };
      const under = (upper: boolean): SmallTree => ({
        column: second,
        below: middle(second, 1 - share),
        lower: leaf(upper, false),
        upper: leaf(upper, true),
      });
      return { column: first, below: middle(first, share), lower: under(false), upper: under(true) };
    });
  });
  return treesModel(NAMES.length, trees);
}

/** The source of trees over two features. Its reference needs 100 distinct applicants, a tenth of the table. */
export const ensembleSource = () => ({
  model: pairs(),
  declared: { kind: 'tree-ensemble' },
  table: smallTable({}, 1_200),
});

/** Weights of the columns in their directions, and the intercept. */
export const WEIGHTS: readonly [readonly number[], number] = [
  NAMES.map((name, column) => {
    const [low, high] = SCALES[name];
    return (SMALL_FEATURES[column]!.monotone * (0.5 + 0.1 * column)) / (high - low);
  }),
  -3.9,
];
