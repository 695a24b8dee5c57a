import {
  clock,
  evidence,
  evidenceStore,
  exportSigner,
  identities,
  ledger,
  sealLog,
  vault,
  lending,
} from '../adapters/compose/aws.ts';
import { contract, exportDecisionFile } from '../audit/decision-file/export-decision-file.ts';
import { entry } from './entry.ts';

export const handler = entry('ExportDecisionFile', contract, exportDecisionFile, {
  clock,
  evidence,
  evidenceStore,
  exportSigner,
  identities,
  ledger,
  sealLog,
  vault,
  lending,
});
