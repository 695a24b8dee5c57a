import type { ProcessOptions } from '../local/underwriting-process.ts';
import type { RunOptions } from './program.ts';

export function processOptions(options: RunOptions, port = 0): ProcessOptions {
  const { data, model, maxPages, bureauTimeout } = options;
  return {
    folder: data,
    port,
    ...(model !== undefined && { modelFolder: model }),
    ...(maxPages !== undefined && { maxPages }),
    ...(bureauTimeout !== undefined && { bureauTimeoutMs: bureauTimeout }),
  };
}

/** Resolves at Ctrl-C or when the process is asked to end. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
