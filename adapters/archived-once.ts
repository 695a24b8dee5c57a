import type { EvidenceStore } from './ports.ts';

/**
 * Loads what decides and archives its files, once a process: they name nobody, so they lie in clear, each under its SHA-256.
 * Nothing decides with what could not be archived; the next call tries again.
 */
export function archivedOnce<Loaded extends { readonly files: readonly Uint8Array[] }>(
  store: EvidenceStore,
  load: () => Promise<Loaded>,
): () => Promise<Loaded> {
  let archived: Promise<Loaded> | undefined;
  async function archive(): Promise<Loaded> {
    try {
      const loaded = await load();
      await Promise.all(loaded.files.map((file) => store.put(file)));
      return loaded;
    } catch (error) {
      archived = undefined;
      throw error;
    }
  }
  return () => (archived ??= archive());
}
