/**
 * `npm run check-policy-portability -- [NODE...]`: whether the newest policies give the same bytes under another Node.
 * NODE is the path of a binary; without one, the Node before and after this one are fetched from npm. Each policy decides
 * the same seeded inputs, sound and faulty, in both stages, here and there; the answers and explanations are compared by
 * SHA-256.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { compilePolicy, dateOf, type Value } from '@underwright/policy-compiler';

import { newestPolicy } from '../app/governance/policies.ts';
import { PRODUCT_NAMES } from '../domain/application/products.ts';
import { REASONS } from '../domain/reasons/catalogue.ts';
import { fetchPackage } from './fetch-package.ts';

const APPLICATIONS = 20_000;
const OTHER_VERSIONS = ['22.23.3', '26.10.0'];
/** Values that no input takes; `NaN` and `undefined` have no JSON, so their names stand for them. */
const FAULTY = [null, 'NO_SUCH_WORD', -1, 1.5, 1e300, true, '2026-02-30', '#NaN', '#undefined'];

/** Plain JavaScript, as an older Node may run it: reads inputs, answers with their number and a digest. */
const DECIDER = `
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
const { evaluate, explain } = await import(process.argv[1]);
const revived = (value) => (value === '#NaN' ? NaN : value === '#undefined' ? undefined : value);
const hash = createHash('sha256');
const lines = readFileSync(0, 'utf8').split('\\n');
for (const line of lines) {
  const inputs = Object.fromEntries(Object.entries(JSON.parse(line)).map(([name, value]) => [name, revived(value)]));
  for (const stage of ['pre-bureau', 'full']) {
    hash.update(JSON.stringify([evaluate(stage, inputs), explain(stage, inputs)]));
  }
}
console.log(process.versions.node + ' ' + lines.length + ' ' + hash.digest('hex'));
`;

const named = process.argv.slice(2);
const others = named.length > 0 ? named : OTHER_VERSIONS.map(fetchNode);
for (const product of PRODUCT_NAMES) {
  const { version } = newestPolicy(product).module.policy;
  const folder = join(import.meta.dirname, '..', 'policies', product, version);
  const inputs = seededInputs(inputsOf(join(folder, 'policy.yaml')));
  const module = pathToFileURL(join(folder, 'policy.js')).href;
  const here = decide(process.execPath, module, inputs);
  for (const other of others) {
    const there = decide(other, module, inputs);
    const same = here.digest === there.digest && here.count === there.count;
    const versions = `${here.node} and ${there.node}`;
    console.log(`${product} ${version}: ${same ? 'the same' : 'DIFFERENT'} bytes on ${versions}, ${here.count} inputs`);
    if (!same) process.exitCode = 1;
  }
}

/** The packages that also bring this project's own Node: there are some for Linux, x64 and arm64. */
function fetchNode(version: string): string {
  return join(fetchPackage(`node-${process.platform}-${process.arch}`, version), 'bin', 'node');
}

function decide(binary: string, module: string, inputs: string): { node: string; count: string; digest: string } {
  const options = { input: inputs, encoding: 'utf8' } as const;
  const answer = execFileSync(binary, ['--input-type=module', '--eval', DECIDER, module], options).trim();
  const [node = '', count = '', digest = ''] = answer.split(' ');
  return { node, count, digest };
}

function inputsOf(path: string): readonly Value[] {
  const compiled = compilePolicy(readFileSync(path, 'utf8'), path, { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new SyntaxError(`${path} does not compile: ${compiled.errors[0]?.message}`);
  return compiled.policy.inputs;
}

/** One JSON object a line; the same lines on every run. Every tenth has one faulty input. */
function seededInputs(declared: readonly Value[]): string {
  let draws = 0;
  const random = (): number => {
    draws += 1;
    return createHash('sha256').update(`policy-portability ${draws}`).digest().readUInt32BE() / 2 ** 32;
  };
  const valueOf = ({ type }: Value) => {
    if (type.nullable && random() < 0.1) return null;
    // Small values as often as large ones: cut points lie low in wide ranges.
    const value = type.low + Math.floor((type.high - type.low + 1) * random() ** (random() < 0.5 ? 1 : 6));
    if (type.kind === 'boolean') return value === 1;
    return type.kind === 'date' ? dateOf(value) : (type.labels[value] ?? value);
  };
  return Array.from({ length: APPLICATIONS }, (_, index) => {
    const inputs = Object.fromEntries(declared.map((value) => [value.name, valueOf(value)] as const));
    const faulty = declared[Math.floor(random() * declared.length)];
    if (index % 10 === 0 && faulty) inputs[faulty.name] = FAULTY[Math.floor(random() * FAULTY.length)] ?? null;
    return JSON.stringify(inputs);
  }).join('\n');
}
