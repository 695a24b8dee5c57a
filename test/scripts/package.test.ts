import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { bundleProgram } from '../../scripts/package/bundle.ts';
import {
  PLATFORMS,
  publishedManifest,
  readManifest,
  runtimeManifest,
  runtimeName,
} from '../../scripts/package/manifest.ts';
import { writeRuntime } from '../../scripts/package/runtimes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const clone = readManifest(join(ROOT, 'package.json'));
const here = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch)!;

/** A package as npm would install it, outside the clone. */
const folder = mkdtempSync(join(tmpdir(), 'underwright-package-'));
/** Sources of the bundle, from the clone's root. */
let inputs: string[];
beforeAll(async () => {
  inputs = Object.keys((await bundleProgram(join(folder, 'dist'))).inputs);
  for (const path of ['policies', 'statemachines', 'examples', 'stages', 'package.json'])
    symlinkSync(join(ROOT, path), join(folder, path));
  cpSync(join(ROOT, 'models'), join(folder, 'models'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist', program), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { NO_COLOR: '1' },
  });
  return { code: status, out: stdout, err: stderr };
}

describe('The npm package', () => {
  test('depends on the native runtime alone, and has files for all that it lists', () => {
    const { dependencies, optionalDependencies, files, bin, private: isPrivate } = publishedManifest(clone);
    expect(dependencies).toBeUndefined();
    expect(isPrivate).toBeUndefined();
    const { version } = readManifest(join(ROOT, 'node_modules', 'onnxruntime-node', 'package.json'));
    expect(optionalDependencies).toEqual(Object.fromEntries(PLATFORMS.map((each) => [runtimeName(each), version])));
    for (const pattern of (files as string[]).filter((path) => path !== 'dist')) {
      expect([pattern, globSync(pattern, { cwd: ROOT }).length > 0]).toEqual([pattern, true]);
    }
    for (const program of Object.values(bin as Record<string, string>)) {
      expect(readFileSync(join(folder, program), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  test('has the runtime of each platform as a package of its own', () => {
    expect(PLATFORMS.map((each) => runtimeManifest(each))).toMatchObject([
      { name: '@underwright/onnxruntime-linux-x64', os: ['linux'], cpu: ['x64'], libc: ['glibc'], license: 'MIT' },
      { name: '@underwright/onnxruntime-linux-arm64', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
      { name: '@underwright/onnxruntime-darwin-arm64', os: ['darwin'], cpu: ['arm64'] },
    ]);
    for (const { os, cpu, library } of PLATFORMS) {
      expect(existsSync(join(ROOT, 'node_modules/onnxruntime-node/bin/napi-v6', os, cpu, library))).toBe(true);
    }
  });

  test('names the libraries in it with their licenses', () => {
    const licenses = readFileSync(join(folder, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['zod', 'commander', 'pdfkit', 'dejavu-fonts-ttf', '@jitl/quickjs-wasmfile-release-sync']) {
      const { version, license } = readManifest(join(ROOT, 'node_modules', name, 'package.json'));
      expect(licenses).toContain(`${name} ${version}: ${String(license)}\n`);
    }
  });

  test('reports the runtime that is not installed, and not the model', () => {
    const { code, err } = run('underwright.js', 'demo', '--once');
    expect(err).toMatch(/^NativeLibraryUnavailable: .*the package @underwright\/onnxruntime-\S+ is not installed\. /);
    expect(code).toBe(2);
  });

  test('runs no command with a decision core that was changed or removed', () => {
    const core = join(folder, 'dist', 'decision-core.mjs');
    const genuine = readFileSync(core, 'utf8');
    const commented = genuine.replace('\n', '\n// Changed.\n');
    try {
      for (const change of [() => writeFileSync(core, commented), () => rmSync(core)]) {
        change();
        for (const command of [
          ['demo', '--once'],
          ['replay', '--all'],
          ['verify', '--all'],
        ])
          expect(run('underwright.js', ...command)).toEqual({
            code: 2,
            out: '',
            err: expect.stringMatching(
              /^DecisionCoreDamaged: dist\/decision-core\.mjs .* expected: install the package/,
            ),
          });
      }
    } finally {
      writeFileSync(core, genuine);
    }
  });

  test('decides, replays and exports without the libraries of the clone', () => {
    writeRuntime(here, join(folder, 'node_modules', runtimeName(here)));
    expect(run('underwright.js', '--version').out).toBe(`${clone.version}\n`);
    const application = join(folder, 'application.json');
    writeFileSync(application, run('underwright.js', 'sample', 'approve-lowest-rate').out);
    expect(run('underwright.js', 'submit', application, '--wait')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('approve-lowest-rate  APPROVE'),
    });
    // The core of the package is the core of the clone, and it runs under Node's permission model.
    const { out } = run('underwright.js', 'replay', '--all');
    expect(out).toContain('1 decision reproduced byte by byte, 0 not');
    const exported = run(
      'underwright.js',
      'export',
      'approve-lowest-rate',
      '--by',
      'r.vega',
      '--purpose',
      'test of a package',
    );
    expect(exported.out).toContain('Verify with: npx underwright-verify approve-lowest-rate.decision.json');
    expect(readFileSync(join(folder, 'approve-lowest-rate.decision.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
    const key = join('.data', 'underwright', 'seal-public.pem');
    expect(run('verify.js', 'approve-lowest-rate.decision.json', '--key', key)).toMatchObject({
      code: 0,
      out: expect.stringContaining('The file holds.'),
    });
    // Without the runtime no decision counts as one that differs.
    rmSync(join(folder, 'node_modules'), { recursive: true });
    const without = run('underwright.js', 'replay', '--all');
    expect(without).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^NativeLibraryUnavailable: /) });
  });
});

describe('The Dockerfile', () => {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const isIgnored = (path: string) => ignored.some((pattern) => `${path}/`.startsWith(`${pattern}/`));

  test('copies files that exist and that .dockerignore leaves', () => {
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied).toContain('package-lock.json');
    expect(copied.filter((path) => !existsSync(join(ROOT, path)) || isIgnored(path))).toEqual([]);
    // npm ci needs the manifest of every workspace.
    const manifests = globSync('packages/*/package.json', { cwd: ROOT });
    expect(manifests.filter((path) => !copied.includes(path))).toEqual([]);
  });

  test('leaves npm pack every source of the package', () => {
    expect(inputs).toContain('cli/program.ts');
    const sources = inputs.filter((path) => !path.startsWith('node_modules/') && existsSync(join(ROOT, path)));
    const { files } = publishedManifest(clone);
    const packed = (files as string[]).filter((path) => path !== 'dist');
    expect([...sources, ...packed, 'scripts/package/pack.ts'].filter(isIgnored)).toEqual([]);
  });

  test('runs as no administrator, and keeps the data in a volume', () => {
    expect(lines).toContain('USER 1000:1000');
    expect(lines).toContain('VOLUME /data');
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
  });
});
