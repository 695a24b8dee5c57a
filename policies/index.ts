// Written by `npm run policies`; not to be edited.
import * as autoLoan from './auto-loan/1.0.0/policy.js';
import * as creditLine from './credit-line/1.0.0/policy.js';
import * as personalLoan from './personal-loan/1.0.0/policy.js';

/** The policies in force: the module, and the SHA-256 of its text as it was compiled. */
export const POLICIES = {
  'auto-loan': {
    module: autoLoan,
    digest: 'c1ff3e848fbf8b4c3d27e69fb4d078b86aeff3b4044a6bbd89215f7e938de3cb',
  },
  'credit-line': {
    module: creditLine,
    digest: '0b3b23e99c7a1d99a31808758cae3d79211ad4d612ad06332e2508405cfe36a6',
  },
  'personal-loan': {
    module: personalLoan,
    digest: 'df031c0b969a5c9a322127019cf5c3edb796ebb4b0e23d4c30b45ce1ea30a9fc',
  },
} as const;
