/**
 * The shapes that contracts share. A contract is in the file of its use case. Handlers parse with it, and a test walks the
 * state machine and parses every payload with it.
 */
import * as z from 'zod';

import { PERMITTED, roleFor, ROLES, type Action } from '../domain/access/access.ts';
import { applicationId } from '../domain/application/application-id.ts';
import { personalDataIn, hasPersonalNumber } from '../domain/application/personal-data.ts';
import { digestText } from '../domain/ledger/digest.ts';

export const evidenceAddress = digestText('an evidence address is 64 lower-case hexadecimal digits');
export const instant = z.iso.datetime({ precision: 3 });

/** The whole input of an execution: which application, and the address of its sealed content. Never personal data. */
export const applicationReference = z.strictObject({ applicationId, digest: evidenceAddress });
export type ApplicationReference = z.infer<typeof applicationReference>;

/** Where in which execution a handler was called: what makes its event ids and instants deterministic. */
const step = z.strictObject({
  executionArn: z.string(),
  state: z.string(),
  /** When the state was entered: the same through its retries. */
  enteredAt: instant,
  /** How often a person has sent the application on. Re-entering a state starts a new round. */
  round: z.int().nonnegative(),
});
export type Step = z.infer<typeof step>;

/** What every state passes to its function. */
export const stepInput = { application: applicationReference, step };
export const taskToken = z.string().min(1).max(2048);

export const bureauStatus = z.enum(['HIT', 'NO_HIT', 'THIN', 'FROZEN', 'UNAVAILABLE', 'MISMATCH', 'AMBIGUOUS']);
export const pulledReport = z.strictObject({
  bureau: z.string(),
  status: bureauStatus,
  /** Whether the report has what the model reads. */
  scorable: z.boolean(),
  /** The canonical report; null when none came. */
  evidence: evidenceAddress.nullable(),
});
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
/** Plain text of 10 to 200 characters without personal data. @param length what a text of another length must be. */
export const plainText = (length: string) =>
  z
    .string('must be text')
    .min(10, length)
    .max(200, length)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'has a control character: send plain text')
    .refine(
      // The current year is unknown here, so only the shape is checked.
      (text) => !hasPersonalNumber(text, true) && personalDataIn(text, 0).length === 0,
      'must not have a personal number or an address in it: name the matter, not the person',
    );
/** For what a person reads or takes out. The ledger is never forgotten, so it names the matter and no person. */
export const purpose = plainText('must say what for, in 10 to 200 characters, such as "Examination 2026-14"');

/** The largest body of a request, in bytes: a submission has 1 KB. */
export const MAX_BODY_BYTES = 65_536;

export const fieldError = z.strictObject({
  /** Dotted path of the field in the submission, `` for the whole. */
  path: z.string(),
  /** The value's fault and the way out; never the value itself where it could be personal. */
  message: z.string(),
});
export type FieldError = z.infer<typeof fieldError>;

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

/** Names a batch, and a folder of its files. */
export const batchId = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);

/** What a whole batch has in common, from its execution's input. Never personal data: the items are in a file. */
export const batch = z.strictObject({
  /** A second run under the same id makes only what is not there yet. */
  batchId,
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

/** The shapes that a function takes and gives. Each contract is in the file of its use case. */
export interface Contract {
  readonly input: z.ZodType;
  /** With `answersLater`: the output that completes the task token. */
  readonly output: z.ZodType;
  /** The function returns nothing: the state waits for a person, and the task token brings the output. */
  readonly answersLater?: true;
}
export type Input<C extends Contract> = z.output<C['input']>;
export type Output<C extends Contract> = z.output<C['output']>;

/** A use case: from its contract's input to its contract's output. */
export type UseCase<C extends Contract> = (
  input: Input<C>,
) => Promise<C extends { readonly answersLater: true } ? void : Output<C>>;

/** API Gateway calls a function of the API as a Lambda proxy integration. */
export const apiContract = { input: apiRequest, output: apiResponse } as const satisfies Contract;
