// Runs a suite in the worker's own realm, by Node's own loader, instead of in a `vm` context per suite.
// Packages load once per worker. The project's modules load afresh for each suite, so that no suite sees another's state.
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const ROOT = new URL('../../../', import.meta.url).href;
const SUITE = /\?suite=\d+$/;
const GLOBALS = Symbol.for('underwright.test.globals');
const CIRCUS_HANDLERS = Symbol.for('EVENT_HANDLERS');
const TIMEOUT = Symbol.for('TEST_TIMEOUT_SYMBOL');
const NAMES = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'it', 'jest', 'test'];

/** JavaScript of each TypeScript file: a worker strips each file's types once. */
const stripped = new Map();
let suites = 0;

registerHooks({
  resolve(specifier, context, next) {
    const suite = SUITE.exec(context.parentURL ?? '')?.[0];
    if (suite === undefined) return next(specifier, context);
    if (specifier === '@jest/globals') return { url: `jest:globals${suite}`, shortCircuit: true };
    const resolved = next(specifier, context);
    return isOwn(resolved.url) ? { ...resolved, url: resolved.url + suite } : resolved;
  },
  load(url, context, next) {
    if (url.startsWith('jest:globals')) {
      const source = `export const { ${NAMES.join(', ')} } = globalThis[Symbol.for('${GLOBALS.description}')];`;
      return { format: 'module', source, shortCircuit: true };
    }
    return SUITE.test(url) ? { format: 'module', source: javaScriptOf(url), shortCircuit: true } : next(url, context);
  },
});

function isOwn(url) {
  return url.startsWith(ROOT) && !url.includes('/node_modules/') && url.endsWith('.ts');
}

function javaScriptOf(url) {
  const path = fileURLToPath(url.replace(SUITE, ''));
  const known = stripped.get(path);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  stripped.set(path, source);
  return source;
}

/** The part of jest-runtime 30.5.2 that jest-runner and jest-circus call. */
export default class NativeRuntime {
  #environment;

  constructor(_config, environment) {
    this.#environment = environment;
  }

  /** Loads jest-circus, which keeps its state in its module: each suite gets a copy of its own. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[CIRCUS_HANDLERS];
    delete globalThis[TIMEOUT];
    return require(path);
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    suites += 1;
    return import(`${pathToFileURL(path).href}?suite=${suites}`);
  }

  setGlobalsForRuntime(globals) {
    globalThis[GLOBALS] = { ...globals, jest: jestObject(this.#environment) };
  }

  enterTestCode() {}
  leaveTestCode() {}
  getSourceMaps() {
    return new Map();
  }
  getAllCoverageInfoCopy() {}
  teardown() {
    delete globalThis[GLOBALS];
  }
}

/** The functions of `jest` that the tests use. */
function jestObject({ moduleMocker, fakeTimersModern }) {
  return {
    spyOn: moduleMocker.spyOn.bind(moduleMocker),
    restoreAllMocks: () => moduleMocker.restoreAllMocks(),
    setTimeout: (milliseconds) => {
      globalThis[TIMEOUT] = milliseconds;
    },
    useFakeTimers: (config) => fakeTimersModern.useFakeTimers(config),
    useRealTimers: () => fakeTimersModern.useRealTimers(),
    advanceTimersByTimeAsync: (milliseconds) => fakeTimersModern.advanceTimersByTimeAsync(milliseconds),
  };
}
