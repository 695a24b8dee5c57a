import * as z from 'zod';

import { applicantData } from '../app/access/read-applicant-data.ts';
import { foundApplication, soughtApplicant } from '../app/access/search-applicant.ts';
import { ACT_NAMES, actBody, attachBody, caseView, MAX_DOCUMENT_BODY_BYTES } from '../app/casework/command.ts';
import { nextCaseBody } from '../app/casework/next-case.ts';
import { evidenceAddress, FORGETTING_REFUSALS, MAX_BODY_BYTES, person, purpose } from '../app/contracts.ts';
import {
  governedModel,
  MAX_MODEL_BODY_BYTES,
  promoteBody,
  registerBody,
  retireBody,
  rollbackBody,
} from '../app/models/command.ts';
import { NOTICE_FORMATS } from '../app/notices/drawn.ts';
import { issuedNotice } from '../app/notices/issued.ts';
import { deliveryStatement, recordedNotices } from '../app/notices/statement.ts';
import { shownOffer } from '../app/offers/shown-offers.ts';
import { taskCommand } from '../app/review/command.ts';
import { holdIdentity } from '../app/review/read-hold-identity.ts';
import type { Action } from '../domain/access/access.ts';
import { applicationId } from '../domain/application/application-id.ts';
import { CONSENT_KINDS, listedText, pullConsent } from '../domain/application/consents.ts';
import { PRODUCT_NAMES } from '../domain/application/products.ts';
import { amendment, prequalificationRequest, submission } from '../domain/application/submission.ts';
import { isCalendarDate } from '../domain/calendar.ts';
import { SOURCES } from '../domain/casework/evidence.ts';
import { CONDITIONS, CONTRADICTIONS, verifiedBody } from '../domain/decision/condition-evidence.ts';
import { decisionOutcome, decisionRecord } from '../domain/decision/record.ts';
import { dutyStatus } from '../domain/duties/status.ts';
/**
 * Every route of the API, once: the functions that serve them, the embedded server, the OpenAPI document, the typed client
 * and the CDK construct are made from this table.
 */
import { ledgerEntry } from '../domain/ledger/chain.ts';
import { digest, HEX_DIGEST } from '../domain/ledger/digest.ts';
import { REOPENING_REASONS } from '../domain/ledger/events.ts';
import { promotion, registeredPackage } from '../domain/models/registry.ts';
import { proposal } from '../domain/policy/approval.ts';
import { offer, offerIdSchema } from '../domain/policy/result.ts';
import { quote } from '../domain/prequalification/quote.ts';
import { reversedPeriods, type ListFilter } from '../domain/projections/listed.ts';
import { REASONS, type ReasonCode } from '../domain/reasons/catalogue.ts';
import { STATUSES } from '../domain/status.ts';
import type { ProblemName } from './problem.ts';

/** A function for each kind of caller, so that none can do what another's caller may. */
export type ApiFunction = 'FrontEndApi' | 'StaffApi' | 'AuditApi';

export interface Route {
  readonly function: ApiFunction;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly summary: string;
  /** A role that may do one of these gets through; the function looks closer where it depends on what is asked. */
  readonly actions: readonly [Action, ...Action[]];
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Null where none is taken. */
  readonly body: z.ZodType | null;
  /** Whether the body is handed on as it came, because the function behind names every fault in it itself. */
  readonly bodyAsSent: boolean;
  /** The largest body, in bytes. */
  readonly maxBodyBytes: number;
  /** The headers that it reads, besides those that every route does. */
  readonly headers: readonly (keyof typeof HEADERS)[];
  /** By status. Null: without a body. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema: z.ZodType | null }>>;
  /** Besides those that every route may answer with. */
  readonly problems: readonly ProblemName[];
}

/** Of every path; on AWS it is the name of the API's stage. */
export const BASE_PATH = '/v1';

/** The longest that an answer is held back. API Gateway gives up after 29 s. */
export const LONGEST_WAIT_SECONDS = 20;

export const requestId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{8,128}$/, 'must be 8 to 128 letters, digits, ".", "_" or "-", such as a UUID');

/** Request headers, as clients write them. */
export const HEADERS = {
  'X-Request-Id': {
    schema: requestId,
    description:
      'The id of this request, told again in the answer; one is made where none is sent. A request that is sent again keeps it: a read of personal data is then recorded once.',
  },
  'Idempotency-Key': {
    schema: z.string().max(66),
    description:
      'The applicationId of the body, which is the key: sending the same again, with the header or without, answers with the first. Any other value is refused.',
  },
  Prefer: {
    schema: z
      .string()
      .regex(/^(respond-async, *)?wait=\d{1,3}$/, `must be wait=N, in seconds, at most ${LONGEST_WAIT_SECONDS}`),
    description: `\`wait=N\` holds the answer back for N seconds at the most (RFC 7240), N up to ${LONGEST_WAIT_SECONDS}, until there is something to tell.`,
  },
  'If-None-Match': {
    schema: z.string().max(80),
    description: 'The ETag of an earlier answer: 304 while the status is the same.',
  },
  'Access-Purpose': {
    schema: purpose,
    description: 'What personal data is read for. It is kept in the ledger for ever: name the matter, never a person.',
  },
} as const;

const instant = z.iso.datetime();
const NO_DATE = 'must be a date of the calendar as YYYY-MM-DD';
const calendarDate = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, { message: NO_DATE, abort: true })
  .refine(isCalendarDate, NO_DATE);
const NO_PAGE = 'is not the next of an earlier page: leave it out to start from the first';
/** A list's cursor is base64url of a JSON array of texts. */
const cursor = z
  .string()
  .max(1_000)
  .regex(/^Wy[A-Za-z0-9_-]+$/, NO_PAGE);
const page = {
  limit: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 to 100')
    .max(100, 'must be 1 to 100')
    .default(50),
  cursor: cursor.optional(),
};
const next = z.string().nullable();

const REASON_CODES = Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]];
const day = (description: string) => calendarDate.meta({ description }).optional();
/** The filters of a list of applications. */
const listFilter = {
  product: z.enum(PRODUCT_NAMES, `must be one of ${PRODUCT_NAMES.join(', ')}`).optional(),
  receivedSince: day('The first local date of receipt, of the creditor'),
  receivedUntil: day('The last local date of receipt'),
  decidedSince: day('The first local date of decision. A superseded decision counts'),
  decidedUntil: day('The last local date of decision'),
  outcome: z
    .enum(decisionOutcome.options, `must be one of ${decisionOutcome.options.join(', ')}`)
    .meta({ description: 'Of the same decision as the dates of decision and the reason' })
    .optional(),
  reason: z
    .enum(REASON_CODES, 'must be the code of a principal reason, such as AA22')
    .meta({ description: 'The code of a principal reason, as notices give it' })
    .optional(),
};

/** Adds a fault for each period that ends before it begins. */
function refuseReversed(filter: ListFilter, { addIssue }: Pick<z.RefinementCtx, 'addIssue'>): void {
  for (const name of reversedPeriods(filter)) {
    addIssue({ code: 'custom', path: [`${name}Until`], message: `is before ${name}Since: exchange the two` });
  }
}
const reason = z.strictObject({ code: z.string(), text: z.string() });

const decision = z.strictObject({
  outcome: decisionOutcome,
  decidedAt: instant,
  offers: z.array(shownOffer),
  /** What must be verified before funds go out. */
  conditions: z.array(z.string()),
  /** The principal reasons, most important first: as the notice gives them. */
  reasons: z.array(reason),
  missing: decisionRecord.shape.missing,
  completeBy: z.string().nullable(),
  /** By when the applicant must hear: the last day of the notice clock. */
  noticeDueOn: z.string(),
  /** How the applicant, or time, closed the decision, and when; null while it is open. Nothing is left to answer after LAPSED or WITHDRAWN. */
  closed: z.strictObject({ state: z.enum(['ACCEPTED', 'BOOKED', 'LAPSED', 'WITHDRAWN']), at: instant }).nullable(),
});

export const applicationStatus = z.strictObject({
  applicationId,
  product: z.string(),
  receivedAt: instant,
  receivedOn: z.string(),
  status: z.enum(STATUSES),
  /** Null until it is decided. While the applicant can complete the application: what is missing, until when. */
  decision: decision.nullable(),
});
export type ApplicationStatus = z.infer<typeof applicationStatus>;

const task = z.strictObject({
  applicationId,
  product: z.string(),
  queue: z.enum(['REVIEW', 'ATTENTION']),
  /** The task's id: a decision names it. */
  task: z.string(),
  since: instant,
  waitsFor: z.array(z.string()),
});

const source = z.enum(SOURCES);
/** A comment on a case, as a reviewer reads it. */
const shownComment = z.strictObject({ at: instant, by: z.string(), from: source, text: z.string() });
/** What the applicant is asked for. */
const shownRequest = z.strictObject({ at: instant, by: z.string(), answerBy: z.string(), text: z.string() });
/** A document of a case, without its bytes. */
const shownDocument = z.strictObject({
  /** The address by which its bytes are read. */
  document: evidenceAddress,
  at: instant,
  by: z.string(),
  from: source,
  name: z.string(),
  mediaType: z.string(),
  bytes: z.int(),
});

/** A case as a list shows it. */
const listedCase = z.strictObject({
  applicationId,
  product: z.string(),
  queue: z.enum(['REVIEW', 'ATTENTION']),
  since: instant,
  dueAt: instant,
  hardStopAt: instant,
  /** The newest claim that nothing released; it may have expired. */
  holder: z.string().nullable(),
  claimedUntil: instant.nullable(),
  /** Until when the applicant may answer a request; null where none is open. */
  pendingUntil: instant.nullable(),
  waitsFor: z.array(z.string()),
});

/** What an act on a case came to. */
const caseDone = z.strictObject({
  act: z.enum(ACT_NAMES),
  at: instant,
  repeated: z.boolean(),
  /** Names the other person who has claimed the case. */
  warning: z.string().nullable(),
  case: caseView,
});

const switchState = z.strictObject({
  kind: z.enum(['product', 'policy', 'model']),
  id: z.string(),
  on: z.boolean(),
  by: z.string(),
  note: z.string(),
  at: instant,
});

/** A value as it was sealed: what it has beside its version is told by its kind. */
const sealedValue = z.looseObject({});

const publishedEntry = ledgerEntry.extend({ occurredAt: instant, recordedAt: instant, body: z.looseObject({}) });

const step = z.strictObject({
  state: z.string(),
  type: z.string(),
  enteredAt: z.string(),
  endedAt: z.string().nullable(),
  depth: z.int(),
  tries: z.array(z.strictObject({ at: z.string(), error: z.string().nullable() })),
  waitingSince: z.string().nullable(),
  input: z.unknown(),
  output: z.unknown(),
});

const amended = {
  function: 'FrontEndApi',
  method: 'POST',
  actions: ['AMEND_APPLICATION'],
  body: amendment,
  bodyAsSent: true,
  answers: {
    200: {
      description: 'The amended application is being decided',
      schema: z.strictObject({
        applicationId,
        /** The decision that is superseded. */
        decision: evidenceAddress,
        /** Of the application's reopenings, from 1. */
        number: z.int().positive(),
        amendedAt: instant,
        repeated: z.boolean(),
      }),
    },
  },
  problems: ['conflict', 'gone'],
} as const;

const ofApplication = z.strictObject({ applicationId });
const nothing = z.strictObject({});
/** A product's name, or the digest of a policy or a model package. */
const switchId = z.string().regex(new RegExp(`^([a-z][a-z-]{2,39}|${HEX_DIGEST})$`));
const terms = taskCommand.omit({ applicationId: true, by: true, role: true });
/** It is kept in clear: no personal data. */
const note = z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2_000);

const governed = {
  function: 'StaffApi',
  method: 'POST',
  actions: ['GOVERN_POLICY'],
  params: z.strictObject({ digest }),
  answers: {
    200: {
      description: 'It is recorded',
      schema: z.strictObject({
        action: z.enum(['PROPOSE', 'APPROVE', 'WITHDRAW']),
        product: z.string(),
        version: z.string(),
        digest: z.string(),
        /** From which on it decides, or once withdrawn no longer does. */
        date: z.string(),
        by: z.string(),
        at: instant,
        repeated: z.boolean(),
        /** The versions in force from today on; null for days without one, on which applications wait for an operator. */
        inForce: z.array(z.strictObject({ from: z.string(), version: z.string().nullable() })),
      }),
    },
  },
  problems: ['conflict'],
} as const;

const ofModel = {
  function: 'StaffApi',
  method: 'POST',
  actions: ['GOVERN_MODEL'],
  answers: { 200: { description: 'It is recorded', schema: governedModel.extend({ by: z.string() }) } },
  problems: ['conflict'],
} as const;

type Required = 'function' | 'method' | 'path' | 'summary' | 'actions' | 'answers';
interface Nothing {
  readonly params: typeof nothing;
  readonly query: typeof nothing;
  readonly body: null;
  readonly bodyAsSent: false;
  readonly maxBodyBytes: number;
  readonly headers: readonly [];
  readonly problems: readonly [];
}
const NOTHING: Nothing = {
  params: nothing,
  query: nothing,
  body: null,
  bodyAsSent: false,
  maxBodyBytes: MAX_BODY_BYTES,
  headers: [],
  problems: [],
};

function route<const Spec extends Pick<Route, Required> & Partial<Route>>(
  spec: Spec,
): Omit<Nothing, keyof Spec> & Spec {
  return { ...NOTHING, ...spec };
}

export const ROUTES = {
  submitApplication: route({
    function: 'FrontEndApi',
    method: 'POST',
    path: '/applications',
    summary: 'Submits an application. Repeating it answers with the first receipt',
    actions: ['SUBMIT_APPLICATION'],
    body: submission,
    bodyAsSent: true,
    headers: ['Idempotency-Key', 'Prefer'],
    answers: {
      202: { description: 'It is taken in; `Location` says where its status is', schema: applicationStatus },
      200: { description: 'With `Prefer: wait=N`: it is decided, or waits for a person', schema: applicationStatus },
    },
    problems: ['conflict'],
  }),
  prequalify: route({
    function: 'FrontEndApi',
    method: 'POST',
    path: '/prequalifications',
    summary: 'Quotes rates on a credit report that posts no inquiry. Repeating it answers with the first quote',
    actions: ['SUBMIT_APPLICATION'],
    body: prequalificationRequest,
    bodyAsSent: true,
    answers: {
      200: {
        description: 'The rates that can be quoted, or that none was. It is no decision',
        schema: z.strictObject({
          prequalificationId: applicationId,
          outcome: quote.shape.outcome,
          message: z.string(),
          quotedAt: instant,
          /** The last local date of the quoted rates, of the creditor. */
          validUntil: z.string().nullable(),
          offers: z.array(offer),
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict'],
  }),
  getApplication: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}',
    summary: "An application's status, and what was decided. With an ETag and `Prefer: wait=N`: as soon as it changes",
    actions: ['READ_STATUS'],
    params: ofApplication,
    headers: ['Prefer', 'If-None-Match'],
    answers: {
      200: { description: 'Its status', schema: applicationStatus },
      304: { description: 'Unchanged', schema: null },
    },
    problems: ['gone'],
  }),
  listConsentTexts: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/consent-texts',
    summary: 'The texts that applicants consent to, and the notice of automated decisions: what a front end shows',
    actions: ['READ_STATUS'],
    query: z.strictObject({
      kind: z.enum(CONSENT_KINDS, `must be one of ${CONSENT_KINDS.join(', ')}`).optional(),
      at: z.iso
        .datetime('must be an instant in UTC, such as 2026-11-23T15:04:05Z')
        .meta({ description: 'Only the texts that front ends show at this instant; every text without it' })
        .optional(),
    }),
    answers: {
      200: {
        description: 'The texts in the order of their kinds',
        schema: z.strictObject({ texts: z.array(listedText) }),
      },
    },
  }),
  getOffers: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}/offers',
    summary: 'What the applicant can accept',
    actions: ['READ_STATUS'],
    params: ofApplication,
    answers: {
      200: {
        description: 'The offers of the newest decision, none while nothing is decided',
        schema: z.strictObject({
          applicationId,
          /** The address of the newest decision, which its reopening names; null while there is none, or it is made again. */
          decision: evidenceAddress.nullable(),
          /** `ACCEPTED`: a condition is open. `BOOKED`: the booking is announced. */
          state: z.enum(['NONE', 'OPEN', 'ACCEPTED', 'BOOKED', 'LAPSED', 'WITHDRAWN']),
          acceptedOfferId: z.string().nullable(),
          offers: z.array(shownOffer),
          conditions: z.array(z.string()),
          /** Conditions that no evidence has cleared. */
          conditionsOpen: z.array(z.string()),
          /** The last local date on which a condition of the accepted offer can be cleared. */
          clearBy: z.string().nullable(),
        }),
      },
    },
    problems: ['gone'],
  }),
  acceptOffer: route({
    function: 'FrontEndApi',
    method: 'POST',
    path: '/applications/{applicationId}/offers/{offerId}/acceptance',
    summary:
      'Accepts an offer for the applicant on the terms of today: one, once. Repeating it answers with the first. Other terms are a new offer',
    actions: ['ACCEPT_OFFER'],
    params: ofApplication.extend({ offerId: offerIdSchema }),
    answers: {
      200: {
        description: 'It is accepted. It is announced for booking once no condition is open',
        schema: z.strictObject({
          applicationId,
          offerId: z.string(),
          acceptedAt: instant,
          /** The terms on the day of the acceptance. */
          terms: offer,
          /** The due date of a loan's first payment; null for a line. */
          firstPaymentOn: z.string().nullable(),
          /** The id of the booking event. */
          booking: z.string(),
          booked: z.boolean(),
          conditions: z.array(z.string()),
          conditionsOpen: z.array(z.string()),
          /** The last local date on which a condition can be cleared; null without conditions. */
          clearBy: z.string().nullable(),
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict', 'new-terms', 'gone'],
  }),
  reopenDecision: route({
    function: 'FrontEndApi',
    method: 'POST',
    path: '/applications/{applicationId}/decisions/{decision}/reopening',
    summary: 'Has a decision made again for the applicant, once. Repeating it answers with the first',
    actions: ['REOPEN_DECISION'],
    params: ofApplication.extend({ decision: evidenceAddress }),
    body: z.strictObject({
      why: z.enum(['OFFER_EXPIRED', 'REPORT_STALE', 'REVIEW_REQUESTED']),
      /** A fresh consent of the applicant to a new report: without one a report that is too old waits for a person. */
      consent: pullConsent.optional(),
    }),
    answers: {
      200: {
        description: 'It is superseded, and the application is being decided again',
        schema: z.strictObject({
          applicationId,
          decision: evidenceAddress,
          /** Of the application's reopenings, from 1. */
          number: z.int().positive(),
          why: z.enum(REOPENING_REASONS),
          reopenedAt: instant,
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict', 'gone'],
  }),
  completeApplication: route({
    ...amended,
    path: '/applications/{applicationId}/completion',
    summary:
      'Sends what was missing from an incomplete application, until its date. Repeating it answers with the first',
    params: ofApplication,
  }),
  correctApplication: route({
    ...amended,
    path: '/applications/{applicationId}/correction',
    summary: 'Corrects what the applicant stated, and has it decided again. Repeating it answers with the first',
    params: ofApplication,
  }),
  withdrawApplication: route({
    function: 'FrontEndApi',
    method: 'POST',
    path: '/applications/{applicationId}/withdrawal',
    summary: 'Withdraws an application for the applicant. Repeating it answers with the first',
    actions: ['WITHDRAW_APPLICATION'],
    params: ofApplication,
    answers: {
      200: {
        description: 'The application is withdrawn',
        schema: z.strictObject({
          applicationId,
          withdrawnAt: instant,
          /** The decision that the withdrawal closes; null where the application was undecided. */
          decision: evidenceAddress.nullable(),
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict', 'gone'],
  }),
  getNotices: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}/notices',
    summary: 'Every notice to the applicant, oldest first, without its text',
    actions: ['READ_NOTICE'],
    params: ofApplication,
    answers: {
      200: {
        description: 'The notices; none before the decision',
        schema: z.strictObject({ applicationId, notices: z.array(issuedNotice) }),
      },
    },
  }),
  getNotice: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}/notices/{notice}',
    summary:
      'One notice as it was rendered, by its address in the list. It names the applicant: reading it is recorded',
    actions: ['READ_NOTICE'],
    params: ofApplication.extend({ notice: evidenceAddress }),
    query: z.strictObject({
      format: z
        .enum(NOTICE_FORMATS, `must be one of ${NOTICE_FORMATS.join(', ')}`)
        .default('json')
        .meta({ description: 'With html, pdf or text the answer also has the notice drawn in that format' }),
    }),
    headers: ['Access-Purpose'],
    answers: {
      200: {
        description: 'The notice, and the file drawn from it',
        schema: z.strictObject({
          notice: sealedValue,
          /** Null for the format json. `content` is base64. */
          file: z.strictObject({ mediaType: z.string(), content: z.string() }).nullable(),
        }),
      },
    },
    problems: ['gone'],
  }),
  getDocumentRequest: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}/document-request',
    summary: 'What the applicant is asked to send while the status is PENDING_APPLICANT. Reading it is recorded',
    actions: ['READ_NOTICE'],
    params: ofApplication,
    headers: ['Access-Purpose'],
    answers: { 200: { description: 'The request, in the words for the applicant', schema: shownRequest } },
    problems: ['conflict', 'gone'],
  }),
  listApplications: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/applications',
    summary: 'Applications, newest first: by receipt, or by decision where a filter selects decisions',
    actions: ['LIST_APPLICATIONS'],
    query: z.strictObject({ ...listFilter, ...page }).superRefine(refuseReversed),
    answers: {
      200: {
        description: 'A page, which may have fewer applications than the limit: follow `next` to the last page',
        schema: z.strictObject({
          applications: z.array(
            applicationStatus.extend({
              outcome: decisionOutcome.nullable(),
              /** The earliest decision that the filter selects; without such a filter the newest, null before the first. */
              decision: z
                .strictObject({
                  decidedAt: instant,
                  decidedOn: z.string(),
                  outcome: decisionOutcome,
                  /** Codes, most important first. */
                  reasons: z.array(z.string()),
                  /** Whether the application was reopened since. */
                  superseded: z.boolean(),
                })
                .nullable(),
            }),
          ),
          next,
        }),
      },
    },
  }),
  getApplicantData: route({
    function: 'FrontEndApi',
    method: 'GET',
    path: '/applications/{applicationId}/data',
    summary:
      'The data behind the decisions, for the applicant who requests it: stated, reported, scored and decided. Reading it is recorded',
    actions: ['READ_APPLICANT_DATA'],
    params: ofApplication,
    headers: ['Access-Purpose'],
    answers: { 200: { description: 'Everything but the screening', schema: applicantData } },
    problems: ['gone'],
  }),
  listTasks: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/queues/{queue}',
    summary: 'What waits for a person, longest first',
    actions: ['READ_QUEUE'],
    params: z.strictObject({ queue: z.enum(['review', 'attention']) }),
    query: z.strictObject(page),
    answers: { 200: { description: 'A page', schema: z.strictObject({ tasks: z.array(task), next }) } },
  }),
  getReview: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/applications/{applicationId}/review',
    summary: 'What a reviewer decides on. Sealed evidence is opened: reading it is recorded',
    actions: ['READ_REVIEW'],
    params: ofApplication,
    headers: ['Access-Purpose'],
    answers: {
      200: {
        description: 'The open task with what it rests on',
        schema: task.extend({
          /** What may be sent. */
          actions: z.array(taskCommand.shape.action),
          /** The reasons that the recorded facts support, each with the rule, limit or model behind it: a decline states no other. */
          reasons: z.array(reason.extend({ from: z.enum(['RULE', 'LIMIT', 'SCORE']), name: z.string() })),
          /** As stated, without who applied. */
          application: sealedValue,
          reports: z.array(sealedValue),
          score: sealedValue.nullable(),
          policy: sealedValue.nullable(),
          /** The draft that waits for a second person, who names its address. */
          draft: z.strictObject({ address: evidenceAddress, review: sealedValue }).nullable(),
          reviews: z.array(sealedValue),
          /** Claim, due instant and request; null for an ended execution. */
          case: caseView.nullable(),
          comments: z.array(shownComment),
          requests: z.array(shownRequest),
          documents: z.array(shownDocument),
        }),
      },
    },
    problems: ['conflict', 'gone'],
  }),
  getHoldIdentity: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/applications/{applicationId}/review/identity',
    summary:
      'The parts of the identity that a waiting hold needs, with the contacts of its alert: reading it is recorded, and needs a purpose',
    actions: ['READ_HOLD_IDENTITY'],
    params: ofApplication,
    headers: ['Access-Purpose'],
    answers: {
      200: { description: 'Only to the reviewer who has claimed the case, while the hold waits', schema: holdIdentity },
    },
    problems: ['conflict', 'gone'],
  }),
  searchApplicant: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applicants/search',
    summary:
      'The applications of a person, the newest first: the search is recorded in each application that it compares, and needs a purpose',
    actions: ['SEARCH_APPLICANT'],
    body: soughtApplicant,
    headers: ['Access-Purpose'],
    answers: {
      200: {
        description: 'None where the person is unknown or forgotten, or where a part of the identity differs',
        schema: z.strictObject({ applications: z.array(foundApplication) }),
      },
    },
    problems: ['conflict'],
  }),
  completeTask: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/review',
    summary:
      'Decides on a task, or drafts what a second person confirms. The token names the person and the role. Repeating it answers with the first',
    actions: ['DECIDE_REVIEW', 'RELEASE'],
    params: ofApplication,
    body: terms,
    answers: {
      200: {
        description: 'It is recorded, and the application goes on; or it is drafted, and waits for a second person',
        schema: z.strictObject({
          applicationId,
          action: z.string(),
          /** The address of the review, or of the draft. */
          evidence: evidenceAddress,
          /** What is beyond the reviewer's limits, and the roles that may confirm it; null where the decision is made. */
          awaits: z.strictObject({ second: z.array(z.string()), roles: z.array(z.string()) }).nullable(),
        }),
      },
    },
    problems: ['conflict', 'gone'],
  }),
  clearCondition: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/conditions/{condition}/clearance',
    summary:
      'Records what a person verified for a condition of the newest decision. The token names the person and the role. Repeating it answers with the first',
    actions: ['CLEAR_CONDITION'],
    params: ofApplication.extend({ condition: z.enum(CONDITIONS) }),
    body: verifiedBody,
    bodyAsSent: true,
    answers: {
      200: {
        description: 'The condition is cleared, or what was verified contradicts the application',
        schema: z.strictObject({
          applicationId,
          condition: z.string(),
          /** `REVIEW_NEEDED`: no offer of the decision is booked. Reopen it. */
          result: z.enum(['CLEARED', 'REVIEW_NEEDED']),
          /** Empty where it is cleared. */
          contradictions: z.array(z.enum(CONTRADICTIONS)),
          conditionsOpen: z.array(z.string()),
          booked: z.boolean(),
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict', 'gone'],
  }),
  listCases: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/cases',
    summary: 'Cases that wait for a reviewer, an operator or the applicant, the earliest due first',
    actions: ['READ_QUEUE'],
    query: z.strictObject({
      waitsFor: z
        .enum(['REVIEW', 'ATTENTION', 'APPLICANT'], 'must be REVIEW, ATTENTION or APPLICANT')
        .default('REVIEW'),
      product: listFilter.product,
      rule: z
        .string()
        .regex(/^[A-Z0-9_]{1,60}$/, 'must be the id of a rule, such as THIN_FILE')
        .meta({ description: 'A rule that refers or holds the application' })
        .optional(),
      claimedBy: person.meta({ description: 'The user id of the person who holds the case' }).optional(),
      unclaimed: z.enum(['true', 'false'], 'must be true or false').default('false'),
      dueUntil: instant.meta({ description: 'Only cases that are due at this UTC instant or earlier' }).optional(),
      days: z.coerce.number('must be a number').int('must be a whole number').min(0).max(10_000).optional(),
      ...page,
    }),
    answers: {
      200: {
        description: 'A page, which may have fewer cases than the limit: follow `next` to the last page',
        schema: z.strictObject({ cases: z.array(listedCase), next }),
      },
    },
  }),
  countCases: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/cases/counts',
    summary: 'How many cases wait, are claimed and are overdue, by what they wait for',
    actions: ['READ_QUEUE'],
    answers: {
      200: {
        description: 'All open cases',
        schema: z.strictObject({
          counts: z.array(
            z.strictObject({
              waitsFor: z.enum(['REVIEW', 'ATTENTION', 'APPLICANT']),
              cases: z.int(),
              claimed: z.int(),
              overdue: z.int(),
              byProduct: z.record(z.string(), z.int()),
            }),
          ),
        }),
      },
    },
  }),
  nextCase: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/cases/next',
    summary: 'Claims the case that is due first among those that no person holds',
    actions: ['WORK_CASE'],
    body: nextCaseBody,
    answers: {
      200: {
        description: 'The claimed case; null where every case is claimed, or none waits',
        schema: z.strictObject({ case: caseView.nullable() }),
      },
    },
    problems: ['conflict'],
  }),
  getCase: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/applications/{applicationId}/case',
    summary: 'Who works on an application that waits for a person, by when, and whether it waits for the applicant',
    actions: ['READ_QUEUE'],
    params: ofApplication,
    answers: { 200: { description: 'The case', schema: caseView } },
    problems: ['conflict'],
  }),
  workCase: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/case',
    summary:
      'Claims, releases or assigns a case, comments on it, sets its due day, or requests a document from the applicant',
    actions: ['WORK_CASE'],
    params: ofApplication,
    body: actBody,
    answers: { 200: { description: 'It is recorded', schema: caseDone } },
    problems: ['conflict'],
  }),
  attachDocument: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/documents',
    summary: 'Attaches a document to a case. A document of the applicant answers an open request',
    actions: ['WORK_CASE'],
    params: ofApplication,
    body: attachBody,
    maxBodyBytes: MAX_DOCUMENT_BODY_BYTES,
    answers: { 200: { description: 'It is sealed and recorded', schema: caseDone } },
    problems: ['conflict', 'gone'],
  }),
  getDocument: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/applications/{applicationId}/documents/{document}',
    summary: 'A document of a case with its bytes, by its address in the review. Reading it is recorded',
    actions: ['READ_REVIEW'],
    params: ofApplication.extend({ document: evidenceAddress }),
    headers: ['Access-Purpose'],
    answers: {
      200: {
        description: 'The document',
        schema: z.strictObject({ ...shownDocument.shape, content: z.string() }),
      },
    },
    problems: ['gone'],
  }),
  listSwitches: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/switches',
    summary: 'Every switch that was ever set, with its current state',
    actions: ['READ_SWITCHES'],
    answers: { 200: { description: 'All of them', schema: z.strictObject({ switches: z.array(switchState) }) } },
  }),
  setSwitch: route({
    function: 'StaffApi',
    method: 'PUT',
    path: '/switches/{kind}/{id}',
    summary: 'Sends the automatic outcomes of a product, a policy or a model to a person, or no longer',
    actions: ['SET_SWITCH'],
    params: z.strictObject({ kind: switchState.shape.kind, id: switchId }),
    body: z.strictObject({
      on: z.boolean('must be true or false'),
      note,
    }),
    answers: {
      200: { description: 'The setting is in effect', schema: switchState.extend({ repeated: z.boolean() }) },
    },
  }),
  listPolicies: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/policies',
    summary: 'The version of each policy in force for what is received on a local date, and all that were proposed',
    actions: ['READ_POLICIES'],
    query: z.strictObject({ date: calendarDate }),
    answers: {
      200: {
        description: 'Every product',
        schema: z.strictObject({
          policies: z.array(
            z.strictObject({
              product: z.string(),
              /** Null: applications wait for a person. `approval` is null for a version that a sandbox decides by unapproved. */
              inForce: z
                .strictObject({ version: z.string(), digest: z.string(), approval: z.string().nullable() })
                .nullable(),
              proposals: z.array(proposal),
              /** What this release has, and so can be proposed. */
              compiled: z.array(z.strictObject({ version: z.string(), digest: z.string() })),
            }),
          ),
        }),
      },
    },
  }),
  proposePolicy: route({
    ...governed,
    path: '/policies/{digest}/proposal',
    summary: 'Proposes a compiled version from a local date on. Repeating it answers with the first',
    body: z.strictObject({ effective: calendarDate, note }),
  }),
  approvePolicy: route({
    ...governed,
    path: '/policies/{digest}/approval',
    summary:
      'Approves what another officer proposed, for the date that was proposed. Repeating it answers with the first',
    body: z.strictObject({ effective: calendarDate, note }),
  }),
  withdrawPolicy: route({
    ...governed,
    path: '/policies/{digest}/withdrawal',
    summary: 'Takes a proposal or an approval back from a local date on. Repeating it answers with the first',
    body: z.strictObject({ from: calendarDate, note }),
  }),
  listModels: route({
    function: 'StaffApi',
    method: 'GET',
    path: '/models',
    summary: 'Every registered model package and promotion, and the champion of each product on a local date',
    actions: ['READ_MODELS'],
    query: z.strictObject({ date: calendarDate }),
    answers: {
      200: {
        description: 'The registry',
        schema: z.strictObject({
          packages: z.array(registeredPackage),
          promotions: z.array(promotion),
          inForce: z.array(
            z.strictObject({
              product: z.string(),
              purpose: z.string(),
              /** Null: no promoted package is in force. */
              champion: z.strictObject({ digest, promotion: z.string() }).nullable(),
              shadows: z.array(digest),
              /** False: no package was ever promoted, so in sandbox mode the newest package of the release decides. */
              promoted: z.boolean(),
            }),
          ),
        }),
      },
    },
  }),
  registerModel: route({
    ...ofModel,
    path: '/models',
    summary: 'Registers a model package that passes every check. Repeating it answers with the first',
    body: registerBody,
    maxBodyBytes: MAX_MODEL_BODY_BYTES,
  }),
  promoteModel: route({
    ...ofModel,
    path: '/models/{digest}/promote',
    summary:
      'Promotes a package that another officer registered, from a local date on. Repeating it answers with the first',
    params: z.strictObject({ digest }),
    body: promoteBody,
  }),
  rollbackModel: route({
    ...ofModel,
    path: '/models/{digest}/rollback',
    summary: 'Withdraws the promotions of a package from today on, so that the package before it is in force again',
    params: z.strictObject({ digest }),
    body: rollbackBody,
  }),
  retireModel: route({
    ...ofModel,
    path: '/models/{digest}/retire',
    summary: 'Retires a package that is in force neither today nor later. Repeating it answers with the first',
    params: z.strictObject({ digest }),
    body: retireBody,
  }),
  setLegalHold: route({
    function: 'StaffApi',
    method: 'PUT',
    path: '/applications/{applicationId}/holds/{matter}',
    summary: 'Places or lifts the hold of a proceeding: while any holds, the applicant is not forgotten',
    actions: ['SET_LEGAL_HOLD'],
    params: ofApplication.extend({ matter: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$/) }),
    body: z.strictObject({ on: z.boolean('must be true or false'), note }),
    answers: {
      200: {
        description: 'The setting is in effect',
        schema: z.strictObject({
          applicationId,
          matter: z.string(),
          on: z.boolean(),
          at: instant,
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict'],
  }),
  recordDelivery: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/deliveries',
    summary:
      'Records that the print shop mailed a notice, or that a sent notice came back. The same statement again answers with the first',
    actions: ['RECORD_DELIVERY'],
    params: ofApplication,
    body: deliveryStatement,
    answers: {
      200: {
        description: 'It is recorded',
        schema: z.strictObject({
          applicationId,
          notices: recordedNotices,
          repeated: z.boolean(),
        }),
      },
    },
    problems: ['conflict'],
  }),
  requestForgetting: route({
    function: 'StaffApi',
    method: 'POST',
    path: '/applications/{applicationId}/forgetting',
    summary:
      'Records that the applicant asks to be forgotten, and answers it. A denied request stays open until its day',
    actions: ['REQUEST_FORGETTING'],
    params: ofApplication,
    body: z.strictObject({ note }),
    answers: {
      200: {
        description: 'It is recorded',
        schema: z.strictObject({
          applicationId,
          result: z.enum(['GRANTED', 'DENIED', 'FORGOTTEN']),
          at: instant,
          /** Why it is denied; null where it is not. */
          reason: z.enum(FORGETTING_REFUSALS).nullable(),
          /** The first local date on which it will be done; null while nobody can tell, and where it is not denied. */
          doneOn: z.string().nullable(),
        }),
      },
    },
    problems: ['conflict'],
  }),
  getTimeline: route({
    function: 'AuditApi',
    method: 'GET',
    path: '/applications/{applicationId}/timeline',
    summary: 'Each step: when, how long, tries, waits, what went in and out by reference, and who acted',
    actions: ['READ_TIMELINE'],
    params: ofApplication,
    answers: {
      200: {
        description: 'The steps, from the engine or from the archive',
        schema: z.strictObject({
          applicationId,
          source: z.enum(['engine', 'archive']),
          execution: z.strictObject({
            status: z.string(),
            startedAt: z.string(),
            endedAt: z.string().nullable(),
            events: z.int(),
            steps: z.array(step),
          }),
          people: z.array(z.strictObject({ at: z.string(), by: z.string(), type: z.string() })),
        }),
      },
    },
    problems: ['gone'],
  }),
  listDuties: route({
    function: 'AuditApi',
    method: 'GET',
    path: '/applications/{applicationId}/duties',
    summary: 'Each legal duty toward the applicant: whether it applies, when it is due, and what met it',
    actions: ['READ_TIMELINE'],
    params: ofApplication,
    answers: {
      200: {
        description: 'The duties in the order of docs/duties.md, one for each occasion',
        schema: z.strictObject({ applicationId, duties: z.array(dutyStatus) }),
      },
    },
    problems: ['gone'],
  }),
  listEntries: route({
    function: 'AuditApi',
    method: 'GET',
    path: '/applications/{applicationId}/entries',
    summary: 'The hash chain of an application, as it lies in the ledger',
    actions: ['READ_LEDGER'],
    params: ofApplication,
    answers: {
      200: {
        description: 'Every entry in order',
        schema: z.strictObject({ applicationId, entries: z.array(publishedEntry) }),
      },
    },
  }),
  getEvidence: route({
    function: 'AuditApi',
    method: 'GET',
    path: '/applications/{applicationId}/evidence',
    summary:
      'Sealed evidence, opened, and with `identity=true` who applied: reading it is recorded, and needs a purpose',
    actions: ['READ_EVIDENCE'],
    params: ofApplication,
    query: z.strictObject({
      /** Kinds, with commas between, such as `score,policy`; all without it. */
      kind: z
        .string()
        .regex(/^[a-z-]{1,40}(,[a-z-]{1,40}){0,20}$/, 'must be kinds of evidence, such as score,policy')
        .optional(),
      identity: z.enum(['true', 'false'], 'must be true or false').default('false'),
    }),
    headers: ['Access-Purpose'],
    answers: {
      200: {
        description: 'The pieces in the order in which the ledger names them',
        schema: z.strictObject({
          applicationId,
          identity: sealedValue.nullable(),
          evidence: z.array(
            z.strictObject({ kind: z.string(), address: evidenceAddress, sequence: z.int(), value: z.unknown() }),
          ),
        }),
      },
    },
    problems: ['gone'],
  }),
  exportDecision: route({
    function: 'AuditApi',
    method: 'POST',
    path: '/applications/{applicationId}/exports',
    summary:
      'Takes the decision file out: everything that a decision used, signed. That is recorded, and needs a purpose',
    actions: ['EXPORT_DECISION'],
    params: ofApplication,
    body: z.strictObject({
      purpose,
      /** With who applied, and the key that opens what was sealed. */
      withIdentity: z.boolean('must be true or false').default(false),
    }),
    answers: {
      200: {
        description: 'The file, as docs/schemas/decision-file-*.json has it by its version',
        schema: z.looseObject({ schemaVersion: z.int(), kind: z.literal('UNDERWRIGHT_DECISION_FILE') }),
      },
    },
    problems: ['gone'],
  }),
} as const satisfies Record<string, Route>;

export type Operation = keyof typeof ROUTES;
export type OperationsOf<Name extends ApiFunction> = {
  [Id in Operation]: (typeof ROUTES)[Id]['function'] extends Name ? Id : never;
}[Operation];

export const operations = Object.entries(ROUTES) as [Operation, Route][];

/** The route that a request is for; the methods of its path where there is none for this method. */
export function findRoute(
  method: string,
  path: string,
): { operation: Operation; route: Route } | { allowed: string[] } {
  const ofPath = operations.filter(([, route]) => route.path === path);
  const found = ofPath.find(([, route]) => route.method === method);
  return found ? { operation: found[0], route: found[1] } : { allowed: ofPath.map(([, route]) => route.method) };
}
