import { clock, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, nextCase } from '../app/casework/next-case.ts';
import { entry } from './entry.ts';

export const handler = entry('NextCase', contract, nextCase, { ledger, workStore, clock, lending });
