import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { Aws } from './aws.ts';
import { CheckFailed } from './failure.ts';
import { failuresOf, TAG } from './stacks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a Node program to its end and collects its output. It ends by SIGTERM when the signal aborts.
 * @param live gets each chunk of its error output. @default none
 */
export async function runNode(
  args: readonly string[],
  { env, signal, live }: { env?: NodeJS.ProcessEnv; signal: AbortSignal; live?: (text: string) => void },
): Promise<Ended> {
  signal.throwIfAborted();
  // A group of its own: Ctrl-C reaches the check alone, which then ends the program.
  const child = spawn(process.execPath, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    live?.(text);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    signal.throwIfAborted();
    return { code, out, err };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export interface DeployOptions {
  readonly stage: string;
  /** The value of the tag: the ID of the run. */
  readonly run: string;
  /** What cdk synthesises, or a folder with a synthesised app. @default the app of cdk.json */
  readonly app?: string | undefined;
  /** The folder for what cdk synthesises. */
  readonly output: string;
}

/** Deploys every stack of a stage with the tag of the check. @throws CheckFailed with the cause of each failed stack */
export async function deploy(aws: Aws, { stage, run, app, output }: DeployOptions, signal: AbortSignal): Promise<void> {
  const { code, err } = await runNode(
    [
      CDK,
      ...(app === undefined ? [] : ['--app', app]),
      '--output',
      output,
      'deploy',
      '--all',
      '--require-approval',
      'never',
      '--progress',
      'events',
      '--method',
      'direct',
      '--context',
      `stage=${stage}`,
      '--tags',
      `${TAG}=${run}`,
    ],
    { env: process.env, signal, live: (text) => process.stderr.write(text) },
  );
  if (code === 0) return;
  const failures = await failuresOf(aws, stage, signal);
  const last = err.trim().split('\n').slice(-3).join(' ');
  throw new CheckFailed(`cdk deploy ended with ${code}. ${failures.length > 0 ? failures.join(' ') : last}`);
}
