import { beforeAll, describe, expect, test } from '@jest/globals';

import { treesOf } from '../../../adapters/onnx/ensemble.ts';
import { openSession } from '../../../adapters/onnx/session.ts';
import type { Scorer } from '../../../adapters/ports.ts';
import { releasedModel } from '../../../cli/released-model.ts';
import type { CreditAttributes } from '../../../domain/bureau/report.ts';
import { numbersOf } from '../../../domain/decision/core-contract.ts';
import { decisionCore } from '../../../domain/decision/core.ts';
import { namesOf, type FeatureName } from '../../../domain/features/catalogue.ts';
import { interpretCall, modelCall, rowsOf } from '../../../domain/products/model-call.ts';
import type { ArchivedManifest } from '../../../domain/scoring/manifest-1.ts';
import { manifestFaults } from '../../../domain/scoring/manifest-faults.ts';
import type { ModelKind, ModelPackage } from '../../../domain/scoring/model-package.ts';
import { explanationCount, reasonGroups, toMicros } from '../../../domain/scoring/score.ts';
import { treeContributions } from '../../../domain/scoring/trees.ts';
import { ATTRIBUTES } from '../../support/applicants.ts';
import { EVERY_FEATURE } from '../../support/every-feature.ts';
import { linearModel, treesModel, type SmallTree } from '../../support/onnx-file.ts';
import { applicationOf } from '../../support/submissions.ts';

let champion: Scorer;
beforeAll(async () => {
  champion = await releasedModel('personal-loan');
});

interface Model {
  readonly manifest: ModelPackage;
  readonly steps: Scorer['steps'];
  readonly margins: Scorer['margins'];
}

/** A package with some features of the catalog. */
async function packageOf(
  kind: ModelKind,
  names: readonly FeatureName[],
  { model, rows = [] }: { model: Uint8Array; rows?: number[][] },
): Promise<Model> {
  const features = names.map((name) => {
    const { feature, minimum, maximum, missingCodes, monotone, group } = EVERY_FEATURE.find(
      (each) => each.name === name,
    )!;
    return { feature, minimum, maximum, missingCodes: [...missingCodes], monotone, group };
  });
  const isEnsemble = kind === 'tree-ensemble';
  const manifest: ModelPackage = {
    ...champion.manifest,
    kind,
    features,
    agreement: isEnsemble ? { rows: 1, topFour: 1 } : null,
    reference: {
      ...champion.manifest.reference,
      rows,
      groupMeans: isEnsemble ? {} : Object.fromEntries(reasonGroups({ features }).map((group) => [group, 0])),
    },
    verification: {
      ...champion.manifest.verification,
      rows: [rows[0]!, rows[0]!, rows[0]!],
      margins: [0, 0, 0],
      pds: [0, 0, 0],
    },
  };
  expect(manifestFaults({ ...manifest })).toEqual([]);
  const session = await openSession(model, names.length);
  return { manifest, steps: session.steps, margins: (rows, shift) => session.margins(rows, shift) };
}

async function scoreOf(model: Model, attributes: CreditAttributes = ATTRIBUTES) {
  const application = applicationOf();
  const { rows, features, faults } = modelCall(model, application, attributes);
  if (!rows) return { features, faults, result: null };
  const margins = await model.margins(rowsOf(model, rows), 0);
  return { features, faults, rows, result: interpretCall(model, { application, attributes }, margins) };
}

const stump = (column: number, below: number, by: number): SmallTree => ({
  column,
  below,
  lower: { leaf: 0 },
  upper: { leaf: by },
});

describe('A tree ensemble', () => {
  const names = ['loan_amount', 'inquiries_6m', 'inquiries_12m', 'all_utilisation', 'oldest_account_months'] as const;
  const rows = [
    [5_000, 0, 1, 20, 200],
    [30_000, 2, 3, 60, 90],
    [12_000, 1, 5, 45, 30],
  ];
  // Branches of one path read several facts, so no fact has a part of its own.
  const trees: SmallTree[] = [
    {
      column: 3,
      below: 50,
      lower: stump(1, 1, 0.25),
      upper: { column: 2, below: 4, lower: { leaf: 0.5 }, upper: stump(4, 80, -0.75) },
    },
    { column: 4, below: 100, lower: stump(3, 40, 0.5), upper: { leaf: -0.25 } },
    stump(0, 10_000, 0.125),
  ];
  const bytes = treesModel(names.length, trees);
  const files: CreditAttributes[] = [
    ATTRIBUTES,
    { ...ATTRIBUTES, inquiries6m: 3, inquiries12m: 6, allUtilisationPercent: 90, oldestAccountMonths: 20 },
    { ...ATTRIBUTES, inquiries6m: 1, allUtilisationPercent: 30, oldestAccountMonths: 400 },
  ];

  test('is explained by both substitutions of each fact in every reference row, in one call of the model', async () => {
    const ensemble = await packageOf('tree-ensemble', names, { model: bytes, rows });
    const groups = reasonGroups(ensemble.manifest);
    expect(explanationCount(ensemble.manifest)).toBe(1 + 3 + 2 * 3 * groups.length);
    const groupOf = ensemble.manifest.features.map(({ group }) => (groups as readonly string[]).indexOf(group));
    for (const file of files) {
      const { features, result } = await scoreOf(ensemble, file);
      const row = namesOf(ensemble.manifest.features).map((name) => features[name] ?? Number.NaN);
      // From the leaves of the trees, which the model's margins know nothing of.
      const [{ substituted } = { substituted: [] }] = treeContributions(treesOf(bytes)!, groupOf, [row], rows);
      expect(result!.contributions.map(({ group, deficitMicros }) => [group, deficitMicros])).toEqual(
        groups.map((group, at) => [group, toMicros(substituted[at] ?? Number.NaN)]),
      );
      expect(
        result!.contributions.every(({ contributionMicros, deficitMicros }) => contributionMicros === deficitMicros),
      ).toBe(true);
    }
  });

  test('is scored although its parts do not add up, and the score states by how much', async () => {
    const ensemble = await packageOf('tree-ensemble', names, { model: bytes, rows });
    const errors = await Promise.all(
      files.map(async (file) => (await scoreOf(ensemble, file)).result!.additivityErrorMicros),
    );
    expect(errors.some((error) => Math.abs(error) > 1_000)).toBe(true);
    const additive = await packageOf('additive', names, { model: bytes, rows: rows.slice(0, 1) });
    await expect(scoreOf(additive, files[1])).rejects.toThrow('not additive over its reason groups');
  });

  test('is rebuilt by the core within the limits of a replay, and in the same bytes', async () => {
    const { manifest, steps, margins } = await packageOf('tree-ensemble', names, { model: bytes, rows });
    const core = decisionCore(() => undefined);
    const asked = [{ application: applicationOf(), attributes: ATTRIBUTES }];
    const { rows: expected, result } = await scoreOf({ manifest, steps, margins });
    const answered = numbersOf(await margins(rowsOf({ manifest, steps }, expected!), 0));
    expect(core.scores({ manifest, steps, files: asked, margins: [answered] })).toEqual([{ made: result }]);
  });
});

describe('A model without features of the loan', () => {
  test('gives every amount and term the score of the request, without a row for them', async () => {
    const names = ['annual_income', 'inquiries_12m'] as const;
    const model = await packageOf('linear', names, {
      model: linearModel([-1e-6, 0.1], -2),
      rows: [[50_000, 1]],
    });
    expect(model.steps).toBeNull();
    const { rows, result } = await scoreOf(model);
    expect(rows!.candidates).toEqual({ columns: [], values: [] });
    for (const { runs } of result!.candidates!.terms) {
      expect(runs).toEqual([{ fromCents: runs[0]!.fromCents, pdMicros: result!.pdMicros }]);
    }
  });

  test('but for the term, has one row for each term', async () => {
    const names = ['inquiries_12m', 'term_months'] as const;
    const model = await packageOf('linear', names, { model: linearModel([0.1, 0.01], -2), rows: [[1, 36]] });
    const { rows, result } = await scoreOf(model);
    expect(rows!.candidates).toEqual({ columns: [1], values: [36, 60] });
    const pds = result!.candidates!.terms.map(({ runs }) => runs.map(({ pdMicros }) => pdMicros));
    expect(pds).toEqual([[result!.pdMicros], [expect.any(Number)]]);
    expect(pds[1]![0]).toBeGreaterThan(result!.pdMicros);
  });
});

describe('The features of a model', () => {
  const names = ['all_utilisation', 'oldest_account_months'] as const;
  const model = linearModel([0.01, -0.01], -2);

  test('are all that it is served: a feature more in the catalog changes no score of the champion', async () => {
    expect(namesOf(champion.manifest.features)).not.toContain('oldest_account_months');
    const known = await scoreOf(champion, { ...ATTRIBUTES, oldestAccountMonths: 77 });
    expect(await scoreOf(champion, { ...ATTRIBUTES, oldestAccountMonths: null })).toEqual(known);
    expect(Object.keys(known.features)).toEqual([...namesOf(champion.manifest.features)]);
    const reader = await packageOf('linear', names, { model, rows: [[50, 100]] });
    expect((await scoreOf(reader)).features).toEqual({ all_utilisation: 48, oldest_account_months: 77 });
    expect((await scoreOf(reader, { ...ATTRIBUTES, oldestAccountMonths: null })).faults).toMatchObject([
      { feature: 'oldest_account_months', fault: 'MISSING' },
    ]);
  });

  test('have codes of missing values and ranges of their own, which no change of the file leaves', async () => {
    const { manifest, steps, margins } = await packageOf('linear', names, { model, rows: [[50, 100]] });
    const features = manifest.features.with(0, { ...manifest.features[0]!, minimum: 25, missingCodes: [40] });
    const narrow = { manifest: { ...manifest, features }, steps, margins };
    const faultsAt = async (allUtilisationPercent: number) =>
      (await scoreOf(narrow, { ...ATTRIBUTES, allUtilisationPercent })).faults.map(({ fault }) => fault);
    expect([await faultsAt(48), await faultsAt(40), await faultsAt(24)]).toEqual([[], ['MISSING'], ['OUT_OF_RANGE']]);
    const { result } = await scoreOf(narrow);
    const changes = result!.changes!.find(({ fact }) => fact === 'ALL_UTILISATION');
    expect(changes?.targets.map(({ to }) => to)).toEqual([30]);
    const whole = (await scoreOf({ manifest, steps, margins })).result!.changes!;
    expect(whole.find(({ fact }) => fact === 'ALL_UTILISATION')?.targets.map(({ to }) => to)).toEqual([40, 30, 20, 10]);
  });

  test.each([
    ['a text', '48'],
    ['an empty text', ''],
    ['a list', [48]],
    ['a truth value', true],
    ['a bigint', 48n],
  ])('are refused as %s, which a division would take for a number', async (_, value) => {
    const attributes = ['allUtilisationPercent', 'instalmentBalanceCents', 'delinquentAmountCents'] as const;
    for (const attribute of attributes) {
      const { faults, result } = await scoreOf(champion, { ...ATTRIBUTES, [attribute]: value });
      expect(result).toBeNull();
      expect(faults.map(({ fault }) => fault)).toContain('NOT_FINITE');
    }
  });
});

/** The manifest as a release with version 1 archived it. */
function asVersion1({ manifest }: Scorer): ArchivedManifest {
  const { id, version, description, target, files, features, reference, training, metrics, verification } = manifest;
  const { rows, ...measured } = reference;
  return {
    schemaVersion: 1,
    id,
    version,
    description,
    target,
    training,
    metrics,
    verification,
    file: { sha256: files['model.onnx'] },
    features: features.map((feature, column) => ({ ...feature, name: namesOf(features)[column]! })),
    reference: { ...measured, baseline: rows[0]!, sha256: files['reference.csv'] },
  };
}

test('A manifest of version 1 gives the core of this release the same rows and the same score as version 2', async () => {
  const core = decisionCore(() => undefined);
  const files = [{ application: applicationOf(), attributes: ATTRIBUTES }];
  const { manifest, steps } = champion;
  const [first, second] = [asVersion1(champion), manifest].map((each) =>
    core.features({ manifest: each, steps, files }),
  );
  expect(first).toEqual(second);
  const { rows } = modelCall(champion, applicationOf(), ATTRIBUTES);
  const margins = [numbersOf(await champion.margins(rowsOf(champion, rows!), 0))];
  const asked = { steps, files, margins };
  expect(core.scores({ manifest: asVersion1(champion), ...asked })).toEqual(core.scores({ manifest, ...asked }));
});
