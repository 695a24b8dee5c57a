import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { requireSoundPolicies } from '../../local/compiled-policies.ts';
import { CompiledPolicyDamaged } from '../../packages/policy-compiler/verify.ts';

test('a process starts on the policies that were compiled, and on no others', () => {
  expect(() => requireSoundPolicies()).not.toThrow();
  const folder = mkdtempSync(join(tmpdir(), 'underwright-policies-'));
  try {
    cpSync('policies', folder, { recursive: true });
    expect(() => requireSoundPolicies(folder)).not.toThrow();
    appendFileSync(join(folder, 'auto-loan', '1.0.0', 'policy.js'), '\n');
    expect(() => requireSoundPolicies(folder)).toThrow(CompiledPolicyDamaged);
    expect(() => requireSoundPolicies(folder)).toThrow('policies/auto-loan/1.0.0/policy.js');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
