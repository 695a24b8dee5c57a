import { clock, ledger } from '../adapters/compose/aws.ts';
import { contract, recordPersonalDataRead } from '../app/access/record-personal-data-read.ts';
import { entry } from './entry.ts';

export const handler = entry('RecordPersonalDataRead', contract, recordPersonalDataRead, { ledger, clock });
