import type { Identities } from '../../adapters/ports.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { screenApplicant, withCleared } from '../../domain/screening/screen.ts';
import type { Searchable } from '../../domain/screening/search.ts';
import { clearedMatches } from '../workflow/cleared-matches.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import type { StepPorts } from '../workflow/record-step.ts';

export interface ListedPorts extends StepPorts {
  readonly identities: Identities;
  readonly screeningList: () => Promise<Searchable>;
}

/**
 * Whether the applicant may be on today's list, and no reviewer of the application cleared it for this version. A name that
 * cannot be compared needs a reviewer for every version.
 */
export async function isListed(ports: ListedPorts, applicationId: string, today: LocalDate): Promise<boolean> {
  const identity = identitySchema.parse(await ports.identities.get(applicationId));
  const list = await ports.screeningList();
  const found = screenApplicant(identity, list, today, 0);
  if (found.status === 'CLEAR') return false;
  if (!found.nameComparable && (await screenedVersion(ports, applicationId)) !== list.digest) return true;
  const cleared = await clearedMatches(ports, [applicationId], list.digest);
  return withCleared({ ...found, nameComparable: true }, cleared).status === 'HOLD';
}

/** The digest of the list of the application's newest screening. */
async function screenedVersion(ports: StepPorts, applicationId: string): Promise<string | undefined> {
  const newest = (await ports.ledger.read(applicationId)).findLast(({ type }) => type === 'APPLICANTS_SCREENED');
  const [reference] = newest ? readBody(newest, 'APPLICANTS_SCREENED').evidence : [];
  if (!reference) return undefined;
  return (await readEvidence(ports.evidence, applicationId, 'screening', reference.address)).list.digest;
}
