import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CompiledPolicy } from '@underwright/policy-compiler';

import { EXIT, type ExitCode } from '../failure.ts';
import { plain, print, printJson, style } from '../terminal.ts';
import { compileText, problemLine, readPolicyText } from './policy-text.ts';

/** `NONE`: nothing is committed beside the text, as for a draft. */
type Committed = 'SAME' | 'DIFFERENT' | 'NONE';

/** Every error and warning of a policy's text, and whether the committed module is what it compiles to. */
export async function policyCheck(reference: string, { json }: { readonly json?: boolean }): Promise<ExitCode> {
  const named = readPolicyText(reference);
  const compiled = compileText(named);
  const errors = compiled.ok ? [] : compiled.errors;
  const warnings = compiled.ok ? compiled.warnings : [];
  const committed = committedState(compiled, named.folder);
  const ok = compiled.ok && committed !== 'DIFFERENT';
  if (json) {
    const digest = compiled.ok ? compiled.digest : null;
    printJson({ policy: named.name, ok, errors, warnings, committed, digest });
    return ok ? EXIT.OK : EXIT.NOT_SO;
  }
  for (const error of errors) print(`${style('red', 'error')}    ${plain(problemLine(error))}`);
  for (const warning of warnings) print(`${style('yellow', 'warning')}  ${plain(problemLine(warning))}`);
  if (compiled.ok) {
    const { rules, inputs, version, id } = compiled.policy;
    print(`${id} ${version} compiles: ${rules.length} rules over ${inputs.length} inputs.`);
    print(`  text    ${compiled.digest.source}`);
    print(`  module  ${compiled.digest.module}`);
    if (committed === 'SAME') print('The committed module is what the text compiles to.');
    if (committed === 'NONE') print('No module is committed beside the text: write it with npm run policies.');
    if (committed === 'DIFFERENT') {
      print(
        `${style('red', 'error')}    The committed module is not what the text compiles to: npm run policies writes it anew. ` +
          'A version that decided about somebody is never edited: add a folder with the next version.',
      );
    }
  } else print(`${errors.length} ${errors.length === 1 ? 'error' : 'errors'}.`);
  return ok ? EXIT.OK : EXIT.NOT_SO;
}

function committedState(compiled: CompiledPolicy, folder: string | undefined): Committed {
  const path = folder === undefined ? undefined : join(folder, 'policy.js');
  if (path === undefined || !existsSync(path)) return 'NONE';
  return compiled.ok && readFileSync(path, 'utf8') === compiled.module ? 'SAME' : 'DIFFERENT';
}
