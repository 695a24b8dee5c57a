import { ledger, workStore, events } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { needsAttention } from '../app/workflow/needs-attention.ts';

export const handler = lambdaHandler(
  'NeedsAttention',
  needsAttention({ ledger: ledger(), workStore: workStore(), events: events() }),
);
