import { clock, events, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, recordBounce } from '../app/notices/record-bounce.ts';
import { entry } from './entry.ts';

export const handler = entry('RecordBounce', contract, recordBounce, { ledger, workStore, events, clock, lending });
