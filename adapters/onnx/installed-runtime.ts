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
      `the package ${name} is not installed. It exists for linux-x64 and linux-arm64 with glibc, and for darwin-arm64`,
      { cause },
    );
  }
}

/** Loads the native binding. @throws ModelRuntimeMissing; an error of the system when the library does not load. */
export function loadRuntime(): unknown {
  return require(runtimeFile());
}
