/**
 * The evidence that clears a doubt about identity: an alert, a reported death, a file of another identity. Words alone
 * clear none (FCRA 605A(h), 15 USC 1681c-1(h)). The function that takes a review and the verifier call the same check.
 */
import * as z from 'zod';

import type { FieldError } from '../application/submission.ts';
import type { Alert, CreditReport } from '../bureau/report.ts';

/** The result of a check. Only CONFIRMED clears. DENIED: the consumer did not apply. */
const result = z.enum(
  ['CONFIRMED', 'DENIED', 'NOT_REACHED', 'INCONCLUSIVE'],
  'must be CONFIRMED, DENIED, NOT_REACHED or INCONCLUSIVE',
);

const IDENTITY_STEPS = ['GOVERNMENT_ID_SEEN', 'ADDRESS_DOCUMENT_SEEN', 'INDEPENDENT_NUMBER_CALLED'] as const;
const STEPS = [...IDENTITY_STEPS, 'APPLICATION_CONFIRMED'] as const;

/** The documents that settle each part of an identity. */
const DOCUMENTS = {
  NAME: ['GOVERNMENT_ID', 'NAME_CHANGE_RECORD', 'BUREAU_CORRECTION'],
  DATE_OF_BIRTH: ['GOVERNMENT_ID', 'BIRTH_CERTIFICATE', 'BUREAU_CORRECTION'],
  SSN: ['SSA_VERIFICATION', 'BUREAU_CORRECTION'],
  ADDRESS: ['GOVERNMENT_ID', 'UTILITY_BILL', 'LEASE', 'BUREAU_CORRECTION'],
} as const satisfies Record<CreditReport['mismatches'][number], readonly string[]>;

const made = {
  /** The rule whose hold the evidence clears, such as FRAUD_ALERT. */
  rule: z.string('must be the rule that holds the application').max(100),
  /** Who made the check: the reviewer. A command may leave it out; the sealed review has it. */
  by: z.string('must be the user id of the reviewer').optional(),
  /** When the check ended. */
  at: z.iso.datetime('must be the instant of the check in UTC, such as 2026-11-23T15:04:05Z'),
  result,
};
const photoId = z.enum(
  ['DRIVING_LICENSE', 'PASSPORT', 'STATE_ID', 'MILITARY_ID'],
  'must be DRIVING_LICENSE, PASSPORT, STATE_ID or MILITARY_ID',
);

/** A contact of the alert was used. The number is the report's; the telephone number itself is in no record of a review. */
const contact = z.strictObject({
  kind: z.literal('CONTACT'),
  contact: z.int('must be the number of a contact, as the report has it').positive('must be 1 or more'),
  ...made,
});
/** The applicant came in person with a photo ID. */
const inPerson = z.strictObject({ kind: z.literal('IN_PERSON'), document: photoId, ...made });
/** Reasonable steps to verify the identity, for an alert that names no telephone number. */
const steps = z.strictObject({
  kind: z.literal('STEPS'),
  steps: z.array(z.enum(STEPS, `must be ${STEPS.join(', ')}`)).max(STEPS.length),
  ...made,
});
/** The applicant is alive, by a source that can correct a report of a death. */
const living = z.strictObject({
  kind: z.literal('LIVING'),
  source: z.enum(
    ['SSA_RECORD', 'BUREAU_CORRECTION', 'IN_PERSON_WITH_PHOTO_ID'],
    'must be SSA_RECORD, BUREAU_CORRECTION or IN_PERSON_WITH_PHOTO_ID',
  ),
  ...made,
});
/** Documents that bear out each part of the identity in which the bureau's file differs. */
const documents = z.strictObject({
  kind: z.literal('DOCUMENTS'),
  documents: z
    .array(
      z.discriminatedUnion('part', [
        z.strictObject({ part: z.literal('NAME'), document: z.enum(DOCUMENTS.NAME) }),
        z.strictObject({ part: z.literal('DATE_OF_BIRTH'), document: z.enum(DOCUMENTS.DATE_OF_BIRTH) }),
        z.strictObject({ part: z.literal('SSN'), document: z.enum(DOCUMENTS.SSN) }),
        z.strictObject({ part: z.literal('ADDRESS'), document: z.enum(DOCUMENTS.ADDRESS) }),
      ]),
    )
    .max(8),
  ...made,
});

/** Evidence that clears a hold. It has no personal data. */
export const clearance = z.discriminatedUnion(
  'kind',
  [contact, inPerson, steps, living, documents],
  'must have the kind CONTACT, IN_PERSON, STEPS, LIVING or DOCUMENTS',
);
export type Clearance = z.infer<typeof clearance>;

/** Evidence in a few words: the rule, the kind with its content, when, and the result. */
export function clearanceInWords(made: Clearance): string {
  return `${made.rule}: ${made.kind} ${contentInWords(made)}, ${made.at}, ${made.result}`;
}

function contentInWords(made: Clearance): string {
  switch (made.kind) {
    case 'CONTACT':
      return String(made.contact);
    case 'IN_PERSON':
      return made.document;
    case 'STEPS':
      return made.steps.join(' + ');
    case 'LIVING':
      return made.source;
    case 'DOCUMENTS':
      return made.documents.map(({ part, document }) => `${part} by ${document}`).join(' + ');
  }
}

/** What each rule about identity takes as evidence, and the alert behind it. */
const TAKEN: Readonly<Record<string, { readonly kinds: readonly Clearance['kind'][]; readonly alert?: Alert }>> = {
  FRAUD_ALERT: { kinds: ['CONTACT', 'IN_PERSON', 'STEPS'], alert: 'FRAUD_INITIAL' },
  ACTIVE_DUTY_ALERT: { kinds: ['CONTACT', 'IN_PERSON', 'STEPS'], alert: 'ACTIVE_DUTY' },
  EXTENDED_FRAUD_ALERT: { kinds: ['CONTACT', 'IN_PERSON'], alert: 'FRAUD_EXTENDED' },
  // An alert of an unknown kind may be an extended one.
  UNKNOWN_ALERT: { kinds: ['CONTACT', 'IN_PERSON'], alert: 'UNKNOWN' },
  DECEASED_INDICATOR: { kinds: ['LIVING'], alert: 'DECEASED' },
  REPORT_MISMATCH: { kinds: ['DOCUMENTS'] },
};

/** The rules that only evidence clears. A policy gives its holds about identity these names. */
export const RULES_WITH_EVIDENCE: readonly string[] = Object.keys(TAKEN);

/** The review and the records with which its evidence is compared. */
export interface Clearing {
  readonly by: string;
  readonly clears: readonly string[];
  readonly clearances: readonly Clearance[];
  /** When the review was taken. */
  readonly reviewedAt: string;
  /** The report that holds the application; null where none was pulled. */
  readonly report: Pick<CreditReport, 'alertContacts' | 'mismatches'> | null;
  /** When this execution received or reused the report; null without one. */
  readonly reportedAt: string | null;
}

/**
 * Compares the evidence of a clearing with the holds that it clears and with the report.
 * @returns the faults by field of the command; empty where the evidence clears each hold.
 */
export function clearingFaults(clearing: Clearing): FieldError[] {
  const { clears, clearances } = clearing;
  const bare = clears.filter((id) => RULES_WITH_EVIDENCE.includes(id) && !clearances.some(({ rule }) => rule === id));
  return [
    ...bare.map((id) => ({
      path: 'clearances',
      message: `has no evidence for ${id}: send ${TAKEN[id]?.kinds.join(' or ')}; a note clears no alert`,
    })),
    ...clearances.flatMap((each, index) => {
      const fault = clearanceFault(each, clearing);
      return fault ? [{ path: `clearances.${index}.${fault.member}`, message: fault.message }] : [];
    }),
  ];
}

interface Fault {
  readonly member: string;
  readonly message: string;
}

/** The first fault of an evidence object. */
function clearanceFault(made: Clearance, { by, clears, reviewedAt, report, reportedAt }: Clearing): Fault | undefined {
  const taken = TAKEN[made.rule];
  if (!taken || !clears.includes(made.rule)) {
    return { member: 'rule', message: 'is no rule of this review that evidence clears: leave the evidence out' };
  }
  if (!report || reportedAt === null)
    return { member: 'rule', message: 'needs a report, and the application has none' };
  if (!taken.kinds.includes(made.kind)) {
    return { member: 'kind', message: `does not clear ${made.rule}: send ${taken.kinds.join(' or ')}` };
  }
  if (made.by !== by) {
    return { member: 'by', message: 'is another person: the reviewer who made the check sends it' };
  }
  if (Date.parse(made.at) < Date.parse(reportedAt)) {
    return { member: 'at', message: `is before this case has its report (${reportedAt}): make the check again` };
  }
  if (Date.parse(made.at) > Date.parse(reviewedAt)) {
    return { member: 'at', message: 'is in the future: send when the check ended' };
  }
  if (made.result !== 'CONFIRMED') {
    return {
      member: 'result',
      message: 'does not clear: only CONFIRMED does. Repeat the check, or DECLINE with reasons',
    };
  }
  return contentFault(made, taken.alert, report);
}

function contentFault(made: Clearance, alert: Alert | undefined, report: NonNullable<Clearing['report']>) {
  switch (made.kind) {
    case 'CONTACT':
      return contactFault(made, usableContacts(made, alert, report));
    case 'STEPS':
      return report.alertContacts
        ? stepsFault(made, usableContacts(made, alert, report))
        : {
            member: 'kind',
            message: 'needs a report that has its contacts, and an earlier release read it: send IN_PERSON',
          };
    case 'DOCUMENTS':
      return documentsFault(made, report.mismatches);
    case 'IN_PERSON':
    case 'LIVING':
      return undefined;
  }
}

/**
 * The numbers of the contacts by which the alert can be cleared. The law names a telephone number for an initial alert, and
 * any contact method for an extended one.
 */
function usableContacts(
  { rule }: Clearance,
  alert: Alert | undefined,
  { alertContacts = [] }: NonNullable<Clearing['report']>,
): number[] {
  const telephoneOnly = TAKEN[rule]?.kinds.includes('STEPS');
  return alertContacts
    .filter((each) => each.alert === alert && (!telephoneOnly || each.method === 'TELEPHONE'))
    .map((each) => each.contact);
}

function contactFault(made: z.infer<typeof contact>, usable: readonly number[]): Fault | undefined {
  if (usable.includes(made.contact)) return undefined;
  const way = usable.length > 0 ? `send ${usable.join(' or ')}` : 'it names none, so send another kind of evidence';
  return { member: 'contact', message: `is no contact of the alert: ${way}` };
}

function stepsFault({ steps: done }: z.infer<typeof steps>, usable: readonly number[]): Fault | undefined {
  if (usable.length > 0) {
    const call = `call contact ${usable.join(' or ')}`;
    return { member: 'kind', message: `does not clear an alert that names a telephone number: ${call}` };
  }
  return done.includes('APPLICATION_CONFIRMED') && IDENTITY_STEPS.some((step) => done.includes(step))
    ? undefined
    : { member: 'steps', message: `must have APPLICATION_CONFIRMED and one of ${IDENTITY_STEPS.join(', ')}` };
}

function documentsFault(made: z.infer<typeof documents>, mismatches: CreditReport['mismatches']): Fault | undefined {
  // A mismatch of unknown parts is one of every part that identifies a person.
  const parts = mismatches.length > 0 ? mismatches : (['NAME', 'DATE_OF_BIRTH', 'SSN'] as const);
  const open = parts.filter((part) => !made.documents.some((each) => each.part === part));
  return open.length === 0
    ? undefined
    : { member: 'documents', message: `has no document for ${open.join(', ')}: send one for each part` };
}
