/** The compiler. A program that only runs compiled policies imports `@underwright/policy-compiler/module` instead. */
export { compilePolicy, type CompiledPolicy, type CompileOptions } from './compile.ts';
export { dateOf } from './dates.ts';
export type { Policy, Value } from './policy.ts';
export type { PolicyError, PolicyErrorCode } from './problems.ts';
