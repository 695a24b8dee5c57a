import * as z from 'zod';

import { ROLES } from '../access/access.ts';
import { MODEL_STAGES } from '../models/registry.ts';
import { MODEL_PURPOSES } from '../scoring/model-package.ts';
import type { LedgerEvent } from './chain.ts';
import { digest } from './digest.ts';

/** A sealed object that an event rests on: its kind and address, and the version under which the store keeps it. */
export const evidenceReference = z.strictObject({
  kind: z.string(),
  address: digest,
  versionId: z.string(),
});
export type EvidenceReference = z.infer<typeof evidenceReference>;

/** The role in which the actor acted. */
const role = z.enum(ROLES);

/** What a bureau answered, where no mapping could read it: kept as it came, for a person and for a later mapping. */
const unreadable = z.strictObject({
  bureau: z.string(),
  /** Ours, as sent. */
  reference: z.string(),
  /** The fields at fault, never their values. */
  fault: z.string(),
  evidence: z.array(evidenceReference).length(1),
});

/** A step of the workflow did its work. `output` is what it answered: a repeated call answers with it again. */
const stepDone = z.strictObject({
  output: z.record(z.string(), z.json()),
  evidence: z.array(evidenceReference),
  /** Outcomes and versions worth finding without opening evidence. Never personal data. */
  facts: z.record(z.string(), z.json()),
});

const received = z.strictObject({
  product: z.string(),
  /** The creditor's local date of receipt. */
  receivedOn: z.string(),
  /** The application, and the quote that it continues. */
  evidence: z.array(evidenceReference).min(1).max(2),
});

const opened = z.strictObject({
  queue: z.enum(['REVIEW', 'ATTENTION']),
  facts: z.record(z.string(), z.json()),
});

/** The applicant's consent to a new report. Texts, because a later release may check them in another way. */
const consent = z.strictObject({ textVersion: z.string(), givenAt: z.string() });

const personActed = z.strictObject({
  action: z.string(),
  /** For REPULL, where a new one was needed. */
  consent: consent.optional(),
  /** Absent in entries of a release without authority limits. */
  role: role.optional(),
  /** The reviewer whose draft the actor confirmed or rejected. */
  draftedBy: z.string().optional(),
  evidence: z.array(evidenceReference).length(1),
  output: z.record(z.string(), z.json()),
});

/** A reviewer's decision that a second person confirms or rejects. */
const drafted = z.strictObject({
  action: z.string(),
  role,
  /** What is beyond the reviewer's own limits. */
  second: z.array(z.string()).min(1),
  evidence: z.array(evidenceReference).length(1),
});

const archived = z.strictObject({
  executionArn: z.string(),
  status: z.string(),
  events: z.int(),
  /** Kinds of personal data that the history looks to have. */
  personalData: z.array(z.string()),
  evidence: z.array(evidenceReference).length(1),
});

/** A task that waited when its execution was stopped waits again, because the execution was redriven. */
const resumed = z.strictObject({
  /** The id of the entry that opened the task. */
  task: z.string(),
});

/** Someone took an application's records out of the system: reading personal data is itself recorded. */
const exported = z.strictObject({ role, purpose: z.string(), withIdentity: z.boolean() });

/** Someone looked at personal data: written before it is shown. The actor is who looked. */
const personalDataRead = z.strictObject({
  role,
  /** Null where the role's work is purpose enough. */
  purpose: z.string().nullable(),
  /** Kinds of evidence, and `identity` for who applied. */
  kinds: z.array(z.string()).min(1),
});

/** The applicant chose one offer of a decision. */
const accepted = z.strictObject({
  offerId: z.string(),
  /** The creditor's local date. */
  acceptedOn: z.string(),
  /** What must be verified before it is booked. */
  conditions: z.array(z.string()),
  /** The last local date on which a condition can be cleared; null without conditions. */
  clearBy: z.string().nullable(),
  /** The decision record, and the contract with the terms of that day. */
  evidence: z.array(evidenceReference).length(2),
});

/** The terms of an offer on the day of its acceptance are beyond the tolerance: a new offer takes its place. */
const revised = z.strictObject({
  offerId: z.string(),
  revisedOfferId: z.string(),
  /** The creditor's local date. */
  revisedOn: z.string(),
  /** The decision record, and the revised offer. */
  evidence: z.array(evidenceReference).length(2),
});

/** A person verified what a condition of a decision needs. */
const conditionDone = z.strictObject({
  role,
  condition: z.string(),
  /** The decision record, and the evidence for the condition. */
  evidence: z.array(evidenceReference).length(2),
});

/** An accepted offer has no open condition: it is to be booked. */
const booked = z.strictObject({
  offerId: z.string(),
  /** The decision record, and the contract with the terms of the day of booking. */
  evidence: z.array(evidenceReference).length(2),
});

/** An acceptance ended before it was booked. */
const acceptanceLapsed = z.strictObject({
  offerId: z.string(),
  /**
   * `EXPIRED`: a condition was open after the last day. `CONTRADICTED`: what was verified contradicts the application.
   * `TERMS_CHANGED`: the terms of the day of booking are beyond the tolerance, or a cap of that day refuses them.
   */
  why: z.enum(['EXPIRED', 'CONTRADICTED', 'TERMS_CHANGED']),
  evidence: z.array(evidenceReference).length(1),
});

/** Every offer of a decision expired, and none was chosen. */
const lapsed = z.strictObject({
  offerIds: z.array(z.string()).min(1),
  /** The last day on which one of them could be chosen. */
  expiredOn: z.string(),
  evidence: z.array(evidenceReference).length(1),
});

/** The applicant did not complete an incomplete application in time. */
const applicationLapsed = z.strictObject({
  /** The last day on which it could be completed. */
  completeBy: z.string(),
  evidence: z.array(evidenceReference).length(1),
});

/** The applicant withdrew the application. */
const withdrawn = z.strictObject({
  /** The creditor's local date. */
  withdrawnOn: z.string(),
  /** The decision record that the withdrawal closes; empty where the application was undecided. */
  evidence: z.array(evidenceReference).max(1),
});

/** Reopenings that a caller requests for a recorded decision as it is. */
export const REOPENING_REQUESTS = ['OFFER_EXPIRED', 'REPORT_STALE', 'POLICY_AFFECTED', 'REVIEW_REQUESTED'] as const;

/** Why an application is decided again. COMPLETED and CORRECTED come with an amended application. */
export const REOPENING_REASONS = [...REOPENING_REQUESTS, 'COMPLETED', 'CORRECTED'] as const;

/** A recorded decision is superseded: the next execution decides the application again. */
const reopened = z.strictObject({
  /** Of the application's reopenings, from 1. */
  number: z.int().positive(),
  why: z.enum(REOPENING_REASONS),
  note: z.string().nullable(),
  /** The policy or the model package that touched it, for POLICY_AFFECTED. */
  affectedBy: z.string().nullable(),
  /** The applicant's consent to a new report, where a fresh one was given. */
  consent: consent.nullable(),
  /** The decision record that is superseded, and the amended application of COMPLETED and CORRECTED. */
  evidence: z.array(evidenceReference).min(1).max(2),
});

const switched = z.strictObject({
  role,
  kind: z.enum(['product', 'policy', 'model']),
  /** The product's name, or the digest of the policy or model package. */
  id: z.string(),
  on: z.boolean(),
  note: z.string(),
});

/** A version of a policy was proposed or approved, or its proposal or approval withdrawn. */
const governed = z.strictObject({
  role,
  action: z.enum(['PROPOSE', 'APPROVE', 'WITHDRAW']),
  product: z.string(),
  version: z.string(),
  /** SHA-256 of the compiled module. */
  digest: z.string(),
  /** The local date from which on it decides, or of a withdrawal no longer does. */
  date: z.string(),
  note: z.string(),
});

/** What each change of the registry of models states of the package. */
const ofPackage = {
  role,
  /** SHA-256 of manifest.json. */
  digest,
  model: z.string(),
  version: z.string(),
  note: z.string(),
};

/** What a promotion and its rollback state. `date`: the local date from which on it applies, or no longer does. */
const placed = {
  product: z.string(),
  purpose: z.enum(MODEL_PURPOSES),
  stage: z.enum(MODEL_STAGES),
  date: z.string(),
};

/** A model package was registered, promoted, rolled back or retired. */
const modelGoverned = z.discriminatedUnion('action', [
  /** `report`: SHA-256 of the report of the checks that it passed. */
  z.strictObject({ action: z.literal('REGISTER'), ...ofPackage, report: digest }),
  z.strictObject({ action: z.literal('PROMOTE'), ...ofPackage, ...placed }),
  z.strictObject({ action: z.literal('ROLLBACK'), ...ofPackage, ...placed }),
  /** `date`: the first local date on which it may not be promoted. */
  z.strictObject({ action: z.literal('RETIRE'), ...ofPackage, date: z.string() }),
]);

/** The records must be there until this local date of the creditor, the latest of all retention periods. */
const retentionExtended = z.strictObject({
  retainUntil: z.string(),
  periods: z.array(z.strictObject({ class: z.string(), from: z.string(), until: z.string() })),
  /** How many sealed objects were locked until then. */
  objects: z.int(),
});

/** A proceeding keeps the records, or no longer: nobody is forgotten while one does. */
const held = z.strictObject({ role, matter: z.string(), note: z.string() });

/** The applicant asked to be forgotten. */
const forgettingRequested = z.strictObject({
  role,
  answer: z.enum(['GRANTED', 'DENIED']),
  /** Why not now; null when granted. */
  reason: z.string().nullable(),
  /** The first local date on which it can be done, as far as was known; null while nobody could tell. */
  doneOn: z.string().nullable(),
  note: z.string(),
});

const forgettingDecided = z.strictObject({ why: z.enum(['RETENTION_EXPIRED', 'APPLICANT_REQUEST']) });

/** Key, identity and every index that led to the person are gone. */
const forgotten = z.strictObject({
  /** How many sealed objects nobody can open any more. */
  objects: z.int(),
});

/** The work of a person on a case names the case: the id of the entry with which the wait for a person began. */
const work = { role, case: z.string() };

/** A person works on a case: only they decide on it until the instant. The actor assigned it, or is the holder. */
const claimed = z.strictObject({ ...work, holder: z.string(), until: z.string() });

const released = z.strictObject({ ...work, holder: z.string() });

/** What a person adds may be the answer to a request: then it closes it. `from` states whose words or document it is. */
const answering = {
  ...work,
  from: z.enum(['STAFF', 'APPLICANT']),
  /** The id of the request that it answers; null where it answers none. */
  closes: z.string().nullable(),
};

const commented = z.strictObject({ ...answering, evidence: z.array(evidenceReference).length(1) });

/** A person declared a conflict of interest with the application. The evidence is the sealed note. */
const conflictDeclared = z.strictObject({ ...work, evidence: z.array(evidenceReference).length(1) });

/** The sealed description of a document, and its sealed bytes. */
const attached = z.strictObject({
  ...answering,
  mediaType: z.string(),
  bytes: z.int().positive(),
  evidence: z.array(evidenceReference).length(2),
});

/** The creditor's local date by which a person is to decide, and the UTC instant at which that day ends. */
const dueSet = z.strictObject({ ...work, dueOn: z.string(), dueAt: z.string() });

/** The applicant is asked for a document: the case waits for them until the end of the local date. */
const documentRequested = z.strictObject({
  ...work,
  answerBy: z.string(),
  until: z.string(),
  evidence: z.array(evidenceReference).length(1),
});

/** A request ended without an answer. An expired one was closed by no person. */
const requestClosed = z.strictObject({
  case: z.string(),
  closes: z.string(),
  why: z.enum(['EXPIRED', 'WITHDRAWN']),
  role: role.nullable(),
});

/** One attempt to give a notice to the applicant: the address of the sealed notice, its kind, and the number from 1. */
const noticeAttempt = { notice: digest, kind: z.string(), attempt: z.int().positive() };

/**
 * Why a notice goes on paper: its own channel, an e-mail address that was refused, no mail server, or an e-mail that came
 * back.
 */
export const PAPER_REASONS = ['CHANNEL', 'ADDRESS_REFUSED', 'NO_MAIL_SERVER', 'RETURNED'] as const;

/** A notice went to the print shop, and is not mailed yet. */
const printRequested = z.strictObject({ ...noticeAttempt, because: z.enum(PAPER_REASONS) });

/** A mail server accepted a notice, or a person stated the date on which it was mailed on paper. */
const noticeSent = z.strictObject({
  ...noticeAttempt,
  channel: z.enum(['EMAIL', 'PAPER']),
  /** The creditor's local date. */
  sentOn: z.string(),
  /** What carried it, such as SMTP, SES or MAIL. */
  carrier: z.string(),
  /** The carrier's reference, without personal data. */
  reference: z.string(),
  /** The role of the person who states a mailing; null for a send of the program. */
  role: role.nullable(),
});

/** Why a notice came back. */
export const RETURN_REASONS = ['BOUNCED', 'COMPLAINT', 'UNDELIVERABLE', 'MOVED', 'REFUSED'] as const;

/** A sent notice came back. A mail service reports it as `system`. */
const noticeReturned = z.strictObject({
  ...noticeAttempt,
  why: z.enum(RETURN_REASONS),
  /** The creditor's local date. */
  returnedOn: z.string(),
  role: role.nullable(),
});

/** The days after receipt on which people are warned that no notice was sent. The last one is after the law's 30 days. */
export const NOTICE_WARNING_DAYS = [20, 25, 31] as const;

/** An application has no sent notice so many days after its receipt, or after its reopening. */
const noticeDueWarned = z.strictObject({
  /** The creditor's local date from which the days are counted. */
  countedFrom: z.string(),
  day: z.literal(NOTICE_WARNING_DAYS),
});

/** A request for a quote. The call that appends it sends the one soft pull, if any. */
const prequalificationReceived = z.strictObject({
  product: z.string(),
  /** The creditor's local date. */
  receivedOn: z.string(),
  /** Of the call that received it, so that of two calls at once one is the first. */
  call: z.string(),
  evidence: z.array(evidenceReference).length(1),
});

/** The answer to a request for a quote: the sealed quote first, then what it was made from. */
const prequalified = z.strictObject({
  outcome: z.enum(['QUOTED', 'NO_QUOTE']),
  validUntil: z.string().nullable(),
  /** The number of quoted offers. */
  offers: z.int().nonnegative(),
  evidence: z.array(evidenceReference).min(1),
});

/** Every type of event, with the newest version of its body. An older version joins with an upcaster beside it. */
export const EVENT_TYPES = {
  APPLICATION_RECEIVED: { version: 1, body: received },
  APPLICATION_VALIDATED: { version: 1, body: stepDone },
  APPLICANTS_SCREENED: { version: 1, body: stepDone },
  PRE_BUREAU_POLICY_APPLIED: { version: 1, body: stepDone },
  BUREAU_REPORT_PULLED: { version: 1, body: stepDone },
  BUREAU_ANSWER_UNREADABLE: { version: 1, body: unreadable },
  APPLICATION_SCORED: { version: 1, body: stepDone },
  POLICY_APPLIED: { version: 1, body: stepDone },
  REVIEW_AWAITED: { version: 1, body: opened },
  REVIEW_DRAFTED: { version: 1, body: drafted },
  REVIEW_COMPLETED: { version: 1, body: personActed },
  ATTENTION_NEEDED: { version: 1, body: opened },
  ATTENTION_COMPLETED: { version: 1, body: personActed },
  TASK_RESUMED: { version: 1, body: resumed },
  DECISION_RECORDED: { version: 1, body: stepDone },
  NOTICES_ISSUED: { version: 1, body: stepDone },
  NOTICE_PRINT_REQUESTED: { version: 1, body: printRequested },
  NOTICE_SENT: { version: 1, body: noticeSent },
  NOTICE_RETURNED: { version: 1, body: noticeReturned },
  NOTICE_DUE_WARNED: { version: 1, body: noticeDueWarned },
  OFFER_ACCEPTED: { version: 1, body: accepted },
  OFFER_LAPSED: { version: 1, body: lapsed },
  APPLICATION_LAPSED: { version: 1, body: applicationLapsed },
  APPLICATION_WITHDRAWN: { version: 1, body: withdrawn },
  OFFER_REVISED: { version: 1, body: revised },
  CONDITION_CLEARED: { version: 1, body: conditionDone },
  CONDITION_CONTRADICTED: { version: 1, body: conditionDone },
  CREDIT_BOOKED: { version: 1, body: booked },
  ACCEPTANCE_LAPSED: { version: 1, body: acceptanceLapsed },
  DECISION_REOPENED: { version: 1, body: reopened },
  PREQUALIFICATION_RECEIVED: { version: 1, body: prequalificationReceived },
  PREQUALIFIED: { version: 1, body: prequalified },
  CONTROL_SWITCHED: { version: 1, body: switched },
  POLICY_GOVERNED: { version: 1, body: governed },
  MODEL_GOVERNED: { version: 1, body: modelGoverned },
  HISTORY_ARCHIVED: { version: 1, body: archived },
  EVIDENCE_EXPORTED: { version: 1, body: exported },
  RETENTION_EXTENDED: { version: 1, body: retentionExtended },
  LEGAL_HOLD_PLACED: { version: 1, body: held },
  LEGAL_HOLD_LIFTED: { version: 1, body: held },
  FORGETTING_REQUESTED: { version: 1, body: forgettingRequested },
  FORGETTING_DECIDED: { version: 1, body: forgettingDecided },
  APPLICANT_FORGOTTEN: { version: 1, body: forgotten },
  PERSONAL_DATA_READ: { version: 1, body: personalDataRead },
  CASE_CLAIMED: { version: 1, body: claimed },
  CASE_RELEASED: { version: 1, body: released },
  CASE_COMMENTED: { version: 1, body: commented },
  CONFLICT_DECLARED: { version: 1, body: conflictDeclared },
  CASE_DUE_SET: { version: 1, body: dueSet },
  DOCUMENT_REQUESTED: { version: 1, body: documentRequested },
  DOCUMENT_ATTACHED: { version: 1, body: attached },
  DOCUMENT_REQUEST_CLOSED: { version: 1, body: requestClosed },
} as const;

export type EventType = keyof typeof EVENT_TYPES;
export type EventBody<Type extends EventType> = z.infer<(typeof EVENT_TYPES)[Type]['body']>;

export class EntryUnreadable extends Error {
  override readonly name = 'EntryUnreadable';
}

/** Makes an event whose body has the shape that its type says. @throws ZodError naming the field. */
export function ledgerEvent<Type extends EventType>(
  event: Omit<LedgerEvent, 'type' | 'schemaVersion' | 'body'> & { type: Type; body: EventBody<Type> },
): LedgerEvent {
  const { version, body } = EVENT_TYPES[event.type];
  return { ...event, schemaVersion: version, body: body.parse(event.body) };
}

/**
 * Reads the body of a stored event.
 * @throws EntryUnreadable for a type or version that this release does not know, and for a body that is not of its type.
 */
export function readBody<Type extends EventType>(event: LedgerEvent, type: Type): EventBody<Type> {
  const known = EVENT_TYPES[type];
  if (event.type !== type || event.schemaVersion !== known.version) {
    throw new EntryUnreadable(
      `Expected a ${type} event of version ${known.version}, found ${event.type} of version ${event.schemaVersion}.`,
    );
  }
  const parsed = known.body.safeParse(event.body);
  if (parsed.success) return parsed.data as EventBody<Type>;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'body');
  throw new EntryUnreadable(
    `A ${type} entry of ${event.applicationId} has a body of another shape (${fields.join(', ')}): ` +
      `run underwright verify ${event.applicationId}.`,
  );
}

/** Whether this release knows the type of an event and its body has that type's shape. */
export function isReadable(event: LedgerEvent): boolean {
  if (!Object.hasOwn(EVENT_TYPES, event.type)) return false;
  const { version, body } = EVENT_TYPES[event.type as EventType];
  return event.schemaVersion === version && body.safeParse(event.body).success;
}

/** The sealed objects that an event names. An event of an unknown type or another shape names none. */
export function evidenceNamedBy(event: LedgerEvent): EvidenceReference[] {
  if (!Object.hasOwn(EVENT_TYPES, event.type)) return [];
  return z.array(evidenceReference).safeParse(event.body['evidence']).data ?? [];
}
