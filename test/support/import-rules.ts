import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** Path of the importing file from the project's root. */
  readonly from: string;
  /** Path of the imported file from the project's root, or the name of a package or of a module of Node. */
  readonly to: string;
  readonly local: boolean;
  /** Whether only types are imported, which are gone when the program runs. */
  readonly typesOnly: boolean;
}

const STATEMENT =
  /(?:^|[;}\n])\s*(?:import|export)\s+(?<type>type\s)?(?:[\w*{}\s,$]+?\sfrom\s*)?(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g;
const CALL = /\bimport\s*\(\s*(['"])(?<specifier>[^'"\n]+)\1/g;

/** What a module's text imports: static imports, re-exports, and `import()` of a literal. */
export function importsOf(from: string, text: string): Import[] {
  // A comment may show an import; a string with two slashes in it may not be cut.
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].map(({ groups }) => {
    const specifier = groups?.['specifier'] ?? '';
    const local = specifier.startsWith('.');
    const to = local ? normalize(join(dirname(from), specifier)) : packageOf(specifier);
    return { from, to, local, typesOnly: groups?.['type'] !== undefined };
  });
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const [scope = '', name] = specifier.split('/');
  if (builtinModules.includes(scope)) return `node:${specifier}`;
  return specifier.startsWith('@') ? `${scope}/${name}` : scope;
}

const PARTS = [
  'bin',
  'lib',
  'cli',
  'local',
  'lambdas',
  'adapters',
  'core',
  'domain',
  'client',
  'bench',
  'training',
] as const;

/** The imports of every module of the program; tests may import anything. */
export function programImports(root: string): Import[] {
  return PARTS.flatMap((part) => sourceFiles(root, part)).flatMap((file) =>
    importsOf(file, readFileSync(join(root, file), 'utf8')),
  );
}

function sourceFiles(root: string, part: string): string[] {
  if (!readdirSync(root).includes(part)) return [];
  return readdirSync(join(root, part), { recursive: true })
    .map((path) => join(part, String(path)))
    .filter((path) => /\.m?[jt]s$/.test(path) && !path.endsWith('.d.ts'));
}

/** What a part may import of the project, besides itself: prefixes of paths. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bin: ['lib/', 'cli/'],
  lib: ['core/build.ts'],
  cli: [
    'local/',
    'lambdas/',
    'adapters/compose/aws.ts',
    'adapters/compose/embedded.ts',
    'adapters/compose/replay.ts',
    'adapters/ports.ts',
    'core/',
    'verify/',
    'domain/',
    'client/',
    'console/',
    // What a backtest needs without a data folder.
    'adapters/policy-module.ts',
    'adapters/onnx/scorer.ts',
    'adapters/bureaus/simulator/credit-file.ts',
    // What signs calls to a process that runs on the folder, and the log that its inquiries are compared with.
    'adapters/embedded/access-key.ts',
    'adapters/bureaus/simulator/pull-log.ts',
  ],
  // The engine's transitions share their commit with the records: one database.
  local: [
    'lambdas/',
    'adapters/compose/embedded.ts',
    'adapters/ports.ts',
    'adapters/embedded/group-commit.ts',
    'adapters/embedded/access-key.ts',
    'domain/',
  ],
  // Compiled policies are data that happens to be code.
  lambdas: ['adapters/ports.ts', 'domain/', 'policies/index.ts'],
  adapters: ['domain/'],
  // Its platform in place of Node's, and the contract that its header names.
  core: ['domain/decision/core-contract.ts'],
  domain: [],
  // It leaves the project.
  client: [],
};
/** Measure or make what the program uses; nothing imports them. */
const TOOLS = ['bench', 'training'];
const PURE = ['zod', 'canonicalize'];
const COMPILER = 'domain/policy/language/';
const COMPILER_PACKAGES = ['yaml', '@marcbachmann/cel-js'];
const isEntry = (file: string): boolean => /^lambdas\/[^/]+\/handler\.ts$/.test(file);

/** The imports that go against the map, each as a sentence. */
export function wrongImports(imports: readonly Import[]): string[] {
  return imports.flatMap((one) => {
    const fault = faultOf(one);
    return fault === undefined ? [] : [`${one.from} imports ${one.to}: ${fault}`];
  });
}

function faultOf({ from, to, local, typesOnly }: Import): string | undefined {
  const [part = ''] = from.split('/');
  if (!local) return part === 'domain' ? impurity(from, to) : undefined;
  const [target = ''] = to.split('/');
  if (['bin', ...TOOLS, 'test'].includes(target) && target !== part) return `nothing imports ${target}/.`;
  if (TOOLS.includes(part)) return undefined;
  if (part === 'adapters') return adapterFault(from, to);
  if (target === part) return undefined;
  // The names of the functions, as a type.
  if (part === 'lib' && to === 'lambdas/contracts.ts' && typesOnly) return undefined;
  // An entry is where a handler meets its adapters.
  if (isEntry(from) && to === 'adapters/compose/aws.ts') return undefined;
  return MAY_IMPORT[part]?.some((prefix) => to.startsWith(prefix))
    ? undefined
    : `${part}/ may not import from ${target}/${target === 'adapters' ? ' but its ports' : ''}.`;
}

function adapterFault(from: string, to: string): string | undefined {
  const folder = (path: string) => (path.split('/').length > 2 ? path.split('/')[1] : undefined);
  if (to.startsWith('domain/') || to === 'models/digests.ts' || to === 'core/build.ts') return undefined;
  if (!to.startsWith('adapters/')) return 'adapters/ imports only domain/, the digests of the models and its own.';
  if (folder(to) === undefined || folder(to) === folder(from)) return undefined;
  if (folder(to) === 'compose') return 'only handlers, local/ and cli/ compose.';
  return folder(from) === 'compose' ? undefined : 'only adapters/compose/ picks adapters.';
}

function impurity(from: string, to: string): string | undefined {
  if (PURE.includes(to) || to === 'node:crypto') return undefined;
  if (from.startsWith(COMPILER) && COMPILER_PACKAGES.includes(to)) return undefined;
  return 'domain/ is pure: zod, canonicalize, and hashes and signature checks of node:crypto.';
}

/** Names that a module of domain/ takes from node:crypto and that neither hash nor check a signature; each as a sentence. */
export function impureCrypto(from: string, text: string): string[] {
  const PURE_CRYPTO = ['createHash', 'hash', 'createPublicKey', 'verify'];
  return [...text.matchAll(/import\s*(?<names>[^;]*?)\s*from\s*'node:crypto'/g)].flatMap(({ groups }) => {
    const names = /^(?:type\s+)?\{(?<list>[^}]*)\}$/.exec(groups?.['names'] ?? '')?.groups?.['list'];
    if (names === undefined) return [`${from} imports node:crypto whole.`];
    return names
      .split(',')
      .map((name) => name.trim().split(/\s+as\s+/)[0] ?? '')
      .filter((name) => name !== '' && !name.startsWith('type ') && !PURE_CRYPTO.includes(name))
      .map((name) => `${from} imports ${name} of node:crypto.`);
  });
}
