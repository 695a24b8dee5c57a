/** How a line's subscription, opening or draw fee is built. */
export type FeeDesign =
  | 'FLAT_FOR_ACCESS'
  | 'RISES_WITH_LIMIT'
  | 'CHARGED_WHEN_DRAWN'
  | 'REFUNDED_BY_USAGE'
  | 'ONE_TIME_OPENING'
  | 'PER_DRAW'
  | 'TIP'
  | 'REQUIRED_BUNDLE';

export interface FeeTreatment {
  /** A participation fee is disclosed as a plan charge but is no finance charge; for covered borrowers both count. */
  readonly treatment: 'PARTICIPATION_FEE' | 'FINANCE_CHARGE';
  /** Whether a lawyer has to confirm the design before it is sold. */
  readonly needsCounsel: boolean;
  readonly because: string;
}

const charge = (because: string): FeeTreatment => ({ treatment: 'FINANCE_CHARGE', needsCounsel: false, because });

/**
 * Fees in open-end plans under Regulation Z: 12 CFR 1026.4(c)(4) and comments 4(c)(4)-1 and -2, from memory, to be confirmed
 * before production. A participation fee pays for access to the plan itself, whatever is drawn or available.
 */
export const FEE_TREATMENTS: Readonly<Record<FeeDesign, FeeTreatment>> = {
  FLAT_FOR_ACCESS: {
    treatment: 'PARTICIPATION_FEE',
    needsCounsel: false,
    because: 'The fee pays for access to the plan and is the same for every credit limit.',
  },
  RISES_WITH_LIMIT: charge('The fee depends on the amount of credit available.'),
  CHARGED_WHEN_DRAWN: charge('The fee depends on account activity.'),
  REFUNDED_BY_USAGE: charge('A fee that is waived or refunded according to usage depends on account activity.'),
  ONE_TIME_OPENING: charge('A fee that does not recur is not a fee for participation.'),
  PER_DRAW: charge('The fee is a charge for a transaction.'),
  TIP: charge('A payment that comes with a draw is treated as a charge for a transaction.'),
  REQUIRED_BUNDLE: {
    treatment: 'PARTICIPATION_FEE',
    needsCounsel: true,
    because: 'The line cannot be had without the bundle, so its price is a condition of access to the plan.',
  },
};

/** How a fee counts. The exclusion of participation fees is for open-end plans: on a closed-end advance every fee counts. */
export function treatmentOf(design: FeeDesign, plan: 'OPEN_END' | 'CLOSED_END'): FeeTreatment {
  return plan === 'OPEN_END'
    ? FEE_TREATMENTS[design]
    : charge('The exclusion of participation fees does not apply to a closed-end advance.');
}
