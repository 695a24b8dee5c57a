import { events, evidence, identities, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, issueNotices } from '../app/workflow/issue-notices.ts';
import { entry } from './entry.ts';

export const handler = entry('IssueNotices', contract, issueNotices, {
  ledger,
  evidence,
  identities,
  workStore,
  events,
  lending,
});
