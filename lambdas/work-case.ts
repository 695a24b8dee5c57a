import { clock, events, evidence, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, workCase } from '../app/casework/work-case.ts';
import { entry } from './entry.ts';

export const handler = entry('WorkCase', contract, workCase, { ledger, evidence, workStore, events, clock, lending });
