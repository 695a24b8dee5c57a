/** Replaces program.ts in the npm package: scripts/package/bundle.ts. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runtimeFile } from '../../adapters/onnx/installed-runtime.ts';

/** The folder of the bundle. The build replaces `import.meta.dirname`, and `import.meta.url` stays the bundle's. */
const BUNDLE = dirname(fileURLToPath(import.meta.url));

/** The program of the replay process. */
export const REPLAY_PROGRAM = join(BUNDLE, 'replay.js');

/** What the replay process reads: the bundle and the runtime of the model, and no data. */
export function replayReads(): string[] {
  const runtime = runtimeFile();
  return runtime === undefined ? [BUNDLE] : [BUNDLE, dirname(runtime)];
}
