import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { CACHE } from '../scripts/fetch-package.ts';

const folder = import.meta.dirname;
/** uv 0.13.9, by the hashes of uv-requirements.txt. */
const tools = join(CACHE, 'python', 'uv-0.13.9');
const uv = join(tools, 'bin', 'uv');

/** Python or one of its packages is missing, or the trainer refused. */
export class TrainerFailed extends Error {
  override readonly name = 'TrainerFailed';
}

/**
 * Runs `python -m underwright_training` in the environment of uv.lock, which uv makes the first time.
 * @throws TrainerFailed
 */
export function runTrainer(args: readonly string[], groups: readonly string[] = []): void {
  if (!existsSync(uv)) {
    const options = '--quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all:'.split(' ');
    const requirements = join(folder, 'uv-requirements.txt');
    const pip = ['-m', 'pip', 'install', ...options, '--target', tools, '--requirement', requirements];
    run('python3', pip, 'pip did not install uv. Training needs Python 3.11 or newer with pip.');
  }
  const environment = ['--quiet', '--locked', '--project', folder, ...groups.flatMap((group) => ['--group', group])];
  run(uv, ['run', ...environment, 'python', '-m', 'underwright_training', ...args], 'The trainer stopped.');
}

function run(command: string, args: readonly string[], fault: string): void {
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    // Pythons that uv downloads come from a host that this project does not trust.
    env: { ...process.env, UV_PYTHON_DOWNLOADS: 'never' },
  });
  if (status !== 0) throw new TrainerFailed(`${fault} ${error ? `${error.message}.` : 'See the message above.'}`);
}
