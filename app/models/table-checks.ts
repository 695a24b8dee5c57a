import { namesOf } from '../../domain/features/catalogue.ts';
import type { ModelPackage } from '../../domain/scoring/model-package.ts';
import { bandAt } from '../../domain/scoring/score.ts';
import { aucOfMargins, MAX_MODEL_AUC, suspectsOf, TOO_WELL } from './leaks.ts';
import type { Finding, OpenedPackage } from './model-checks.ts';
import { ModelSourceInvalid } from './model-source.ts';
import { flatRows, readTable, type Table } from './table.ts';

/** The training data with the outputs of the model for its rows. */
interface Scored {
  readonly table: Table;
  readonly margins: Float32Array;
  readonly pds: Float32Array;
}

/**
 * The checks that compare the package with its training data. Without them, each checks what the manifest states.
 * @param text of table.csv.
 */
export async function checkTable(
  opened: OpenedPackage,
  text: string | undefined,
): Promise<Record<'leaks' | 'metrics' | 'calibration', Finding>> {
  const { manifest, model } = opened;
  let scored: Scored | null = null;
  let faults: readonly string[] = [];
  if (text !== undefined) {
    try {
      const table = readTable(text, namesOf(manifest.features));
      scored = { table, ...(await model.outputs(flatRows(table.rows), 0)) };
    } catch (error) {
      if (!(error instanceof ModelSourceInvalid)) throw error;
      faults = error.faults;
    }
  }
  const leaks = checkLeaks(manifest, scored);
  const calibration = checkCalibration(manifest, scored);
  return {
    leaks: { ...leaks, faults: [...leaks.faults, ...faults] },
    metrics: checkMetrics(manifest, scored),
    calibration: { ...calibration, faults: [...calibration.faults, ...faults] },
  };
}

/** Suspected leaks: those that the package states and, where the training data is there, those that it shows. */
function checkLeaks(manifest: ModelPackage, scored: Scored | null): Finding {
  const stated = manifest.suspects ?? [];
  const faults = stated
    .filter(({ because }) => because === null)
    .map(({ suspect, finding }) => `${suspect}: ${finding} Remove the column, or explain it in suspectsExplained.`);
  if (scored === null) {
    const detail = `The package states ${stated.length} suspects, each explained. Without table.csv no column was compared.`;
    return { faults, detail };
  }
  const { table, margins } = scored;
  const known = new Set(stated.map(({ suspect }) => suspect));
  const names = namesOf(manifest.features);
  for (const { suspect, finding } of suspectsOf({ table, names, margins, auc: manifest.metrics.auc.value })) {
    if (!known.has(suspect))
      faults.push(`${suspect}: ${finding} The package does not state it: build the package again.`);
  }
  const beyond = stated.length === 0 ? '' : ` beyond the ${stated.length} that the package states and explains`;
  const detail = `Over ${table.rows.length} rows no column compared is suspected${beyond}: ${names.length} features and ${table.others.size} other columns.`;
  return { faults, detail };
}

/** How many standard errors a figure of the training data may lie from the one expected. */
const MAX_METRIC_ERRORS = 3;
export const MAX_CALIBRATION_ERRORS = 4;
/** A smaller part of the expected events is no fault, however many rows show it. */
export const MAX_CALIBRATION_SHARE = 0.1;

/** The stated AUC is that of a model that ranks, and the model reaches it on its training data. */
function checkMetrics({ metrics: { auc }, suspects = [] }: ModelPackage, scored: Scored | null): Finding {
  const faults: string[] = [];
  if (auc.value < 0.5) {
    faults.push(`metrics.auc is ${auc.value}, below 0.5: the model ranks worse than chance. Correct its target.`);
  }
  if (auc.value > MAX_MODEL_AUC && !suspects.some(({ suspect }) => suspect === TOO_WELL)) {
    faults.push(
      `metrics.auc is ${auc.value}, above ${MAX_MODEL_AUC}, and the package does not state the suspect ${TOO_WELL}. Build the package again.`,
    );
  }
  if (scored === null) {
    return { faults, detail: `The stated AUC is ${auc.value}. Without table.csv the model was not compared with it.` };
  }
  const found = aucOfMargins(scored.margins, scored.table.bad);
  const least = auc.value - MAX_METRIC_ERRORS * auc.standardError;
  if (!(found >= least)) {
    faults.push(
      `metrics.auc is ${auc.value}, and the model has ${found.toFixed(4)} on its own training data, more than ${MAX_METRIC_ERRORS} standard errors less. State the metrics of this model.`,
    );
  }
  const detail = `The model has an AUC of ${found.toFixed(4)} on table.csv, and ${auc.value} is stated out of fold.`;
  return { faults, detail };
}

/** Compares the mean probability of the training data with the share of its events, in total and in parts. */
function checkCalibration(manifest: ModelPackage, scored: Scored | null): Finding {
  if (scored === null) {
    return { faults: [], applies: false, detail: 'Without table.csv calibration was not checked.' };
  }
  const { pds, table } = scored;
  const every = [...pds.keys()];
  const counted = (rows: readonly number[]) =>
    countsOf(rows.map((at) => ({ pd: pds[at] ?? Number.NaN, bad: table.bad[at] === true })));
  const total = counted(every);
  const faults = isMiscalibrated(total)
    ? [
        `The mean probability of table.csv is ${percent(total.expected / every.length)}, and ${percent(total.observed / every.length)} of its rows are bad ` +
          `(observed/expected ${ratio(total)}). Calibrate the model, or build it from its own table.`,
      ]
    : [];
  const parts = partsOf(manifest, pds)
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }) => {
      const part = counted(rows);
      return `${name} ${percent(part.expected / rows.length)} and ${percent(part.observed / rows.length)} of ${rows.length}`;
    });
  return {
    faults,
    detail:
      `The mean probability of ${every.length.toLocaleString('en-US')} rows is ${percent(total.expected / every.length)}, and ${percent(total.observed / every.length)} are bad: ` +
      `observed/expected ${ratio(total)}. In parts, probability and observed share: ${parts.join(', ')}.`,
  };
}

/** Numbers of events among applicants. */
interface Counts {
  readonly expected: number;
  readonly observed: number;
  /** Binomial standard error of the observed number, were the probabilities right. */
  readonly error: number;
}

/** Counts the events of applicants, as their probabilities expect them and as they came. */
export function countsOf(applicants: readonly { readonly pd: number; readonly bad: boolean }[]): Counts {
  let [expected, observed, variance] = [0, 0, 0];
  for (const { pd, bad } of applicants) {
    expected += pd;
    variance += pd * (1 - pd);
    observed += Number(bad);
  }
  return { expected, observed, error: Math.sqrt(variance) };
}

/** Whether the observed number differs from the expected one by more than chance and by more than a tenth. */
export function isMiscalibrated({ expected, observed, error }: Counts): boolean {
  const difference = Math.abs(observed - expected);
  return difference > MAX_CALIBRATION_ERRORS * error && difference > MAX_CALIBRATION_SHARE * expected;
}

/** The rows of each named band; of each tenth by probability where the package has no bands. */
function partsOf({ bands }: ModelPackage, pds: Float32Array): { readonly name: string; readonly rows: number[] }[] {
  const every = [...pds.keys()];
  const named = Object.entries(bands);
  if (named.length === 0) {
    const order = every.toSorted((a, b) => (pds[a] ?? 0) - (pds[b] ?? 0) || a - b);
    return Array.from({ length: 10 }, (_, part) => ({
      name: `tenth ${part + 1}`,
      rows: order.slice(Math.floor((part * order.length) / 10), Math.floor(((part + 1) * order.length) / 10)),
    }));
  }
  const micros = pds.map((pd) => Math.round(pd * 1e6));
  return named.flatMap(([band, { cuts, names }]) =>
    names.map((name, place) => ({
      name: `${band} ${name}`,
      rows: every.filter((at) => bandAt(cuts, micros[at] ?? 0) === place),
    })),
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const ratio = ({ expected, observed, error }: Counts): string =>
  `${(observed / expected).toFixed(3)}, standard error ${(error / expected).toFixed(3)}`;
