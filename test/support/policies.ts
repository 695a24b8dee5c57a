import { readFileSync } from 'node:fs';

import { loadPolicyModule } from '../../adapters/policy-module.ts';
import { COMPILED_POLICIES, type Policies } from '../../app/governance/policies.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { compilePolicy } from '../../packages/policy-compiler/compile.ts';

/** Declines applicants who earn below 200,000 dollars. */
const stricter = (text: string): string => text.replace('annual_income < 1800000', 'annual_income < 20000000');

/**
 * A draft of the personal loan's next version, compiled as a release would.
 * @param change edits the text of the committed version.
 */
export async function draftPolicy(version = '1.3.0', change = stricter): Promise<PolicyInForce> {
  const committed = readFileSync('policies/personal-loan/1.2.0/policy.yaml', 'utf8');
  const text = change(committed.replace('version: 1.2.0', `version: ${version}`));
  const compiled = compilePolicy(text, 'policy.yaml', { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return { module: await loadPolicyModule(compiled.module, compiled.digest.module), digest: compiled.digest.module };
}

/** The committed versions, and drafts of the personal loan behind them. */
export function withDrafts(...drafts: readonly PolicyInForce[]): Policies {
  return { ...COMPILED_POLICIES, 'personal-loan': [...COMPILED_POLICIES['personal-loan'], ...drafts] };
}
