/** @type {import('jest').Config} */
export default {
  runtime: './test/support/runner/runtime.mjs',
  testSequencer: './test/support/runner/sequencer.mjs',
  testEnvironment: './test/support/runner/environment.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.data'],
  // Two cores, and some suites run a process of their own.
  maxWorkers: 2,
  testTimeout: 60_000,
};
