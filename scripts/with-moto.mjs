// node scripts/with-moto.mjs COMMAND ARGUMENTS...
// Runs a command beside moto_server (https://docs.getmoto.org/en/latest/docs/server_mode.html), a stand-in for the AWS
// services that have no server among the npm packages: KMS, EventBridge, Step Functions. The command finds its address in
// UNDERWRIGHT_MOTO; its exit code is passed on. Executions call functions at UNDERWRIGHT_MOTO_LAMBDA, a free port where
// the command may serve them. Needs Python 3; moto is installed into .venv-moto when it is not there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const VERSION = '5.2.1';
const JSONATA_VERSION = '0.7.1';
const START_SECONDS = 60;

const [command, ...args] = process.argv.slice(2);
if (command === undefined) fail('Say what to run: node scripts/with-moto.mjs npm test');

const python = pythonWithMoto();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const environment = {
  ...process.env,
  UNDERWRIGHT_MOTO: url,
  UNDERWRIGHT_MOTO_LAMBDA: `http://127.0.0.1:${await freePort()}`,
};
const program = fileURLToPath(new URL('moto-server.py', import.meta.url));
// Its log names every request and nothing else of use.
const server = spawn(python, [program, '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', env: environment });
process.on('exit', () => server.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
await answering();

const child = spawn(command, args, { stdio: 'inherit', env: environment });
child.on('error', (error) => fail(`${command} could not be started: ${error.message}.`));
const [code] = await once(child, 'exit');
process.exit(code ?? 1);

/** @returns a Python that has moto's server in the pinned version. */
function pythonWithMoto() {
  const own = join(dirname(dirname(fileURLToPath(import.meta.url))), '.venv-moto');
  const ownPython = join(own, 'bin', 'python');
  const found = [ownPython, 'python3'].find(hasMoto);
  if (found) return found;
  console.error(`Installing moto ${VERSION} into .venv-moto (once; about half a minute)...`);
  run('python3', ['-m', 'venv', own]);
  const packages = [`moto[server]==${VERSION}`, `jsonata-python==${JSONATA_VERSION}`];
  run(ownPython, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  if (!hasMoto(ownPython)) fail('moto was installed but does not run: delete .venv-moto and try again.');
  return ownPython;
}

function hasMoto(python) {
  const script =
    `import moto, moto.server, flask, moto.stepfunctions.parser.models; from importlib.metadata import version; ` +
    `assert moto.__version__ == '${VERSION}' and version('jsonata-python') == '${JSONATA_VERSION}'`;
  return spawnSync(python, ['-c', script], { stdio: 'ignore' }).status === 0;
}

function run(program, programArgs) {
  const { status, error } = spawnSync(program, programArgs, { stdio: 'inherit' });
  if (status !== 0) fail(`${program} ${programArgs.join(' ')} failed${error ? `: ${error.message}` : '; see above'}.`);
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function answering() {
  for (let tries = 0; tries < START_SECONDS * 10; tries += 1) {
    if (server.exitCode !== null) fail('moto_server ended before it answered.');
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  fail(`moto_server did not answer within ${START_SECONDS} seconds.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
