import type { EvidenceLocks } from '../ports.ts';

/** A data folder has no lock that its owner could not open: what keeps evidence there is that no command deletes any. */
export const embeddedEvidenceLocks: EvidenceLocks = {
  extend: async () => {},
  hold: async () => {},
  lockedUntil: async () => null,
};
