import type { ReasonGroup } from '../features/catalogue.ts';

/** Principal reasons in a decision. More are not likely to help the applicant (comment 9(b)(2)-1 to 12 CFR 1002.9). */
export const MAX_REASONS = 4;

/**
 * Every reason that a notice can state. AA01 to AA24 are the list of form C-1 (12 CFR part 1002, Appendix C). The form has
 * creditors add the reasons that they use: these start with AX. The texts are what the applicant reads. The text of a code
 * never changes, because earlier notices state it: a corrected text gets a new code.
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
  AX16: 'Amount of credit requested',
  AX17: 'Level of income',
  AX18: 'Number of personal finance inquiries on credit bureau report',
  AX19: 'Proportion of balances to credit limits on revolving accounts',
  AX20: 'Proportion of balances to credit limits over all accounts',
  AX21: 'Number of recently opened installment accounts',
  AX22: 'Number of active installment accounts',
  AX23: 'Balance of installment accounts',
  AX24: 'Proportion of balances to loan amounts',
  AX25: 'Number of installment accounts in credit history',
  AX26: 'Amount of installment credit in credit history',
  AX27: 'Amount requested is above what we lend on these terms',
  AX28: 'Amount requested is below the payoff of the loan to refinance',
  AX29: 'Amount requested in cash beyond the payoff of the loan to refinance',
  AX30: 'Another application with us is open',
  AX31: 'Housing payment not stated',
  AX32: 'Age of vehicle',
  AX33: 'Mileage of vehicle',
  AX34: 'Negative equity too high for vehicle value',
  AX35: 'Price of added products too high for vehicle value',
  AX36: 'No down payment or trade-in',
  AX37: 'Unable to verify vehicle value',
  AX38: 'Amount of regular deposits',
  AX39: 'Length of credit history',
} as const;

export type ReasonCode = keyof typeof REASONS;

/**
 * Reasons that join several facts in one text, such as "below or above". Earlier decisions state them; no policy version
 * from 1.1.0 on and no model does.
 * @internal Tests check the policies and the model.
 */
export const RETIRED_REASONS: ReadonlySet<string> = new Set<ReasonCode>(['AX03', 'AX06', 'AX09', 'AX13']);

/** The reason of each fact that the model reads: exactly one each, and never the same for two facts. */
export const REASON_OF_GROUP = {
  LOAN_AMOUNT: 'AX16',
  TERM: 'AX14',
  ANNUAL_INCOME: 'AX17',
  LOAN_TO_INCOME: 'AA08',
  DELINQUENCY: 'AA17',
  RECENT_INQUIRIES: 'AA22',
  FINANCE_INQUIRIES: 'AX18',
  REVOLVING_UTILISATION: 'AX19',
  ALL_UTILISATION: 'AX20',
  ACTIVE_ACCOUNTS: 'AX22',
  OPENED_ACCOUNTS: 'AX21',
  INSTALMENT_BALANCE: 'AX23',
  BALANCE_TO_INCOME: 'AA09',
  BALANCE_TO_LOANS: 'AX24',
  ACCOUNTS_HELD: 'AX25',
  CREDIT_HELD: 'AX26',
  CREDIT_AGE: 'AX39',
} as const satisfies Record<ReasonGroup, ReasonCode>;
