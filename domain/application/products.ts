export const PRODUCT_NAMES = ['personal-loan', 'auto-loan', 'credit-line'] as const;
export type ProductName = (typeof PRODUCT_NAMES)[number];

export interface ProductTerms {
  readonly product: ProductName;
  /** Smallest and largest amount, or limit, that an application may ask for. */
  readonly requestCents: readonly [number, number];
  /** The model scores every multiple of it from the smallest amount up to the request: `amount_step` of a policy is one. */
  readonly stepCents: number;
  /** Empty for a line. */
  readonly termsMonths: readonly number[];
  readonly bureaus: readonly string[];
  /** Days the applicant has to complete an application (12 CFR 1002.9(c)(2): a reasonable period, without a number). */
  readonly completionDays: number;
  /** Days for which a consent to a credit report permits a pull, counted by the lender's local dates. */
  readonly consentDays: number;
  /** Days after the last day of an accepted offer within which its conditions must be cleared [proposal]. */
  readonly clearingDays: number;
  /** By how much a verified value may be worse than the stated one and still clear its condition [proposal]. */
  readonly tolerances: {
    readonly incomeBasisPoints: number;
    readonly yearsInJob: number;
    /** Miles, above the stated mileage. */
    readonly mileage: number;
  };
  /** States of residence in which the lender lends; a rate cap of the state must be known besides. */
  readonly states: readonly string[];
}

const EVERY_PRODUCT = {
  bureaus: ['simulated-bureau'],
  completionDays: 30,
  consentDays: 30,
  clearingDays: 14,
  tolerances: { incomeBasisPoints: 500, yearsInJob: 1, mileage: 1_000 },
  states: ['IL', 'CA', 'FL', 'MO', 'OH', 'UT', 'WI', 'GA', 'AZ', 'WA', 'CO'],
} as const;

/** The terms on which applications are taken: what a front end must know before it sends one. */
export const PERSONAL_LOAN = {
  ...EVERY_PRODUCT,
  product: 'personal-loan',
  requestCents: [100_000, 10_000_000],
  stepCents: 10_000,
  termsMonths: [36, 60],
} as const satisfies ProductTerms;

export const AUTO_LOAN = {
  ...EVERY_PRODUCT,
  product: 'auto-loan',
  requestCents: [500_000, 10_000_000],
  stepCents: 10_000,
  termsMonths: [36, 48, 60, 72, 84],
} as const satisfies ProductTerms;

export const CREDIT_LINE = {
  ...EVERY_PRODUCT,
  product: 'credit-line',
  requestCents: [50_000, 500_000],
  stepCents: 5_000,
  termsMonths: [],
} as const satisfies ProductTerms;

export const TERMS: Readonly<Record<ProductName, ProductTerms>> = {
  'personal-loan': PERSONAL_LOAN,
  'auto-loan': AUTO_LOAN,
  'credit-line': CREDIT_LINE,
};

/** Plans of the line. A plan never changes the limit: a fee for more credit would be a finance charge. */
export const LINE_PLANS = ['BASIC', 'PLUS'] as const;

/** The age from which a person can contract, by state of residence [from memory: 18, but 19 in AL and NE]. */
export function ageOfCapacity(state: string): number {
  return state === 'AL' || state === 'NE' ? 19 : 18;
}

/** How a notice must name the agency whose report was used (15 USC 1681m(a)(3)), by the id of the bureau. */
export const AGENCIES: Readonly<Record<string, { name: string; address: string; telephone: string }>> = {
  'simulated-bureau': {
    name: 'Simulated Bureau',
    address: '2 Sample Street, Springfield, IL 62701',
    telephone: '1-800-555-0101',
  },
};
