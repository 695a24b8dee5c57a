import { evidence, identities, ledger, vault, workStore, lending, screeningList } from '../adapters/compose/aws.ts';
import { contract, screenApplicants } from '../app/workflow/screen-applicants.ts';
import { entry } from './entry.ts';

export const handler = entry('ScreenApplicants', contract, screenApplicants, {
  ledger,
  evidence,
  identities,
  vault,
  workStore,
  lending,
  screeningList,
});
