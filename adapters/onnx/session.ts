import type { InferenceSession, Tensor } from 'onnxruntime-node';

import type { OpenModel } from '../ports.ts';
import { treesOf } from './ensemble.ts';
import { refuseForeignGraph } from './graph.ts';
import { stepsOf } from './steps.ts';

/** The default number of threads is slower for few rows, and scores the same row differently alone and in a batch. */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
};

/** The native library of the runtime cannot be loaded on this system. The model is not the cause. */
export class NativeLibraryUnavailable extends Error {
  override readonly name = 'NativeLibraryUnavailable';
}

/**
 * Loads the runtime and its native library.
 * @throws NativeLibraryUnavailable
 */
async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  // The runtime reports names and hashes of models unless this is set before it is loaded.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const [fault] = (cause as Error).message.split('\n');
    throw new NativeLibraryUnavailable(
      `The native library of onnxruntime-node does not load on ${process.platform}-${process.arch}: ${fault}. ` +
        'Run "npm ci" in a clone, install the missing package, or deploy a bundle that was built for this architecture.',
      { cause },
    );
  }
}

/**
 * Opens a model with the inputs `features` [n, columns] and `shift` [1] and the outputs `margin` and `pd` [n, 1].
 * @throws NativeLibraryUnavailable; GraphRefused for operators that may not score; an error of the runtime for bytes that are no such model.
 */
export async function openSession(model: Uint8Array, columns: number): Promise<OpenModel> {
  const { env, InferenceSession, Tensor } = await loadRuntime();
  refuseForeignGraph(model);
  const session = await InferenceSession.create(model, OPTIONS);

  function feeds(rows: Float32Array, shift: number): Record<string, Tensor> {
    if (rows.length === 0 || rows.length % columns !== 0) {
      throw new RangeError(
        `${rows.length} values do not make rows of ${columns} features: build rows with featureRow.`,
      );
    }
    if (!Number.isFinite(shift)) throw new RangeError('The shift is not a finite number of log-odds: give 0 for none.');
    return {
      features: new Tensor('float32', rows, [rows.length / columns, columns]),
      shift: new Tensor('float32', Float32Array.of(shift), [1]),
    };
  }
  return {
    runtime: `onnxruntime-node ${env.versions.node ?? env.versions.common}`,
    steps: stepsOf(model, columns),
    trees: () => treesOf(model),
    async margins(rows, shift) {
      const { margin } = await session.run(feeds(rows, shift), ['margin']);
      return float32(margin);
    },
    async outputs(rows, shift) {
      const { margin, pd } = await session.run(feeds(rows, shift), ['margin', 'pd']);
      return { margins: float32(margin), pds: float32(pd) };
    },
  };
}

function float32(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) {
    throw new TypeError('The model gave an output that is not float32: export it anew.');
  }
  return tensor.data;
}
