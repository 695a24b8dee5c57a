import * as z from 'zod';

import { digest } from '../ledger/digest.ts';

/** What the release that decided archived in clear: its decision core, the manifest of its model package, the model. */
export const releaseObject = z.strictObject({
  kind: z.enum(['core', 'model-manifest', 'model']),
  digest,
  /** Base64; their SHA-256 is the digest. */
  bytes: z.string(),
});
export type ReleaseObject = z.infer<typeof releaseObject>;

const made = z.looseObject({
  core: z.string().optional(),
  model: z.looseObject({ packageDigest: z.string() }).nullish(),
});
const DECIDING: readonly string[] = ['score', 'policy', 'decision'];

/** What a deciding step's result names of the release that made it. */
export interface NamedRelease {
  /** Digest of the decision core; undefined where the result names none. */
  readonly core: string | undefined;
  /** Digest of the model package; null where no model was used. */
  readonly packageDigest: string | null;
}

/** Reads the release that a deciding step's result names. @returns undefined for other evidence. */
export function releaseNamed(kind: string, value: unknown): NamedRelease | undefined {
  if (!DECIDING.includes(kind)) return undefined;
  const { success, data } = made.safeParse(value);
  return success ? { core: data.core, packageDigest: data.model?.packageDigest ?? null } : undefined;
}
