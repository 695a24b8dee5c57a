import * as z from 'zod';

import type { Clock, Identities, Ledger, Vault, WorkStore } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors, identitySchema } from '../../domain/application/submission.ts';
import { decisionOutcome } from '../../domain/decision/record.ts';
import { isSameName } from '../../domain/names/same-name.ts';
import { keys } from '../../domain/projections/keys.ts';
import { STATUSES, statusOf } from '../../domain/status.ts';
import { actingRole, fieldError, instant, person, purpose, type Contract, type UseCase } from '../contracts.ts';
import { personKey } from '../intake/person-key.ts';
import { recordRead } from '../personal-data.ts';

/** The kind under which a search is recorded in each application whose identity it compares. */
export const APPLICANT_SEARCH = 'applicant-search';

/** The person of a search, as an application states them. It is personal data. */
export const soughtApplicant = identitySchema.pick({ firstName: true, lastName: true, dateOfBirth: true, ssn: true });

const command = soughtApplicant.extend({
  by: person,
  role: actingRole('SEARCH_APPLICANT'),
  purpose,
  /** A request that is sent again is one read. */
  requestId: z.string('must be text').min(8, 'must have 8 characters or more').max(128),
});
type Command = z.output<typeof command>;

/** An application of the person, without personal data. */
export const foundApplication = z.strictObject({
  applicationId,
  product: z.string(),
  receivedAt: instant,
  receivedOn: z.string(),
  status: z.enum(STATUSES),
  /** Null until it is decided. */
  outcome: decisionOutcome.nullable(),
});
type FoundApplication = z.infer<typeof foundApplication>;

/** The applications of one person, the newest first. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({ result: z.literal('SEARCHED'), applications: z.array(foundApplication) }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
  ]),
} as const satisfies Contract;

export interface SearchPorts {
  readonly ledger: Ledger;
  readonly identities: Identities;
  readonly vault: Vault;
  readonly workStore: WorkStore;
  readonly clock: Clock;
}

/**
 * Finds the applications of a person: at most 100 of one social security number, whose name and date of birth are the same.
 * The read is recorded in each application before its identity is compared. A forgotten applicant is not found.
 * @throws RequestIdReused for the id of another read.
 */
export function searchApplicant(ports: SearchPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { pk } = keys.person(await personKey(ports.vault, parsed.data.ssn), '');
    const { items } = await ports.workStore.list(pk);
    const compared = await Promise.all(items.map(({ sk }) => compare(ports, sk, parsed.data)));
    const applications = compared
      .filter((each) => each !== undefined)
      .toSorted((a, b) => b.receivedAt.localeCompare(a.receivedAt));
    return { result: 'SEARCHED', applications };
  };
}

/** Returns the application where its applicant is the sought person. */
async function compare(ports: SearchPorts, id: string, sought: Command): Promise<FoundApplication | undefined> {
  const folded = statusOf(await ports.ledger.read(id));
  if (!folded || folded.status === 'FORGOTTEN') return undefined;
  const { by, role, purpose: stated, requestId } = sought;
  await recordRead(ports, id, { by, role, purpose: stated, kinds: [APPLICANT_SEARCH], requestId });
  try {
    const identity = identitySchema.parse(await ports.identities.get(id));
    if (identity.dateOfBirth !== sought.dateOfBirth || !isSameName(identity, sought)) return undefined;
  } catch (error) {
    // The applicant was forgotten after the ledger was read.
    if (error instanceof Error && error.name === 'KeyDestroyed') return undefined;
    throw error;
  }
  const { product, receivedAt, receivedOn, status, outcome: decided } = folded;
  return { applicationId: id, product, receivedAt, receivedOn, status, outcome: decided };
}
