// Written by `npm run policies`; not to be edited.
import * as autoLoan_1_0_0 from './auto-loan/1.0.0/policy.js';
import * as autoLoan_1_1_0 from './auto-loan/1.1.0/policy.js';
import * as creditLine_1_0_0 from './credit-line/1.0.0/policy.js';
import * as creditLine_1_1_0 from './credit-line/1.1.0/policy.js';
import * as personalLoan_1_0_0 from './personal-loan/1.0.0/policy.js';
import * as personalLoan_1_1_0 from './personal-loan/1.1.0/policy.js';

/** Every compiled policy, the oldest version of a product first: its module, and the SHA-256 of the text of that. */
export const POLICIES = {
  'auto-loan': [
    {
      module: autoLoan_1_0_0,
      digest: 'c1ff3e848fbf8b4c3d27e69fb4d078b86aeff3b4044a6bbd89215f7e938de3cb',
    },
    {
      module: autoLoan_1_1_0,
      digest: 'aa4aad9502ea82468c9690bb8b9284ee3a608455a56eff93a0ebede505486d79',
    },
  ],
  'credit-line': [
    {
      module: creditLine_1_0_0,
      digest: '0b3b23e99c7a1d99a31808758cae3d79211ad4d612ad06332e2508405cfe36a6',
    },
    {
      module: creditLine_1_1_0,
      digest: '06498e288a4aef3db5c2ba7c28351cb5e06987c65a5bce68afdfb4d59f1b04f6',
    },
  ],
  'personal-loan': [
    {
      module: personalLoan_1_0_0,
      digest: 'df031c0b969a5c9a322127019cf5c3edb796ebb4b0e23d4c30b45ce1ea30a9fc',
    },
    {
      module: personalLoan_1_1_0,
      digest: 'fa728a7aa4eccf5c90f63ef4529b51cb30df4a2eecc829a484b1a2f09fec619a',
    },
  ],
} as const;
