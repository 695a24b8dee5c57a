/** Who may do what: one table for the API and for the command line. */

/** What can be done to applications and what is kept of them. */
export const ACTIONS = [
  'SUBMIT_APPLICATION',
  'READ_STATUS',
  'ACCEPT_OFFER',
  'REOPEN_DECISION',
  'AMEND_APPLICATION',
  'WITHDRAW_APPLICATION',
  'READ_NOTICE',
  'READ_APPLICANT_DATA',
  'LIST_APPLICATIONS',
  'READ_QUEUE',
  'READ_REVIEW',
  'READ_HOLD_IDENTITY',
  'SEARCH_APPLICANT',
  'DECIDE_REVIEW',
  'RELEASE',
  'CLEAR_CONDITION',
  'WORK_CASE',
  'OVERRIDE_CLAIM',
  'READ_SWITCHES',
  'SET_SWITCH',
  'READ_TIMELINE',
  'READ_LEDGER',
  'READ_EVIDENCE',
  'READ_IDENTITY',
  'EXPORT_DECISION',
  'READ_POLICIES',
  'GOVERN_POLICY',
  'READ_MODELS',
  'GOVERN_MODEL',
  'SET_LEGAL_HOLD',
  'REQUEST_FORGETTING',
  'RECORD_DELIVERY',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Who has several acts as the first that may: as a front end, which may touch only what is its own, last of all. */
export const ROLES = ['reviewer', 'senior-reviewer', 'auditor', 'officer', 'administrator', 'front-end'] as const;
export type Role = (typeof ROLES)[number];

const REVIEWER: readonly Action[] = [
  'READ_STATUS',
  'READ_NOTICE',
  'READ_QUEUE',
  'READ_REVIEW',
  'READ_HOLD_IDENTITY',
  'SEARCH_APPLICANT',
  'DECIDE_REVIEW',
  'RELEASE',
  'CLEAR_CONDITION',
  'WORK_CASE',
  'READ_SWITCHES',
  'REQUEST_FORGETTING',
  'RECORD_DELIVERY',
];

/**
 * A front end touches the applications that it submitted and no others. Who decides on applications does not export them;
 * who stops automatic outcomes or governs policies decides on none; who takes requests to forget lifts no hold.
 */
export const PERMITTED: Readonly<Record<Role, readonly Action[]>> = {
  'front-end': [
    'SUBMIT_APPLICATION',
    'READ_STATUS',
    'ACCEPT_OFFER',
    'REOPEN_DECISION',
    'AMEND_APPLICATION',
    'WITHDRAW_APPLICATION',
    'READ_NOTICE',
    'READ_APPLICANT_DATA',
  ],
  reviewer: REVIEWER,
  /** Confirms what is beyond a reviewer's limits, and decides reviews whose deadline has passed. */
  'senior-reviewer': REVIEWER,
  auditor: [
    'READ_STATUS',
    'READ_NOTICE',
    'READ_APPLICANT_DATA',
    'LIST_APPLICATIONS',
    'READ_QUEUE',
    'SEARCH_APPLICANT',
    'READ_SWITCHES',
    'READ_TIMELINE',
    'READ_LEDGER',
    'READ_EVIDENCE',
    'READ_IDENTITY',
    'EXPORT_DECISION',
    'READ_POLICIES',
    'READ_MODELS',
  ],
  /** The credit officer, who answers for the policies and models: what they read and did, and no identity. */
  officer: [
    'READ_STATUS',
    'LIST_APPLICATIONS',
    'READ_QUEUE',
    'READ_SWITCHES',
    'SET_SWITCH',
    'READ_TIMELINE',
    'READ_EVIDENCE',
    'READ_POLICIES',
    'GOVERN_POLICY',
    'READ_MODELS',
    'GOVERN_MODEL',
  ],
  administrator: [
    'READ_STATUS',
    'LIST_APPLICATIONS',
    'READ_QUEUE',
    'RELEASE',
    'WORK_CASE',
    'OVERRIDE_CLAIM',
    'READ_SWITCHES',
    'SET_SWITCH',
    'READ_TIMELINE',
    'READ_LEDGER',
    'READ_MODELS',
    'SET_LEGAL_HOLD',
    'RECORD_DELIVERY',
  ],
};

/** Whoever a token, or the command line, says is acting. */
export interface Principal {
  /** The person's user id, or the front end's client id. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** The program through which they act. */
  readonly clientId: string;
}

/** The last of a principal's roles, in the order of `ROLES`, that may do an action: a senior reviewer acts as one. */
export function highestRoleFor({ roles }: Pick<Principal, 'roles'>, action: Action): Role | undefined {
  return ROLES.findLast((role) => roles.includes(role) && PERMITTED[role].includes(action));
}

/** The first of a principal's roles that may do an action; undefined when none may. */
export function roleFor({ roles }: Pick<Principal, 'roles'>, action: Action): Role | undefined {
  return roles.find((role) => PERMITTED[role].includes(action));
}
