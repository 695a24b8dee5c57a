import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { isCalendarDate } from '../../domain/calendar.ts';
import { reviewTime, type Case } from '../../domain/casework/case.ts';
import { MEDIA_TYPES, MEDIA_TYPE_NAMES, SOURCES, type MediaType } from '../../domain/casework/evidence.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { actingRole, instant, person } from '../contracts.ts';

/** 3 MiB: as base64 4 MiB, below the 6 MB that a call of a function takes. */
const MAX_DOCUMENT_BYTES = 3_145_728;
/** The bytes as base64, and 4 KiB for the other fields. */
export const MAX_DOCUMENT_BODY_BYTES = (MAX_DOCUMENT_BYTES / 3) * 4 + 4_096;
/** 72 h: a claim over a weekend. */
export const MAX_CLAIM_HOURS = 72;

const text = z
  .string('must be text')
  .trim()
  .min(3, 'must have 3 to 2000 characters')
  .max(2_000, 'must have 3 to 2000 characters');
const from = z.enum(SOURCES, `must be ${SOURCES.join(' or ')}: whose words or document it is`);
const date = z
  .string('must be a date as YYYY-MM-DD')
  .refine(isCalendarDate, 'must be a date of the calendar as YYYY-MM-DD');
export const hours = z
  .int('must be whole hours')
  .min(1, `must be 1 to ${MAX_CLAIM_HOURS} hours`)
  .max(MAX_CLAIM_HOURS, `must be 1 to ${MAX_CLAIM_HOURS} hours`)
  .default(8);

/** How the name of a file of each type ends. */
const ENDINGS: Readonly<Record<MediaType, RegExp>> = {
  'application/pdf': /\.pdf$/iu,
  'image/jpeg': /\.jpe?g$/iu,
  'image/png': /\.png$/iu,
};

const document = z
  .strictObject({
    name: z
      .string('must be text')
      .regex(
        /^(?!\.)[^\p{C}\p{Zl}\p{Zp}/\\]{1,120}$/u,
        'must be a file name of 1 to 120 visible characters, without a folder and without a dot at its beginning',
      ),
    mediaType: z.enum(MEDIA_TYPE_NAMES, `must be one of ${MEDIA_TYPE_NAMES.join(', ')}`),
    /** The bytes as base64. */
    content: z
      .base64('must be the bytes of the document as base64')
      .min(4, 'is empty: send the bytes of the document as base64')
      .max((MAX_DOCUMENT_BYTES / 3) * 4, `has more than ${MAX_DOCUMENT_BYTES} bytes: send a smaller document`),
  })
  .refine(({ mediaType, content }) => beginsAs(mediaType, content), {
    path: ['mediaType'],
    message: 'is not the type of these bytes: send the type of the file',
  })
  .refine(({ name, mediaType, content }) => !beginsAs(mediaType, content) || ENDINGS[mediaType].test(name), {
    path: ['name'],
    message: 'does not end as files of its type do: .pdf, .jpg, .jpeg or .png',
  });

function beginsAs(mediaType: MediaType, content: string): boolean {
  return Buffer.from(content.slice(0, 24), 'base64').toString('hex').startsWith(MEDIA_TYPES[mediaType]);
}

/** What each act on a case takes, besides the case and the person. */
const ACT_BODIES = {
  CLAIM: z.strictObject({ hours }),
  RELEASE: z.strictObject({}),
  ASSIGN: z.strictObject({ to: person, hours }),
  COMMENT: z.strictObject({ text, from: from.default('STAFF') }),
  DECLARE_CONFLICT: z.strictObject({ note: text }),
  SET_DUE: z.strictObject({ dueOn: date }),
  REQUEST_DOCUMENT: z.strictObject({ text, answerBy: date }),
  WITHDRAW_REQUEST: z.strictObject({}),
  ATTACH: z.strictObject({ document, from: from.default('APPLICANT') }),
} as const;
export type ActName = keyof typeof ACT_BODIES;
export const ACT_NAMES = Object.keys(ACT_BODIES) as [ActName, ...ActName[]];

const caller = { by: person, role: actingRole('WORK_CASE') };
type Caller = z.infer<z.ZodObject<typeof caller>>;
export type CommandOf<Name extends ActName> = Caller & {
  readonly act: Name;
  readonly applicationId: string;
} & z.infer<(typeof ACT_BODIES)[Name]>;
/** What a person orders for a case. */
export type CaseCommand = { [Name in ActName]: CommandOf<Name> }[ActName];

export const attachBody = ACT_BODIES.ATTACH;

/** What the body of a request has: an act without its case and its person. A document has a route of its own. */
export const actBody = z.discriminatedUnion(
  'act',
  [
    ACT_BODIES.CLAIM.extend({ act: z.literal('CLAIM') }),
    ACT_BODIES.RELEASE.extend({ act: z.literal('RELEASE') }),
    ACT_BODIES.ASSIGN.extend({ act: z.literal('ASSIGN') }),
    ACT_BODIES.COMMENT.extend({ act: z.literal('COMMENT') }),
    ACT_BODIES.DECLARE_CONFLICT.extend({ act: z.literal('DECLARE_CONFLICT') }),
    ACT_BODIES.SET_DUE.extend({ act: z.literal('SET_DUE') }),
    ACT_BODIES.REQUEST_DOCUMENT.extend({ act: z.literal('REQUEST_DOCUMENT') }),
    ACT_BODIES.WITHDRAW_REQUEST.extend({ act: z.literal('WITHDRAW_REQUEST') }),
  ],
  'must be CLAIM, RELEASE, ASSIGN, COMMENT, DECLARE_CONFLICT, SET_DUE, REQUEST_DOCUMENT or WITHDRAW_REQUEST',
);

const commands = ACT_NAMES.map((name) =>
  z.strictObject({ ...ACT_BODIES[name].shape, act: z.literal(name), applicationId, ...caller }),
);
export const caseCommand: z.ZodType<CaseCommand> = z.discriminatedUnion(
  'act',
  commands as [(typeof commands)[number], ...typeof commands],
  `must be one of ${ACT_NAMES.join(', ')}`,
) as unknown as z.ZodType<CaseCommand>;

/** Why an act on a case is refused. The message names the fault and the way out. */
export const CASE_REFUSALS = [
  'NOT_WAITING',
  'CONFLICT_DECLARED',
  'CLAIMED_BY_OTHER',
  'CLAIM_EXPIRED',
  'NOT_CLAIMED',
  'ROLE_CANNOT_DECIDE',
  'REQUEST_OPEN',
  'NO_REQUEST',
  'NO_TIME_LEFT',
] as const;
export type CaseRefusal = (typeof CASE_REFUSALS)[number];

/** A case as its list and every answer show it. No personal data. */
export const caseView = z.strictObject({
  applicationId,
  product: z.string(),
  queue: z.enum(['REVIEW', 'ATTENTION']),
  /** The id of the task that waits, which a decision names. */
  task: z.string(),
  since: instant,
  /** The instant by which a person is to decide; it moves by the time for which the case waits for the applicant, at most to `hardStopAt`. */
  dueAt: instant,
  /** Day 25 of the 30 in which the applicant must hear (12 CFR 1002.9(a)(1)). Nothing moves it. */
  hardStopAt: instant,
  claim: z.strictObject({ holder: z.string(), by: z.string(), at: instant, until: instant }).nullable(),
  /** The request that the applicant has not answered; null where the case waits for a person. */
  request: z
    .strictObject({ id: z.string(), by: z.string(), at: instant, until: instant, answerBy: z.string() })
    .nullable(),
  /** The people who declared a conflict of interest: they take no part in the application. */
  conflicts: z.array(z.strictObject({ by: z.string(), role: z.string(), at: instant })),
  /** For how long the clock of the review has run, in whole minutes. It stops while the case waits for the applicant. */
  reviewMinutes: z.int().nonnegative(),
  comments: z.int().nonnegative(),
  documents: z.int().nonnegative(),
});
export type CaseView = z.infer<typeof caseView>;

/** @param now a UTC instant. */
export function viewOf(found: Case, now: string): CaseView {
  const { applicationId, product, queue, task, since, dueAt, hardStopAt, claim, declarations, request, acts } = found;
  const count = (type: string) => acts.filter((entry) => entry.type === type).length;
  return {
    applicationId,
    product,
    queue,
    task,
    since,
    dueAt,
    hardStopAt,
    claim,
    conflicts: declarations.map((entry) => ({
      by: entry.actor,
      role: readBody(entry, 'CONFLICT_DECLARED').role,
      at: entry.occurredAt,
    })),
    request: request && {
      id: request.id,
      by: request.by,
      at: request.at,
      until: request.until,
      answerBy: request.answerBy,
    },
    reviewMinutes: Math.max(0, Math.floor(reviewTime(found, now) / 60_000)),
    comments: count('CASE_COMMENTED'),
    documents: count('DOCUMENT_ATTACHED'),
  };
}
