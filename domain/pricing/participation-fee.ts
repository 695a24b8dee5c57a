/**
 * How the subscription of a line counts under Regulation Z. It pays for access to the plan and is the same for every credit
 * limit, so it is a participation fee and no finance charge: 12 CFR 1026.4(c)(4) and comments 4(c)(4)-1 and -2, from memory,
 * to be confirmed before production. For covered borrowers it counts towards the MAPR. A fee that depends on the limit, on
 * draws or on use would be a finance charge.
 */
export const SUBSCRIPTION_TREATMENT = 'PARTICIPATION_FEE';
