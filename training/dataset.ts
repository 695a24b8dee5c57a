import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { CreditAttributes } from '../domain/bureau/report.ts';
import { buildFeatures, featureFaults, type FeatureApplication, type FeatureVector } from '../domain/features/build.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { COLUMNS } from './columns.ts';

/** Path of the training data. */
export const DATASET = join(import.meta.dirname, 'data', 'lending_club.csv.gz');

/** SHA-256 of the CSV inside data/lending_club.csv.gz. */
export const DATASET_SHA256 = '06ce4edfcf2a80d2daceab44b6100034e026df59e9ab2d61c7ab1514bb9a4d3f';

/** Columns that no feature may be made of. */
export const EXCLUDED_COLUMNS = [
  { name: 'int_rate', why: "The lender's own price, set by its decision: it leaks what the lender knew and decided." },
  { name: 'sub_grade', why: "The lender's own grade, set by its decision: it leaks what the lender knew and decided." },
  { name: 'verification_status', why: 'The lender chose whom to verify: it leaks what the lender suspected.' },
  {
    name: 'addr_state',
    why: 'Place of residence can stand in for a prohibited basis and is no measure of credit risk.',
  },
  {
    name: 'emp_length',
    why: 'Retired and disabled applicants have none: it stands in for age and public assistance (12 CFR 1002.6(b)(2), (5)).',
  },
] as const;

export interface TrainingRow {
  readonly application: FeatureApplication;
  readonly attributes: CreditAttributes;
  /** Built of the two by the code that serves. */
  readonly features: FeatureVector;
  /** Charged off, in default, or 21 to 120 days late. */
  readonly bad: boolean;
}

/** The data set is not the one whose digest is pinned, or a row of it cannot be read. */
export class DatasetDamaged extends Error {
  override readonly name = 'DatasetDamaged';
}

/** A feature was to be made of a column that no feature may be made of. */
export class LeakRefused extends Error {
  override readonly name = 'LeakRefused';
}

/**
 * The applicants of the training data, in its order, their features built by the code that serves. Two rows with an
 * income of 0 are left out: their ratios to income mean nothing.
 * @param path lending_club.csv.gz
 * @throws DatasetDamaged
 */
export function readDataset(path: string): TrainingRow[] {
  const csv = gunzipSync(readFileSync(path)).toString('utf8');
  if (sha256(csv) !== DATASET_SHA256) {
    throw new DatasetDamaged(`${path} is not the pinned data set: restore it, or pin the digest of the new one.`);
  }
  const [header = [], ...lines] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));
  return lines.flatMap((cells, line) => {
    const text = (name: string): string => readCell(header, cells, line + 2, name);
    const number = (name: string): number => {
      const value = Number(text(name));
      if (!Number.isFinite(value)) throw new DatasetDamaged(`${name} in line ${line + 2} is not a number.`);
      return value;
    };
    const cents = (name: string): number => Math.round(number(name) * 100);
    if (number('annual_inc') === 0) return [];

    const application: FeatureApplication = {
      requestedAmountCents: cents('funded_amnt'),
      termMonths: Number(text('term').replace('term_', '')),
      annualIncomeCents: cents('annual_inc'),
    };
    const attributes: CreditAttributes = {
      delinquencies2y: number('delinq_2yrs'),
      inquiries6m: number('inq_last_6mths'),
      revolvingUtilisationPercent: number('revol_util'),
      accountsNowDelinquent: number('acc_now_delinq'),
      instalmentActive: number('open_il_6m'),
      instalmentOpened12m: number('open_il_12m'),
      instalmentOpened24m: number('open_il_24m'),
      instalmentBalanceCents: cents('total_bal_il'),
      allUtilisationPercent: number('all_util'),
      financeInquiries: number('inq_fi'),
      inquiries12m: number('inq_last_12m'),
      delinquentAmountCents: cents('delinq_amnt'),
      instalmentAccounts: number('num_il_tl'),
      instalmentLimitCents: cents('total_il_high_credit_limit'),
      monthlyObligationsCents: null,
      oldestAccountMonths: null,
      bankruptcies: null,
    };
    const features = buildFeatures(application, attributes);
    const [fault] = featureFaults(features, COLUMNS);
    if (fault) throw new DatasetDamaged(`Line ${line + 2}: ${fault.message}`);
    return [{ application, attributes, features, bad: text('Class') === 'bad' }];
  });
}

/** Returns table.csv: a header of feature names and `bad`, then one row for each applicant. */
export function trainingTable(dataset: readonly TrainingRow[]): string {
  const header = [...COLUMNS.map(({ name }) => name), 'bad'].join();
  const lines = dataset.map(({ features, bad }) => [...COLUMNS.map(({ name }) => features[name]), bad ? 1 : 0].join());
  return `${[header, ...lines].join('\n')}\n`;
}

/**
 * One cell of the CSV.
 * @throws LeakRefused for an excluded column, DatasetDamaged when the line has no such cell.
 */
export function readCell(header: readonly string[], cells: readonly string[], line: number, name: string): string {
  const excluded = EXCLUDED_COLUMNS.find((column) => column.name === name);
  if (excluded) throw new LeakRefused(`${name} may be part of no feature. ${excluded.why}`);
  const value = cells[header.indexOf(name)];
  if (!value) throw new DatasetDamaged(`Line ${line} has no ${name}: restore the data set.`);
  return value;
}
