import { ageOfCapacity } from '../application/products.ts';
import type { Identity } from '../application/submission.ts';
import { yearsBetween, type LocalDate } from '../calendar.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import { nameWords } from '../names/words.ts';
import { THRESHOLD, type Explanation } from './match.ts';
import type { Searchable } from './search.ts';

/** A listed person who may be the applicant. */
export interface PossibleMatch {
  readonly entryId: string;
  /** Similarity in parts per thousand: in version 1 alone. */
  readonly similarityPerMille?: number;
  /** The sum of the explanation's bits, from version 2 on. */
  readonly bits?: number;
  readonly explanation?: Explanation;
  /** How many weak aliases the entry has for the reviewer to read; they are not compared. */
  readonly weakAliases?: number;
  /** The ledger entry of the review that cleared the same match in this version of the list. */
  readonly clearedBy?: string;
}

/** What `ScreenApplicants` found. It names list entries, never the applicant. */
export interface Screening {
  readonly schemaVersion: 1 | 2;
  readonly status: 'CLEAR' | 'HOLD';
  readonly list: {
    readonly name: string;
    readonly version: string;
    /** SHA-256 of the list, from version 2 on. */
    readonly digest?: string;
    readonly threshold: number;
    readonly algorithm: string;
  };
  readonly possibleMatches: readonly PossibleMatch[];
  /** Whether the name is in letters that can be compared with the list's: where not, a person compares. */
  readonly nameComparable: boolean;
  /** Whether the applicant is old enough to contract. */
  readonly ofLegalAge: boolean;
  /** Whether the date of birth makes the applicant older than a living person is likely to be. Absent where it does not. */
  readonly birthDateDoubted?: true;
  /** Undecided applications of the same person, other than this one. */
  readonly otherOpenApplications: number;
}

/**
 * An age in years above which a date of birth is more likely a mistake or a default such as 1900-01-01: some 100 living people
 * of the whole world are older than 110 [from memory]. It sends an application to a person, and never counts against the
 * applicant (12 CFR 1002.6(b)(2)).
 */
const MAX_LIKELY_AGE = 110;

/** The algorithm of `domain/names` and `match.ts`. Its name changes with every change that changes a result. */
export const ALGORITHM = 'paired-words-1';

/** The screening of a re-score, which screens no applicant: a match was held when the application was decided. */
export const NOBODY_FOUND: Screening = {
  schemaVersion: 1,
  status: 'CLEAR',
  list: { name: 'none', version: '1', threshold: 1, algorithm: 'none' },
  possibleMatches: [],
  nameComparable: true,
  ofLegalAge: true,
  otherOpenApplications: 0,
};

/** One match: an entry, and how its fields are like the applicant's. A change of the likeness makes it another match. */
export function matchKey({ entryId, explanation }: PossibleMatch): string {
  return `${entryId} ${digestOf(explanation ?? null)}`;
}

/** A screening whose matches that a reviewer cleared hold no more. @param cleared reviews, by `matchKey` */
export function withCleared(screening: Screening, cleared: ReadonlyMap<string, string>): Screening {
  const possibleMatches = screening.possibleMatches.map((match) => {
    const clearedBy = cleared.get(matchKey(match));
    return clearedBy === undefined ? match : { ...match, clearedBy };
  });
  const open = possibleMatches.some(({ clearedBy }) => clearedBy === undefined);
  return { ...screening, possibleMatches, status: open || !screening.nameComparable ? 'HOLD' : 'CLEAR' };
}

/**
 * Holds an applicant who may be on the list, and one whose name cannot be compared with it: an unknown never passes.
 * @param today the creditor's local date on which the applicant is screened.
 */
export function screenApplicant(
  identity: Identity,
  searchable: Searchable,
  today: LocalDate,
  otherOpenApplications: number,
): Screening {
  const { list, digest } = searchable;
  const names = [identity.firstName, identity.lastName].filter((name) => name !== null).map(nameWords);
  const words = names.flatMap((name) => name.words);
  const hits = searchable.search({ words, born: identity.dateOfBirth });
  const nameComparable = names.every(({ comparable }) => comparable);
  const age = yearsBetween(identity.dateOfBirth, today);
  return {
    schemaVersion: 2,
    status: nameComparable && hits.length === 0 ? 'CLEAR' : 'HOLD',
    list: { name: list.name, version: list.version, digest, threshold: THRESHOLD, algorithm: ALGORITHM },
    possibleMatches: hits.map(({ entry, bits, explanation }) => ({
      entryId: entry.id,
      bits,
      explanation,
      weakAliases: entry.weakAliases.length,
    })),
    nameComparable,
    ofLegalAge: age >= ageOfCapacity(identity.address.state),
    ...(age > MAX_LIKELY_AGE && { birthDateDoubted: true }),
    otherOpenApplications,
  };
}
