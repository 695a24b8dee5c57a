import type { LenderType, RateCap } from './rate-caps.ts';

const NON_BANKS: readonly LenderType[] = ['STATE_LICENSEE', 'UNLICENSED'];
// No row has been confirmed by counsel, so production refuses them all; dates before the rows' sources are not claimed.
const UNVERIFIED = { effectiveFrom: '2020-01-01', verifiedOn: null, verifiedBy: null } as const;

/** Every state where the sandbox lends and whose law nobody has read for this file. */
const PLACEHOLDER_STATES = ['FL', 'MO', 'OH', 'UT', 'WI', 'GA', 'AZ', 'WA'] as const;

const STATES = ['AR', 'CA', 'CO', 'IL', 'NY', 'TX', ...PLACEHOLDER_STATES];

/**
 * Not law: a cap of 36 % with every charge counted, so that the sandbox can lend where no statute was read. Production
 * refuses these rows as it does every row without a confirmation; counsel replaces them, never confirms them.
 */
function placeholder(state: string, products: RateCap['products']): RateCap {
  return {
    ...UNVERIFIED,
    id: `US-${state}-sandbox-placeholder`,
    jurisdiction: `US-${state}`,
    lenderTypes: ['STATE_LICENSEE'],
    products,
    amount: { minCents: 0 },
    basis: 'MAPR',
    cap: { kind: 'FIXED', bps: 3_600 },
    citation: 'None: a placeholder for the sandbox',
    consequence: 'Unknown',
  };
}

/** The same for a bank, whose charter and home state decide what it may charge. */
function bankPlaceholder(state: string): RateCap {
  const products = ['PL', 'AUTO_PURCHASE', 'AUTO_REFI', 'LOC'] as const;
  const id = `US-${state}-bank-sandbox-placeholder`;
  return { ...placeholder(state, products), id, lenderTypes: ['BANK_HOME_STATE', 'BANK_EXPORT'] };
}

/** The ceiling of federal credit unions, which is the same in every state: a row for each state that has other rows. */
function federalCreditUnion(state: string): RateCap {
  return {
    ...UNVERIFIED,
    id: `US-${state}-federal-credit-union`,
    jurisdiction: `US-${state}`,
    lenderTypes: ['FEDERAL_CREDIT_UNION'],
    products: ['PL', 'AUTO_PURCHASE', 'AUTO_REFI', 'LOC'],
    amount: { minCents: 0 },
    basis: 'FEE_INCLUSIVE',
    // 15 % by statute, 18 % by the order that the NCUA board renews [from memory]; short-term small loans are not here.
    cap: { kind: 'FIXED', bps: 1_800 },
    citation: '12 U.S.C. 1757(5)(A)(vi), 12 CFR 701.21(c)(7) (from memory)',
    consequence: 'Entire interest forfeited',
  };
}

/**
 * Values of indices for the sandbox, basis points: illustrative, not published ones. Production has none until a source is
 * connected, and then credit under an indexed cap is not offered.
 */
export const RATE_INDICES: Readonly<Record<string, number>> = { FEDERAL_FUNDS: 388, TEXAS_WEEKLY_CEILING: 1_800 };

/**
 * State caps to try the rules with. AR, IL and CA rest on published summaries, the others on memory or on a comparison table
 * of about 2020: none is legal advice. Missing on purpose: California below $2,500 and the Texas brackets of 342.201(e).
 * What a bank may charge was not read: its rows are placeholders. Credit that no row matches is not offered.
 */
export const RATE_CAP_ROWS: readonly RateCap[] = [
  {
    ...UNVERIFIED,
    id: 'US-AR-consumer',
    jurisdiction: 'US-AR',
    lenderTypes: NON_BANKS,
    products: ['PL', 'AUTO_PURCHASE', 'AUTO_REFI', 'LOC'],
    amount: { minCents: 0 },
    basis: 'FEE_INCLUSIVE',
    cap: { kind: 'FIXED', bps: 1_700 },
    citation: 'Ark. Const. amend. 89 (from memory)',
    consequence: 'Usurious contract',
  },
  {
    ...UNVERIFIED,
    id: 'US-IL-predatory-loan-prevention',
    jurisdiction: 'US-IL',
    lenderTypes: NON_BANKS,
    products: ['PL', 'AUTO_PURCHASE', 'AUTO_REFI', 'LOC'],
    amount: { minCents: 0 },
    basis: 'MAPR',
    cap: { kind: 'FIXED', bps: 3_600 },
    citation: '815 ILCS 123',
    consequence: 'Loan null and void; fine of up to $10,000 a violation',
  },
  {
    ...UNVERIFIED,
    id: 'US-CA-2500-to-3000',
    jurisdiction: 'US-CA',
    lenderTypes: ['STATE_LICENSEE'],
    products: ['PL'],
    amount: { minCents: 2_500_00, maxExclusiveCents: 3_000_00 },
    termMonths: { min: 12 },
    basis: 'SIMPLE_INTEREST',
    cap: { kind: 'INDEXED', index: 'FEDERAL_FUNDS', marginBps: 3_600 },
    citation: 'Cal. Fin. Code 22304.5',
    consequence: 'Unlawful charge',
  },
  {
    ...UNVERIFIED,
    id: 'US-CA-3000-to-10000',
    jurisdiction: 'US-CA',
    lenderTypes: ['STATE_LICENSEE'],
    products: ['PL'],
    amount: { minCents: 3_000_00, maxExclusiveCents: 10_000_00 },
    // The law says 60 months and 15 days.
    termMonths: { min: 12, max: 60 },
    basis: 'SIMPLE_INTEREST',
    cap: { kind: 'INDEXED', index: 'FEDERAL_FUNDS', marginBps: 3_600 },
    citation: 'Cal. Fin. Code 22304.5, 22334',
    consequence: 'Unlawful charge',
  },
  {
    ...UNVERIFIED,
    id: 'US-CA-from-10000',
    jurisdiction: 'US-CA',
    lenderTypes: ['STATE_LICENSEE'],
    products: ['PL'],
    amount: { minCents: 10_000_00 },
    basis: 'REGZ_APR',
    cap: { kind: 'UNCONSCIONABILITY' },
    citation: 'Cal. Fin. Code 22302 (from memory)',
    consequence: 'A court may refuse to enforce',
  },
  {
    ...UNVERIFIED,
    id: 'US-CO-supervised-loan',
    jurisdiction: 'US-CO',
    lenderTypes: ['STATE_LICENSEE'],
    products: ['PL'],
    amount: { minCents: 0 },
    basis: 'REGZ_APR',
    cap: {
      kind: 'TIERED_BLENDED',
      brackets: [
        { upToCents: 1_000_00, bps: 3_600 },
        { upToCents: 3_000_00, bps: 2_100 },
        { upToCents: null, bps: 1_500 },
      ],
      orFlatBps: 2_100,
    },
    citation: 'Colo. Rev. Stat. 5-2-201 (from memory)',
    consequence: 'Excess charge is refunded',
  },
  {
    ...UNVERIFIED,
    id: 'US-NY-licensed',
    jurisdiction: 'US-NY',
    lenderTypes: ['STATE_LICENSEE'],
    products: ['PL', 'LOC'],
    amount: { minCents: 0, maxExclusiveCents: 25_000_01 },
    basis: 'FEE_INCLUSIVE',
    cap: { kind: 'FIXED', bps: 2_500 },
    citation: 'N.Y. Penal Law 190.40 (from memory)',
    consequence: 'Criminal usury',
  },
  {
    ...UNVERIFIED,
    id: 'US-NY-unlicensed',
    jurisdiction: 'US-NY',
    lenderTypes: ['UNLICENSED'],
    products: ['PL', 'LOC'],
    amount: { minCents: 0 },
    basis: 'FEE_INCLUSIVE',
    cap: { kind: 'FIXED', bps: 1_600 },
    citation: 'N.Y. Banking Law 14-a (from memory)',
    consequence: 'Contract void',
  },
  {
    ...UNVERIFIED,
    id: 'US-TX-optional-ceiling',
    jurisdiction: 'US-TX',
    lenderTypes: NON_BANKS,
    products: ['PL', 'LOC'],
    amount: { minCents: 0 },
    basis: 'FEE_INCLUSIVE',
    cap: { kind: 'INDEXED', index: 'TEXAS_WEEKLY_CEILING', marginBps: 0, floorBps: 1_800, ceilBps: 2_400 },
    citation: 'Tex. Fin. Code 303.009',
    consequence: 'Usury penalties',
  },
  placeholder('CA', ['AUTO_PURCHASE', 'AUTO_REFI', 'LOC']),
  placeholder('CO', ['AUTO_PURCHASE', 'AUTO_REFI', 'LOC']),
  ...STATES.map(federalCreditUnion),
  ...STATES.map(bankPlaceholder),
  ...PLACEHOLDER_STATES.map((state) => placeholder(state, ['PL', 'AUTO_PURCHASE', 'AUTO_REFI', 'LOC'])),
];
