/**
 * `npm run policies`: compiles policies/<product>/<version>/policy.yaml to the module beside it, its declarations and
 * digests, and writes policies/index.ts, which names every version of each product.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compilePolicy, type Policy, type PolicyError } from '@underwright/policy-compiler';

import { releasedPackages } from '../cli/released-model.ts';
import { REASONS } from '../domain/reasons/catalogue.ts';

const folder = join(import.meta.dirname, '..', 'policies');
/** AA24 says no reason. */
const reasons = Object.keys(REASONS).filter((code) => code !== 'AA24');

export class PolicyFaulty extends Error {
  override readonly name = 'PolicyFaulty';
}

/**
 * What is written for the policies, by path in their folder. Writes nothing itself.
 * @throws PolicyFaulty with every fault of a text, and for warnings too. A text that no model package serves is faulty.
 */
export async function compilePolicies(): Promise<Map<string, string>> {
  const models = await releasedPackages();
  const files = new Map<string, string>();
  const versions: CompiledVersion[] = [];
  for (const product of foldersOf(folder)) {
    for (const version of foldersOf(join(folder, product)).toSorted(byVersion)) {
      const path = `${product}/${version}`;
      const compiled = compilePolicy(readFileSync(join(folder, path, 'policy.yaml'), 'utf8'), `${path}/policy.yaml`, {
        reasons,
        models,
      });
      const faults = compiled.ok ? compiled.warnings : compiled.errors;
      if (!compiled.ok || faults.length > 0) throw new PolicyFaulty(faults.map(said).join('\n'));
      const { module, types, digest, policy } = compiled;
      if (policy.product !== product || policy.version !== version) {
        throw new PolicyFaulty(`${path}/policy.yaml says ${policy.product} ${policy.version}: move it or correct it.`);
      }
      files.set(`${path}/policy.js`, module);
      files.set(`${path}/policy.d.ts`, types + declarationsOf(policy));
      files.set(`${path}/digest.json`, `${JSON.stringify(digest, null, 2)}\n`);
      versions.push({ product, version, digest: digest.module });
    }
  }
  files.set('index.ts', indexOf(versions));
  return files;
}

const DECLARATIONS = `
import type { PolicyModule } from '@underwright/policy-compiler/module';
export declare const policy: PolicyModule['policy'];
export declare const evaluate: PolicyModule['evaluate'];
export declare const explain: PolicyModule['explain'];
`;

/** The declarations of what the module of a policy exports. */
function declarationsOf({ model, authority }: Policy): string {
  const sections = Object.entries({ model, authority }).filter(([, section]) => section !== undefined);
  const declared = sections.map(([name]) => `export declare const ${name}: NonNullable<PolicyModule['${name}']>;\n`);
  return DECLARATIONS + declared.join('');
}

interface CompiledVersion {
  readonly product: string;
  readonly version: string;
  readonly digest: string;
}

function indexOf(versions: readonly CompiledVersion[]): string {
  const camel = (text: string): string => text.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const name = ({ product, version }: CompiledVersion): string => `${camel(product)}_${version.replaceAll('.', '_')}`;
  const products = [...new Set(versions.map(({ product }) => product))];
  return [
    '// Written by `npm run policies`; not to be edited.',
    ...versions.map((each) => `import * as ${name(each)} from './${each.product}/${each.version}/policy.js';`),
    '',
    '/** Every compiled policy, the oldest version of a product first: its module, and the SHA-256 of the text of that. */',
    'export const POLICIES = {',
    ...products.flatMap((product) => [
      `  '${product}': [`,
      ...versions
        .filter((each) => each.product === product)
        .flatMap((each) => ['    {', `      module: ${name(each)},`, `      digest: '${each.digest}',`, '    },']),
      '  ],',
    ]),
    '} as const;',
    '',
  ].join('\n');
}

function said({ file, line, column, message, fix }: PolicyError): string {
  return `${file}:${line}:${column}: ${message} ${fix}`;
}

function foldersOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return [0, 1, 2].map((part) => (left?.[part] ?? 0) - (right?.[part] ?? 0)).find((order) => order !== 0) ?? 0;
}

if (import.meta.main) {
  const files = await compilePolicies();
  for (const [path, text] of files) writeFileSync(join(folder, path), text);
  const compiled = [...files.keys()].filter((path) => path.endsWith('/policy.js'));
  console.log(`Compiled ${compiled.map((path) => path.replace('/policy.js', '').replace('/', '@')).join(', ')}.`);
}
