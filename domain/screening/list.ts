import type { BirthDate } from './birth-date.ts';

/** A person on a screening list. */
export interface ListedPerson {
  readonly id: string;
  /** The primary name and the strong aliases, each as `SURNAME, Given names` or without a comma. */
  readonly names: readonly ListedName[];
  /** Names that are too vague to be compared: a reviewer sees them beside a match. */
  readonly weakAliases: readonly string[];
  readonly birthDates: readonly BirthDate[];
  /** Countries of the listed addresses, as the list writes them. */
  readonly countries: readonly string[];
}

interface ListedName {
  readonly kind: 'PRIMARY' | 'ALIAS';
  readonly name: string;
}

export interface ScreeningList {
  readonly name: string;
  readonly version: string;
  readonly entries: readonly ListedPerson[];
}

const invented = (id: string, name: string): ListedPerson => ({
  id,
  names: [{ kind: 'PRIMARY', name }],
  weakAliases: [],
  birthDates: [],
  countries: [],
});

/** An invented list, which shows the mechanism. It is not the OFAC list: a deployment loads that from its source. */
export const SAMPLE_LIST: ScreeningList = {
  name: 'invented-sample-list',
  version: '2026-11-01',
  entries: [
    invented('S-001', 'Zoltan Karbunkel'),
    invented('S-002', 'Ysolde Marrowbane'),
    invented('S-003', 'Thaddeus Quillfeather'),
  ],
};
