import { ROWS_CSV } from './rows.ts';

/** One row of the sample: real attributes of an anonymous borrower. Amounts in US dollars, utilisation in percent. */
export interface CreditFile {
  readonly row: number;
  readonly delinquencies2y: number;
  readonly inquiries6m: number;
  readonly revolvingUtilisationPercent: number;
  readonly accountsNowDelinquent: number;
  readonly instalmentActive: number;
  readonly instalmentOpened12m: number;
  readonly instalmentOpened24m: number;
  readonly instalmentBalance: number;
  readonly allUtilisationPercent: number;
  readonly financeInquiries: number;
  readonly inquiries12m: number;
  readonly delinquentAmount: number;
  readonly instalmentAccounts: number;
  readonly instalmentLimit: number;
}

export const CREDIT_FILES = 400;

let files: readonly CreditFile[] | undefined;

/** @param row any non-negative integer; counted modulo the 400 rows. */
export function creditFile(row: number): CreditFile {
  files ??= readRows();
  const file = files[row % CREDIT_FILES];
  if (!file) throw new RangeError(`The sample has no row ${row}: a row is a non-negative integer.`);
  return file;
}

function readRows(): readonly CreditFile[] {
  const [header = '', ...lines] = ROWS_CSV.trim().split('\n');
  const names = header.split(',');
  return lines.map((line, row) => {
    const cells = line.split(',').map(Number);
    return Object.fromEntries([['row', row], ...names.map((name, index) => [name, cells[index]])]) as CreditFile;
  });
}

/** What the source does not have and the simulator makes up from the row, the same every time: no one's real figures. */
export interface InventedAttributes {
  /** US dollars. */
  readonly monthlyObligations: number;
  readonly oldestAccountMonths: number;
  readonly bankruptcies: number;
}

export function inventedAttributes(file: CreditFile): InventedAttributes {
  return {
    // 2 % of the instalment balance, and 3 % of the balance of an assumed revolving limit of 10 000 dollars:
    // 0.03 * 10 000 * utilisation / 100 = 3 dollars for every percent.
    monthlyObligations: Math.round(0.02 * file.instalmentBalance + 3 * file.revolvingUtilisationPercent),
    // 36 months are more than the 24 in which the newest instalment accounts were opened; 8 more for every account ever
    // held, and up to 96 by row so that equal files differ.
    oldestAccountMonths: 36 + 8 * file.instalmentAccounts + ((37 * file.row) % 97),
    bankruptcies: file.row % 50 === 49 ? 1 : 0,
  };
}
