import { describe, expect, it } from '@jest/globals';

import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { openPackage, readPackage } from '../../adapters/onnx/scorer.ts';
import type { PackageFiles } from '../../adapters/ports.ts';
import { makePackage } from '../../app/models/build-package.ts';
import { checkPackage, PACKAGE_CHECKS, type PackageCheck } from '../../app/models/check-package.ts';
import type { SourceFiles } from '../../app/models/model-source.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { ModelPackage } from '../../domain/scoring/model-package.ts';
import {
  declarations,
  ensembleSource,
  pairs,
  smallSource,
  smallTable,
  SMALL_FEATURES,
  stumpTrees,
  WEIGHTS,
} from '../support/model-source.ts';
import { batchModel, linearModel, treesModel, type SmallTree } from '../support/onnx-file.ts';

const made = (source: Parameters<typeof smallSource>[0] = {}) => makePackage(smallSource(source), modelRuntime);

/** The failed checks with their details. */
async function failed(files: PackageFiles, table?: string): Promise<Partial<Record<PackageCheck, string>>> {
  const { checks } = await checkPackage(files, { runtime: modelRuntime, ...(table !== undefined && { table }) });
  return Object.fromEntries(checks.filter(({ passed }) => !passed).map(({ name, detail }) => [name, detail]));
}

/** The files with another manifest. */
function changed(files: PackageFiles, change: (manifest: ModelPackage) => void): PackageFiles {
  const manifest = JSON.parse(new TextDecoder().decode(files.manifest)) as ModelPackage;
  change(manifest);
  return { ...files, manifest: new TextEncoder().encode(JSON.stringify(manifest)) };
}

/** The files with another reference.csv whose digest the manifest gives. */
function withReference(files: PackageFiles, change: (text: string) => string): PackageFiles {
  const reference = new TextEncoder().encode(change(new TextDecoder().decode(files.reference)));
  return { ...changed(files, (manifest) => void (manifest.files['reference.csv'] = sha256(reference))), reference };
}

describe('a package passes every check', () => {
  it('where it is the released model', async () => {
    const files = await readPackage(new URL('../../models/personal-loan-default/2.0.0', import.meta.url).pathname);
    const report = await checkPackage(files, { runtime: modelRuntime });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report).toMatchObject({ id: 'personal-loan-default', version: '2.0.0', passed: true });
    expect(report.digest).toBe((await openPackage(files)).packageDigest);
    expect(report.checks.map(({ name }) => name)).toEqual(PACKAGE_CHECKS);
  });

  it.each<[string, Partial<SourceFiles> & { declared?: Record<string, unknown> }]>([
    ['of stumps', {}],
    ['of trees over two features', ensembleSource()],
    ['that is linear in double precision', { model: linearModel(...WEIGHTS), declared: { kind: 'linear' } }],
  ])('where it is a small model %s', async (_, source) => {
    const { files, report } = await made(source);
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    await openPackage(files, report.digest);
  });
});

describe('a package is refused by name', () => {
  it('where a file has another digest', async () => {
    const { files } = await made();
    const found = await failed({ ...files, model: linearModel(...WEIGHTS) });
    expect(found.files).toMatch(/^model\.onnx does not have the digest/);
    const damaged = await failed({ ...files, reference: files.reference.subarray(0, -20) });
    expect(damaged.files).toMatch(/^reference\.csv does not have the digest/);
    expect(damaged.serving).toMatch(/reference\.csv/);
  });

  it('where a feature has another version, another group or another direction', async () => {
    const { files } = await made();
    const version = await failed(changed(files, ({ features }) => void (features[0]!.feature = 'loan_amount@2')));
    expect(version.features).toMatch(/loan_amount@2\) is another version than loan_amount@1/);
    expect(Object.keys(version)).toContain('serving');
    const group = await failed(changed(files, ({ features }) => void (features[1]!.group = 'AGE')));
    expect(group.features).toMatch(/term_months@1\) has the group AGE instead of TERM/);
    const direction = await failed(changed(files, ({ features }) => void (features[1]!.monotone = -1)));
    expect(direction.features).toMatch(/direction other than the catalog's/);
    expect(direction.directions).toMatch(
      /^term_months@1: the value [\d.]+ is declared worse than [\d.]+, and lowers the margin/,
    );
  });

  it('where the reference has a value that is no number, is missing, or lies outside its range', async () => {
    const { files } = await made();
    for (const value of ['NaN', 'Infinity', '-Infinity', '']) {
      const found = await failed(withReference(files, (text) => text.replace(/^(.*\n)[^,]*/, `$1${value}`)));
      expect(found.reference).toMatch(/^reference\.csv, line 2: has no finite number in column 1/);
      expect(found.directions).toMatch(/^Not run/);
    }
    const outside = await failed(withReference(files, (text) => text.replace(/^(.*\n)[^,]*/, '$10.5')));
    expect(outside.reference).toMatch(/^reference\.csv, line 2, loan_amount: is OUT_OF_RANGE/);
    const missing = await failed(changed(files, ({ features }) => void (features[1]!.missingCodes = [36])));
    expect(missing.reference).toMatch(/term_months: is MISSING/);
  });

  it('where its statement about the reference is another', async () => {
    const { files } = await made();
    const means = await failed(changed(files, ({ reference }) => void (reference.groupMeans['TERM'] = 9)));
    expect(means.reference).toMatch(/^reference\.groupMeans\.TERM is 9, and the reference applicants have/);
    const band = await failed(changed(files, ({ reference }) => void (reference.bandFromPd = reference.cutoffPd)));
    expect(band.reference).toMatch(/applicants have a probability outside bandFromPd to cutoffPd/);
  });

  it('where a larger risk lowers the margin, naming the feature and the values', async () => {
    const fall: SmallTree = { column: 3, below: 2, lower: { leaf: 0.6 }, upper: { leaf: -0.2 } };
    const { report, card } = await made({ model: treesModel(SMALL_FEATURES.length, [...stumpTrees(), fall]) });
    const { detail } = report.checks.find(({ name }) => name === 'directions')!;
    expect(detail).toMatch(/^inquiries_6m@1: the value 2 is declared worse than [\d.]+, and lowers the margin by/);
    expect(report.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['directions']);
    expect(card).toContain(
      'The check `directions` failed: the model does not keep the declared direction of each feature.',
    );
    expect(card).not.toContain('in one direction only');
  });

  it('where one narrow step among hundreds lowers the margin', async () => {
    const leaf = { leaf: 0 };
    const idle = Array.from({ length: 300 }, (_, at): SmallTree => ({
      column: 2,
      below: 300_000 + at * 100,
      lower: leaf,
      upper: leaf,
    }));
    const upper: SmallTree = { column: 2, below: 60_001, lower: { leaf: 0.5 }, upper: leaf };
    const narrow: SmallTree = { column: 2, below: 60_000, lower: leaf, upper };
    const { report } = await made({
      model: treesModel(SMALL_FEATURES.length, [...stumpTrees(), ...idle, narrow]),
    });
    const { detail } = report.checks.find(({ name }) => name === 'directions')!;
    expect(detail).toMatch(
      /^annual_income@1: the value \d+ is declared worse than 60000, and lowers the margin by 0\.5/,
    );
  });

  it('where a margin is beyond 50 log-odds', async () => {
    const [weights, intercept] = WEIGHTS;
    const model = linearModel(
      weights.map((weight) => weight * 1e3),
      intercept,
    );
    const { files } = await made({ declared: { kind: 'linear' }, model: linearModel(...WEIGHTS) });
    const found = await failed({
      ...changed(files, (manifest) => void (manifest.files['model.onnx'] = sha256(model))),
      model,
    });
    expect(found.ranges).toMatch(/gives no margin of at most 50 log-odds and no probability/);
  });

  it('where trees over two features are declared to be additive', async () => {
    const { report } = await made({ model: pairs() });
    const { detail } = report.checks.find(({ name }) => name === 'explanations')!;
    expect(detail).toMatch(/Tree 1 of model\.onnx reads LOAN_AMOUNT and TERM: the model is not additive/);
  });

  it('where one tree of an additive model reads two facts, in a corner that no sampled applicant reaches', async () => {
    const none: SmallTree = { leaf: 0 };
    const between = (column: number, from: number, below: number, lower: SmallTree): SmallTree => ({
      column,
      below: from,
      lower: none,
      upper: { column, below, lower, upper: none },
    });
    const corner = between(0, 30_000, 30_000.5, between(2, 123_456, 123_457, { leaf: 0.4 }));
    const { report } = await made({ model: treesModel(SMALL_FEATURES.length, [...stumpTrees(), corner]) });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([
      expect.objectContaining({
        name: 'explanations',
        detail:
          'Tree 25 of model.onnx reads ANNUAL_INCOME and LOAN_AMOUNT: the model is not additive. Declare it tree-ensemble.',
      }),
    ]);
  });

  it('where the reference applicants are far better than the cut-off, or `referral` lies outside of them', async () => {
    const { report } = await made({ declared: { reference: { fromPercentile: 1, toPercentile: 80 } } });
    const { passed, detail } = report.checks.find(({ name }) => name === 'cutoffs')!;
    expect(passed).toBe(false);
    expect(detail).toMatch(
      /^reference\.bandFromPd is [\d.]+, below two thirds of cutoffPd [\d.]+: .* Raise reference\.from/,
    );
    const { files } = await made();
    const low = await failed(changed(files, ({ cutoffs }) => void (cutoffs['referral'] = 1)));
    expect(low.cutoffs).toMatch(/^cutoffs\.referral is 1, below the reference applicants, who start at \d+/);
    const high = await failed(changed(files, ({ cutoffs }) => void (cutoffs['referral'] = 999_999)));
    expect(high.cutoffs).toMatch(/^cutoffs\.referral is 999999, above cutoffs\.decline/);
  });

  it('where its probabilities are half of what its training data show', async () => {
    const half: SmallTree = { leaf: -Math.LN2 };
    const { report } = await made({ model: treesModel(SMALL_FEATURES.length, [...stumpTrees(), half]) });
    const { passed, detail } = report.checks.find(({ name }) => name === 'calibration')!;
    expect(passed).toBe(false);
    expect(detail).toMatch(
      /^The mean probability of table\.csv is 10\.\d\d %, and 19\.50 % of its rows are bad \(observed/,
    );
  });

  it('where the stated metrics are none of a model, or not those of this one', async () => {
    const { files } = await made();
    const auc = (value: number, table?: string) =>
      failed(
        changed(files, ({ metrics }) => void (metrics.auc.value = value)),
        table,
      );
    expect(await auc(0.49)).toEqual({ metrics: expect.stringMatching(/^metrics\.auc is 0\.49, below 0\.5/) });
    expect(await auc(0.91)).toEqual({ metrics: expect.stringMatching(/^metrics\.auc is 0\.91, above 0\.9, and/) });
    expect((await auc(0.8, smallTable())).metrics).toMatch(
      /^metrics\.auc is 0\.8, and the model has 0\.6\d+ on its own/,
    );
    expect((await auc(1.2)).manifest).toMatch(/^manifest\.json, metrics\.auc\.value: /);
    const exact = changed(files, ({ metrics }) => void (metrics.ks.standardError = 0));
    expect((await failed(exact)).manifest).toMatch(/^manifest\.json, metrics\.ks\.standardError: /);
  });

  it('where stumps are declared to be linear', async () => {
    const { report } = await made({ declared: { kind: 'linear' } });
    expect(report.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['linear']);
  });

  it('where a row scores differently alone and among others, because the graph reads other rows', async () => {
    const { report } = await made({ model: batchModel(...WEIGHTS), declared: { kind: 'linear' } });
    const { passed, detail } = report.checks.find(({ name }) => name === 'batches')!;
    expect(passed).toBe(false);
    expect(detail).toMatch(
      /^A row scores differently alone and among 1024 rows\. Sum in double in the graph, and read no other row/,
    );
  });

  it('where its agreement with exact SHAP values is overstated or too low', async () => {
    const { files } = await made(ensembleSource());
    const over = await failed(changed(files, ({ agreement }) => void (agreement!.topFour = 1.0 - 1e-5)));
    expect(over.agreement).toMatch(/^agreement\.topFour is stated as 0\.99999, and is /);
    const rows = await failed(changed(files, ({ agreement }) => void (agreement!.rows += 1)));
    expect(rows.agreement).toMatch(/^agreement\.rows is stated as \d+, and is \d+\. Build the package again\.$/);
  });

  it('where its agreement is that of copies of a frozen row', async () => {
    const { files } = await made(ensembleSource());
    const copies = withReference(files, (text) => {
      const [header, first, second] = text.split('\n');
      return `${header}\n${first}\n${`${second}\n`.repeat(99)}`;
    });
    const [, , second = ''] = new TextDecoder().decode(copies.reference).split('\n');
    const frozen = [...Float32Array.from(second.split(',').map(Number))];
    const { agreement } = await failed(
      changed(copies, (manifest) => {
        Object.assign(manifest.reference, { applicants: 100, rows: [frozen] });
        manifest.agreement = { rows: 100, topFour: 1 };
      }),
    );
    expect(agreement).toContain('reference.rows has 1 distinct rows, and 5 are required.');
    expect(agreement).toContain('reference.csv has 2 distinct rows, and 100 are required.');
  });

  it('where a cut-off that a policy needs is missing, or is not the one of the reference', async () => {
    const { files } = await made();
    const other = await failed(changed(files, ({ cutoffs }) => void (cutoffs['decline'] = 500_000)));
    expect(other.cutoffs).toMatch(/^cutoffs\.decline is 500000, and the reference applicants end at \d+/);
    const missing = await failed(changed(files, ({ cutoffs }) => void delete cutoffs['referral']));
    expect(missing).toEqual({ cutoffs: 'small 1.0.0 has no cut-off "referral".' });
    const { allowed } = declarations() as { allowed: ModelPackage['allowed'] };
    const use = await failed(
      changed(files, (manifest) => void (manifest.allowed = allowed.map((each) => ({ ...each, uses: ['decide'] })))),
    );
    expect(use.cutoffs).toMatch(/small 1\.0\.0 is not allowed to set rates of personal-loan/);
  });

  it('where the manifest is no manifest, naming the member', async () => {
    const { files } = await made();
    const kind = await failed(changed(files, (manifest) => void Object.assign(manifest, { kind: 'forest' })));
    expect(kind.manifest).toMatch(/^manifest\.json, kind: /);
    expect(kind.serving).toMatch(/^Not run/);
    expect(await failed({ ...files, manifest: new TextEncoder().encode('{') })).toMatchObject({
      manifest: expect.stringMatching(/^manifest\.json is not JSON/),
    });
  });

  it('where the model is none, or has other columns', async () => {
    const { files } = await made();
    const model = new Uint8Array(64).fill(7);
    const found = await failed({
      ...changed(files, (manifest) => void (manifest.files['model.onnx'] = sha256(model))),
      model,
    });
    expect(found.model).toMatch(/^model\.onnx does not run: /);
    expect(found.batches).toMatch(/^Not run/);
  });

  it('with every failed check, not only the first', async () => {
    const { files } = await made();
    const found = await failed(
      changed(files, ({ features, reference, cutoffs }) => {
        features[1]!.monotone = -1;
        reference.groupMeans['TERM'] = 9;
        cutoffs['decline'] = 1;
      }),
    );
    expect(Object.keys(found)).toEqual(['features', 'reference', 'explanations', 'directions', 'cutoffs', 'serving']);
  });
});

describe('a suspected leak', () => {
  const suspects = async (table: string, declared: Record<string, unknown> = {}) => {
    const { report, files } = await made({ table, declared });
    const { detail, passed } = report.checks.find(({ name }) => name === 'leaks')!;
    return { detail, passed, files };
  };

  it('is a feature that nearly determines the target', async () => {
    const [header = '', ...lines] = smallTable().trimEnd().split('\n');
    const leaking = lines.map((line) => {
      const cells = line.split(',');
      return [...cells.slice(0, 3), cells[6] === '1' ? '6' : '1', ...cells.slice(4)].join(',');
    });
    const { detail, passed } = await suspects([header, ...leaking, ''].join('\n'));
    expect(passed).toBe(false);
    expect(detail).toMatch(/ranks-alone:inquiries_6m: inquiries_6m alone has an AUC of 1\.000/);
    expect(detail).toMatch(
      /determines-target:inquiries_6m: A range of inquiries_6m has \d+ events among \d+ applicants/,
    );
  });

  it('is a feature that stands for a price, which the table has beside the features', async () => {
    const table = smallTable({ int_rate: (_, values) => 5 + values[4]! / 10 });
    const { detail, passed } = await suspects(table);
    expect(passed).toBe(false);
    expect(detail).toMatch(
      /stands-for:revolving_utilisation:int_rate: .* follows int_rate, a price: the rank correlation is 1\.000/,
    );
  });

  it('is a feature that stands for a date, or is known after the decision', async () => {
    const day = (days: number): string => new Date(Date.UTC(2020, 0, 1 + days)).toISOString().slice(0, 10);
    const { detail } = await suspects(
      smallTable({
        issued: (_, values) => day(Math.round(values[4]! * 10)),
        decided_at: () => day(100),
        annual_income_known_at: (at) => day(at === 5 ? 101 : 99),
      }),
    );
    expect(detail).toMatch(/stands-for:revolving_utilisation:issued: .* a date/);
    expect(detail).toMatch(/known-later:annual_income: annual_income was known after the decision in 1 of 400 rows/);
  });

  it('passes with a reason, which the manifest then has; a package that leaves it out is refused', async () => {
    const table = smallTable({ int_rate: (_, values) => 5 + values[4]! / 10 });
    const because = 'The rate of this invented lender follows the utilization and nothing else.';
    const declared = { suspectsExplained: { 'stands-for:revolving_utilisation:int_rate': because } };
    const { passed, files } = await suspects(table, declared);
    expect(passed).toBe(true);
    expect(await failed(files)).toEqual({});
    const silent = await failed(
      changed(files, (manifest) => void delete manifest.suspects),
      table,
    );
    expect(silent.leaks).toMatch(/The package does not state it/);
  });

  it('is none in an honest table with an unrelated price', async () => {
    const { detail, passed } = await suspects(smallTable({ int_rate: (at) => (at * 7_919) % 13 }));
    expect({ passed, detail }).toMatchObject({ passed: true });
  });
});
