import type { PolicyModule } from '@underwright/policy-compiler/module';

import { CREDIT_FILES, creditFile, inventedAttributes } from '../../adapters/bureaus/simulator/credit-file.ts';
import type { Scorer } from '../../adapters/ports.ts';
import type { ProductName } from '../../domain/application/products.ts';
import type { Application } from '../../domain/application/submission.ts';
import type { CreditAttributes, CreditReport } from '../../domain/bureau/report.ts';
import { buildFeatures, featureFaults, featureRow, ownFeatures } from '../../domain/features/build.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import type { BacktestApplication } from '../../domain/policy/officer/backtest.ts';
import { productOf } from '../../domain/products/index.ts';
import type { CreditFile } from '../../domain/products/product.ts';
import type { RescoringItem } from '../../domain/rescoring/item.ts';
import { pdMicrosOf, toMicros } from '../../domain/scoring/score.ts';
import { statedOf, type Scoring } from '../../domain/scoring/scoring.ts';
import { NOBODY_FOUND } from '../../domain/screening/screen.ts';
import { releasedModel } from '../released-model.ts';
import { fullInputsOf } from './policy-file.ts';

/** On which invented applications are decided: ages and vehicles are counted from it. */
const AS_OF = '2026-01-05';
const BATCH = 2_048;

/** What is to decide the applications. */
interface Decided {
  /** The applications have the inputs of all of them. */
  readonly policies: readonly PolicyModule[];
  /** @default the newest one of the release for the product */
  readonly model?: Scorer;
}

/**
 * Invented applications over the real, anonymous attribute rows of the simulated bureau, scored by the real model. The same
 * seed gives the same applications; nothing about frequencies can be read from them.
 */
export async function* syntheticApplications(
  product: ProductName,
  count: number,
  seed: number,
  { policies, model }: Decided,
): AsyncGenerator<BacktestApplication[]> {
  const scorer = model ?? (await releasedModel(product));
  const random = mulberry32(seed);
  const stated = statedOf(scorer);
  const own = scorer.manifest.features;
  for (let made = 0; made < count; made += BATCH) {
    const drawn = Array.from({ length: Math.min(BATCH, count - made) }, () => {
      const { application, attributes } = draw(product, random);
      const features = ownFeatures(buildFeatures(productOf(application).features(application), attributes), own);
      return { application, attributes, features, faults: featureFaults(features, own) };
    });
    const scorable = drawn.filter(({ faults }) => faults.length === 0);
    const columns = scorer.manifest.features.length;
    const rows = new Float32Array(scorable.length * columns);
    for (const [at, { features }] of scorable.entries()) rows.set(featureRow(features, own), at * columns);
    const margins = scorable.length > 0 ? await scorer.margins(rows, 0) : new Float32Array();
    const marginOf = new Map(scorable.map((each, at) => [each, margins[at] ?? Number.NaN]));
    yield drawn.map((each, at): BacktestApplication => {
      const { application, attributes, features, faults } = each;
      const margin = marginOf.get(each);
      const marginMicros = margin === undefined ? 0 : toMicros(margin);
      const result = margin === undefined ? null : { ...UNEXPLAINED, marginMicros, pdMicros: pdMicrosOf(marginMicros) };
      const scoring: Scoring = { schemaVersion: 1, ...stated, features, faults, shiftMicros: 0, result };
      const report = { ...REPORT, attributes };
      const file: CreditFile = { ...FILE, application, report, scoring };
      const id = `synthetic-${seed}-${made + at + 1}`;
      return { id, stage: 'full', inputs: fullInputsOf(productOf(application), file, policies) };
    });
  }
}

/**
 * Invented applications as lines of a batch (docs/batch.md); the same seed gives the same.
 * @internal The benchmark of the batch and tests use it.
 */
export function* syntheticItems(product: ProductName, count: number, seed: number): Generator<RescoringItem> {
  const random = mulberry32(seed);
  for (let made = 1; made <= count; made += 1) {
    const { application, attributes } = draw(product, random);
    const { schemaVersion: _, applicationId: __, consents: ___, identityDigest: ____, ...content } = application;
    const report = { status: 'HIT' as const, alerts: [], mismatches: [], attributes };
    yield { id: `synthetic-${seed}-${made}`, asOf: AS_OF, application: content, report };
  }
}

function draw(product: ProductName, random: Random): { application: Application; attributes: CreditAttributes } {
  const application = APPLICATIONS[product](random);
  return { application, attributes: attributesOf(Math.floor(random() * CREDIT_FILES)) };
}

/** No policy reads a score or the parts of a margin. */
const UNEXPLAINED = { score: 0, contributions: [], additivityErrorMicros: 0 };

/** No input depends on the lender: the report is simulated, so it has no age. */
const FILE = { screening: NOBODY_FOUND, lender: UNRECORDED_LENDER, asOf: AS_OF, status: 'HIT' } as const;
const REPORT: Omit<CreditReport, 'attributes'> = {
  schemaVersion: 1,
  bureau: 'simulated-bureau',
  mapping: 'none',
  status: 'HIT',
  inquiry: 'SOFT',
  purpose: 'EXTENSION_OF_CREDIT',
  reference: 'synthetic',
  vendorReference: null,
  reportedAt: null,
  reportedOn: null,
  alerts: [],
  mismatches: [],
  simulated: true,
  rawDigest: '0'.repeat(64),
};

const ATTRIBUTES: CreditAttributes[] = [];

function attributesOf(row: number): CreditAttributes {
  const known = ATTRIBUTES[row];
  if (known) return known;
  const file = creditFile(row);
  const invented = inventedAttributes(file);
  return (ATTRIBUTES[row] = {
    delinquencies2y: file.delinquencies2y,
    inquiries6m: file.inquiries6m,
    revolvingUtilisationPercent: file.revolvingUtilisationPercent,
    accountsNowDelinquent: file.accountsNowDelinquent,
    instalmentActive: file.instalmentActive,
    instalmentOpened12m: file.instalmentOpened12m,
    instalmentOpened24m: file.instalmentOpened24m,
    instalmentBalanceCents: file.instalmentBalance * 100,
    allUtilisationPercent: file.allUtilisationPercent,
    financeInquiries: file.financeInquiries,
    inquiries12m: file.inquiries12m,
    delinquentAmountCents: file.delinquentAmount * 100,
    instalmentAccounts: file.instalmentAccounts,
    instalmentLimitCents: file.instalmentLimit * 100,
    monthlyObligationsCents: invented.monthlyObligations * 100,
    oldestAccountMonths: invented.oldestAccountMonths,
    bankruptcies: invented.bankruptcies,
  });
}

type Random = () => number;
const between = (random: Random, low: number, high: number, step: number): number =>
  low + step * Math.floor(random() * ((high - low) / step + 1));
const oneOf = <Value>(random: Random, values: readonly [Value, ...Value[]]): Value =>
  values[Math.floor(random() * values.length)] ?? values[0];

/** Incomes from 15,000 dollars a year, most of them small: the mean of a squared uniform number is a third. */
function common(random: Random) {
  const annualGrossCents = 1_500_000 + 100_000 * Math.floor(random() ** 2 * 185);
  const share = 0.1 + 0.25 * random();
  return {
    schemaVersion: 1 as const,
    applicationId: 'synthetic',
    income: { annualGrossCents },
    employment: { status: 'EMPLOYED' as const, yearsInJob: Math.floor(random() * 16) },
    // Rarely not said.
    housing:
      random() < 0.02
        ? null
        : { status: 'RENT' as const, monthlyPaymentCents: 100 * Math.floor((annualGrossCents * share) / 1200) },
    consents: [],
    residence: { state: 'IL' },
    identityDigest: '0'.repeat(64),
  };
}

const APPLICATIONS: Readonly<Record<ProductName, (random: Random) => Application>> = {
  'personal-loan': (random) => ({
    ...common(random),
    product: 'personal-loan',
    request: {
      amountCents: between(random, 100_000, 4_500_000, 50_000),
      termMonths: oneOf(random, [36, 60] as const),
      purpose: 'OTHER',
    },
  }),
  'auto-loan': (random) => {
    const valueCents = between(random, 600_000, 6_000_000, 50_000);
    // 60 % to 130 % of the value.
    const amountCents = Math.max(500_000, 10_000 * Math.round((valueCents * (0.6 + 0.7 * random())) / 10_000));
    return {
      ...common(random),
      product: 'auto-loan',
      request: {
        purpose: 'PURCHASE',
        amountCents,
        termMonths: oneOf(random, [36, 48, 60, 72, 84] as const),
        vehicle: {
          year: between(random, 2012, 2026, 1),
          mileage: between(random, 0, 150_000, 1_000),
          valueCents,
          valueSource: 'GUIDE_BOOK',
        },
        downPaymentCents: between(random, 0, 1_000_000, 100_000),
        tradeInValueCents: 0,
        negativeEquityCents: 0,
        gapCents: 0,
        serviceContractCents: 0,
        currentLoan: null,
      },
    };
  },
  'credit-line': (random) => {
    const applicant = common(random);
    return {
      ...applicant,
      product: 'credit-line',
      request: {
        limitCents: random() < 0.2 ? null : between(random, 50_000, 500_000, 10_000),
        plan: oneOf(random, ['BASIC', 'PLUS'] as const),
      },
      deposits: {
        averageMonthlyNetCents: Math.floor((applicant.income.annualGrossCents * (0.4 + 0.5 * random())) / 12),
        payFrequency: oneOf(random, ['WEEKLY', 'BIWEEKLY', 'SEMI_MONTHLY', 'MONTHLY'] as const),
      },
    };
  },
};

/** T. Ettinger, mulberry32: small, seeded, good enough to draw applications. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
