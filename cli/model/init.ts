import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { declarationsTemplate, SOURCE_README } from '../../app/models/template.ts';
import type { ProductName } from '../../domain/application/products.ts';
import { CommandFailed, EXIT, type ExitCode } from '../failure.ts';
import { print, printJson } from '../terminal.ts';

interface InitOptions {
  readonly product?: readonly ProductName[];
  readonly json?: boolean;
}

/** Writes the template of a model's declarations into a folder, and overwrites nothing. */
export function modelInit(folder: string, { product = ['personal-loan'], json }: InitOptions): ExitCode {
  const files = { 'model.yaml': declarationsTemplate(product), 'README.md': SOURCE_README };
  const existing = Object.keys(files).filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0) {
    throw new CommandFailed(
      EXIT.USAGE,
      'FileExists',
      `${folder} has ${existing.join(' and ')} already, and nothing is overwritten. Name another folder.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { flag: 'wx' });
  if (json) printJson({ folder, files: Object.keys(files) });
  else print(`${join(folder, 'model.yaml')} and README.md are written. README.md describes the next steps.`);
  return EXIT.OK;
}
