import * as z from 'zod';

import { digest } from '../ledger/digest.ts';

/** Whose words or document it is: the creditor's, or the applicant's. */
export const SOURCES = ['STAFF', 'APPLICANT'] as const;

/** A comment on a case, sealed. It has no instant, so a repeated call seals the same bytes; its entry has the instant. */
export const caseComment = z.strictObject({
  schemaVersion: z.literal(1),
  by: z.string(),
  from: z.enum(SOURCES),
  text: z.string(),
});
export type CaseComment = z.infer<typeof caseComment>;

/** What the applicant is asked for, sealed. */
export const documentRequest = z.strictObject({
  schemaVersion: z.literal(1),
  by: z.string(),
  text: z.string(),
  /** The last local date of the creditor on which an answer counts. */
  answerBy: z.string(),
});
export type DocumentRequest = z.infer<typeof documentRequest>;

/** The types of documents, each with the bytes with which every file of the type begins, in hexadecimal. */
export const MEDIA_TYPES = {
  'application/pdf': '255044462d',
  'image/jpeg': 'ffd8ff',
  'image/png': '89504e470d0a1a0a',
} as const;
export type MediaType = keyof typeof MEDIA_TYPES;
export const MEDIA_TYPE_NAMES = Object.keys(MEDIA_TYPES) as [MediaType, ...MediaType[]];

/** The description of a document, sealed. Its bytes are an evidence object of their own, so a list need not open them. */
export const attachedDocument = z.strictObject({
  schemaVersion: z.literal(1),
  by: z.string(),
  from: z.enum(SOURCES),
  name: z.string(),
  mediaType: z.enum(MEDIA_TYPE_NAMES),
  bytes: z.int().positive(),
  /** The address of the sealed bytes. */
  content: digest,
});
export type AttachedDocument = z.infer<typeof attachedDocument>;

/** The bytes of a document, sealed. */
export const documentContent = z.strictObject({ base64: z.base64() });
export type DocumentContent = z.infer<typeof documentContent>;
