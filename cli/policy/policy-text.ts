import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { compilePolicy, type CompiledPolicy, type PolicyError } from '@underwright/policy-compiler';
import type { PolicyModule } from '@underwright/policy-compiler/module';
import { parse } from 'yaml';

import { loadPolicyModule } from '../../adapters/policy-module.ts';
import { PRODUCT_NAMES, type ProductName } from '../../domain/application/products.ts';
import type { PolicyText } from '../../domain/policy/officer/diff.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { CommandFailed, EXIT } from '../failure.ts';
import { releasedPackages } from '../released-model.ts';

/** Where the project keeps its policies. */
export const POLICIES_FOLDER = join(import.meta.dirname, '..', '..', 'policies');

export interface NamedText {
  /** As it is shown: a path, `personal-loan@1.0.0`, or a revision and its path. */
  readonly name: string;
  readonly text: string;
  /** The folder that holds the committed module; undefined for a revision. */
  readonly folder: string | undefined;
}

/**
 * The text of a policy.
 * @param reference a file, a product (its newest version), `PRODUCT@VERSION`, or `REVISION:PATH` of git.
 * @throws CommandFailed when there is none, naming the ways to write it.
 */
export function readPolicyText(reference: string): NamedText {
  const [product = '', version] = reference.split('@');
  if (isProduct(product)) {
    const found = version ?? versionsOf(product).at(-1) ?? '';
    const folder = join(POLICIES_FOLDER, product, found);
    const text = readText(join(folder, 'policy.yaml'));
    if (text === undefined) {
      throw missing(`There is no policy ${reference}; its versions are ${versionsOf(product).join(', ')}.`);
    }
    return { name: `${product}@${found}`, text, folder };
  }
  const text = readText(reference);
  if (text !== undefined) return { name: reference, text, folder: join(reference, '..') };
  if (/^[^-:][^:]*:./.test(reference)) return { name: reference, text: ofRevision(reference), folder: undefined };
  throw missing(
    `There is no policy ${reference}. Name a file, a product (${PRODUCT_NAMES.join(', ')}), PRODUCT@VERSION, or REVISION:PATH.`,
  );
}

function readText(path: string): string | undefined {
  try {
    // A device may never end.
    const file = statSync(path);
    return file.isFile() || file.isFIFO() ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function ofRevision(reference: string): string {
  try {
    return execFileSync('git', ['show', '--end-of-options', reference], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const why = ((error as { stderr?: string }).stderr ?? '').trim();
    throw missing(`git shows no ${reference} (${why}). Name a revision and a path from its root, as HEAD:policies/...`);
  }
}

/** Oldest first. */
export function versionsOf(product: ProductName, policies = POLICIES_FOLDER): string[] {
  const folder = join(policies, product);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export const isProduct = (name: string): name is ProductName => PRODUCT_NAMES.some((product) => product === name);

/** Compiles a text against the reasons and the model packages of this release. */
export async function compileText({ name, text }: Pick<NamedText, 'name' | 'text'>): Promise<CompiledPolicy> {
  // AA24 says no reason.
  const reasons = Object.keys(REASONS).filter((code) => code !== 'AA24');
  return compilePolicy(text, name, { reasons, models: await releasedPackages() });
}

export interface LoadedPolicy {
  readonly name: string;
  readonly module: PolicyModule;
  readonly product: ProductName;
}

/** @throws CommandFailed with every error when the text does not compile. */
export async function loadPolicy(named: Pick<NamedText, 'name' | 'text'>): Promise<LoadedPolicy> {
  const compiled = await compileText(named);
  if (!compiled.ok) {
    throw new CommandFailed(
      EXIT.NOT_SO,
      'PolicyFaulty',
      `The policy has faults:\n${compiled.errors.map(problemLine).join('\n')}`,
    );
  }
  const module = await loadPolicyModule(compiled.module, compiled.digest.module);
  return { name: named.name, module, product: compiled.policy.product };
}

export function problemLine({ file, line, column, message, fix }: PolicyError): string {
  return `${file}:${line}:${column}: ${message} ${fix}`;
}

/** The text as data, every scalar as written. @throws CommandFailed when it is no YAML mapping. */
export function policyData({ name, text }: Pick<NamedText, 'name' | 'text'>): PolicyText {
  try {
    const data: unknown = parse(text, { schema: 'failsafe' });
    if (data !== null && typeof data === 'object' && !Array.isArray(data)) return data as PolicyText;
  } catch {
    // Said below, and in full by `policy check`.
  }
  throw new CommandFailed(
    EXIT.NOT_SO,
    'PolicyFaulty',
    `${name} is no policy. See its faults with: policy check ${name}`,
  );
}

function missing(message: string): CommandFailed {
  return new CommandFailed(EXIT.USAGE, 'PolicyMissing', message);
}
