import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { ModelPackageDamaged, loadScorer } from '../../../adapters/onnx/scorer.ts';
import type { Scorer } from '../../../adapters/ports.ts';
import { buildFeatures, featureRow } from '../../../domain/features/build.ts';
import { FEATURES } from '../../../domain/features/catalogue.ts';
import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import type { ModelManifest } from '../../../domain/scoring/manifest.ts';
import { explanationRows, interpretMargins, toMicros } from '../../../domain/scoring/score.ts';
import { MODEL_DIGESTS } from '../../../models/digests.ts';
import { APPLICATION, applications, ATTRIBUTES, files } from '../../support/applicants.ts';

const run = promisify(execFile);
const published = join(import.meta.dirname, '../../../models/personal-loan-default');
const columns = FEATURES.length;
let scorer: Scorer;

beforeAll(async () => {
  scorer = await loadScorer(published);
});

const rows = fc.tuple(applications, files).map(([application, file]) => featureRow(buildFeatures(application, file)));
const batches = fc.array(rows, { minLength: 2, maxLength: 40 });
const joined = (list: readonly Float32Array[]): Float32Array => Float32Array.from(list.flatMap((row) => [...row]));

describe('the published model', () => {
  it('is known by its manifest, its digest and its runtime', async () => {
    expect(scorer.manifest.id).toBe('personal-loan-default');
    expect(scorer.packageDigest).toBe(MODEL_DIGESTS['personal-loan-default']);
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
      joined([featureRow(buildFeatures(APPLICATION, ATTRIBUTES)), featureRow(worse)]),
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
    const batch = explanationRows(scorer.manifest, featureRow(buildFeatures(APPLICATION, ATTRIBUTES)));
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
    const failure = await loadScorer(folder, null).then(
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
  const changeManifest = async (change: (manifest: ModelManifest) => void): Promise<void> => {
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as ModelManifest;
    change(manifest);
    await writeFile(path, JSON.stringify(manifest));
  };
  /** As one who damages a package and then makes its digest fit. */
  const fitDigest = async (): Promise<void> => {
    const digest = sha256(await readFile(join(folder, 'model.onnx')));
    await changeManifest((manifest) => void (manifest.file.sha256 = digest));
  };

  it('is not one when it is only copied', async () => {
    const copy = await loadScorer(folder);
    expect(copy.packageDigest).toBe(scorer.packageDigest);
  });

  it('is refused when only the means of its reference are others, which no output shows', async () => {
    await changeManifest(({ reference }) => {
      for (const group of Object.keys(reference.groupMeans)) reference.groupMeans[group] = 9;
    });
    await expect(loadScorer(folder)).rejects.toThrow(
      expect.objectContaining({
        name: 'ModelPackageDamaged',
        message: expect.stringMatching(/manifest\.json has the digest [0-9a-f]{64}, and [0-9a-f]{64} is expected/),
      }),
    );
    const meant = sha256(await readFile(join(folder, 'manifest.json')));
    expect((await loadScorer(folder, meant)).packageDigest).toBe(meant);
  });

  it('is refused when a file is gone', async () => {
    await rm(join(folder, 'model.onnx'));
    await refused(/model\.onnx cannot be read/);
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
    await changeManifest((manifest) => void (manifest.file.sha256 = '0'.repeat(64)));
    await refused(/model\.onnx does not have the digest/);
  });

  it('is refused when two columns are swapped', async () => {
    await changeManifest(({ features }) => {
      const [first, second] = features.splice(0, 2);
      if (first && second) features.unshift(second, first);
    });
    await refused(/manifest\.json: features\.0 is not the catalogue's loan_amount/);
  });

  it('is refused when a column differs from the catalogue in its range, or there is one too many', async () => {
    await changeManifest(({ features }) => void (features[5] && (features[5].maximum = 99)));
    await refused(/features\.5 is not the catalogue's revolving_utilisation/);
    await cp(published, folder, { recursive: true });
    await changeManifest(({ features }) => void features.push(...features.slice(0, 1)));
    await refused(/columns that the catalogue has not/);
  });

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
    await changeManifest(({ reference }) => void reference.baseline.pop());
    await refused(/reference\.baseline/);
  });

  it('is refused when the manifest is no manifest, naming the field', async () => {
    await changeManifest((manifest) => void Object.assign(manifest, { kind: 'anything' }));
    await refused(/manifest\.json is not a manifest \(kind: /);
    await writeFile(join(folder, 'manifest.json'), '{');
    await refused(/manifest\.json is not JSON/);
  });
});

// Loads the real runtime of the project in a process that has another system's name, for which there is no library.
it('names a system without a native library, and the way out', async () => {
  const source = `
    Object.defineProperty(process, 'arch', { value: 'riscv64' });
    const { loadScorer } = await import('./adapters/onnx/scorer.ts');
    console.log(await loadScorer('models/personal-loan-default').catch((error) => error.name + ': ' + error.message));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: join(import.meta.dirname, '../../..'),
  });
  expect(stdout).toMatch(
    /^NativeLibraryUnavailable: The native library of onnxruntime-node does not load on \w+-riscv64: .*\. Run "npm ci"/,
  );
});
