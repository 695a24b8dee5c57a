#!/usr/bin/env node
// The program of the npm package, which needs the Node that runs it to be 24 or newer.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`Underwright runs on Node 24 or newer and this is ${process.version}: install Node 24 or newer.`);
  process.exitCode = 4;
} else {
  // oxlint-disable-next-line no-restricted-imports -- The package checks its core before it loads a command.
  const { buildCore } = await import('../core/installed-core.ts');
  try {
    await buildCore();
    await import('./underwright.ts');
  } catch (error) {
    if (error.name !== 'DecisionCoreDamaged') throw error;
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 2;
  }
}
