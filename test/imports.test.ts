import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'underwright-imports-'));
afterAll(() => rmSync(folder, { recursive: true }));

const REFUSED = [
  ['app/workflow/seeded.ts', '../../adapters/aws/ledger.ts'],
  ['app/workflow/seeded.ts', '../../lambdas/functions.ts'],
  ['audit/verify/seeded.ts', '../../cli/failure.ts'],
  ['lambdas/seeded.ts', '../adapters/compose/embedded.ts'],
  ['lambdas/seeded.ts', '../adapters/onnx/scorer.ts'],
  ['local/seeded.ts', '../cli/program.ts'],
  ['local/seeded.ts', '../adapters/compose/aws.ts'],
  ['http/seeded.ts', '../local/functions.ts'],
  ['domain/policy/seeded.ts', '../../adapters/ports.ts'],
  ['domain/policy/seeded.ts', 'node:fs'],
  ['domain/policy/seeded.ts', 'fs'],
  ['domain/policy/seeded.ts', 'yaml'],
  ['domain/policy/seeded.ts', '@underwright/policy-compiler'],
  ['domain/policy/seeded.ts', '@aws-sdk/client-s3'],
  ['domain/seeded.ts', '../app/contracts.ts'],
  ['documents/seeded.ts', '../audit/records.ts'],
  ['lib/seeded.ts', '../domain/ledger/chain.ts'],
  ['lib/seeded.ts', '../adapters/aws/table-keys.ts'],
  ['adapters/aws/seeded.ts', '../embedded/ledger.ts'],
  ['adapters/aws/seeded.ts', '../compose/aws.ts'],
  ['adapters/aws/seeded.ts', '../../app/contracts.ts'],
  ['cli/seeded.ts', '../bin/app.ts'],
  ['cli/seeded.ts', '../test/support/applicants.ts'],
  ['bin/seeded.ts', '../local/functions.ts'],
  ['verify/seeded.ts', 'zod'],
  ['verify/seeded.ts', '../domain/decision/file.ts'],
  ['packages/asl-engine/seeded.ts', '../../domain/json.ts'],
] as const;

const ALLOWED = [
  ['app/workflow/seeded.ts', '../../adapters/ports.ts'],
  ['lambdas/seeded.ts', '../adapters/compose/aws.ts'],
  ['lib/seeded.ts', '../lambdas/functions.ts'],
  ['local/seeded.ts', '../adapters/compose/embedded.ts'],
  ['domain/policy/seeded.ts', 'zod'],
  ['domain/policy/seeded.ts', '@underwright/policy-compiler/module'],
  ['domain/policy/seeded.ts', '../json.ts'],
  ['adapters/compose/seeded.ts', '../aws/ledger.ts'],
  ['verify/seeded.ts', 'node:fs'],
  ['verify/seeded.ts', '../domain/ledger/chain.ts'],
] as const;

/** The seeded imports that the linter reports, with the project's own configuration. */
function reported(seeds: readonly (readonly [file: string, specifier: string])[]): string[] {
  const seeded = seeds.map(([file, specifier], index) => {
    const own = file.replace('seeded', `seeded-${index}`);
    mkdirSync(join(folder, dirname(own)), { recursive: true });
    writeFileSync(join(folder, own), `import type { Seeded } from '${specifier}';\nexport type Used = Seeded;\n`);
    return { own, file, specifier };
  });
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  const linter = join(ROOT, 'node_modules/.bin/oxlint');
  const { stdout } = spawnSync(linter, ['--format=unix', ...seeded.map(({ own }) => own)], {
    cwd: folder,
    encoding: 'utf8',
  });
  return seeded
    .filter(({ own }) => stdout.split('\n').some((line) => line.startsWith(own) && line.includes('restricted')))
    .map(({ file, specifier }) => `${file} ${specifier}`);
}

describe('The linter', () => {
  test('reports each seeded import against the map of folders', () => {
    expect(reported(REFUSED)).toEqual(REFUSED.map((seed) => seed.join(' ')));
  });

  test('reports no import that the map allows', () => expect(reported(ALLOWED)).toEqual([]));
});
