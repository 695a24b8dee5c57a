// Written by `npm run policies`; not to be edited.
import * as autoLoan from './auto-loan/1.0.0/policy.js';
import * as creditLine from './credit-line/1.0.0/policy.js';
import * as personalLoan from './personal-loan/1.0.0/policy.js';

/** The policies in force: the module, and the SHA-256 of its text as it was compiled. */
export const POLICIES = {
  'auto-loan': {
    module: autoLoan,
    digest: '42a9b3f9f59bb31c9332b0e8afbfd3acaba8ab551dde0d302ab437c8745c4276',
  },
  'credit-line': {
    module: creditLine,
    digest: '8af24e09a99125655a01c34ad9ddc6d1849b316f8708c3ae01bd2034a93bbf5d',
  },
  'personal-loan': {
    module: personalLoan,
    digest: 'a1b6d1f99dfb75940f1db77d05003a76352845dfdebe7cb9cf861867ef28007e',
  },
} as const;
