import { openPackage } from '../onnx/scorer.ts';
import { openSession } from '../onnx/session.ts';
import type { ModelRuntime } from '../ports.ts';

/** The runtime that serves, for building and checking packages. */
export const modelRuntime: ModelRuntime = { openModel: openSession, openPackage: (files) => openPackage(files) };
