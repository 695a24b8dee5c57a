/** What is granted and not asked for in a run of everything, each with the reason why it stays. */
import type { Call } from './calls.ts';
import { grantsOf, uses, type Grant, type Policies } from './policies.ts';

interface Kept {
  readonly reason: string;
  readonly is: (grant: Grant, alsoUsed: (action: string) => boolean) => boolean;
}

const DYNAMODB_READS = ['dynamodb:GetItem', 'dynamodb:Query'];
const DYNAMODB_WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];

const via = ({ condition }: Grant, service: string): boolean =>
  JSON.stringify(condition?.['StringEquals']?.['kms:ViaService'] ?? '').startsWith(`"${service}.`);

const ofContext = ({ condition }: Grant, key: string): boolean =>
  condition?.['StringEquals']?.[`kms:EncryptionContext:${key}`] !== undefined;

const one =
  (principals: readonly string[], action: string, table?: string) =>
  (grant: Grant): boolean =>
    principals.includes(grant.principal) &&
    grant.action === action &&
    (table === undefined || grant.resource.includes(table));

/** What a service asks for in the name of whoever called it: it is in no request of theirs. */
export const ON_BEHALF: Readonly<Record<string, Kept>> = {
  'Table encryption': {
    reason: 'DynamoDB opens the key of a table in the name of who reads or writes it.',
    is: (grant, alsoUsed) =>
      grant.action.startsWith('kms:') &&
      via(grant, 'dynamodb') &&
      [...DYNAMODB_READS, ...DYNAMODB_WRITES].some((action) => alsoUsed(action)),
  },
  'Bucket encryption': {
    reason: 'S3 opens the key of the bucket in the name of who reads or writes an object.',
    is: (grant, alsoUsed) =>
      via(grant, 's3') &&
      ((grant.action === 'kms:Decrypt' && alsoUsed('s3:GetObject')) ||
        (grant.action === 'kms:GenerateDataKey' && alsoUsed('s3:PutObject'))),
  },
  'Bus encryption': {
    reason: 'EventBridge encrypts an event in the name of who publishes it.',
    is: (grant) => grant.action === 'kms:GenerateDataKey' && ofContext(grant, 'aws:events:event-bus:arn'),
  },
  'Execution encryption': {
    reason: 'Step Functions opens execution data in the name of who starts, answers or reads it.',
    is: (grant) =>
      ['kms:Decrypt', 'kms:GenerateDataKey'].includes(grant.action) && ofContext(grant, 'aws:states:stateMachineArn'),
  },
  'Execution encryption, of the state machine itself': {
    reason: 'Step Functions encrypts execution data and its log under the role of the state machine.',
    is: ({ principal, action }) => ['Workflow', 'Batch'].includes(principal) && action.startsWith('kms:'),
  },
  'Map run': {
    reason:
      'Step Functions starts, watches, stops and redrives the children of a map run under the role of its state machine, writes large results in parts and reads them back (docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html).',
    is: ({ principal, action, resource }) =>
      principal === 'Batch' &&
      (action.startsWith('states:') ||
        ['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'].includes(action) ||
        (action === 's3:GetObject' && resource.endsWith('/results/*'))),
  },
  'Dead letters': {
    reason: 'Lambda sends a call that failed three times to the queue, under the role of the function.',
    is: (grant) => grant.action === 'sqs:SendMessage' || (grant.action.startsWith('kms:') && via(grant, 'sqs')),
  },
  Log: {
    reason: 'The runtime writes the log of a function under its role; Step Functions delivers its log.',
    is: ({ action }) => action.startsWith('logs:'),
  },
  Trace: {
    reason: 'The runtime sends trace segments under the role of the function; X-Ray takes them for no resource.',
    is: ({ action }) => action.startsWith('xray:'),
  },
};

/** What is only asked for where something went wrong before: no run without faults comes there. */
export const AFTER_FAULTS: Readonly<Record<string, Kept>> = {
  'Returned e-mail': {
    reason: 'Recorded and listed where an e-mail comes back. The stage of the run sends no e-mail.',
    is: (grant) =>
      (grant.principal === 'RecordBounce' && /^(dynamodb|events|kms):/.test(grant.action)) ||
      one(['RecordDelivery'], 'dynamodb:PutItem', 'WorkStore')(grant),
  },
  'Missing evidence': {
    reason:
      'To who may not list, S3 says 403 in place of 404 of what is missing: damage would look like a lack of rights.',
    is: ({ action }, alsoUsed) => action === 's3:ListBucket' && alsoUsed('s3:GetObject'),
  },
  'Started twice': {
    reason: 'Looked at where an execution of the name exists already, because the answer to its start was lost.',
    is: one(
      ['IntakeApplication', 'StartAccepted', 'ReopenApplication', 'AmendApplication'],
      'states:DescribeExecution',
    ),
  },
  'Quote requested again': {
    reason: 'The key of the first request is opened where its call died.',
    is: one(['Prequalify'], 'kms:Decrypt', 'VaultDataKey'),
  },
  'Reopened for a person': {
    reason: 'Started where evidence contradicts a condition, or an accepted offer lapses.',
    is: (grant) =>
      one(['ClearCondition', 'LapseOffers'], 'states:StartExecution')(grant) ||
      one(['ClearCondition', 'LapseOffers'], 'states:DescribeExecution')(grant),
  },
  'Booking whose call died': {
    reason: 'The sweep seals the contract of a booking whose clearance stopped before it.',
    is: (grant) =>
      one(['LapseOffers'], 's3:PutObject')(grant) || one(['LapseOffers'], 'kms:GenerateDataKey', 'RecordsKey')(grant),
  },
  'Personal data in a history': {
    reason: 'Announced where a state kept what it must not.',
    is: one(['ArchiveHistory'], 'events:PutEvents'),
  },
  'Task that stayed': {
    reason: 'Removed where CompleteTask died before it could.',
    is: (grant) =>
      one(['RecordDecision', 'IssueNotices'], 'dynamodb:DeleteItem', 'WorkStore')(grant) ||
      one(['IssueNotices'], 'dynamodb:GetItem', 'WorkStore')(grant),
  },
  'Stopped as it was started': {
    reason: 'An intake that died writes the status late. By then the execution may have been stopped and redriven.',
    is: one(['IntakeApplication'], 'dynamodb:DeleteItem', 'WorkStore'),
  },
  'Unresolved finding': {
    reason: 'Published once, and removed once it is resolved.',
    is: (grant) =>
      one(['ReconcileRecords'], 'events:PutEvents')(grant) ||
      one(['ReconcileRecords'], 'dynamodb:DeleteItem', 'WorkStore')(grant),
  },
  'Kept after all': {
    reason: 'Locked and listed anew where the ledger keeps an application longer than the list said.',
    is: (grant) =>
      one(['ForgetApplicants'], 'dynamodb:PutItem', 'WorkStore')(grant) ||
      one(['ForgetApplicants'], 's3:PutObjectRetention')(grant),
  },
  'Hold that came meanwhile': {
    reason: 'Placed again where a proceeding began while an application was being forgotten.',
    is: one(['ForgetApplicants'], 's3:PutObjectLegalHold'),
  },
  'Put whose answer was lost': {
    reason: 'The object that refuses a put is read: it may be from the first try of the same call.',
    is: one(['SimulatedBureau'], 'dynamodb:GetItem', 'PullLog'),
  },
};

/** What other applications and applicants need: the run has none of them. */
export const OTHER_CASES: Readonly<Record<string, Kept>> = {
  'Notice by e-mail': {
    reason: 'The notices of the run are on paper, which the print shop draws.',
    is: one(['DeliverNotices'], 'lambda:InvokeFunction', 'DrawNotice'),
  },
  'Offer without conditions': {
    reason: 'An acceptance without conditions is booked at once, and its row is removed.',
    is: one(['AcceptOffer'], 'dynamodb:DeleteItem', 'WorkStore'),
  },
  'Withdrawal over the API': {
    reason: 'The run withdraws by a direct call. test/local/rest.test.ts withdraws over the API.',
    is: one(['FrontEndApi'], 'lambda:InvokeFunction', 'WithdrawApplication'),
  },
};

const KEPT = { ...ON_BEHALF, ...AFTER_FAULTS, ...OTHER_CASES };

/** The name on the lists above by which a grant stays that no call used. */
export function keptAs(grant: Grant, calls: readonly Call[]): string | undefined {
  const alsoUsed = (action: string) =>
    calls.some((call) => call.principal === grant.principal && call.action === action);
  return Object.entries(KEPT).find(([, { is }]) => is(grant, alsoUsed))?.[0];
}

/** What is granted, was not used and is on no list. */
export function unusedGrants(policies: Policies, calls: readonly Call[]): string[] {
  return grantsOf(policies)
    .filter((grant) => !calls.some((call) => uses(grant, call)) && keptAs(grant, calls) === undefined)
    .map(({ principal, action, resource }) => `${principal} ${action} ${resource}`);
}
