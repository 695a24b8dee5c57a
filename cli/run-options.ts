import type { ProcessOptions } from '../local/underwriting-process.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly data: string;
  /** Of commands that read: the records of a deployment, instead of a data folder's. */
  readonly aws?: boolean;
  readonly json?: boolean;
}

/** Options of commands that may run the folder themselves. */
export interface RunOptions extends CommonOptions {
  readonly model?: string;
  readonly maxPages?: number;
  readonly bureauTimeout?: number;
}

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
