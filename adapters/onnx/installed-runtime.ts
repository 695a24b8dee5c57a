/** The native runtime of the npm package, which scripts/package/bundle.ts puts in the place of onnxruntime-node's own. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The package of the platform has no runtime, or is not installed. */
class ModelRuntimeMissing extends Error {
  override readonly name = 'ModelRuntimeMissing';
}

/** The path of the native binding. @throws ModelRuntimeMissing naming the package to install. */
export function runtimeFile(): string {
  const name = `@underwright/onnxruntime-${process.platform}-${process.arch}`;
  try {
    return require.resolve(name);
  } catch (cause) {
    throw new ModelRuntimeMissing(
      `The package ${name} is not installed, so no model can be opened. Install it beside underwright, without ` +
        '--omit=optional. There are packages for linux-x64, linux-arm64 (glibc 2.28 or newer) and darwin-arm64.',
      { cause },
    );
  }
}

/** Loads the native binding. @throws ModelRuntimeMissing; an error of the system when the library does not load. */
export function loadRuntime(): unknown {
  return require(runtimeFile());
}
