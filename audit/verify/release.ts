import type { EvidenceStore } from '../../adapters/ports.ts';
import { releaseNamed } from '../../domain/decision/release.ts';
import type { Json } from '../../domain/json.ts';
import { fileDigests } from '../../domain/scoring/archived-files.ts';
import type { Fault } from './fault.ts';

type ReleaseFault = Omit<Fault, 'sequence'>;

/** Objects of a release that were found, or what is wrong with them, by store: thousands of decisions share a few. */
const looked = new WeakMap<EvidenceStore, Map<string, Promise<Uint8Array | ReleaseFault>>>();

/** Checks that the decision core and the model package that a step's result names are archived and undamaged. */
export async function releaseFaults(store: EvidenceStore, kind: string, value: Json): Promise<ReleaseFault[]> {
  const named = releaseNamed(kind, value);
  if (!named) return [];
  if (named.core === undefined) {
    return [{ fault: 'RELEASE_NOT_NAMED', detail: 'It names no decision core, so it cannot be replayed.' }];
  }
  const found = [await look(store, 'decision core', named.core)];
  if (named.packageDigest !== null) {
    const manifest = await look(store, 'model manifest', named.packageDigest);
    found.push(manifest);
    if (manifest instanceof Uint8Array) {
      const { model, reference } = fileDigests(manifest);
      found.push(await look(store, 'model', model));
      if (reference !== null) found.push(await look(store, 'reference applicants', reference));
    }
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
