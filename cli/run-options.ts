import type { ProcessOptions } from '../local/underwriting-process.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly data: string;
  /** The folder of the data folder's keys. @default the data folder */
  readonly keyDir?: string | undefined;
  /** Of commands that read: the records of a deployment, instead of a data folder's. */
  readonly aws?: boolean;
  readonly json?: boolean;
}

/** Options of commands that may run the folder themselves. */
export interface RunOptions extends CommonOptions {
  /** The file of a stage, which the data folder adopts. @default the folder's own stage, or the sandbox */
  readonly stage?: string;
  /** The largest size of the database in pages of 4 KiB. No option of the command line sets it. @default no limit */
  readonly maxPages?: number | undefined;
  readonly bureauTimeout?: number;
  /** The mail server of notices. @default - each notice goes on paper */
  readonly smtp?: string;
}

export function processOptions(options: RunOptions, port = 0): ProcessOptions {
  const { data, keyDir, stage, maxPages, bureauTimeout, smtp } = options;
  return {
    folder: data,
    keyFolder: keyDir,
    port,
    stageFile: stage,
    ...(maxPages !== undefined && { maxPages }),
    ...(smtp !== undefined && { smtp }),
    ...(bureauTimeout !== undefined && { bureauTimeoutMs: bureauTimeout }),
  };
}

/** Resolves at Ctrl-C or when the process is asked to end. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
