/**
 * SHA-256 of decision cores of earlier releases that run in Node as this release's own does. A release adds the digest of
 * the core that it ships; every core that is not listed runs in QuickJS. There was no release yet.
 */
export const KNOWN_CORES: readonly string[] = [];
