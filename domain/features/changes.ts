import type { CreditAttributes } from '../bureau/report.ts';

/** Facts of a credit file that its owner can change, by paying down or by waiting. Each change lowers the fact. */
export const FILE_FACTS = [
  'REVOLVING_UTILISATION',
  'ALL_UTILISATION',
  'INSTALMENT_BALANCE',
  'RECENT_INQUIRIES',
  'OPENED_ACCOUNTS',
  'PAST_DUE',
  'MONTHLY_OBLIGATIONS',
] as const;
export type FileFact = (typeof FILE_FACTS)[number];

/** A fact as it is and the values, nearest first, to which its owner could realistically bring it. */
export interface PossibleChange {
  readonly fact: FileFact;
  readonly from: number;
  readonly targets: readonly number[];
}

interface ChangeableFact {
  readonly value: (attributes: CreditAttributes) => number | null;
  readonly targets: (from: number) => readonly number[];
  readonly changed: (attributes: CreditAttributes, to: number) => Partial<CreditAttributes>;
}

/** Tenths of a value, rounded down to a unit, nearest first. @param lowest tenth that is realistic */
function tenths(value: number, unit: number, lowest: number): number[] {
  const all = Array.from({ length: 10 - lowest }, (_, index) => Math.floor((value * (9 - index)) / 10 / unit) * unit);
  return [...new Set(all)].filter((each) => each < value && (lowest === 0 || each > 0));
}

/** 100, 90, 80 to 10 percent, as far as they are lower. */
const utilisations = (from: number): number[] =>
  Array.from({ length: 10 }, (_, index) => 100 - 10 * index).filter((each) => each < from);

const lower = (value: number | null, to: number): number | null => (value === null ? null : Math.min(value, to));

/** Another fact stays as it is where the file does not state how it would follow: the change then helps at least as much. */
const FACTS: Readonly<Record<FileFact, ChangeableFact>> = {
  REVOLVING_UTILISATION: {
    value: (attributes) => attributes.revolvingUtilisationPercent,
    targets: utilisations,
    changed: (_, revolvingUtilisationPercent) => ({ revolvingUtilisationPercent }),
  },
  ALL_UTILISATION: {
    value: (attributes) => attributes.allUtilisationPercent,
    targets: utilisations,
    changed: (_, allUtilisationPercent) => ({ allUtilisationPercent }),
  },
  INSTALMENT_BALANCE: {
    value: (attributes) => attributes.instalmentBalanceCents,
    targets: (from) => tenths(from, 10_000, 1),
    changed: (_, instalmentBalanceCents) => ({ instalmentBalanceCents }),
  },
  // An inquiry leaves the count of 12 months, and one of 6 months is among them.
  RECENT_INQUIRIES: {
    value: (attributes) => attributes.inquiries12m,
    targets: (from) => tenths(from, 1, 0),
    changed: ({ inquiries6m }, to) => ({ inquiries12m: to, inquiries6m: lower(inquiries6m, to) }),
  },
  OPENED_ACCOUNTS: {
    value: (attributes) => attributes.instalmentOpened24m,
    targets: (from) => tenths(from, 1, 0),
    changed: ({ instalmentOpened12m }, to) => ({
      instalmentOpened24m: to,
      instalmentOpened12m: lower(instalmentOpened12m, to),
    }),
  },
  PAST_DUE: {
    value: (attributes) => attributes.accountsNowDelinquent,
    targets: (from) => (from > 0 ? [0] : []),
    changed: ({ delinquentAmountCents }, to) => ({
      accountsNowDelinquent: to,
      delinquentAmountCents: lower(delinquentAmountCents, 0),
    }),
  },
  MONTHLY_OBLIGATIONS: {
    value: (attributes) => attributes.monthlyObligationsCents,
    targets: (from) => tenths(from, 1_000, 1),
    changed: (_, monthlyObligationsCents) => ({ monthlyObligationsCents }),
  },
};

/** The changes that a credit file leaves room for. A fact that is not reported has none. */
export function possibleChanges(attributes: CreditAttributes): PossibleChange[] {
  return FILE_FACTS.flatMap((fact) => {
    const from = FACTS[fact].value(attributes);
    const targets = from === null ? [] : FACTS[fact].targets(from);
    return from === null || targets.length === 0 ? [] : [{ fact, from, targets }];
  });
}

/** The credit file with one fact changed. */
export function changedFile(attributes: CreditAttributes, fact: FileFact, to: number): CreditAttributes {
  return { ...attributes, ...FACTS[fact].changed(attributes, to) };
}
