import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { matchKey, type Screening } from '../../domain/screening/screen.ts';
import { readEvidence } from './read-evidence.ts';
import type { StepPorts } from './record-step.ts';

/** The rule of every policy that holds a possible match. */
const RULE = 'POSSIBLE_LIST_MATCH';

/**
 * The possible matches of a list version that a reviewer cleared, in any application of a person.
 * @param applicationIds the person's applications; one whose applicant is forgotten has none.
 * @param digest of the list: a match of another version is asked again.
 * @returns by `matchKey`, the id of the newest entry of the review.
 */
export async function clearedMatches(
  ports: StepPorts,
  applicationIds: readonly string[],
  digest: string,
): Promise<ReadonlyMap<string, string>> {
  const cleared = new Map<string, string>();
  for (const applicationId of applicationIds) {
    const entries = await ports.ledger.read(applicationId);
    if (forgettingOf(entries).decided) continue;
    let screened: Screening | undefined;
    for (const entry of entries) {
      if (entry.type === 'APPLICANTS_SCREENED') screened = await screeningOf(ports, entry);
      if (screened?.list.digest !== digest) continue;
      const clears = await clearsMatches(ports, entry);
      for (const match of screened.possibleMatches) {
        const key = matchKey(match);
        const review = clears ? entry.id : (cleared.get(key) ?? match.clearedBy);
        if (review !== undefined) cleared.set(key, review);
      }
    }
  }
  return cleared;
}

async function screeningOf({ evidence }: StepPorts, entry: LedgerEntry): Promise<Screening | undefined> {
  const [reference] = readBody(entry, 'APPLICANTS_SCREENED').evidence;
  return reference && readEvidence(evidence, entry.applicationId, 'screening', reference.address);
}

/** Whether an entry is a review that clears the matches. */
async function clearsMatches({ evidence }: StepPorts, entry: LedgerEntry): Promise<boolean> {
  if (entry.type !== 'REVIEW_COMPLETED') return false;
  const [reference] = readBody(entry, 'REVIEW_COMPLETED').evidence;
  const review = reference && (await readEvidence(evidence, entry.applicationId, 'review', reference.address));
  return review?.clears.includes(RULE) ?? false;
}
