import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { openPackage, readPackage } from '../../adapters/onnx/scorer.ts';
import type { Scorer } from '../../adapters/ports.ts';
import { modelVersions } from '../../scripts/check-model-change.ts';
import { labelledLines } from '../../scripts/labelled-swap-set.ts';

const FOLDER = 'models/personal-loan-default';
const APPLICATIONS = 600;
const released = { id: 'personal-loan-default', version: '2.0.0', folder: `${FOLDER}/2.0.0` };
const next = { ...released, version: '2.1.0', folder: `${FOLDER}/2.1.0` };
const models = modelVersions(APPLICATIONS);
let root: string;

/** Changes a file of the next version. */
function edit(file: string, ...changes: readonly (readonly [before: string, after: string])[]): void {
  const path = join(root, next.folder, file);
  const text = readFileSync(path, 'utf8');
  for (const [before] of changes) expect(text).toContain(before);
  writeFileSync(
    path,
    changes.reduce((edited, [before, after]) => edited.replace(before, after), text),
  );
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'underwright-model-change-'));
  for (const { folder } of [released, next]) {
    cpSync(join(import.meta.dirname, '../..', released.folder), join(root, folder), { recursive: true });
  }
});
afterAll(() => rmSync(root, { recursive: true }));

test('the note of a first version compares nothing', async () => {
  expect(await models.note(root, released, undefined)).toContain('there is nothing to compare it with');
});

test('a package in the folder of another version is refused by name', async () => {
  await expect(models.note(root, next, released)).rejects.toThrow(
    `${next.folder}/manifest.json is of personal-loan-default 2.0.0: move the package, or build it again.`,
  );
});

test('the note of a model shows its card, its metrics, and whom a stricter cut-off moves under the same policy', async () => {
  edit('manifest.json', ['"version": "2.0.0"', '"version": "2.1.0"'], ['"decline": 71188', '"decline": 40000']);
  edit('manifest.json', ['"value": 0.66828', '"value": 0.69828']);
  edit('card.md', ['# personal-loan-default 2.0.0', '# personal-loan-default 2.1.0']);
  const note = await models.note(root, next, released);
  expect(note).toContain('-# personal-loan-default 2.0.0\n+# personal-loan-default 2.1.0\n```');
  expect(note).not.toContain('Expected loss');
  expect(note.match(/swap set/gi)).toHaveLength(1);
  expect(note).toMatch(
    /declined by 2\.0\.0 alone +0 +0 +- +- +-\ndeclined by 2\.1\.0 alone +[1-9],\d{3} +\d+ +[3-6]\.\d\d %/,
  );
  expect(note).toMatch(/2\.1\.0 +5\.\d\d % +5\.25 % +0\.22 % +1\.0\d +calibrated/);
  expect(note).toMatch(/AUC +0\.6683 \(0\.0121\) +0\.6983 \(0\.0121\) +\+0\.0300/);
  for (const product of ['personal-loan', 'auto-loan', 'credit-line']) {
    const section = note.split('## ').find((each) => each.startsWith(`${product}: 600 invented`))!;
    expect(section).toMatch(/- 2\.0\.0 alone leads to an offer for [1-9]\d* applications \(\d+\.\d\d %\)\./);
    expect(section).toContain('- 2.1.0 alone leads to an offer for 0 applications (0.00 %).');
    expect(section).toMatch(/APPROVE +DECLINE +PREDICTED_DEFAULT_TOO_LIKELY/);
  }
});

const championScorer = async (): Promise<Scorer> => openPackage(await readPackage(join(root, released.folder)));

test('a version with half of the odds of its predecessor shows as miscalibrated, although it declines fewer', async () => {
  const champion = await championScorer();
  const halved: Scorer = {
    ...champion,
    manifest: { ...champion.manifest, version: '2.1.0' },
    margins: (rows, shift) => champion.margins(rows, shift - Math.LN2),
  };
  const lines = (await labelledLines([champion, halved])).join('\n');
  expect(lines).toMatch(/2\.0\.0 +5\.\d\d % +5\.25 % +0\.22 % +1\.0\d +calibrated/);
  expect(lines).toMatch(/2\.1\.0 +2\.\d\d % +5\.25 % +0\.16 % +0\.5\d +miscalibrated/);
  expect(lines).toMatch(/declined by 2\.0\.0 alone +1,\d{3} +\d+ +\d+\.\d\d %/);
  expect(lines).toMatch(/declined by 2\.1\.0 alone +0 +0 +- +- +-/);
});

test('a feature that the labelled data lacks leaves the swap set out and is named', async () => {
  const champion = await championScorer();
  const [first, ...others] = champion.manifest.features;
  const features = [{ ...first!, feature: 'oldest_account_months@1' }, ...others];
  const lines = await labelledLines([champion, { ...champion, manifest: { ...champion.manifest, features } }]);
  expect(lines).toEqual(['`training/data` has no `oldest_account_months@1`, which 2.0.0 needs: nothing is compared.']);
});
