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

/**
 * What the result of a deciding step names of the release that made it: its core, and the package digest of the model.
 * @returns undefined for other evidence, and for results of before cores were archived, whose models were not either.
 */
export function releaseNamed(
  kind: string,
  value: unknown,
): { readonly core: string; readonly packageDigest: string | null } | undefined {
  if (!DECIDING.includes(kind)) return undefined;
  const { success, data } = made.safeParse(value);
  if (!success || data.core === undefined) return undefined;
  return { core: data.core, packageDigest: data.model?.packageDigest ?? null };
}
