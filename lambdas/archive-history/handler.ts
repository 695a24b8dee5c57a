import { ledger, evidence, workflows, clock } from '../../adapters/compose/aws.ts';
import { lambdaHandler } from '../handler.ts';
import { archiveHistory } from './archive-history.ts';

export const handler = lambdaHandler(
  'ArchiveHistory',
  archiveHistory({ ledger: ledger(), evidence: evidence(), workflows: workflows(), clock: clock() }),
);
