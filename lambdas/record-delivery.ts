import { clock, events, ledger, lending, printQueue, workStore } from '../adapters/compose/aws.ts';
import { contract, recordDelivery } from '../app/notices/record-delivery.ts';
import { entry } from './entry.ts';

export const handler = entry('RecordDelivery', contract, recordDelivery, {
  ledger,
  workStore,
  events,
  printQueue,
  clock,
  lending,
});
