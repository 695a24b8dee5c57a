/** The manifest of the npm package, and the manifests of its native runtime's packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
  readonly [field: string]: unknown;
}

/** What the package has beside package.json, README.md and LICENSE, which npm always packs. */
const FILES = [
  'CHANGELOG.md',
  'dist',
  'examples',
  'models/*/**',
  'policies/*/*/digest.json',
  'policies/*/*/policy.js',
  'policies/*/*/policy.yaml',
  'stages/*.yaml',
  'statemachines',
];

/** A platform with a runtime package: Node's names for it, and its library for processors. */
export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly cpu: 'x64' | 'arm64';
  readonly library: string;
}

export const PLATFORMS: readonly Platform[] = [
  { os: 'linux', cpu: 'x64', library: 'libonnxruntime.so.1' },
  { os: 'linux', cpu: 'arm64', library: 'libonnxruntime.so.1' },
  { os: 'darwin', cpu: 'arm64', library: 'libonnxruntime.1.dylib' },
];

/** The name of a platform's package, which `adapters/onnx/installed-runtime.ts` resolves. */
export const runtimeName = ({ os, cpu }: Platform): string => `@underwright/onnxruntime-${os}-${cpu}`;

/** The version of the locked runtime, and so of the packages made from it. */
function runtimeVersion(): string {
  return readManifest(join(ROOT, 'node_modules', 'onnxruntime-node', 'package.json')).version;
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

/**
 * The manifest of the npm package: the libraries are in the bundle, so only the native runtime is installed beside it.
 * @param packed the platform whose runtime is in the package itself.
 */
export function publishedManifest({ name, version, description, license }: Manifest, packed?: Platform): Manifest {
  return {
    name,
    version,
    description,
    license,
    bin: { underwright: 'dist/underwright.js', 'underwright-verify': 'dist/verify.js' },
    files: FILES,
    type: 'module',
    engines: { node: '>=24' },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [runtimeName(platform), runtimeVersion()])),
    ...(packed && { bundleDependencies: [runtimeName(packed)] }),
  };
}

/** The manifest of a platform's package. */
export function runtimeManifest(platform: Platform): Manifest {
  return {
    name: runtimeName(platform),
    version: runtimeVersion(),
    description: `ONNX Runtime for processors, from onnxruntime-node, for ${platform.os} on ${platform.cpu}`,
    license: 'MIT',
    main: 'onnxruntime_binding.node',
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.os === 'linux' && { libc: ['glibc'] }),
  };
}
