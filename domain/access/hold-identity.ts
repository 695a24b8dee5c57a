import type { Identity } from '../application/submission.ts';
import type { CreditReport, ReachableContact } from '../bureau/report.ts';
import { BIRTH_DATE_DOUBTED } from '../policy/switched.ts';

/** The kind under which a read of this identity is recorded. */
export const HOLD_IDENTITY = 'hold-identity';

/** Parts of the identity of an applicant. SSN_LAST_FOUR: the last four digits. */
type Part = 'NAME' | 'ADDRESS' | 'DATE_OF_BIRTH' | 'SSN_LAST_FOUR' | 'TELEPHONE' | 'EMAIL';

const FOR_ALERT: readonly Part[] = ['NAME', 'ADDRESS'];

/** The parts that the work on each hold needs. A hold without a row needs no identity. */
const NEEDED: Readonly<Record<string, readonly Part[]>> = {
  FRAUD_ALERT: FOR_ALERT,
  EXTENDED_FRAUD_ALERT: FOR_ALERT,
  ACTIVE_DUTY_ALERT: FOR_ALERT,
  UNKNOWN_ALERT: FOR_ALERT,
  DECEASED_INDICATOR: ['NAME', 'ADDRESS', 'DATE_OF_BIRTH', 'SSN_LAST_FOUR'],
  // The documents have these, and differ in a part of them.
  REPORT_MISMATCH: ['NAME', 'ADDRESS', 'DATE_OF_BIRTH', 'SSN_LAST_FOUR'],
  // The applicant is reached, so that they lift the freeze.
  FILE_FROZEN: ['NAME', 'ADDRESS', 'TELEPHONE', 'EMAIL'],
  // The list has names, dates of birth and places.
  POSSIBLE_LIST_MATCH: ['NAME', 'ADDRESS', 'DATE_OF_BIRTH'],
  // A referral: the applicant confirms the date of birth.
  [BIRTH_DATE_DOUBTED]: ['NAME', 'ADDRESS', 'DATE_OF_BIRTH', 'TELEPHONE', 'EMAIL'],
};

/** Returns the holds that need parts of the identity. @param asking the ids of the rules that hold or refer the application. */
export const identityHolds = (asking: readonly string[]): string[] => asking.filter((id) => Object.hasOwn(NEEDED, id));

/** What the person who works on a hold sees of the applicant. A part that the hold does not need is absent. */
export interface HoldIdentity {
  readonly name: { readonly firstName: string | null; readonly lastName: string };
  readonly address: Identity['address'];
  readonly dateOfBirth?: string;
  readonly ssnLastFour?: string;
  readonly telephone?: string;
  readonly email?: string;
}

/** Returns the parts that the holds need. @param holds of `identityHolds`, at least one. */
export function holdIdentityOf(holds: readonly string[], identity: Identity): HoldIdentity {
  const needed = new Set(holds.flatMap((id) => NEEDED[id] ?? []));
  const { firstName, lastName, address, dateOfBirth, ssn, phone, email } = identity;
  return {
    name: { firstName, lastName },
    address,
    ...(needed.has('DATE_OF_BIRTH') && { dateOfBirth }),
    ...(needed.has('SSN_LAST_FOUR') && { ssnLastFour: ssn.slice(-4) }),
    ...(needed.has('TELEPHONE') && phone !== undefined && { telephone: phone }),
    ...(needed.has('EMAIL') && { email }),
  };
}

/** Returns the contacts that the report numbers; the raw answer of a later mapping cannot add any. */
export function contactsNamedBy(
  report: Pick<CreditReport, 'alertContacts'> | null,
  contacts: readonly ReachableContact[],
): ReachableContact[] {
  const named = report?.alertContacts ?? [];
  return contacts.filter(({ contact, alert, method }) =>
    named.some((each) => each.contact === contact && each.alert === alert && each.method === method),
  );
}
