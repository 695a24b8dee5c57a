import { spawnSync } from 'node:child_process';

/** npm ended with an error. */
class NpmFailed extends Error {
  override readonly name = 'NpmFailed';
}

/** Runs npm in a folder. @returns its output. @throws NpmFailed with what npm reports. */
export function npm(folder: string, ...args: readonly string[]): string {
  const program = process.env['npm_execpath'];
  const [command, first] = program ? [process.execPath, [program]] : ['npm', []];
  // The settings of an npm that runs this process do not apply to the npm that it starts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config|package)_/i.test(name)));
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { cwd: folder, env, encoding: 'utf8' });
  if (status !== 0) throw new NpmFailed(`npm ${args.join(' ')} in ${folder} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
