import { alike } from './alike.ts';
import { creditFiles } from './credit-files.ts';
import { decisionTimes } from './decision-times.ts';
import { identityHolds } from './identity-holds.ts';
import { notices } from './notices.ts';
import { openCases } from './open-cases.ts';
import { overrides } from './overrides.ts';
import { reasonMix } from './reason-mix.ts';
import { register } from './register.ts';
import type { Report } from './report.ts';

/** Every report, in the order in which they are listed. */
export const REPORTS: readonly Report[] = [
  register,
  overrides,
  openCases,
  identityHolds,
  creditFiles,
  reasonMix,
  notices,
  decisionTimes,
  alike,
];
