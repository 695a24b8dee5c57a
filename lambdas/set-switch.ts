import { clock, ledger, workStore } from '../adapters/compose/aws.ts';
import { setSwitch } from '../app/governance/set-switch.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'SetSwitch',
  setSwitch({ ledger: ledger(), workStore: workStore(), clock: clock() }),
);
