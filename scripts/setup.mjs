// Runs before `npm start` and `npm test`, under whatever Node the machine has (20 or newer), so it is plain JavaScript.
// Installs the locked packages when they are missing or stale; the lock file brings Node 24 itself on Linux.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.underwright-setup');
const fingerprint = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== fingerprint) {
  console.log('Installing the locked packages (once; about a minute)...');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status } = spawnSync(
    command,
    [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: 'inherit',
      // The CPU runtime ships inside the package; its install script would only fetch GPU libraries.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    },
  );
  if (status !== 0) {
    console.error(
      'npm ci failed: see its message above. Nothing was changed outside node_modules; run the command again.',
    );
    process.exit(status ?? 1);
  }
  linkNode();
  writeFileSync(stampFile, fingerprint);
}

/** npm 10 leaves the bin of an optional platform package unlinked; npm scripts find Node 24 through this link. */
function linkNode() {
  const link = join(root, 'node_modules', '.bin', 'node');
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(link)) return;
  if (existsSync(packaged)) {
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(packaged, link);
  } else if (Number(process.versions.node.split('.')[0]) < 24) {
    console.error(
      `Underwright runs on Node 24. The packages bring it on Linux (x64, arm64); on ${process.platform} ${process.arch} ` +
        `install Node 24 or newer from https://nodejs.org (this is ${process.version}) and run the command again.`,
    );
    process.exit(1);
  }
}
