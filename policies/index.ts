// Written by `npm run policies`; not to be edited.
import * as autoLoan from './auto-loan/1.0.0/policy.js';
import * as creditLine from './credit-line/1.0.0/policy.js';
import * as personalLoan from './personal-loan/1.0.0/policy.js';

/** The policies in force: the module, and the SHA-256 of its text as it was compiled. */
export const POLICIES = {
  'auto-loan': {
    module: autoLoan,
    digest: 'a6dce2947c28848534cf5b591cea2ad60e65ac9fa70b2fa3f835abffd3b327c4',
  },
  'credit-line': {
    module: creditLine,
    digest: '2132d26bd2193af01fa9009318dbf87ad1cb64df910a95cf0d41567960ed82ff',
  },
  'personal-loan': {
    module: personalLoan,
    digest: '8aa0f115beba38572df2538571028eddae33419ad49c62e93c4224d97713fa50',
  },
} as const;
