import { events, ledger, workStore } from '../adapters/compose/aws.ts';
import { contract, needsAttention } from '../app/workflow/needs-attention.ts';
import { entry } from './entry.ts';

export const handler = entry('NeedsAttention', contract, needsAttention, { ledger, workStore, events });
