import { clock, events, ledger, measure, sealLog, signer } from '../adapters/compose/aws.ts';
import { sealLedger } from '../app/sealing/seal-ledger.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'SealLedger',
  sealLedger({
    ledger: ledger(),
    signer: signer(),
    sealLog: sealLog(),
    events: events(),
    clock: clock(),
    measure: measure(),
  }),
);
