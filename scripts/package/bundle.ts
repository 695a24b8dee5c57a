/** The program of the npm package: JavaScript in one folder, with every library in it but the native runtime. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { build as esbuild, type Metafile, type Plugin } from 'esbuild';

import { buildCore } from '../../core/build.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { readManifest } from './manifest.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');

/** Files that the program reads beside its code, from the installed packages. */
const ASSETS = [
  '@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm',
  'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
];

/** Modules of a clone, and what the package has in their place. */
const REPLACED: Readonly<Record<string, string>> = {
  'core/build.ts': 'core/installed-core.ts',
  'audit/replay/program.ts': 'audit/replay/installed-program.ts',
};

/** Texts of modules that find files by their own place, and the texts for the place of the bundle. */
const REWRITTEN: Readonly<Record<string, readonly [text: string, replacement: string]>> = {
  // The fonts lie beside the bundle.
  'documents/pdf.ts': ["'dejavu-fonts-ttf/ttf/", "'./"],
  // esbuild bundles the fonts of pdfkit when it sees a plain require.
  'node_modules/pdfkit/js/pdfkit.node.mjs': ['require$1(', 'require('],
  'node_modules/onnxruntime-node/lib/binding.ts': [
    'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)',
    `require(${JSON.stringify(join(ROOT, 'adapters', 'onnx', 'installed-runtime.ts'))}).loadRuntime()`,
  ],
};

/** A library or a module has changed, so the build would make a package that does not work. */
class PackageNotBuilt extends Error {
  override readonly name = 'PackageNotBuilt';
}

/**
 * Writes the program into `folder`: `underwright.js`, `replay.js`, `verify.js`, the chunks that they share, the decision core, and the
 * files of `ASSETS`. The folder's parent must hold statemachines/, models/, policies/, stages/ and examples/.
 * @returns esbuild's account of what went in. @throws PackageNotBuilt
 */
export async function bundleProgram(folder: string): Promise<Metafile> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const core = await buildCore();
  const { metafile } = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: { underwright: 'bin/installed.mjs', replay: 'audit/replay/child.ts', verify: 'verify/verify.mjs' },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    chunkNames: '[name]-[hash]',
    // Names stay, for stack traces that can be read. The licenses are in a file of their own.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: {
      js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);",
    },
    // What the code, and not the folder, states of the core.
    define: { DECISION_CORE_DIGEST: JSON.stringify(sha256(core)) },
    plugins: [installedModules()],
    logLevel: 'warning',
    metafile: true,
  });
  for (const asset of ASSETS) copyFileSync(join(MODULES, asset), join(folder, asset.split('/').at(-1)!));
  writeFileSync(join(folder, 'decision-core.mjs'), core);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licensesOf(metafile));
  return metafile;
}

/** Replaces the modules of a clone by those of the package, and keeps the places of the files that modules read. */
function installedModules(): Plugin {
  return {
    name: 'installed-modules',
    setup(build) {
      const rewritten = new Set<string>();
      // Its sources are ES modules, whose exports a chunk keeps by name.
      build.onResolve({ filter: /^onnxruntime-node$/ }, () => ({
        path: join(MODULES, 'onnxruntime-node', 'lib', 'index.ts'),
      }));
      build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
        const replacement = REPLACED[pathOf(join(resolveDir, path))];
        return replacement === undefined ? undefined : { path: join(ROOT, replacement) };
      });
      // Compiled policies stay the files whose digests are checked when a folder is opened.
      build.onResolve({ filter: /\/policy\.js$/ }, ({ path, resolveDir }) => ({
        path: `../${pathOf(join(resolveDir, path))}`,
        external: true,
      }));
      build.onLoad({ filter: /\.(ts|mjs|js)$/ }, ({ path }) => {
        const [text, replacement] = REWRITTEN[pathOf(path)] ?? [];
        const own = !path.startsWith(MODULES);
        if (text === undefined && !own) return undefined;
        let contents = readFileSync(path, 'utf8');
        if (text !== undefined && replacement !== undefined) {
          if (contents.includes(text)) rewritten.add(pathOf(path));
          contents = contents.replaceAll(text, () => replacement);
        }
        // Bundles lie in one folder beside the folders of the sources.
        const place = `(import.meta.dirname + ${JSON.stringify(`/../${dirname(pathOf(path))}`)})`;
        if (own) contents = contents.replaceAll('import.meta.dirname', place);
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js', resolveDir: dirname(path) };
      });
      build.onEnd(() => {
        const missed = Object.keys(REWRITTEN).filter((path) => !rewritten.has(path));
        if (missed.length === 0) return;
        throw new PackageNotBuilt(`${missed.join(', ')} has changed: correct REWRITTEN in scripts/package/bundle.ts.`);
      });
    },
  };
}

const pathOf = (path: string): string => relative(ROOT, path).replaceAll('\\', '/');

/** The names, versions and license texts of the packages that went into the bundle. */
function licensesOf({ inputs }: Metafile): string {
  const packages = new Set(
    [...Object.keys(inputs), ...ASSETS.map((asset) => `node_modules/${asset}`)].flatMap(
      (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
    ),
  );
  const notices = [...packages].toSorted().map((folder) => {
    const { name, version, license, author } = readManifest(join(ROOT, folder, 'package.json'));
    const files = readdirSync(join(ROOT, folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
    const texts = files.map((name) => readFileSync(join(ROOT, folder, name), 'utf8').trim());
    // A package without a license file names its author in its manifest.
    const by = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
    return [`${name} ${version}: ${license}`, ...(texts.length > 0 ? texts : [`Copyright: ${by}`])].join('\n\n');
  });
  return `${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
