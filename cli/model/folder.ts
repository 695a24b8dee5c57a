import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CheckResult, PackageReport } from '../../app/models/check-package.ts';
import { ModelSourceInvalid } from '../../app/models/model-source.ts';
import { plainLine, print, style } from '../terminal.ts';

/** Reads files of a folder. @throws ModelSourceInvalid naming every file that cannot be read. */
export function filesOf<Name extends string>(
  folder: string,
  names: readonly Name[],
): Record<Name, Uint8Array<ArrayBuffer>> {
  const faults: string[] = [];
  const files = names.map((name) => {
    const bytes = fileOf(folder, name);
    if (bytes === undefined)
      faults.push(`${name}: is not in ${folder}, or cannot be read. See "model init" for what a folder needs.`);
    return [name, bytes] as const;
  });
  if (faults.length > 0) throw new ModelSourceInvalid(faults);
  return Object.fromEntries(files) as Record<Name, Uint8Array<ArrayBuffer>>;
}

/** Reads a file that a folder may lack. */
export function fileOf(folder: string, name: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(join(folder, name)));
  } catch {
    return undefined;
  }
}

/** The text of bytes. @throws ModelSourceInvalid for bytes that are not UTF-8. */
export function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ModelSourceInvalid([`${name}: is not text in UTF-8. Save it as UTF-8.`]);
  }
}

/** Prints each check of a package, and how many of those that apply passed. */
export function printReport({ id, version, digest, checks }: PackageReport): void {
  for (const check of checks) print(checkLine(check));
  const applied = checks.filter(({ applies }) => applies);
  const passed = applied.filter((check) => check.passed).length;
  const name = id === null ? 'The package' : `${plainLine(id)} ${plainLine(version ?? '')}`;
  print(`${name}: ${passed} of ${applied.length} checks passed.`);
  print(`digest ${digest}`);
}

function checkLine({ name, passed, applies, detail }: CheckResult): string {
  const result = applies ? (passed ? style('green', 'passed') : style('red', 'failed')) : '-     ';
  return `${result}  ${name.padEnd(12)}  ${plainLine(detail)}`;
}
