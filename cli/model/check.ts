import { modelRuntime } from '../../adapters/compose/model-runtime.ts';
import { checkPackage } from '../../app/models/check-package.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { printJson } from '../terminal.ts';
import { fileOf, filesOf, printReport, textOf } from './folder.ts';

/** Prints every check of the package in a folder. */
export async function modelCheck(folder: string, { json }: { readonly json?: boolean }): Promise<ExitCode> {
  const files = filesOf(folder, ['manifest.json', 'model.onnx', 'reference.csv']);
  const table = fileOf(folder, 'table.csv');
  const report = await checkPackage(
    { manifest: files['manifest.json'], model: files['model.onnx'], reference: files['reference.csv'] },
    { runtime: modelRuntime, ...(table && { table: textOf('table.csv', table) }) },
  );
  if (json) printJson(report);
  else printReport(report);
  return report.passed ? EXIT.OK : EXIT.NOT_SO;
}
