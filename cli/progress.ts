import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param by @default 1 */
  step(by?: number): void;
  stop(): void;
}

/** A bar on the error stream, so that the output stays clean; nothing where that is no terminal. */
export function progress(what: string, total: number): Progress {
  const quiet = !process.stderr.isTTY || total < 2;
  if (quiet) return { step: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 40,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(total, 0);
  return { step: (by = 1) => bar.increment(by), stop: () => bar.stop() };
}
