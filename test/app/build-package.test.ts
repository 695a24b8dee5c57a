import { describe, expect, it } from '@jest/globals';

import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { makePackage } from '../../app/models/build-package.ts';
import { ModelSourceInvalid, readDeclarations, type SourceFiles } from '../../app/models/model-source.ts';
import { declarationsTemplate } from '../../app/models/template.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { FEATURES } from '../../domain/features/catalogue.ts';
import { modelPackage, type ModelPackage } from '../../domain/scoring/model-package.ts';
import { ensembleSource, pairs, smallSource, smallTable } from '../support/model-source.ts';

const manifestOf = ({ files }: Awaited<ReturnType<typeof makePackage>>): ModelPackage =>
  modelPackage.parse(JSON.parse(new TextDecoder().decode(files.manifest)));

async function faultsOf(source: SourceFiles): Promise<readonly string[]> {
  const error: unknown = await makePackage(source, modelRuntime).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ModelSourceInvalid);
  return (error as ModelSourceInvalid).faults;
}

describe('a built package', () => {
  it('has the same digest where only the versions of the trainer and of Python are others', async () => {
    const built = (python: string) =>
      makePackage(
        smallSource({ provenance: JSON.stringify({ versions: { python, xgboost: '3.2.0' } }) }),
        modelRuntime,
      );
    const [one, other] = [await built('3.11.7'), await built('3.12.1')];
    expect(other.report.digest).toBe(one.report.digest);
    expect(other.files).toEqual(one.files);
    expect(other.card).toContain('python 3.12.1');
    expect(other.card).not.toBe(one.card);
  });

  it('has another digest where the model, the reference or the score bands are others', async () => {
    const { report } = await makePackage(smallSource(), modelRuntime);
    const table = smallTable().replace(/^(.*\n)(.*\n)(.*\n)/, '$1$3');
    expect((await makePackage(smallSource({ table }), modelRuntime)).report.digest).not.toBe(report.digest);
  });

  it('reads percentiles of the table as cut-offs and bands', async () => {
    const { cutoffs, bands, reference } = manifestOf(await makePackage(smallSource(), modelRuntime));
    expect(cutoffs['decline']).toBe(Math.round(reference.cutoffPd * 1e6));
    expect(cutoffs['referral']).toBeLessThanOrEqual(cutoffs['decline']!);
    expect(bands['risk']!.cuts.at(-1)).toBe(cutoffs['decline']);
  });

  it('of trees over several features has frozen rows of the reference, and states its agreement', async () => {
    const made = await makePackage(smallSource(ensembleSource()), modelRuntime);
    const { reference, agreement } = manifestOf(made);
    expect(reference.rows).toHaveLength(25);
    expect(reference.groupMeans).toEqual({});
    expect(agreement).toEqual({ rows: reference.applicants, topFour: expect.any(Number) });
    expect(agreement!.topFour).toBeGreaterThanOrEqual(0.95);
    expect(made.card).toMatch(
      /% of an applicant's\s+four largest contributions are also among the four largest exact interventional SHAP values/,
    );
  });

  it('has a card with its uses, cut-offs, metrics with intervals, limits and checks', async () => {
    const { card } = await makePackage(smallSource(), modelRuntime);
    for (const part of [
      '| personal-loan | decide, price, limit | sandbox | A model for tests. |',
      '| cut-off `decline` |',
      '| AUC | 0.6600 | 0.6404 to 0.6796 |',
      '- The applicants are invented.',
      '| directions | passed |',
      '| linear | not applicable | Not applicable to kind additive. |',
      'The table had no column `margin`: the verification rows have the runtime',
    ]) {
      expect(card).toContain(part);
    }
    expect(card).toMatch(
      /calibration \| passed \| The mean probability of 400 rows is 17\.34 %, and 19\.50 % are bad:/,
    );
    expect(card).toContain('the first method of comment 9(b)(2)-5');
  });

  it('has a card that claims the first method of comment 9(b)(2)-5 for no ensemble', async () => {
    const { card } = await makePackage(
      smallSource({ model: pairs(), declared: { kind: 'tree-ensemble' } }),
      modelRuntime,
    );
    expect(card).not.toContain('the first method');
    expect(card).toMatch(/The lender has to show that similarity; agreement with SHAP values does not show it\./);
  });
});

describe('a source with faults', () => {
  it('is refused with every fault of model.yaml, naming the member and what to write', async () => {
    const faults = await faultsOf(
      smallSource({ declared: { kind: 'forest', cutoffs: { decline: 'p101' }, limits: [], colour: 'red' } }),
    );
    expect(faults).toHaveLength(4);
    for (const part of [
      /^model\.yaml, kind: .*Write additive, linear or tree-ensemble\.$/,
      /^model\.yaml, cutoffs\.decline: .*Write parts per million/,
      /^model\.yaml, limits: .*State at least one limit of the model\.$/,
      /^model\.yaml, colour: is no member\. Remove it/,
    ]) {
      expect(faults).toContainEqual(expect.stringMatching(part));
    }
  });

  it('is refused where model.yaml is no YAML, with line and column', async () => {
    expect(await faultsOf(smallSource({ declarations: 'id: [small\nversion: 1' }))).toEqual([
      expect.stringMatching(/^model\.yaml, line \d+, column \d+: /),
    ]);
  });

  it('is refused where a table lacks a feature, or has a cell that is no number, without the value', async () => {
    const table = smallTable();
    expect(await faultsOf(smallSource({ table: table.replace('term_months', 'months') }))).toEqual([
      'table.csv, line 1: has no column term_months. Add it, or remove the feature from model.yaml.',
    ]);
    for (const value of ['NaN', 'Infinity', 'x']) {
      const [fault] = await faultsOf(smallSource({ table: table.replace(/^(.*\n)[^,]*/, `$1${value}`) }));
      expect(fault).toBe('table.csv, line 2, loan_amount: is not a finite number. Correct it, or leave the row out.');
    }
    expect(await faultsOf(smallSource({ table: table.replace(/^(.*\n)[^,]*/, '$1') }))).toEqual([
      'table.csv, line 2, loan_amount: is empty. Leave the row out: an application without the value goes to a person.',
    ]);
  });

  it("is refused where the trainer's margins are not those of model.onnx", async () => {
    expect(await faultsOf(smallSource({ table: smallTable({ margin: () => -2 }) }))).toEqual([
      expect.stringMatching(/^table\.csv, margin: differs from model\.onnx by [\d.]+, more than 0\.00001 log-odds/),
    ]);
  });

  it('is refused where metrics.json lacks a metric, or a reason names no suspect', async () => {
    expect(await faultsOf(smallSource({ metrics: '{"protocol": "none"}' }))).toHaveLength(4);
    const declared = { suspectsExplained: { 'ranks-alone:nothing': 'A reason of more than twenty characters.' } };
    expect(await faultsOf(smallSource({ declared }))).toEqual([
      'model.yaml, suspectsExplained.ranks-alone:nothing: is no suspect of this table. Remove it.',
    ]);
  });
});

it('the template declares every feature of the release for every product', () => {
  const { features, allowed } = readDeclarations(declarationsTemplate(PRODUCT_NAMES));
  expect(features).toHaveLength(FEATURES.length);
  expect(allowed.map(({ product }) => product)).toEqual(PRODUCT_NAMES);
});
