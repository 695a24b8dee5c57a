// Written by `npm run policies`; not to be edited.
import * as autoLoan from './auto-loan/1.0.0/policy.js';
import * as creditLine from './credit-line/1.0.0/policy.js';
import * as personalLoan from './personal-loan/1.0.0/policy.js';

/** The policies in force: the module, and the SHA-256 of its text as it was compiled. */
export const POLICIES = {
  'auto-loan': {
    module: autoLoan,
    digest: '388d7b6d06bab2d46a518322e13832127ceb072686350b25f4e553691e47113f',
  },
  'credit-line': {
    module: creditLine,
    digest: '98745629d7f86b962731bba68c4c292268eb07530f66cb29b66544a9531cf8aa',
  },
  'personal-loan': {
    module: personalLoan,
    digest: '7aaf9843ea20da5d19727cfef1611ed7589b7c117cd3c801fc4ddeaab89c7e03',
  },
} as const;
