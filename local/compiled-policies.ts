import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CompiledPolicyDamaged, verifyModule } from '@underwright/policy-compiler/module';

import { COMPILED_POLICIES } from '../app/governance/policies.ts';

/**
 * Holds the policies on disk against the digests under which their decisions are recorded.
 * @throws CompiledPolicyDamaged naming the file.
 */
export function requireSoundPolicies(folder: string = join(import.meta.dirname, '..', 'policies')): void {
  for (const { module, digest } of Object.values(COMPILED_POLICIES).flat()) {
    const { product, version } = module.policy;
    const file = join(product, version, 'policy.js');
    if (!verifyModule(readFileSync(join(folder, file), 'utf8'), digest)) {
      throw new CompiledPolicyDamaged(
        `policies/${file} is not what was compiled: restore it, or compile the policies again with "npm run policies".`,
      );
    }
  }
}
