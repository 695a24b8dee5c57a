import { clock, ledger, workStore } from '../adapters/compose/aws.ts';
import { contract, setSwitch } from '../app/governance/set-switch.ts';
import { entry } from './entry.ts';

export const handler = entry('SetSwitch', contract, setSwitch, { ledger, workStore, clock });
