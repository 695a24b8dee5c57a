import { clock, identities, ledger, vault, workStore } from '../adapters/compose/aws.ts';
import { contract, searchApplicant } from '../app/access/search-applicant.ts';
import { entry } from './entry.ts';

export const handler = entry('SearchApplicant', contract, searchApplicant, {
  ledger,
  identities,
  vault,
  workStore,
  clock,
});
