import { readFileSync } from 'node:fs';

import { loadPolicyModule } from '../../../adapters/policy-module.ts';
import { compilePolicy, type CompiledPolicy, type PolicyError } from '../../../packages/policy-compiler/index.ts';
import type { PolicyModule } from '../../../packages/policy-compiler/module.ts';

export const PERSONAL_LOAN = readFileSync(new URL('fixtures/personal-loan.yaml', import.meta.url), 'utf8');

const numbered = (letters: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letters}${String(index + 1).padStart(2, '0')}`);
export const REASONS = [...numbered('AA', 24), ...numbered('AX', 14)];

type Compiled = Extract<CompiledPolicy, { ok: true }>;

export function compile(source: string): CompiledPolicy {
  return compilePolicy(source, 'policy.yaml', { reasons: REASONS });
}

export function compiled(source: string): Compiled {
  const result = compile(source);
  if (!result.ok) throw new Error(result.errors.map((error) => `${error.line}: ${error.message}`).join('\n'));
  return result;
}

export function errorsOf(source: string): readonly PolicyError[] {
  const result = compile(source);
  return result.ok ? [] : result.errors;
}

export async function load(source: string): Promise<PolicyModule> {
  const { module, digest } = compiled(source);
  return loadPolicyModule(module, digest.module);
}

/** A whole small policy around the sections a test is about. */
export function policyWith(sections: { inputs?: string; full?: string; rest?: string; rules?: string }): string {
  const {
    inputs = '    amount: money 0..1000\n    state: enum CA|NY|TX\n    member: boolean',
    full = '    fico: score? 300..850 @bureau\n    debts: integer? 0..100',
    rest = '',
    rules = '    big: { action: decline, when: amount > 500, reason: AX13, severity: 10 }',
  } = sections;
  return `policy: small
version: 1.0.0
product: personal-loan
effective: 2026-01-01
inputs:
  pre-bureau:
${inputs}
  full:
${full}
${rest}
rules:
  full:
${rules}
`;
}
