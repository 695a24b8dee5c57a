/** @type {import('jest').Config} */
export default {
  testEnvironment: './test/support/environment.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/support/strip-types.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.data'],
  // Two cores, and some suites run a process of their own.
  maxWorkers: 2,
  testTimeout: 30_000,
};
