import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { ModelPackageDamaged, openPackage, readPackage } from '../../../adapters/onnx/scorer.ts';
import type { Scorer } from '../../../adapters/ports.ts';
import { buildFeatures, featureRow } from '../../../domain/features/build.ts';
import { FEATURES } from '../../../domain/features/catalogue.ts';
import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import type { ModelPackage } from '../../../domain/scoring/model-package.ts';
import { explanationRows, interpretMargins, toMicros } from '../../../domain/scoring/score.ts';
import { APPLICATION, applications, ATTRIBUTES, files } from '../../support/applicants.ts';

const run = promisify(execFile);
const published = join(import.meta.dirname, '../../../models/personal-loan-default/2.0.0');
const columns = 20;
let scorer: Scorer;

beforeAll(async () => {
  scorer = await openPackage(await readPackage(published));
});

const rows = fc
  .tuple(applications, files)
  .map(([application, file]) => featureRow(buildFeatures(application, file), scorer.manifest.features));
const batches = fc.array(rows, { minLength: 2, maxLength: 40 });
const joined = (list: readonly Float32Array[]): Float32Array => Float32Array.from(list.flatMap((row) => [...row]));

describe('the published model', () => {
  it('is known by its manifest, its digest and its runtime', async () => {
    expect(scorer.manifest.id).toBe('personal-loan-default');
    expect(scorer.packageDigest).toBe(sha256(await readFile(join(published, 'manifest.json'))));
    expect(scorer.runtime).toMatch(/^onnxruntime-node \d+\.\d+\.\d+$/);
    expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
  });

  it('scores a row the same alone, in a batch, in any place and again, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (list) => {
        const together = await scorer.margins(joined(list), 0);
        const reversed = await scorer.margins(joined(list.toReversed()), 0);
        const alone = await Promise.all(list.map(async (row) => (await scorer.margins(row, 0))[0]));
        expect([...together]).toEqual(alone);
        expect([...reversed].toReversed()).toEqual(alone);
      }),
      { numRuns: 30 },
    );
  });

  it('never gives a better margin for a worse value of any feature', async () => {
    const worsened = fc
      .tuple(rows, fc.nat(columns - 1), fc.double({ min: 0, max: 1, noNaN: true }))
      .filter(([row, column]) => !Number.isNaN(row[column] ?? Number.NaN))
      .map(([row, column, share]) => {
        const { minimum, maximum, monotone } = FEATURES[column] ?? FEATURES[0];
        const value = row[column] ?? 0;
        return [row, row.with(column, value + share * ((monotone === 1 ? maximum : minimum) - value))] as const;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(worsened, { minLength: 20, maxLength: 60 }), async (pairs) => {
        const better = await scorer.margins(joined(pairs.map(([row]) => row)), 0);
        const worse = await scorer.margins(joined(pairs.map(([, row]) => row)), 0);
        for (const [index, margin] of worse.entries())
          expect(margin).toBeGreaterThanOrEqual(better[index] ?? Number.NaN);
      }),
      { numRuns: 50 },
    );
  });

  it('tells applicants apart, so that the properties above say something', async () => {
    const worse = buildFeatures(
      { ...APPLICATION, termMonths: 60, annualIncomeCents: 20_000_00 },
      { ...ATTRIBUTES, inquiries6m: 5, financeInquiries: 6, allUtilisationPercent: 95 },
    );
    const [first = 0, second = 0] = await scorer.margins(
      joined([
        featureRow(buildFeatures(APPLICATION, ATTRIBUTES), scorer.manifest.features),
        featureRow(worse, scorer.manifest.features),
      ]),
      0,
    );
    expect(second - first).toBeGreaterThan(0.5);
  });

  it('explains every margin by contributions that add up to it', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (row) => {
        const margins = await scorer.margins(explanationRows(scorer.manifest, row), 0);
        const score = interpretMargins(scorer.manifest, margins);
        expect(score.marginMicros).toBe(toMicros((await scorer.margins(row, 0))[0] ?? Number.NaN));
        expect(Math.abs(score.additivityErrorMicros)).toBeLessThanOrEqual(20);
      }),
    );
  });

  it('adds the shift to every margin, and to no contribution', async () => {
    const batch = explanationRows(
      scorer.manifest,
      featureRow(buildFeatures(APPLICATION, ATTRIBUTES), scorer.manifest.features),
    );
    const plain = interpretMargins(scorer.manifest, await scorer.margins(batch, 0));
    const shifted = interpretMargins(scorer.manifest, await scorer.margins(batch, 0.5));
    expect(Math.abs(shifted.marginMicros - plain.marginMicros - 500_000)).toBeLessThanOrEqual(1);
    for (const [index, { contributionMicros }] of shifted.contributions.entries()) {
      const { contributionMicros: unshifted = Number.NaN } = plain.contributions[index] ?? {};
      expect(Math.abs(contributionMicros - unshifted)).toBeLessThanOrEqual(1);
    }
  });

  it('refuses rows that are not whole and a shift that is no number', async () => {
    await expect(scorer.margins(new Float32Array(columns + 1), 0)).rejects.toThrow(RangeError);
    await expect(scorer.margins(new Float32Array(0), 0)).rejects.toThrow(RangeError);
    await expect(scorer.margins(new Float32Array(columns), Number.NaN)).rejects.toThrow(RangeError);
  });
});

describe('a damaged package', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underwright-model-'));
    await cp(published, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refused = async (message: RegExp): Promise<void> => {
    const failure = await readPackage(folder)
      .then((files) => openPackage(files))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toBeInstanceOf(ModelPackageDamaged);
    expect((failure as Error).message).toMatch(message);
  };
  const changeModel = async (change: (model: Buffer) => Uint8Array): Promise<void> => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, change(await readFile(path)));
  };
  const changeManifest = async (change: (manifest: ModelPackage) => void): Promise<void> => {
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as ModelPackage;
    change(manifest);
    await writeFile(path, JSON.stringify(manifest));
  };
  /** As one who damages a package and then makes its digest fit. */
  const fitDigest = async (): Promise<void> => {
    const digest = sha256(await readFile(join(folder, 'model.onnx')));
    await changeManifest((manifest) => void (manifest.files['model.onnx'] = digest));
  };

  it('is not one when it is only copied', async () => {
    const copy = await openPackage(await readPackage(folder), scorer.packageDigest);
    expect(copy.packageDigest).toBe(scorer.packageDigest);
  });

  it('is refused when only the means of its reference are others, which no output shows', async () => {
    await changeManifest(({ reference }) => {
      for (const group of Object.keys(reference.groupMeans)) reference.groupMeans[group] = 9;
    });
    await expect(openPackage(await readPackage(folder), scorer.packageDigest)).rejects.toThrow(
      expect.objectContaining({
        name: 'ModelPackageDamaged',
        message: expect.stringMatching(/manifest\.json has the digest [0-9a-f]{64}, and [0-9a-f]{64} is expected/),
      }),
    );
    const meant = sha256(await readFile(join(folder, 'manifest.json')));
    expect((await openPackage(await readPackage(folder), meant)).packageDigest).toBe(meant);
  });

  it('is refused when a file is gone', async () => {
    for (const name of ['model.onnx', 'manifest.json', 'reference.csv']) {
      await rm(join(folder, name));
      await refused(new RegExp(`${name} cannot be read`));
      await cp(published, folder, { recursive: true });
    }
  });

  it('is refused when the model is truncated, also with a digest that fits', async () => {
    await changeModel((model) => model.subarray(0, model.length / 2));
    await refused(/model\.onnx does not have the digest/);
    await fitDigest();
    await refused(/model\.onnx: /);
  });

  it('is refused when any one byte of the model is flipped', async () => {
    const { length } = await readFile(join(published, 'model.onnx'));
    for (const position of [0, Math.floor(length / 3), length - 1]) {
      await cp(published, folder, { recursive: true });
      await changeModel((model) => model.fill((model[position] ?? 0) ^ 1, position, position + 1));
      await refused(/model\.onnx does not have the digest/);
    }
  });

  it('is refused when the manifest gives another digest', async () => {
    await changeManifest((manifest) => void (manifest.files['model.onnx'] = '0'.repeat(64)));
    await refused(/model\.onnx does not have the digest/);
  });

  it('is refused when two columns are swapped', async () => {
    await changeManifest(({ features }) => {
      const [first, second] = features.splice(0, 2);
      if (first && second) features.unshift(second, first);
    });
    await refused(/verification\.rows\.0\.0 is outside the range of term_months@1/);
  });

  it.each([
    [
      'a range beyond the catalog',
      ({ features }) => Object.assign(features[5]!, { maximum: 301 }),
      /features\.5 \(revolving_utilisation@1\) has a range beyond 0 to 300/,
    ],
    [
      'a feature twice',
      ({ features }) => features.push(features[0]!),
      /features\.20 \(loan_amount@1\) repeats a feature/,
    ],
    [
      'a feature of another version',
      ({ features }) => Object.assign(features[1]!, { feature: 'term_months@2' }),
      /features\.1 \(term_months@2\) is another version than term_months@1/,
    ],
    [
      'a feature that the catalog lacks',
      ({ features }) => Object.assign(features[1]!, { feature: 'shoe_size@1' }),
      /features\.1 \(shoe_size@1\) is not in the feature catalog/,
    ],
    [
      'another direction',
      ({ features }) => Object.assign(features[2]!, { monotone: 1 }),
      /features\.2 \(annual_income@1\) has a direction other/,
    ],
    [
      'another group',
      ({ features }) => Object.assign(features[2]!, { group: 'TERM' }),
      /features\.2 \(annual_income@1\) has the group TERM instead of ANNUAL_INCOME/,
    ],
    [
      'an infinite bound',
      ({ features }) => Object.assign(features[10]!, { missingCodes: [1e39] }),
      /features\.10 \(instalment_balance@1\) has a number beyond float32/,
    ],
    [
      'an infinite reference',
      ({ reference }) => void (reference.rows[0]![3] = 1e39),
      /reference\.rows\.0\.3 is not a finite float32/,
    ],
    [
      'two reference rows',
      ({ reference }) => reference.rows.push(reference.rows[0]!),
      /reference\.rows of kind additive needs exactly one row/,
    ],
    [
      'an agreement',
      (manifest) => Object.assign(manifest, { agreement: { rows: 1, topFour: 1 } }),
      /agreement needs null for kind additive/,
    ],
    [
      'another kind',
      (manifest) => Object.assign(manifest, { kind: 'tree-ensemble' }),
      /reference\.groupMeans needs no value for kind tree-ensemble/,
    ],
  ] as [string, (manifest: ModelPackage) => unknown, RegExp][])('is refused with %s', async (_, change, message) => {
    await changeManifest((manifest) => void change(manifest));
    await refused(message);
  });

  it.each(['NaN', '1e400', '-1e400', 'Infinity', 'null'])(
    'is refused with %s in any number of the manifest',
    async (value) => {
      const path = join(folder, 'manifest.json');
      const text = await readFile(path, 'utf8');
      // Every eleventh number, from another one for each value.
      const places = [...text.matchAll(/(?<=[:[,]\s*)-?\d+(\.\d+)?(?=\s*[,\]}\n])/g)].filter(
        (__, at) => at % 11 === value.length % 11,
      );
      expect(places.length).toBeGreaterThan(20);
      for (const { index, 0: number } of places) {
        await writeFile(path, `${text.slice(0, index)}${value}${text.slice(index + number.length)}`);
        await refused(/^manifest\.json /);
      }
    },
  );

  it.each(['NaN', '1e39', 'Infinity', '', ' 1', '0x10'])(
    'is refused with "%s" among its reference applicants',
    async (value) => {
      const path = join(folder, 'reference.csv');
      const lines = (await readFile(path, 'utf8')).split('\n');
      const cells = lines[7]!.split(',');
      await writeFile(path, lines.with(7, cells.with(4, value).join()).join('\n'));
      await refused(/reference\.csv does not have the digest/);
      const digest = sha256(await readFile(path));
      await changeManifest(({ files }) => void (files['reference.csv'] = digest));
      await refused(/reference\.csv has no finite number in line 8, column 5/);
    },
  );

  it('is refused when an expected margin or probability is another', async () => {
    await changeManifest(
      ({ verification }) => void (verification.margins[3] = (verification.margins[3] ?? 0) + 0.00001),
    );
    await refused(/verification\.margins\.3/);
    await cp(published, folder, { recursive: true });
    await changeManifest(({ verification }) => void (verification.pds[2] = (verification.pds[2] ?? 0) + 0.00001));
    await refused(/verification\.pds\.2/);
  });

  it('is refused when it asks for so much tolerance that another model would pass', async () => {
    await changeManifest(({ verification }) => void (verification.tolerance = 0.1));
    await refused(/verification\.tolerance/);
  });

  it('is refused when a verification row is another', async () => {
    await changeManifest(({ verification }) => void (verification.rows[0] && (verification.rows[0][1] = 60)));
    await refused(/verification\.rows\.0/);
  });

  it('is refused when the reference does not fit the groups or columns', async () => {
    await changeManifest(({ reference }) => void delete reference.groupMeans['TERM']);
    await refused(/reference\.groupMeans/);
    await cp(published, folder, { recursive: true });
    await changeManifest(({ reference }) => void reference.rows[0]?.pop());
    await refused(/reference\.rows\.0 needs one value for each of 20 features/);
  });

  it('is refused when the manifest is no manifest, naming the field', async () => {
    await changeManifest((manifest) => void Object.assign(manifest, { kind: 'anything' }));
    await refused(/manifest\.json is not a manifest of version 2 \(kind: /);
    await writeFile(join(folder, 'manifest.json'), '{');
    await refused(/manifest\.json is not JSON/);
  });
});

// Loads the real runtime of the project in a process that has another system's name, for which there is no library.
it('names a system without a native library, and the way out', async () => {
  const source = `
    Object.defineProperty(process, 'arch', { value: 'riscv64' });
    const { openPackage, readPackage } = await import('./adapters/onnx/scorer.ts');
    const files = await readPackage('models/personal-loan-default/2.0.0');
    console.log(await openPackage(files).catch((error) => error.name + ': ' + error.message));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: join(import.meta.dirname, '../../..'),
  });
  expect(stdout).toMatch(
    /^NativeLibraryUnavailable: The native library of onnxruntime-node does not load on \w+-riscv64: .*\. Run "npm ci"/,
  );
});
