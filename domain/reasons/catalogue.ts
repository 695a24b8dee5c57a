import type { ReasonGroup } from '../features/catalogue.ts';

/** Principal reasons in a decision. More are not likely to help the applicant (comment 9(b)(2)-1 to 12 CFR 1002.9). */
export const MAX_REASONS = 4;

/**
 * Every reason that an applicant can be told. AA01 to AA24 are the list of form C-1 (12 CFR part 1002, Appendix C); the
 * form tells creditors to add the reasons that they use, which are AX01 to AX15. The texts are what the applicant reads.
 */
export const REASONS = {
  AA01: 'Credit application incomplete',
  AA02: 'Insufficient number of credit references provided',
  AA03: 'Unacceptable type of credit references provided',
  AA04: 'Unable to verify credit references',
  AA05: 'Temporary or irregular employment',
  AA06: 'Unable to verify employment',
  AA07: 'Length of employment',
  AA08: 'Income insufficient for amount of credit requested',
  AA09: 'Excessive obligations in relation to income',
  AA10: 'Unable to verify income',
  AA11: 'Length of residence',
  AA12: 'Temporary residence',
  AA13: 'Unable to verify residence',
  AA14: 'No credit file',
  AA15: 'Limited credit experience',
  AA16: 'Poor credit performance with us',
  AA17: 'Delinquent past or present credit obligations with others',
  AA18: 'Collection action or judgment',
  AA19: 'Garnishment or attachment',
  AA20: 'Foreclosure or repossession',
  AA21: 'Bankruptcy',
  AA22: 'Number of recent inquiries on credit bureau report',
  AA23: 'Value or type of collateral not sufficient',
  AA24: 'Other, specify',
  AX01: 'Unable to verify identity',
  AX02: 'Credit file is frozen and could not be obtained',
  AX03: 'Proportion of balances to credit limits on revolving and other accounts',
  AX04: 'Payment too high relative to verified income',
  AX05: 'Loan amount too high for vehicle value',
  AX06: 'Age or mileage of vehicle',
  AX07: 'Negative balance or overdraft activity in linked bank account',
  AX08: 'Insufficient regular deposits in linked bank account',
  AX09: 'Number of active or recently opened accounts',
  AX10: 'Existing obligation with us',
  AX11: 'Income below minimum required',
  AX12: 'Under legal age to contract',
  AX13: 'Amount requested is below or above what we lend on these terms',
  AX14: 'Length of the repayment term requested',
  AX15: 'Regular deposits insufficient for amount of credit requested',
} as const;

export type ReasonCode = keyof typeof REASONS;

/** What a group of features is called to the applicant: exactly one reason each, no two the same. */
export const REASON_OF_GROUP = {
  AMOUNT_FOR_INCOME: 'AA08',
  TERM: 'AX14',
  EMPLOYMENT_LENGTH: 'AA07',
  DELINQUENCY: 'AA17',
  INQUIRIES: 'AA22',
  UTILISATION: 'AX03',
  NEW_ACCOUNTS: 'AX09',
  OBLIGATIONS: 'AA09',
  INSTALMENT_EXPERIENCE: 'AA15',
} as const satisfies Record<ReasonGroup, ReasonCode>;
