import { clock, evidence, identities, ledger } from '../adapters/compose/aws.ts';
import { contract, readHoldIdentity } from '../app/review/read-hold-identity.ts';
import { entry } from './entry.ts';

export const handler = entry('ReadHoldIdentity', contract, readHoldIdentity, { ledger, evidence, identities, clock });
