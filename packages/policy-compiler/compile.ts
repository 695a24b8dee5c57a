import { checkPolicy } from './check.ts';
import type { ModelDeclaration } from './fit.ts';
import { generateTypes } from './generate-types.ts';
import { generateModule } from './generate.ts';
import type { Policy } from './policy.ts';
import { inTextOrder, Problems, type PolicyError } from './problems.ts';
import { Reader } from './reading.ts';
import { readSource } from './source.ts';
import { sha256 } from './verify.ts';

export interface CompileOptions {
  /** The closed set of adverse action reason codes. */
  readonly reasons: Iterable<string>;
  /** The model packages of the release: a policy must fit one of them. Without the option, none is compared. */
  readonly models?: readonly ModelDeclaration[];
}

export type CompiledPolicy =
  | {
      readonly ok: true;
      /** One ECMAScript module without imports: see module.ts. */
      readonly module: string;
      /** TypeScript declarations of its inputs and results. */
      readonly types: string;
      /** SHA-256 of the text and of the module, 64 hexadecimal digits each. */
      readonly digest: { readonly source: string; readonly module: string };
      readonly policy: Policy;
      readonly warnings: readonly PolicyError[];
    }
  | { readonly ok: false; readonly errors: readonly PolicyError[] };

/**
 * Checks a policy's YAML and writes it as a JavaScript module. The same text gives the same bytes.
 * @param fileName only names the file in errors.
 * @returns every fault at once, in the order of the text, or the module. Throws nothing for any text.
 */
export function compilePolicy(source: string, fileName: string, options: CompileOptions): CompiledPolicy {
  const problems = new Problems(source, fileName);
  const root = readSource(source, problems);
  const sourceDigest = sha256(source);
  const { reasons, models } = options;
  const policy = root && checkPolicy(root, sourceDigest, { reasons: new Set(reasons), models }, new Reader(problems));
  if (!policy) return { ok: false, errors: inTextOrder(problems.errors) };
  const module = generateModule(policy);
  return {
    ok: true,
    module,
    types: generateTypes(policy),
    digest: { source: sourceDigest, module: sha256(module) },
    policy,
    warnings: inTextOrder(problems.warnings),
  };
}
