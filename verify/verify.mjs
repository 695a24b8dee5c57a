#!/usr/bin/env node
/**
 * Verifies an exported decision file with the lender's public key alone: no network, no database, no account.
 *
 *   node verify/verify.mjs FILE.json --key PUBLIC.pem [--seal-key PUBLIC.pem]
 *
 * Exit codes: 0 everything holds, 1 something does not, 2 the command line or a file cannot be read, or Node is too old.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

try {
  // What does the work is TypeScript, so it is imported only where Node can read that.
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new TypeError(
      `The verifier runs on Node 24 or newer and this is ${process.version}. Where Underwright is installed, ` +
        'its packages bring one: npx node verify/verify.mjs ...',
    );
  }
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, 'seal-key': { type: 'string' } },
  });
  const [file] = positionals;
  if (file === undefined || values.key === undefined || positionals.length > 1) {
    throw new TypeError('Say: node verify/verify.mjs FILE.json --key PUBLIC.pem [--seal-key PUBLIC.pem]');
  }
  const { verifyFile } = await import('./verify-file.ts');
  const [key, sealKey] = [values.key, values['seal-key'] ?? values.key].map((path) => readFileSync(path, 'utf8'));
  const findings = verifyFile(readFileSync(file, 'utf8'), key ?? '', sealKey);
  for (const { holds, name, sentence } of findings) {
    console.log(`${holds ? 'holds         ' : 'DOES NOT HOLD '} ${name}: ${sentence.replaceAll(/\p{C}/gu, '')}`);
  }
  const wrong = findings.filter(({ holds }) => !holds).length;
  console.log(wrong === 0 ? 'The file holds.' : `${wrong} of ${findings.length} findings do not hold.`);
  process.exitCode = wrong === 0 ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
