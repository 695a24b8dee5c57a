/** Replaces build.ts in the npm package, which has no sources: scripts/package/bundle.ts. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** SHA-256 of the core that the package was built with. scripts/package/bundle.ts defines it. */
declare const DECISION_CORE_DIGEST: string;

/** The file of the decision core is missing, or is not the one of the release. */
class DecisionCoreDamaged extends Error {
  override readonly name = 'DecisionCoreDamaged';
}

/** The decision core of the release, as build.ts built it from the sources. @throws DecisionCoreDamaged */
export async function buildCore(): Promise<Uint8Array> {
  const file = new URL('./decision-core.mjs', import.meta.url);
  const core = await readFile(file).catch(() => undefined);
  const digest = core && createHash('sha256').update(core).digest('hex');
  if (core && digest === DECISION_CORE_DIGEST) return new Uint8Array(core);
  throw new DecisionCoreDamaged(
    `dist/decision-core.mjs ${digest ? `has the digest ${digest}` : 'cannot be read'}, and ${DECISION_CORE_DIGEST} is ` +
      'expected: install the package again.',
  );
}
