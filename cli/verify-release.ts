import * as z from 'zod';

import type { EvidenceStore } from '../adapters/ports.ts';
import type { Json } from '../domain/json.ts';
import { modelDigest } from './replay-archive.ts';
import type { Fault } from './verification.ts';

type ReleaseFault = Omit<Fault, 'sequence'>;

/** Objects of a release that were found, or what is wrong with them, by store: thousands of decisions share a few. */
const looked = new WeakMap<EvidenceStore, Map<string, Promise<Uint8Array | ReleaseFault>>>();

/** What results of deciding steps name of the release that made them. */
const made = z.looseObject({
  core: z.string().optional(),
  model: z.looseObject({ packageDigest: z.string() }).nullish(),
});
const DECIDING: readonly string[] = ['score', 'policy', 'decision'];

/**
 * What a step decided with is archived and undamaged: the decision core that its result names, and the files of the model
 * package. Results of before cores were archived name none, and nothing is asked of their models either.
 */
export async function releaseFaults(store: EvidenceStore, kind: string, value: Json): Promise<ReleaseFault[]> {
  const { success, data } = made.safeParse(value);
  if (!success || data.core === undefined || !DECIDING.includes(kind)) return [];
  const found = [await look(store, 'decision core', data.core)];
  if (data.model) {
    const manifest = await look(store, 'model manifest', data.model.packageDigest);
    found.push(manifest);
    if (manifest instanceof Uint8Array) found.push(await look(store, 'model', modelDigest(manifest)));
  }
  return found.filter((each): each is ReleaseFault => !(each instanceof Uint8Array));
}

function look(store: EvidenceStore, what: string, digest: string): Promise<Uint8Array | ReleaseFault> {
  const known = looked.get(store) ?? new Map<string, Promise<Uint8Array | ReleaseFault>>();
  looked.set(store, known);
  const earlier = known.get(digest);
  if (earlier) return earlier;
  const found = store.get(digest).catch((error: Error) => {
    const missing = error.name === 'EvidenceMissing';
    const fault = missing ? 'RELEASE_OBJECT_MISSING' : 'RELEASE_OBJECT_DAMAGED';
    const detail = `The ${what} ${digest} that it was decided with ${missing ? 'is not in the store' : 'was changed in the store'}: restore it from a backup, or it cannot be replayed.`;
    return { fault, detail };
  });
  known.set(digest, found);
  return found;
}
