// Written by `npm run policies`; not to be edited.
import * as autoLoan_1_0_0 from './auto-loan/1.0.0/policy.js';
import * as autoLoan_1_1_0 from './auto-loan/1.1.0/policy.js';
import * as autoLoan_1_2_0 from './auto-loan/1.2.0/policy.js';
import * as creditLine_1_0_0 from './credit-line/1.0.0/policy.js';
import * as creditLine_1_1_0 from './credit-line/1.1.0/policy.js';
import * as creditLine_1_2_0 from './credit-line/1.2.0/policy.js';
import * as personalLoan_1_0_0 from './personal-loan/1.0.0/policy.js';
import * as personalLoan_1_1_0 from './personal-loan/1.1.0/policy.js';
import * as personalLoan_1_2_0 from './personal-loan/1.2.0/policy.js';

/** Every compiled policy, the oldest version of a product first: its module, and the SHA-256 of the text of that. */
export const POLICIES = {
  'auto-loan': [
    {
      module: autoLoan_1_0_0,
      digest: 'c1ff3e848fbf8b4c3d27e69fb4d078b86aeff3b4044a6bbd89215f7e938de3cb',
    },
    {
      module: autoLoan_1_1_0,
      digest: '6688812ff264a8a80592578f6820f54dccc6b90fe7a902f714d2dde448705df8',
    },
    {
      module: autoLoan_1_2_0,
      digest: 'c206bf8e4fdd8a4f10742312e420a22227f862180646dbdce0352163521a3528',
    },
  ],
  'credit-line': [
    {
      module: creditLine_1_0_0,
      digest: '0b3b23e99c7a1d99a31808758cae3d79211ad4d612ad06332e2508405cfe36a6',
    },
    {
      module: creditLine_1_1_0,
      digest: '8972181b4a58d20e1ec0e1ec3697a4a23ffeeaecca26f48844f458802c294062',
    },
    {
      module: creditLine_1_2_0,
      digest: '93943b358c3ecc6db8a2b28bd94db471e29c907564216b8047ee945c3fc5abde',
    },
  ],
  'personal-loan': [
    {
      module: personalLoan_1_0_0,
      digest: 'df031c0b969a5c9a322127019cf5c3edb796ebb4b0e23d4c30b45ce1ea30a9fc',
    },
    {
      module: personalLoan_1_1_0,
      digest: '80e3834cd8bbabdb8923f60a1b26cc8e64adb7d9f6981ac1c61163bf669e512b',
    },
    {
      module: personalLoan_1_2_0,
      digest: '2bcf7f258b61ef20bff56c032a48818faaff640ac0cb2927dc91d4646272f557',
    },
  ],
} as const;
