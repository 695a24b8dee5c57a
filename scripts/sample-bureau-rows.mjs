/**
 * Draws the simulated bureau's rows from the LendingClub file and writes adapters/bureaus/simulator/rows.ts.
 *
 *   node scripts/sample-bureau-rows.mjs [training/data/lending_club.csv.gz]
 *
 * No random: every draw takes rows at even distances, so the same file gives the same bytes. A row's index is a stable
 * number that examples choose by, so a change of this script is a change of every documented applicant.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Source column to canonical attribute. The lender's price, its outcome, income, state and employment stay behind. */
const ATTRIBUTES = {
  delinq_2yrs: 'delinquencies2y',
  inq_last_6mths: 'inquiries6m',
  revol_util: 'revolvingUtilisationPercent',
  acc_now_delinq: 'accountsNowDelinquent',
  open_il_6m: 'instalmentActive',
  open_il_12m: 'instalmentOpened12m',
  open_il_24m: 'instalmentOpened24m',
  total_bal_il: 'instalmentBalance',
  all_util: 'allUtilisationPercent',
  inq_fi: 'financeInquiries',
  inq_last_12m: 'inquiries12m',
  delinq_amnt: 'delinquentAmount',
  num_il_tl: 'instalmentAccounts',
  total_il_high_credit_limit: 'instalmentLimit',
};
/** What orders the rows of a stratum from a light file to a heavy one: more of each is a worse sign. */
const LOAD = ['delinq_2yrs', 'inq_last_6mths', 'inq_last_12m', 'open_il_24m', 'revol_util', 'all_util'];

const source = process.argv[2] ?? 'training/data/lending_club.csv.gz';
const [header, ...lines] = gunzipSync(readFileSync(source)).toString('utf8').trim().split('\n');
const columns = header.replaceAll('"', '').split(',');
const rows = lines
  .map((line, position) => {
    const cells = line.replaceAll('"', '').split(',');
    return Object.fromEntries([...columns.map((column, index) => [column, cells[index]]), ['position', position]]);
  })
  // 23 rows count more inquiries in 6 months than in 12: no list of inquiries can say that.
  .filter((row) => Number(row.inq_last_6mths) <= Number(row.inq_last_12m));

/** The average rank among all rows of one column: equal values share a rank. */
function ranks(column) {
  const sorted = rows.map((row) => Number(row[column])).sort((a, b) => a - b);
  return (row) => sorted.indexOf(Number(row[column])) + sorted.lastIndexOf(Number(row[column]));
}
const rankings = LOAD.map(ranks);
const load = (row) => rankings.reduce((sum, rank) => sum + rank(row), 0);

function draw(count, among) {
  const drawn = Array.from({ length: count }, (_, index) => among[Math.floor((index * among.length) / count)]);
  return drawn
    .map((row) => ({ row, load: load(row) }))
    .sort((a, b) => a.load - b.load || a.row.position - b.row.position)
    .map(({ row }) => row);
}

const delinquentNow = (row) => Number(row.acc_now_delinq) > 0 || Number(row.delinq_amnt) > 0;
const sample = [
  ...draw(
    300,
    rows.filter((row) => row.Class === 'good' && !delinquentNow(row)),
  ),
  ...draw(
    80,
    rows.filter((row) => row.Class === 'bad' && !delinquentNow(row)),
  ),
  ...draw(20, rows.filter(delinquentNow)),
];

const csv = sample.map((row) =>
  Object.keys(ATTRIBUTES)
    .map((column) => row[column])
    .join(','),
);
writeFileSync(
  'adapters/bureaus/simulator/rows.ts',
  `/**
 * Written by scripts/sample-bureau-rows.mjs; not edited by hand.
 *
 * 400 rows of credit file attributes of real, anonymous borrowers: LendingClub's public loan file, first quarter of 2016,
 * as the data set \`lending_club\` of the R package modeldata 1.1.0 (MIT licence, copyright modeldata authors). Accepted
 * loans only. Amounts in US dollars, utilisation in percent.
 *
 * Rows 0-299 were lent to and paid; 300-379 were lent to and went late or were charged off; 380-399 had an account
 * delinquent or an amount past due when they applied. Each part runs from the lightest file to the heaviest. Bad rows are
 * over-drawn (the source has 5.2 %), so nothing about frequencies can be read from this sample.
 */
export const ROWS_CSV = \`${[Object.values(ATTRIBUTES).join(','), ...csv].join('\n')}
\`;
`,
);
