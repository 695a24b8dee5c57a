import { ageOfCapacity } from '../application/products.ts';
import { fullName, type Identity } from '../application/submission.ts';
import { yearsBetween, type LocalDate } from '../calendar.ts';
import { comparableName, isComparable, jaroWinkler } from './name-match.ts';

export interface ScreeningList {
  readonly name: string;
  readonly version: string;
  /** Similarity from which a name is a possible match. */
  readonly threshold: number;
  readonly entries: readonly { readonly id: string; readonly name: string }[];
}

/**
 * An invented list that shows the mechanism: it is not the OFAC list, which a deployment loads from its source. Screening
 * records are kept apart for 10 years (31 CFR 501.601 as amended from 12 March 2025).
 */
export const SAMPLE_LIST: ScreeningList = {
  name: 'invented-sample-list',
  version: '2026-11-01',
  threshold: 0.92,
  entries: [
    { id: 'S-001', name: 'Zoltan Karbunkel' },
    { id: 'S-002', name: 'Ysolde Marrowbane' },
    { id: 'S-003', name: 'Thaddeus Quillfeather' },
  ],
};

/** What `ScreenApplicants` found. It names list entries, never the applicant. */
export interface Screening {
  readonly schemaVersion: 1;
  readonly status: 'CLEAR' | 'HOLD';
  readonly list: {
    readonly name: string;
    readonly version: string;
    readonly threshold: number;
    readonly algorithm: string;
  };
  /** Similarity in parts per thousand. */
  readonly possibleMatches: readonly { readonly entryId: string; readonly similarityPerMille: number }[];
  /** Whether the name is in letters that can be compared with the list's: where not, a person compares. */
  readonly nameComparable: boolean;
  /** Whether the applicant is old enough to contract: the only use of the date of birth here. */
  readonly ofLegalAge: boolean;
  /** Undecided applications of the same person, other than this one. */
  readonly otherOpenApplications: number;
}

/** Of a re-score, in which nobody is screened again: who was a match was held when the application was decided. */
export const NOBODY_FOUND: Screening = {
  schemaVersion: 1,
  status: 'CLEAR',
  list: { name: 'none', version: '1', threshold: 1, algorithm: 'none' },
  possibleMatches: [],
  nameComparable: true,
  ofLegalAge: true,
  otherOpenApplications: 0,
};

/**
 * Holds whoever may be on the list, and whose name cannot be compared with it: unknown never passes.
 * @param today the creditor's local date on which the applicant is screened.
 */
export function screenApplicant(
  identity: Identity,
  list: ScreeningList,
  today: LocalDate,
  otherOpenApplications: number,
): Screening {
  const name = comparableName(fullName(identity));
  const possibleMatches = list.entries
    .map((entry) => ({ entryId: entry.id, similarity: jaroWinkler(name, comparableName(entry.name)) }))
    .filter(({ similarity }) => similarity >= list.threshold)
    .map(({ entryId, similarity }) => ({ entryId, similarityPerMille: Math.round(similarity * 1000) }));
  const nameComparable = [identity.firstName ?? identity.lastName, identity.lastName]
    .map(comparableName)
    .every(isComparable);
  return {
    schemaVersion: 1,
    status: nameComparable && possibleMatches.length === 0 ? 'CLEAR' : 'HOLD',
    list: { name: list.name, version: list.version, threshold: list.threshold, algorithm: 'Jaro-Winkler' },
    possibleMatches,
    nameComparable,
    ofLegalAge: yearsBetween(identity.dateOfBirth, today) >= ageOfCapacity(identity.address.state),
    otherOpenApplications,
  };
}
