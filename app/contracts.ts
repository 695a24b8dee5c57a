import * as z from 'zod';

import { PERMITTED, roleFor, ROLES, type Action } from '../domain/access/access.ts';
import { applicationId } from '../domain/application/application-id.ts';
import { personalDataIn } from '../domain/application/personal-data.ts';
/**
 * The one map from a function to the shapes it takes and gives. Handlers parse with it, fakes in tests are held to it, and
 * a test walks the state machine and parses every payload with it.
 */
import { digestText } from '../domain/ledger/digest.ts';
import { REOPENING_REASONS } from '../domain/ledger/events.ts';
import { signedSeal } from '../domain/ledger/seal.ts';
import { tally } from '../domain/rescoring/tally.ts';

export const evidenceAddress = digestText('an evidence address is 64 lower-case hexadecimal digits');
const instant = z.iso.datetime({ precision: 3 });

/** The whole input of an execution: which application, and the address of its sealed content. Never personal data. */
export const applicationReference = z.strictObject({ applicationId, digest: evidenceAddress });
export type ApplicationReference = z.infer<typeof applicationReference>;

/** Where in which execution a handler was called: what makes its event ids and instants deterministic. */
export const step = z.strictObject({
  executionArn: z.string(),
  state: z.string(),
  /** When the state was entered: the same through its retries. */
  enteredAt: instant,
  /** How often a person has sent the application on: a state entered anew is a new round. */
  round: z.int().nonnegative(),
});
export type Step = z.infer<typeof step>;

const called = { application: applicationReference, step };
const evidence = evidenceAddress;
const taskToken = z.string().min(1).max(2048);

export const bureauStatus = z.enum(['HIT', 'NO_HIT', 'THIN', 'FROZEN', 'UNAVAILABLE', 'MISMATCH', 'AMBIGUOUS']);
export const pulledReport = z.strictObject({
  bureau: z.string(),
  status: bureauStatus,
  /** Whether the report has what the model reads. */
  scorable: z.boolean(),
  /** The canonical report; null when none came. */
  evidence: evidence.nullable(),
});
export const outcome = z.enum(['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'INCOMPLETE']);
export type Outcome = z.infer<typeof outcome>;
export const person = z
  .string()
  .regex(/^(?=.*[a-z])[a-z0-9][a-z0-9._-]{1,63}$/, 'a person is named by a user id such as "r.vega"')
  .refine((id) => !['system', 'policy'].includes(id), 'is what the machine is called: name the person');
/** A program that was registered with the issuer of tokens, such as a front end. */
export const clientId = z
  .string()
  .regex(/^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/, 'a front end is named by its client id such as "web-shop"')
  .refine((id) => id !== 'system', 'is what the machine is called: name the front end');
/** The role in which a person acts, which the ledger keeps. Without one: the first that may do the action. */
export const actingRole = (action: Action) => {
  const may = ROLES.filter((role) => PERMITTED[role].includes(action));
  return z
    .enum(ROLES)
    .refine((role) => may.includes(role), `may not do this: act as ${may.join(' or ')}`)
    .default(roleFor({ roles: ROLES }, action)!);
};
/** For what a person reads or takes out. The ledger is never forgotten, so it names the matter and no person. */
export const purpose = z
  .string('must be text')
  .min(10, 'must say what for, in 10 to 200 characters, such as "Examination 2026-14"')
  .max(200, 'must say what for, in 10 to 200 characters, such as "Examination 2026-14"')
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'has a control character: send plain text')
  .refine(
    // By shape alone: a year by which to tell a date of birth is not known here.
    (text) => !/\d{3}[-_ ]?\d{2}[-_ ]?\d{4}/.test(text) && personalDataIn(text, 0).length === 0,
    'must not have a personal number or an address in it: name the matter, not the person',
  );

export const fieldError = z.strictObject({
  /** Dotted path of the field in the submission, `` for the whole. */
  path: z.string(),
  /** The value's fault and the way out; never the value itself where it could be personal. */
  message: z.string(),
});
export type FieldError = z.infer<typeof fieldError>;

const finding = z.strictObject({
  /** Null for evidence that no application names. */
  applicationId: applicationId.nullable(),
  kind: z.string(),
  /** The execution, the address of evidence, the row or the event that it is about. */
  about: z.string().nullable(),
});

/** What the authoriser says of the caller, as API Gateway hands it on: text only. */
export const apiPrincipal = z.strictObject({
  id: z.string(),
  /** Separated by spaces. */
  roles: z.string(),
  clientId: z.string(),
});

const texts = z.record(z.string(), z.array(z.string()));
/** What is used of API Gateway's Lambda proxy event (REST API, payload version 1.0). */
const apiRequest = z.looseObject({
  httpMethod: z.string(),
  /** The path template that matched, such as `/applications/{applicationId}`. */
  resource: z.string(),
  pathParameters: z.record(z.string(), z.string()).nullable(),
  multiValueQueryStringParameters: texts.nullable(),
  multiValueHeaders: texts.nullable(),
  body: z.string().nullable(),
  isBase64Encoded: z.boolean(),
  requestContext: z.looseObject({ requestId: z.string(), authorizer: apiPrincipal.loose().nullish() }),
});
export type ApiRequest = z.infer<typeof apiRequest>;
const apiResponse = z.strictObject({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type ApiResponse = z.infer<typeof apiResponse>;

/** Why an applicant is not forgotten now. */
export const FORGETTING_REFUSALS = ['LEGAL_HOLD', 'APPLICATION_OPEN', 'STATUTORY_MINIMUM', 'OBJECT_LOCK'] as const;

/** What a whole batch has in common, from its execution's input. Never personal data: the items are in a file. */
const batch = z.strictObject({
  /** A second run under the same id makes only what is not there yet. */
  batchId: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/),
  format: z.enum(['JSONL', 'CSV']),
  /** `PRODUCT@VERSION` or `PRODUCT@DIGEST`; null: the newest compiled version of each product. */
  champion: z.string().max(100).nullable(),
  candidate: z.string().max(100).nullable(),
});

/** `PRODUCT@VERSION` or `PRODUCT@DIGEST`. */
const policyReference = z
  .string()
  .regex(/^[a-z-]{1,30}@[0-9a-f.]{1,64}$/)
  .nullable()
  .optional();
/** The input of a batch's execution: what CheckBatch in batch.asl.json takes, and no free text. */
export const batchRequest = z.strictObject({
  batchId: batch.shape.batchId,
  key: z.string().regex(/^input\/[A-Za-z0-9._/-]{1,200}$/),
  format: batch.shape.format,
  champion: policyReference,
  candidate: policyReference,
  toleratedFailurePercentage: z.number().min(0).max(100).optional(),
  maxConcurrency: z.number().min(1).max(1000).optional(),
});

export const CONTRACTS = {
  IntakeApplication: {
    /**
     * A submission, or `{submittedBy, submission}` with the client id of the front end that sent it. Parsed by the handler
     * itself, which answers with every field error at once.
     */
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('ACCEPTED'),
        applicationId,
        digest: evidenceAddress,
        receivedAt: instant,
        executionArn: z.string(),
        /** Whether this very submission was known when it came: of equal ones at once, several may be the first. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
    ]),
  },
  ValidateApplication: {
    input: z.strictObject(called),
    output: z.strictObject({
      /** `REJECTED`: no such application was taken in, or its content is another. */
      status: z.enum(['COMPLETE', 'INCOMPLETE', 'REJECTED']),
      evidence: evidence.nullable(),
      /** The bureaus that the product needs. */
      bureaus: z.array(z.string()),
    }),
  },
  ScreenApplicants: {
    input: z.strictObject(called),
    output: z.strictObject({ status: z.enum(['CLEAR', 'HOLD']), evidence }),
  },
  ApplyPreBureauPolicy: {
    /** `reviews` so far: a hold that a person cleared does not hold again. */
    input: z.strictObject({ ...called, screening: evidence, reviews: z.array(evidence) }),
    output: z.strictObject({ outcome: z.enum(['PROCEED', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']), evidence }),
  },
  PullBureauReport: {
    input: z.strictObject({
      ...called,
      bureau: z.string(),
      /** Raised only when a person orders a new pull: the key of the claim on a hard pull has it. */
      pullEpoch: z.int().nonnegative(),
      /** Tries so far: the last try reports an outage instead of throwing. */
      retryCount: z.int().nonnegative(),
    }),
    output: pulledReport,
  },
  ScoreApplication: {
    input: z.strictObject({ ...called, reports: z.array(pulledReport).min(1) }),
    output: z.strictObject({ evidence }),
  },
  ApplyPolicy: {
    input: z.strictObject({
      ...called,
      screening: evidence,
      reports: z.array(pulledReport).min(1),
      score: evidence.nullable(),
      reviews: z.array(evidence),
    }),
    output: z.strictObject({
      outcome: z.enum(['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']),
      evidence,
    }),
  },
  AwaitReview: {
    input: z.strictObject({
      ...called,
      taskToken,
      /** The policy result that asks for a person; null when an operator referred it. */
      policy: evidence.nullable(),
      stage: z.enum(['PRE_BUREAU', 'FULL', 'ATTENTION']),
      /** What failed, where an operator referred it. */
      failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }).nullable(),
      /** How often the review's deadline has passed. */
      escalation: z.int().nonnegative(),
    }),
    /** What the task token is answered with, not what the function returns. */
    output: z.strictObject({ action: z.enum(['APPROVE', 'DECLINE', 'CLEAR', 'REPULL']), evidence }),
  },
  RecordDecision: {
    input: z.strictObject({
      ...called,
      validation: evidence,
      screening: evidence.nullable(),
      preBureauPolicy: evidence.nullable(),
      reports: z.array(pulledReport),
      score: evidence.nullable(),
      policy: evidence.nullable(),
      reviews: z.array(evidence),
    }),
    output: z.strictObject({ outcome, evidence }),
  },
  IssueNotices: {
    input: z.strictObject({ ...called, decision: evidence }),
    output: z.strictObject({ notices: z.array(z.strictObject({ kind: z.string(), evidence })) }),
  },
  NeedsAttention: {
    input: z.strictObject({
      ...called,
      taskToken,
      failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }),
      retryCount: z.int().nonnegative(),
    }),
    /** What the task token is answered with. */
    output: z.strictObject({ action: z.enum(['RESUME', 'REFER']), evidence }),
  },
  /** What a person decides on an application that waits: the only sender of task tokens. */
  CompleteTask: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({ result: z.literal('COMPLETED'), applicationId, action: z.string(), evidence }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({ result: z.literal('NOT_WAITING'), applicationId, message: z.string() }),
    ]),
  },
  /** Called on a schedule: nothing in its input matters. */
  StartAccepted: {
    input: z.unknown(),
    /** `failed` ones stay on the list for the next call. */
    output: z.strictObject({ started: z.int().nonnegative(), failed: z.int().nonnegative() }),
  },
  /** An applicant's choice of one offer, from the front end: parsed by the handler itself. */
  AcceptOffer: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('ACCEPTED'),
        applicationId,
        offerId: z.string(),
        acceptedAt: instant,
        /** The id of the booking event: the same however often it is sent. */
        booking: z.string(),
        /** What must be verified before funds go out. */
        conditions: z.array(z.string()),
        /** Whether this very offer had been accepted before. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
      z.strictObject({
        result: z.literal('REOPEN'),
        applicationId,
        /** The newest decision: what ReopenApplication is to be given. */
        decision: evidenceAddress,
        why: z.enum(['OFFER_EXPIRED', 'REPORT_STALE', 'NEWER_DECISION']),
        message: z.string(),
      }),
      z.strictObject({ result: z.literal('NO_SUCH_OFFER'), applicationId, message: z.string() }),
    ]),
  },
  /** Has a recorded decision made again by a new execution, linked to the first: parsed by the handler itself. */
  ReopenApplication: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('REOPENED'),
        applicationId,
        /** The decision that is superseded. */
        decision: evidenceAddress,
        /** Of the application's reopenings, from 1. */
        number: z.int().positive(),
        why: z.enum(REOPENING_REASONS),
        reopenedAt: instant,
        /** Of the execution that decides again. */
        executionArn: z.string(),
        /** Whether this decision had been reopened before; `why` is what was said then. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({
        result: z.literal('NOT_REOPENED'),
        applicationId,
        why: z.enum(['NO_SUCH_DECISION', 'IN_PROGRESS', 'ACCEPTED', 'NOT_SO', 'FORGOTTEN']),
        message: z.string(),
      }),
    ]),
  },
  /** The routes of http/routes.ts that a function serves: API Gateway calls it as a Lambda proxy integration. */
  FrontEndApi: { input: apiRequest, output: apiResponse },
  StaffApi: { input: apiRequest, output: apiResponse },
  AuditApi: { input: apiRequest, output: apiResponse },
  /** API Gateway's Lambda authoriser: a token that is good becomes a principal, any other is `Unauthorized`. */
  AuthoriseRequest: {
    input: z.looseObject({ type: z.literal('TOKEN'), authorizationToken: z.string(), methodArn: z.string() }),
    output: z.strictObject({
      principalId: z.string(),
      policyDocument: z.strictObject({
        Version: z.literal('2012-10-17'),
        Statement: z.array(
          z.strictObject({
            Action: z.literal('execute-api:Invoke'),
            Effect: z.literal('Allow'),
            Resource: z.string(),
          }),
        ),
      }),
      context: apiPrincipal,
    }),
  },
  /** Called on a schedule: nothing in its input matters. */
  LapseOffers: {
    input: z.unknown(),
    output: z.strictObject({
      lapsed: z.int().nonnegative(),
      /** Acceptances whose front end died before it was told: their booking event is sent again. */
      booked: z.int().nonnegative(),
    }),
  },
  /** Stops or resumes automatic outcomes of a product, a policy or a model: parsed by the handler itself. */
  SetSwitch: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('SET'),
        kind: z.enum(['product', 'policy', 'model']),
        id: z.string(),
        on: z.boolean(),
        at: instant,
        /** Whether it stood so already, by the same person with the same note. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    ]),
  },
  /** Proposes, approves or withdraws a version of a policy: parsed by the handler itself. */
  GovernPolicy: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('GOVERNED'),
        action: z.enum(['PROPOSE', 'APPROVE', 'WITHDRAW']),
        product: z.string(),
        version: z.string(),
        digest: evidenceAddress,
        /** The local date from which on it decides, or of a withdrawal no longer does. */
        date: z.string(),
        at: instant,
        /** Whether it stood so already, by the same person. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    ]),
  },
  /** Places or lifts a legal hold: parsed by the handler itself. */
  SetLegalHold: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      z.strictObject({
        result: z.literal('SET'),
        applicationId,
        matter: z.string(),
        on: z.boolean(),
        at: instant,
        /** Whether it stood so already. */
        repeated: z.boolean(),
      }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
    ]),
  },
  /** An applicant's request to be forgotten: parsed by the handler itself. */
  RequestForgetting: {
    input: z.unknown(),
    output: z.discriminatedUnion('result', [
      /** ForgetApplicants does it with its next call. */
      z.strictObject({ result: z.literal('GRANTED'), applicationId, at: instant }),
      z.strictObject({
        result: z.literal('DENIED'),
        applicationId,
        at: instant,
        reason: z.enum(FORGETTING_REFUSALS),
        /** The first local date on which it will be done; null while nobody can tell. */
        doneOn: z.iso.date().nullable(),
      }),
      z.strictObject({ result: z.literal('FORGOTTEN'), applicationId, at: instant }),
      z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
      z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
    ]),
  },
  /** Called on a schedule, with an event in which nothing matters, or by a person. The only one that destroys keys. */
  ForgetApplicants: {
    input: z.looseObject({
      /** Says what is due and does nothing. */
      dryRun: z.boolean().optional(),
      /** How many applications to look at, at most. */
      limit: z.int().min(1).max(1000).optional(),
    }),
    output: z.strictObject({
      forgotten: z.array(applicationId),
      /** What is due: of a dry run. */
      due: z.array(applicationId),
      /** What the list had and the ledger keeps, under the new date. */
      postponed: z.array(applicationId),
      /** Not wholly gone: they stay on the list for the next call. */
      failed: z.array(z.strictObject({ applicationId, error: z.string() })),
      /** Whether there is more than it looked at. */
      more: z.boolean(),
    }),
  },
  /** Called on a schedule, or by a person who confirms what is said of the clock. */
  SealLedger: {
    input: z.looseObject({
      confirmed: z
        .strictObject({
          clock: z.enum(['WAS_WRONG', 'IS_RIGHT']),
          by: person,
          note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2000),
        })
        .optional(),
    }),
    output: z.strictObject({
      /** The new seal: keep it outside of the account. Null where nothing was new, or another call was quicker. */
      signed: signedSeal.nullable(),
      /** What was not sealed. Without an application: nothing was. */
      refused: z.array(
        z.strictObject({
          applicationId: z.string().nullable(),
          fault: z.string(),
          sequence: z.int().nullable(),
          detail: z.string(),
        }),
      ),
    }),
  },
  /** Called on a schedule, with an event in which nothing matters, or by a person. */
  ReconcileRecords: {
    input: z.looseObject({
      /** How many applications, and how many pieces of evidence, to look at, at most: of evidence 1,000. */
      limit: z.int().min(1).max(100_000).optional(),
      /** @default - both */
      only: z.enum(['APPLICATIONS', 'EVIDENCE', 'ROWS']).optional(),
    }),
    output: z.strictObject({
      applications: z.int().nonnegative(),
      evidence: z.int().nonnegative(),
      rows: z.int().nonnegative(),
      repaired: z.array(finding),
      /** What needs a person. */
      findings: z.array(finding),
      /** Whether this call came to the last of them. */
      applicationsEnded: z.boolean(),
      evidenceEnded: z.boolean(),
      rowsEnded: z.boolean(),
    }),
  },
  /** Decides a part of a batch anew: items of a file, each held to `rescoringItem`. */
  RescoreBatch: {
    input: z.strictObject({ items: z.array(z.unknown()).min(1), batch }),
    /** `part`: the key of the file with an outcome or a named failure a line. */
    output: tally.extend({ part: z.string() }),
  },
  SummariseBatch: {
    /** `manifestKey`: where the map run says which files its results are in. */
    input: z.strictObject({ batch, manifestKey: z.string() }),
    output: z.strictObject({ summary: z.string(), items: z.int().nonnegative(), failed: z.int().nonnegative() }),
  },
  /** Called when an execution ends, with EventBridge's `Step Functions Execution Status Change`. */
  ArchiveHistory: {
    input: z.looseObject({
      'detail-type': z.literal('Step Functions Execution Status Change'),
      detail: z.looseObject({ executionArn: z.string(), name: z.string(), status: z.string() }),
    }),
    output: z.strictObject({ evidence: evidence.nullable(), events: z.int().nonnegative() }),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

/** What an account has beside: one machine has no versions to reap, no dead letters, and its bureau in the process. */
export const UPKEEP_CONTRACTS = {
  /** Submits sample applications and says where each stands; called on a schedule with one, it is the canary. */
  SubmitSamples: {
    input: z.looseObject({
      /** @default - all */
      samples: z.array(z.string()).optional(),
      /** Submits them as new applications each time, and measures whether they were decided as expected. */
      canary: z.boolean().optional(),
    }),
    output: z.strictObject({
      asExpected: z.int().nonnegative(),
      otherwise: z.array(z.strictObject({ applicationId: z.string(), expected: z.string(), stands: z.string() })),
    }),
  },
  /** Called on a schedule: nothing in its input matters. Measures what waits for a person, and for how long. */
  MeasureQueues: {
    input: z.unknown(),
    output: z.strictObject({ reviews: z.int().nonnegative(), attention: z.int().nonnegative() }),
  },
  /** Called by an operator, once the cause is gone: makes the failed calls again that nobody waited for. */
  RedriveDeadLetters: {
    input: z.unknown(),
    /** `kept`: letters that name no function of this deployment, which a person must look at. */
    output: z.strictObject({ redriven: z.int().nonnegative(), kept: z.int().nonnegative() }),
  },
  /** Called on a schedule: nothing in its input matters. Deletes versions that no execution can need any more. */
  ReapVersions: {
    input: z.unknown(),
    output: z.strictObject({ stateMachineVersions: z.array(z.string()), functionVersions: z.array(z.string()) }),
  },
  /** The simulated bureau behind a function URL. Its request has personal data: it is never logged. */
  SimulatedBureau: {
    input: z.looseObject({ body: z.string().optional(), isBase64Encoded: z.boolean().optional() }),
    output: z.strictObject({
      statusCode: z.int(),
      headers: z.strictObject({ 'content-type': z.string() }),
      body: z.string(),
    }),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

const ALL = { ...CONTRACTS, ...UPKEEP_CONTRACTS };

/** Functions that run on one machine and in an account. */
export type FunctionName = keyof typeof CONTRACTS;
/** Functions of the API's stack. */
export const API_FUNCTIONS = [
  'FrontEndApi',
  'StaffApi',
  'AuditApi',
  'AuthoriseRequest',
] as const satisfies readonly FunctionName[];
export type ApiFunctionName = (typeof API_FUNCTIONS)[number];
/** Functions of the batch's stack. */
export const BATCH_FUNCTIONS = ['RescoreBatch', 'SummariseBatch'] as const satisfies readonly FunctionName[];
/** Functions that run in an account alone. */
export type UpkeepName = keyof typeof UPKEEP_CONTRACTS;
export type DeployedName = FunctionName | UpkeepName;
export type InputOf<Name extends DeployedName> = z.output<(typeof ALL)[Name]['input']>;
export type OutputOf<Name extends DeployedName> = z.output<(typeof ALL)[Name]['output']>;

export const contractOf = <Name extends DeployedName>(name: Name): (typeof ALL)[Name] => ALL[name];

/** States that wait for a person: their functions return nothing, the task token brings the output. */
export const WAITING_FUNCTIONS = ['AwaitReview', 'NeedsAttention'] as const satisfies readonly FunctionName[];

type Waiting = (typeof WAITING_FUNCTIONS)[number];
/** A use case of a function: from its contract's input to its contract's output. */
export type StepOf<Name extends DeployedName> = (
  input: InputOf<Name>,
) => Promise<Name extends Waiting ? void : OutputOf<Name>>;
