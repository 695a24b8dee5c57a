import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { openPackage, readPackage } from '../../adapters/onnx/scorer.ts';
import { openSession } from '../../adapters/onnx/session.ts';
import type { OpenModel, Scorer } from '../../adapters/ports.ts';
import { featureRow } from '../../domain/features/build.ts';
import { explanationRows, interpretMargins, toMicros } from '../../domain/scoring/score.ts';
import { modelCard } from '../../training/card.ts';
import { checkEqual, checkMonotone, ExportRefused } from '../../training/checks.ts';
import { COLUMNS } from '../../training/columns.ts';
import { DatasetDamaged, EXCLUDED_COLUMNS, LeakRefused, readCell, readDataset } from '../../training/dataset.ts';
import { referenceSet, referenceValues } from '../../training/reference.ts';
import { scoreBands } from '../../training/score-bands.ts';

const root = join(import.meta.dirname, '../..');
const published = join(root, 'models/personal-loan-default/2.0.0');
const dataset = readDataset(join(root, 'training/data/lending_club.csv.gz'));
const vectors = dataset.map(({ features }) => features);
const columns = COLUMNS.length;
const rows = new Float32Array(vectors.flatMap((vector) => [...featureRow(vector, COLUMNS)]));
let scorer: Scorer;
let session: OpenModel;
let pds: Float32Array;

beforeAll(async () => {
  scorer = await openPackage(await readPackage(published));
  session = await openSession(readFileSync(join(published, 'model.onnx')), columns);
  ({ pds } = await session.outputs(rows, 0));
});

describe('the published package and the committed data', () => {
  it('have the same applicants and events', () => {
    const { training } = scorer.manifest;
    expect(training.rows).toBe(dataset.length);
    expect(training.events).toBe(dataset.filter(({ bad }) => bad).length);
    expect({ rows: training.rows, events: training.events }).toEqual({ rows: 9_855, events: 517 });
  });

  it('build the very rows that the trainer gave its margins for', () => {
    const known = new Set(vectors.map((vector) => [...featureRow(vector, COLUMNS)].join()));
    for (const row of scorer.manifest.verification.rows) {
      expect(known.has(row.join())).toBe(true);
    }
  });

  it('verify rows of both terms', () => {
    const { rows: verified } = scorer.manifest.verification;
    const column = (name: string): (number | undefined)[] =>
      verified.map((row) => row[COLUMNS.findIndex((feature) => feature.name === name)]);
    expect(new Set(column('term_months'))).toEqual(new Set([36, 60]));
  });

  it('agree on the reference applicants, their baseline and their mean contributions', async () => {
    const { reference } = scorer.manifest;
    const found = referenceSet(vectors, pds);
    expect(found).toMatchObject({
      sha256: scorer.manifest.files['reference.csv'],
      cutoffPd: reference.cutoffPd,
      bandFromPd: reference.bandFromPd,
    });
    expect(await referenceValues(session, found.applicants)).toEqual(reference.rows[0]);
    expect(found.applicants).toHaveLength(reference.applicants);

    // Deficits are measured from the mean, so over the reference they average to nothing.
    const sums = new Map<string, number>();
    for (const vector of found.applicants) {
      const margins = await scorer.margins(explanationRows(scorer.manifest, featureRow(vector, COLUMNS)), 0);
      for (const { group, deficitMicros } of interpretMargins(scorer.manifest, margins).contributions) {
        sums.set(group, (sums.get(group) ?? 0) + deficitMicros);
      }
    }
    for (const sum of sums.values()) expect(Math.abs(sum / reference.applicants)).toBeLessThanOrEqual(1);
  });

  it('have a card with the figures of the manifest', async () => {
    const { withoutEffect } = await checkMonotone(session, rows.subarray(0, 300 * columns));
    expect(readFileSync(join(published, 'card.md'), 'utf8')).toBe(modelCard(scorer.manifest, pds, withoutEffect));
  });

  it('fall into the bands of scores that drift is measured against', async () => {
    const { margins } = await session.outputs(rows, 0);
    expect(scorer.manifest.scoreBands).toEqual(scoreBands(margins));
  });

  it('refuse what the lender knew or decided, by name', () => {
    for (const { name, why } of EXCLUDED_COLUMNS) {
      expect(() => readCell([name], ['1'], 2, name)).toThrow(
        new LeakRefused(`${name} may be part of no feature. ${why}`),
      );
    }
    expect(readCell(['revol_util'], ['1'], 2, 'revol_util')).toBe('1');
    expect(scorer.manifest.training.excludedColumns).toEqual(EXCLUDED_COLUMNS);
    expect(EXCLUDED_COLUMNS.map(({ name }) => name)).toEqual([
      'int_rate',
      'sub_grade',
      'verification_status',
      'addr_state',
      'emp_length',
    ]);
  });

  it("claim no more than such data can hold: above .70 the lender's price would have leaked", () => {
    const { auc } = scorer.manifest.metrics;
    expect(auc.value).toBeGreaterThan(0.65);
    expect(auc.value).toBeLessThan(0.7);
    expect(auc.standardError).toBeGreaterThan(0.005);
  });

  it('leave every applicant beyond the cut-off with at least one reason', async () => {
    const declined = vectors.filter((_, index) => (pds[index] ?? 0) > scorer.manifest.reference.cutoffPd);
    expect(declined.length).toBeGreaterThan(1_900);
    for (const vector of declined) {
      const margins = await scorer.margins(explanationRows(scorer.manifest, featureRow(vector, COLUMNS)), 0);
      const { contributions } = interpretMargins(scorer.manifest, margins);
      expect(Math.max(...contributions.map(({ deficitMicros }) => deficitMicros))).toBeGreaterThan(100);
    }
  });
});

describe('the checks before publication', () => {
  it('pass the published model and find which features have no effect', async () => {
    const { compared, withoutEffect } = await checkMonotone(session, rows.subarray(0, 300 * columns));
    expect(compared).toBeGreaterThan(10_000);
    expect(withoutEffect).toEqual([
      'delinquencies_2y',
      'accounts_now_delinquent',
      'instalment_active',
      'delinquent_amount',
    ]);
  });

  it('refuse a model in which a larger loan is safer', async () => {
    const reversed: OpenModel = {
      ...session,
      margins: async (batch) => {
        const margins = await session.margins(batch, 0);
        return margins.map((margin, index) => margin - (batch[index * columns] ?? 0) / 1_000);
      },
    };
    await expect(checkMonotone(reversed, rows.subarray(0, 10 * columns))).rejects.toThrow(
      new ExportRefused('A worse loan_amount lowers the margin: check the directions given to the trainer.'),
    );
  });

  it('refuse margins that differ by more than the tolerance, are missing, or are no numbers', () => {
    const ours = Float32Array.of(-2, -3);
    expect(checkEqual('Margins', ours, Float32Array.of(-2, -3), 1e-6)).toBe(0);
    expect(() => checkEqual('Margins', ours, Float32Array.of(-2, -3.00001), 1e-6)).toThrow(ExportRefused);
    expect(() => checkEqual('Margins', ours, Float32Array.of(-2), 1e-6)).toThrow(ExportRefused);
    expect(() => checkEqual('Margins', ours, Float32Array.of(-2, Number.NaN), 1e-6)).toThrow(ExportRefused);
  });

  it('refuse another data set', () => {
    const folder = mkdtempSync(join(tmpdir(), 'underwright-data-'));
    const csv = gunzipSync(readFileSync(join(root, 'training/data/lending_club.csv.gz'))).toString();
    const path = join(folder, 'lending_club.csv.gz');
    try {
      writeFileSync(path, gzipSync(csv));
      expect(readDataset(path)).toHaveLength(9_855);
      writeFileSync(path, gzipSync(csv.replace('35000', '35001')));
      expect(() => readDataset(path)).toThrow(DatasetDamaged);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('hold a mean contribution to 1e-6 log-odds', () => {
    for (const mean of Object.values(scorer.manifest.reference.groupMeans)) expect(toMicros(mean) / 1e6).toBe(mean);
  });
});
