import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CompiledPolicy } from '@underwright/policy-compiler';

import { LENDING_MODES, type LendingMode } from '../../domain/lender.ts';
import { packageFaults } from '../../domain/scoring/fit.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { releasedPackages } from '../released-model.ts';
import { plain, print, printJson, style } from '../terminal.ts';
import { compileText, problemLine, readPolicyText } from './policy-text.ts';

/** `NONE`: nothing is committed beside the text, as for a draft. */
type Committed = 'SAME' | 'DIFFERENT' | 'NONE';

/** Every error and warning of a policy's text, and whether the committed module is what it compiles to. */
export async function policyCheck(reference: string, { json }: { readonly json?: boolean }): Promise<ExitCode> {
  const named = readPolicyText(reference);
  const compiled = await compileText(named);
  const errors = compiled.ok ? [] : compiled.errors;
  const warnings = compiled.ok ? compiled.warnings : [];
  const served = await packagesServing(compiled);
  const committed = committedState(compiled, named.folder);
  const ok = compiled.ok && committed !== 'DIFFERENT';
  if (json) {
    const digest = compiled.ok ? compiled.digest : null;
    printJson({ policy: named.name, ok, errors, warnings, committed, digest, models: served });
    return ok ? EXIT.OK : EXIT.NOT_SO;
  }
  for (const error of errors) print(`${style('red', 'error')}    ${plain(problemLine(error))}`);
  for (const warning of warnings) print(`${style('yellow', 'warning')}  ${plain(problemLine(warning))}`);
  if (compiled.ok) for (const line of compiledLines(compiled, committed, served)) print(line);
  else print(`${errors.length} ${errors.length === 1 ? 'error' : 'errors'}.`);
  return ok ? EXIT.OK : EXIT.NOT_SO;
}

const COMMITTED: Readonly<Record<Committed, () => string>> = {
  SAME: () => 'The committed module is what the text compiles to.',
  NONE: () => 'No module is committed beside the text: write it with npm run policies.',
  DIFFERENT: () =>
    `${style('red', 'error')}    The committed module is not what the text compiles to. Run npm run policies to write it again. ` +
    'Never edit a version that decided an application: add a folder with the next version.',
};

function compiledLines(
  { policy, digest }: Extract<CompiledPolicy, { ok: true }>,
  committed: Committed,
  served: readonly Serving[],
): string[] {
  const { rules, inputs, version, id } = policy;
  return [
    `${id} ${version} compiles: ${rules.length} rules over ${inputs.length} inputs.`,
    `  text    ${digest.source}`,
    `  module  ${digest.module}`,
    ...servedLines(served),
    COMMITTED[committed](),
  ];
}

/** A model package of the release, with the lending modes in which it serves a policy. */
interface Serving {
  readonly id: string;
  readonly version: string;
  readonly modes: readonly LendingMode[];
}

/** @returns none for a policy that reads no score. */
async function packagesServing(compiled: CompiledPolicy): Promise<Serving[]> {
  if (!compiled.ok) return [];
  const { product, model, values } = compiled.policy;
  if (!model && ![...values.values()].some(({ sources }) => sources.has('model'))) return [];
  const serving = (await releasedPackages()).map((manifest) => {
    const modes = LENDING_MODES.filter((mode) => packageFaults({ product, model }, manifest, mode).length === 0);
    return { id: manifest.id, version: manifest.version, modes };
  });
  return serving.filter(({ modes }) => modes.length > 0);
}

function servedLines(served: readonly Serving[]): string[] {
  if (served.length === 0) return [];
  const each = served.map(({ id, version, modes }) => `${id} ${version} (${modes.join(', ')})`);
  return [`Model packages that serve it: ${each.join(', ')}.`];
}

function committedState(compiled: CompiledPolicy, folder: string | undefined): Committed {
  const path = folder === undefined ? undefined : join(folder, 'policy.js');
  if (path === undefined || !existsSync(path)) return 'NONE';
  return compiled.ok && readFileSync(path, 'utf8') === compiled.module ? 'SAME' : 'DIFFERENT';
}
