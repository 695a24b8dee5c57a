import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { importsOf, impureCrypto, programImports, wrongImports } from './support/import-rules.ts';

const root = join(import.meta.dirname, '..');
const imports = programImports(root);

describe('The program', () => {
  test('is read whole: every part has imports', () => {
    const parts = new Set(imports.map(({ from }) => from.split('/')[0]));
    for (const part of ['bin', 'lib', 'local', 'lambdas', 'adapters', 'domain']) expect(parts).toContain(part);
  });

  test('imports along the map only', () => expect(wrongImports(imports)).toEqual([]));

  test('takes only hashes and signature checks of node:crypto into its core', () => {
    const files = readdirSync(join(root, 'domain'), { recursive: true }).map((path) => join('domain', String(path)));
    const texts = files.filter((file) => file.endsWith('.ts'));
    expect(texts.flatMap((file) => impureCrypto(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});

describe('A seeded import is found', () => {
  test.each([
    ['lambdas/score-application/score-application.ts', "import { x } from '../../adapters/aws/ledger.ts';"],
    ['lambdas/score-application/score-application.ts', "import { ledger } from '../../adapters/compose/aws.ts';"],
    ['lambdas/score-application/handler.ts', "import { x } from '../../adapters/compose/embedded.ts';"],
    ['local/functions.ts', "import { x } from '../adapters/compose/aws.ts';"],
    ['lambdas/score-application/handler.ts', "import { x } from '../../adapters/onnx/scorer.ts';"],
    ['lambdas/handler.ts', "import type { Engine } from '../local/engine/engine.ts';"],
    ['domain/policy/evaluate.ts', "import type { Ledger } from '../../adapters/ports.ts';"],
    ['domain/policy/evaluate.ts', "import { readFileSync } from 'node:fs';"],
    ['domain/policy/evaluate.ts', "import { readFileSync } from 'fs';"],
    ['domain/policy/evaluate.ts', "import { parse } from 'yaml';"],
    ['domain/policy/evaluate.ts', "const { parse } = await import('yaml');"],
    ['domain/policy/evaluate.ts', "export { parse } from '@marcbachmann/cel-js';"],
    ['domain/policy/evaluate.ts', "import 'onnxruntime-node';"],
    ['lib/ledger.ts', "import { x } from '../domain/ledger/chain.ts';"],
    ['lib/ledger.ts', "import { CONTRACTS } from '../lambdas/contracts.ts';"],
    ['lib/ledger.ts', "import {\n  a,\n  b,\n} from '../adapters/aws/table-keys.ts';"],
    ['adapters/aws/ledger.ts', "import { x } from '../embedded/ledger.ts';"],
    ['adapters/aws/ledger.ts', "import { x } from '../compose/aws.ts';"],
    ['adapters/aws/ledger.ts', "import { x } from '../../lambdas/contracts.ts';"],
    ['local/api/server.ts', "import { x } from '../../adapters/embedded/ledger.ts';"],
    ['local/api/server.ts', "import { x } from '../../cli/program.ts';"],
    ['cli/program.ts', "import { x } from '../bin/app.ts';"],
    ['cli/program.ts', "import { x } from '../test/support/applicants.ts';"],
    ['bin/underwright.ts', "import { x } from '../local/engine/engine.ts';"],
  ])('%s: %s', (from, text) => {
    expect(wrongImports(importsOf(from, text))).toHaveLength(1);
  });

  test.each([
    ["import { randomUUID } from 'node:crypto';", 1],
    ["import { createHash, createHmac } from 'node:crypto';", 1],
    ["import crypto from 'node:crypto';", 1],
    ["import { createHash } from 'node:crypto';", 0],
    ["import { createPublicKey, sign } from 'node:crypto';", 1],
    ["import { createPublicKey, verify } from 'node:crypto';", 0],
  ])('of node:crypto: %s', (text, faults) => {
    expect(impureCrypto('domain/json.ts', text)).toHaveLength(faults);
  });
});

describe('An import that the map allows is none', () => {
  test.each([
    ['lambdas/score-application/handler.ts', "import { ledger } from '../../adapters/compose/aws.ts';"],
    ['lib/bundling.ts', "import type { FunctionName } from '../lambdas/contracts.ts';"],
    ['domain/policy/language/parse.ts', "import { parse } from 'yaml';"],
    ['adapters/compose/aws.ts', "import { awsLedger } from '../aws/ledger.ts';"],
    ['domain/json.ts', "// import { readFileSync } from 'node:fs';"],
    ['domain/json.ts', "/**\n * import { readFileSync } from 'node:fs';\n */"],
  ])('%s: %s', (from, text) => {
    expect(wrongImports(importsOf(from, text))).toEqual([]);
  });
});
