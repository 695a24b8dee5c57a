/** The native runtime of the npm package. scripts/package/bundle.ts puts it in the place of onnxruntime-node's own. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const NAME = `@underwright/onnxruntime-${process.platform}-${process.arch}`;

/** The path of the native binding; undefined when the package of this platform is not installed. */
export function runtimeFile(): string | undefined {
  try {
    return require.resolve(NAME);
  } catch {
    return undefined;
  }
}

/** Loads the native binding. @throws TypeError naming the package to install; an error of a library that does not load. */
export function loadRuntime(): unknown {
  const file = runtimeFile();
  if (file !== undefined) return require(file);
  throw new TypeError(
    `the package ${NAME} is not installed. It exists for linux-x64 and linux-arm64 with glibc, and for darwin-arm64`,
  );
}
