/** `npm run access`: writes the table of docs/access.md from domain/access/access.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ACTIONS, PERMITTED, ROLES, type Action } from '../domain/access/access.ts';

const page = join(import.meta.dirname, '../docs/access.md');

const WHAT: Readonly<Record<Action, string>> = {
  SUBMIT_APPLICATION: 'Submit an application',
  READ_STATUS: 'Read status, decision and offers',
  ACCEPT_OFFER: 'Accept an offer',
  REOPEN_DECISION: 'Reopen a decision',
  AMEND_APPLICATION: 'Complete or correct an application',
  WITHDRAW_APPLICATION: 'Withdraw an application',
  READ_NOTICE: 'Read the notice, which has the applicant’s name and address',
  READ_APPLICANT_DATA: 'Read the data behind the decisions, as the applicant receives it',
  LIST_APPLICATIONS: 'List applications',
  READ_QUEUE: 'Read the queues',
  READ_REVIEW: 'Read the case of a task: application, reports, score and policy, without identity',
  READ_HOLD_IDENTITY: 'Read the identity that a waiting hold needs, having claimed its case and for a recorded purpose',
  SEARCH_APPLICANT:
    'Find the applications of a person by name, date of birth and social security number, for a recorded purpose',
  DECIDE_REVIEW: 'Decide a review',
  RELEASE: 'Resume or refer what needs attention',
  CLEAR_CONDITION: 'Record the evidence that clears a condition of an approval',
  WORK_CASE: 'Claim a case, comment on it, request and attach documents, set its due day',
  OVERRIDE_CLAIM: 'Assign or release a case that another person has claimed',
  READ_SWITCHES: 'Read the kill switches',
  SET_SWITCH: 'Turn a kill switch on or off',
  READ_TIMELINE: 'Read the timeline',
  READ_LEDGER: 'Read the ledger entries',
  READ_EVIDENCE: 'Read evidence objects, without identity',
  READ_IDENTITY: 'Read the identity in evidence objects',
  EXPORT_DECISION: 'Export a decision file',
  READ_POLICIES: 'Read which policies are in force',
  GOVERN_POLICY: 'Propose, approve or withdraw a policy',
  READ_MODELS: 'Read which models are registered and in force',
  GOVERN_MODEL: 'Register, promote, roll back or retire a model',
  SET_LEGAL_HOLD: 'Place or lift a legal hold',
  REQUEST_FORGETTING: 'Record a request to be forgotten',
  RECORD_DELIVERY: 'Record that a notice was mailed on paper, or came back',
};

/** Returns the page with the present table. @param text of the page, whose table is between two comments. */
export function withTable(text: string): string {
  const table = [
    `| Action | ${ROLES.map((role) => `\`${role}\``).join(' | ')} |`,
    `|---|${ROLES.map(() => ':-:|').join('')}`,
    ...ACTIONS.map(
      (action) =>
        `| ${WHAT[action]} | ${ROLES.map((role) => (PERMITTED[role].includes(action) ? 'yes' : '')).join(' | ')} |`,
    ),
  ].join('\n');
  return text.replace(
    /(<!-- npm run access[^>]*-->\n)[^]*?(\n<!-- end -->)/,
    (_, start: string, end: string) => `${start}\n${table}\n${end}`,
  );
}

if (import.meta.main) writeFileSync(page, withTable(readFileSync(page, 'utf8')));
