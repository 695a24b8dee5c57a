import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { makePackage } from '../../app/models/build-package.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { print, printJson } from '../terminal.ts';
import { fileOf, filesOf, printReport, textOf } from './folder.ts';

/** Makes the package of a source folder in the same folder, and prints every check of it. */
export async function modelBuild(folder: string, { json }: { readonly json?: boolean }): Promise<ExitCode> {
  const files = filesOf(folder, ['model.yaml', 'model.onnx', 'table.csv', 'metrics.json']);
  const provenance = fileOf(folder, 'provenance.json');
  const made = await makePackage(
    {
      declarations: textOf('model.yaml', files['model.yaml']),
      model: files['model.onnx'],
      table: textOf('table.csv', files['table.csv']),
      metrics: textOf('metrics.json', files['metrics.json']),
      ...(provenance && { provenance: textOf('provenance.json', provenance) }),
    },
    modelRuntime,
  );
  writeFileSync(join(folder, 'manifest.json'), made.files.manifest);
  writeFileSync(join(folder, 'reference.csv'), made.files.reference);
  writeFileSync(join(folder, 'card.md'), made.card);
  if (json) printJson(made.report);
  else {
    print(`${join(folder, 'manifest.json')}, reference.csv and card.md are written.`);
    printReport(made.report);
  }
  return made.report.passed ? EXIT.OK : EXIT.NOT_SO;
}
