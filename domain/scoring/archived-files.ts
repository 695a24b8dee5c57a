import * as z from 'zod';

import { digest } from '../ledger/digest.ts';

const archived = z.union([
  z.looseObject({ schemaVersion: z.literal(2), files: z.object({ 'model.onnx': digest, 'reference.csv': digest }) }),
  z.looseObject({ schemaVersion: z.literal(1), file: z.object({ sha256: digest }) }),
]);

/**
 * SHA-256 of the archived files of a package beside its manifest. A version 1 package archived no reference applicants.
 * @throws SyntaxError, ZodError for bytes that are no manifest.
 */
export function fileDigests(manifest: Uint8Array): { readonly model: string; readonly reference: string | null } {
  const read = archived.parse(JSON.parse(new TextDecoder().decode(manifest)));
  return 'file' in read && read.schemaVersion === 1
    ? { model: read.file.sha256, reference: null }
    : { model: read.files['model.onnx'], reference: read.files['reference.csv'] };
}
