import {
  clock,
  events,
  evidence,
  identities,
  ledger,
  lending,
  measure,
  noticeMail,
  noticePdf,
  printQueue,
  workStore,
} from '../adapters/compose/aws.ts';
import { contract, deliverNotices } from '../app/notices/deliver-notices.ts';
import { entry } from './entry.ts';

export const handler = entry('DeliverNotices', contract, deliverNotices, {
  ledger,
  evidence,
  identities,
  workStore,
  events,
  noticeMail,
  noticePdf,
  printQueue,
  clock,
  measure,
  lending,
});
