import { ledger, workStore, events } from '../adapters/compose/aws.ts';
import { needsAttention } from '../app/workflow/needs-attention.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'NeedsAttention',
  needsAttention({ ledger: ledger(), workStore: workStore(), events: events() }),
);
