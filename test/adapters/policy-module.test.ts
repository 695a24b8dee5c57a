import { describe, expect, test } from '@jest/globals';

import { loadPolicyModule } from '../../adapters/policy-module.ts';
import { CompiledPolicyDamaged } from '../../packages/policy-compiler/verify.ts';
import { compiled, policyWith } from '../packages/policy-compiler/support.ts';

describe('a policy module', () => {
  const { module, digest } = compiled(policyWith({}));

  test('is loaded from its text alone', async () => {
    const { policy, evaluate } = await loadPolicyModule(module, digest.module);
    expect(policy.sourceDigest).toBe(digest.source);
    const inputs = { amount: 501, state: 'CA', member: true, fico: null, debts: null };
    expect(evaluate('full', inputs)).toMatchObject({ outcome: 'DECLINE', rules: { big: 'FIRED' } });
    expect(evaluate('full', { ...inputs, amount: 500 }).outcome).toBe('APPROVE');
  });

  test('is not run when a byte of it is another', async () => {
    const tampered = module.replace('$amount > 500', '$amount > 900');
    expect(tampered).not.toBe(module);
    await expect(loadPolicyModule(tampered, digest.module)).rejects.toThrow(CompiledPolicyDamaged);
  });
});
