import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { readPackage } from '../../adapters/onnx/scorer.ts';
import { makePackage } from '../../app/models/build-package.ts';
import { checkPackage } from '../../app/models/check-package.ts';
import { modelPackage } from '../../domain/scoring/model-package.ts';
import { leafSum, type Trees } from '../../domain/scoring/trees.ts';
import {
  DATASET,
  DatasetDamaged,
  EXCLUDED_COLUMNS,
  LeakRefused,
  readCell,
  readDataset,
  trainingTable,
} from '../../training/dataset.ts';
import { treesModel, type SmallTree } from '../support/onnx-file.ts';

const root = join(import.meta.dirname, '../..');
const champion = join(root, 'models/personal-loan-default/2.0.0');
const fixtures = join(root, 'test/fixtures/models');

const bytesOf = (folder: string, file: string) => new Uint8Array(readFileSync(join(folder, file)));
const manifestOf = (folder: string) =>
  modelPackage.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));

/** A tree of at most one comparison. */
function stumpOf(leaves: Trees[number]): SmallTree {
  const [one, other] = leaves.toSorted((a, b) => (a.path[0]?.from ?? 0) - (b.path[0]?.from ?? 0));
  if (!one || !other) return { leaf: one?.weight ?? 0 };
  const { column = 0, below = 0 } = one.path[0] ?? {};
  return { column, below, lower: { leaf: one.weight }, upper: { leaf: other.weight } };
}

describe('the champion', () => {
  it('is what its declarations, the committed data and its model give, byte by byte', async () => {
    const manifest = manifestOf(champion);
    const { files, card } = await makePackage(
      {
        declarations: readFileSync(join(root, 'training/models/personal-loan-default.yaml'), 'utf8'),
        model: bytesOf(champion, 'model.onnx'),
        table: trainingTable(readDataset(DATASET)),
        metrics: JSON.stringify(manifest.metrics),
        provenance: readFileSync(join(champion, 'provenance.json'), 'utf8'),
      },
      modelRuntime,
    );
    expect(Buffer.from(files.manifest).equals(bytesOf(champion, 'manifest.json'))).toBe(true);
    expect(Buffer.from(files.reference).equals(bytesOf(champion, 'reference.csv'))).toBe(true);
    // The checks name the newest policies, which change without the model.
    const described = (text: string) => text.split('## Checks')[0];
    expect(described(card)).toBe(described(readFileSync(join(champion, 'card.md'), 'utf8')));
    expect({ rows: manifest.training.rows, events: manifest.training.events }).toEqual({ rows: 9_855, events: 517 });
  });

  it('fails the calibration check where its probabilities are halved', async () => {
    const names = manifestOf(champion).features.length;
    const original = await modelRuntime.openModel(bytesOf(champion, 'model.onnx'), names);
    const rows = manifestOf(champion).reference.rows.map((row) => Float32Array.from(row));
    const [row = new Float32Array()] = rows;
    const [margin = Number.NaN] = await original.margins(row, 0);
    const trees = original.trees()!;
    const constant = margin - leafSum(trees, row);
    const { report } = await makePackage(
      {
        declarations: readFileSync(join(root, 'training/models/personal-loan-default.yaml'), 'utf8'),
        model: treesModel(names, [...trees.map(stumpOf), { leaf: constant - Math.LN2 }]),
        table: trainingTable(readDataset(DATASET)),
        metrics: JSON.stringify(manifestOf(champion).metrics),
      },
      modelRuntime,
    );
    const { passed, detail } = report.checks.find(({ name }) => name === 'calibration')!;
    expect(passed).toBe(false);
    expect(detail).toMatch(/^The mean probability of table\.csv is 2\.7\d %, and 5\.25 % of its rows are bad/);
  });

  it('states an AUC between .65 and .70, with its standard error', () => {
    const { auc } = manifestOf(champion).metrics;
    expect(auc.value).toBeGreaterThan(0.65);
    expect(auc.value).toBeLessThan(0.7);
    expect(auc.standardError).toBeGreaterThan(0.005);
  });

  it('is trained into a version of its own, and the next version is named', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'training/train.ts')], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'TrainingRefused: models/personal-loan-default/2.0.0 exists, and a version never changes. Write version 2.0.1 in',
    );
  });
});

describe('the packages of the other trainers', () => {
  it.each([
    ['lightgbm-monotone', 'tree-ensemble'],
    ['sklearn-logistic', 'linear'],
    ['ebm', 'additive'],
  ])('pass every check: %s', async (id, kind) => {
    const { checks } = await checkPackage(await readPackage(join(fixtures, id)), { runtime: modelRuntime });
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(manifestOf(join(fixtures, id)).kind).toBe(kind);
  });

  it('fail by the name of the feature where LightGBM stumps have no monotone constraints', async () => {
    const files = await readPackage(join(fixtures, 'lightgbm-unconstrained'));
    const { checks } = await checkPackage(files, { runtime: modelRuntime });
    const failed = checks.filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toEqual(['directions']);
    expect(failed[0]?.detail).toMatch(/^all_utilisation@1: .* Train with the monotone constraint 1\.$/);
  });
});

describe('the training data', () => {
  it('gives no feature what the lender knew or decided, by name', () => {
    for (const { name, why } of EXCLUDED_COLUMNS) {
      expect(() => readCell([name], ['1'], 2, name)).toThrow(
        new LeakRefused(`${name} may be part of no feature. ${why}`),
      );
    }
    expect(readCell(['revol_util'], ['1'], 2, 'revol_util')).toBe('1');
    expect(manifestOf(champion).training.excludedColumns).toEqual(EXCLUDED_COLUMNS);
    expect(EXCLUDED_COLUMNS.map(({ name }) => name)).toEqual([
      'int_rate',
      'sub_grade',
      'verification_status',
      'addr_state',
      'emp_length',
    ]);
  });

  it('is refused where its bytes are others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'underwright-data-'));
    const csv = gunzipSync(readFileSync(DATASET)).toString();
    const path = join(folder, 'lending_club.csv.gz');
    try {
      writeFileSync(path, gzipSync(csv.replace('35000', '35001')));
      expect(() => readDataset(path)).toThrow(DatasetDamaged);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
