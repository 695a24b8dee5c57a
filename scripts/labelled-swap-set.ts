/** The part of the note of a model version that compares two versions over applicants whose outcomes are known. */
import type { Scorer } from '../adapters/ports.ts';
import {
  countsOf,
  isMiscalibrated,
  MAX_CALIBRATION_ERRORS,
  MAX_CALIBRATION_SHARE,
} from '../app/models/table-checks.ts';
import { columns } from '../cli/policy/columns.ts';
import { featureFaults, featureRow } from '../domain/features/build.ts';
import { pdMicrosOf, toMicros } from '../domain/scoring/score.ts';
import { COLUMNS } from '../training/columns.ts';
import { DATASET, readDataset } from '../training/dataset.ts';

type Pair = readonly [before: Scorer, after: Scorer];

interface Outcome {
  readonly bad: boolean;
  readonly pds: readonly [before: number, after: number];
}

/** Returns the lines of the note: calibration in the large of both versions, then whom one cut-off alone declines. */
export async function labelledLines(scorers: Pair): Promise<string[]> {
  const unknown = scorers.flatMap(({ manifest }) =>
    manifest.features
      .filter(({ feature }) => !COLUMNS.some((column) => column.feature === feature))
      .map(
        ({ feature }) =>
          `\`training/data\` has no \`${feature}\`, which ${manifest.version} needs: nothing is compared.`,
      ),
  );
  if (unknown.length > 0) return [...new Set(unknown)];
  const dataset = readDataset(DATASET);
  const outcomes = await outcomesOf(scorers, dataset);
  if (outcomes.length === 0) return ['No applicant of `training/data` is within the ranges of both versions.'];
  const left = dataset.length - outcomes.length;
  return [
    `${count(outcomes.length)} applicants of \`training/data\` have a known outcome. ${count(left)} more are outside a ` +
      'range of a version. A version may have been trained on these applicants, which flatters it.',
    '',
    'Calibration in the large compares the mean PD with the observed bad rate. A version is miscalibrated where they ' +
      `differ by more than ${MAX_CALIBRATION_ERRORS} standard errors and more than ${100 * MAX_CALIBRATION_SHARE} %.`,
    '',
    '```',
    ...calibrationLines(scorers, outcomes),
    '```',
    '',
    ...declineLines(scorers, outcomes),
  ];
}

async function outcomesOf(scorers: Pair, dataset: ReturnType<typeof readDataset>): Promise<Outcome[]> {
  const scored = dataset.filter(({ features }) =>
    scorers.every(({ manifest }) => featureFaults(features, manifest.features).length === 0),
  );
  const pdsOf = async (scorer: Scorer): Promise<number[]> => {
    const { features: own } = scorer.manifest;
    const rows = new Float32Array(scored.length * own.length);
    for (const [at, { features }] of scored.entries()) rows.set(featureRow(features, own), at * own.length);
    const margins = scored.length > 0 ? await scorer.margins(rows, 0) : new Float32Array();
    return Array.from(margins, (margin) => pdMicrosOf(toMicros(margin)));
  };
  const [before, after] = [await pdsOf(scorers[0]), await pdsOf(scorers[1])];
  return scored.map(({ bad }, at) => ({ bad, pds: [before[at] ?? Number.NaN, after[at] ?? Number.NaN] }));
}

function calibrationLines(scorers: Pair, outcomes: readonly Outcome[]): string[] {
  const rows = scorers.map(({ manifest }, side) => {
    const counts = countsOf(outcomes.map(({ bad, pds }) => ({ bad, pd: (pds[side] ?? Number.NaN) / 1_000_000 })));
    const { expected, observed, error } = counts;
    return [
      manifest.version,
      ...[expected, observed, error].map((number) => percent(number / outcomes.length)),
      observed === 0 ? '-' : (expected / observed).toFixed(2),
      isMiscalibrated(counts) ? 'miscalibrated' : 'calibrated',
    ];
  });
  return columns(['version', 'mean PD', 'observed', 'standard error', 'mean PD / observed', 'result'], rows);
}

function declineLines(scorers: Pair, outcomes: readonly Outcome[]): string[] {
  const cutoffs = scorers.map(({ manifest }) => manifest.cutoffs['decline']);
  const without = scorers.filter((_, side) => cutoffs[side] === undefined);
  if (without.length > 0) {
    const versions = without.map(({ manifest }) => manifest.version).join(' and ');
    return [`No cut-off \`decline\` in ${versions}: there is no swap set.`];
  }
  const [before, after] = scorers.map(({ manifest }) => manifest.version);
  const declined = ({ pds }: Outcome, side: number): boolean => (pds[side] ?? 0) >= (cutoffs[side] ?? 0);
  const cells = [
    [`declined by ${before} alone`, true, false],
    [`declined by ${after} alone`, false, true],
    ['declined by both', true, true],
    ['declined by neither', false, false],
  ] as const;
  const rows = cells.map(([title, first, second]) => {
    const group = outcomes.filter((each) => declined(each, 0) === first && declined(each, 1) === second);
    const shares =
      group.length === 0 ? ['-', '-', '-'] : [badRate(group), meanPd(group, 0), meanPd(group, 1)].map(percent);
    return [title, count(group.length), count(group.filter(({ bad }) => bad).length), ...shares];
  });
  return [
    'The swap set is the first two rows: applicants whom the cut-off `decline` of one version alone declines.',
    '',
    '```',
    ...columns(['applicants', 'count', 'bad', 'bad rate', `mean PD ${before}`, `mean PD ${after}`], rows),
    '```',
  ];
}

const badRate = (outcomes: readonly Outcome[]): number => outcomes.filter(({ bad }) => bad).length / outcomes.length;
const meanPd = (outcomes: readonly Outcome[], side: number): number =>
  outcomes.reduce((sum, { pds }) => sum + (pds[side] ?? Number.NaN), 0) / outcomes.length / 1_000_000;
const count = (value: number): string => value.toLocaleString('en-US');
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
