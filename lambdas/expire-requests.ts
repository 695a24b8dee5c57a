import { clock, ledger, workStore } from '../adapters/compose/aws.ts';
import { contract, expireRequests } from '../app/casework/expire-requests.ts';
import { entry } from './entry.ts';

export const handler = entry('ExpireRequests', contract, expireRequests, { ledger, workStore, clock });
