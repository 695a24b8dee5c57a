import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { smallSource } from '../support/model-source.ts';
import { underwright, underwrightJson, workbench, type Workbench } from './program.ts';

let bench: Workbench;
let folder: string;

beforeAll(async () => {
  bench = workbench();
  folder = bench.path('model');
  await underwright('model', 'init', folder, '--product', 'personal-loan');
});
afterAll(() => bench.remove());

function fill(source = smallSource()): void {
  bench.file('model/model.yaml', source.declarations);
  bench.file('model/model.onnx', source.model);
  bench.file('model/table.csv', source.table);
  bench.file('model/metrics.json', source.metrics);
}

describe('underwright model', () => {
  it('init writes a template and its next steps, and overwrites nothing', async () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('underwright model build .');
    const { code, err } = await underwright('model', 'init', folder);
    expect(code).toBe(2);
    expect(err).toMatch(/^FileExists: .* has model\.yaml and README\.md already, and nothing is overwritten/);
  });

  it('build names every file that is missing', async () => {
    const { code, err } = await underwright('model', 'build', folder);
    expect(code).toBe(2);
    expect(err).toMatch(/^ModelSourceInvalid: model\.onnx: .*\ntable\.csv: .*\nmetrics\.json: /);
  });

  it('build makes a package that check passes', async () => {
    fill();
    const built = await underwright('model', 'build', folder);
    expect(built).toMatchObject({ code: 0, err: '' });
    expect(built.out).toMatch(/small 1\.0\.0: 15 of 15 checks passed\.\ndigest [0-9a-f]{64}\n$/);
    const { code, document } = await underwrightJson('model', 'check', folder);
    expect(code).toBe(0);
    expect(document).toMatchObject({ id: 'small', version: '1.0.0', passed: true });
    expect(readFileSync(join(folder, 'card.md'), 'utf8')).toMatch(/^# small 1\.0\.0\n/);
  });

  it('check ends with 1 and prints each failed check', async () => {
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
    bench.file('model/manifest.json', manifest.replace('loan_amount@1', 'loan_amount@2'));
    const { code, out } = await underwright('model', 'check', folder);
    expect(code).toBe(1);
    expect(out).toMatch(/^failed {2}features .*loan_amount@2\) is another version/m);
    expect(out).toMatch(/^failed {2}serving /m);
    expect(out).toMatch(/^passed {2}directions /m);
  });

  it('check names a missing file', async () => {
    const { code, err } = await underwright('model', 'check', bench.path('.'));
    expect(code).toBe(2);
    expect(err).toMatch(/^ModelSourceInvalid: manifest\.json: is not in /);
  });
});
