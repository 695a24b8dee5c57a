import { clock, events, ledger, measure, sealLog, signer } from '../adapters/compose/aws.ts';
import { contract, sealLedger } from '../app/sealing/seal-ledger.ts';
import { entry } from './entry.ts';

export const handler = entry('SealLedger', contract, sealLedger, { ledger, signer, sealLog, events, clock, measure });
