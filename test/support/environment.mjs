// Set before any test code: jest copies process.env, so a test would be too late to keep model names from being reported.
process.env.ORT_DISABLE_TELEMETRY = '1';
process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
process.env.LENDING_MODE = 'sandbox';

import { TestEnvironment } from 'jest-environment-node';

const typedArrays = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  ArrayBuffer,
];

/** onnxruntime-node checks `instanceof Float32Array` in the main realm, so tests must see the main realm's typed arrays. */
export default class Environment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const type of typedArrays) this.global[type.name] = type;
  }
}
