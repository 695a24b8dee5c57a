import { ledger, evidence, identities, workStore, events } from '../adapters/compose/aws.ts';
import { issueNotices } from '../app/workflow/issue-notices.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'IssueNotices',
  issueNotices({
    ledger: ledger(),
    evidence: evidence(),
    identities: identities(),
    workStore: workStore(),
    events: events(),
  }),
);
