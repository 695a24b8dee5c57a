import type { Clearance } from '../../domain/decision/clearance.ts';

/** Evidence that the first contact of an alert confirmed the application just now. */
export const calledContact = (rule: string, at: string = new Date().toISOString()): Clearance => ({
  rule,
  kind: 'CONTACT',
  contact: 1,
  at,
  result: 'CONFIRMED',
});
