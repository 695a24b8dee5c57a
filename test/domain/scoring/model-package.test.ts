import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { modelPackage, modelPackageJsonSchema, type ModelPackage } from '../../../domain/scoring/model-package.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const folder = join(ROOT, 'models', 'personal-loan-default', '2.0.0');
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const champion = (): ModelPackage => modelPackage.parse(JSON.parse(textOf('manifest.json')));

test('The published schema is current, and another validator takes the champion and refuses what is damaged', () => {
  const published = JSON.parse(readFileSync(join(ROOT, 'docs', 'schemas', 'model-package-2.json'), 'utf8')) as object;
  expect(published).toEqual(modelPackageJsonSchema());
  const isValid = new Ajv2020({ strict: false }).compile(published);
  expect([isValid(champion()), isValid.errors]).toEqual([true, null]);
  const damages: ((manifest: ModelPackage) => unknown)[] = [
    (manifest) => Object.assign(manifest, { schemaVersion: 1 }),
    (manifest) => Object.assign(manifest, { kind: 'additive-monotone' }),
    (manifest) => Object.assign(manifest.features[0]!, { feature: 'loan_amount' }),
    (manifest) => Object.assign(manifest.cutoffs, { decline: 0.07 }),
    (manifest) => Object.assign(manifest.allowed[0]!, { uses: ['market'] }),
    (manifest) => Object.assign(manifest.training, { versions: { python: '3.11.7' } }),
  ];
  for (const damage of damages) {
    const manifest = champion();
    damage(manifest);
    expect(isValid(manifest)).toBe(false);
  }
});

test('The bytes of the champion are those of its parsed manifest, in the order of the schema', () => {
  expect(`${JSON.stringify(champion(), null, 2)}\n`).toBe(textOf('manifest.json'));
});

test('No version of a trainer or of a language is inside the digest, and the provenance has them', () => {
  const { versions } = JSON.parse(textOf('provenance.json')) as { versions: Record<string, string> };
  expect(Object.keys(versions)).toContain('python');
  for (const version of Object.values(versions)) expect(textOf('manifest.json')).not.toContain(`"${version}"`);
  expect(champion().files['reference.csv']).toBe(sha256(textOf('reference.csv')));
});
