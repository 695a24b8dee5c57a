import type { KnipConfig } from 'knip';

/**
 * Unused exports, files and dependencies. `!` marks product code: `knip --production` reads it alone, so it finds the code
 * that only tests or benchmarks use. A product export for tests is tagged `@internal`.
 */
export default ({ production }: { readonly production?: boolean }): KnipConfig => ({
  workspaces: {
    '.': {
      entry: [
        'bin/*.{ts,mjs}!',
        'lambdas/*.ts!',
        'scripts/*.{ts,mjs}!',
        'scripts/package/{check,pack,release}.ts!',
        'training/*.ts!',
        'bench/**/*.ts',
        'verify/verify.mjs!',
        'client/index.ts!',
        'core/platform.ts!',
        // The entry of the decision core that core/build.ts writes.
        'domain/decision/core.ts!',
        'audit/replay/child.ts!',
        // Parts of the npm package, by their names in scripts/package/bundle.ts.
        '{adapters/onnx,audit/replay,core}/installed-*.ts!',
        'test/**/*.test.ts',
        'test/crash/{instrumented,kill-points,underwriter}.ts',
        'test/faults/appending.ts',
        'test/support/{full-disk.mjs,small-disk.ts}',
        'test/support/runner/*.mjs',
      ],
      project: ['**/*.{ts,mjs}!', '!{test,bench}/**!'],
      ignoreDependencies: ['dejavu-fonts-ttf'],
      ignoreBinaries: ['mkfifo'],
    },
    'packages/*': { project: ['**/*.ts!'] },
  },
  // Tests import what a module uses itself, too.
  ignoreExportsUsedInFile: production === true,
});
