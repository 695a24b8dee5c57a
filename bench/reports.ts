import { CREDIT_FILES, creditFile } from '../adapters/bureaus/simulator/credit-file.ts';
import { alike } from '../audit/reports/alike.ts';
import type { Recorded } from '../audit/reports/report.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import { FEATURES, type FeatureName } from '../domain/features/catalogue.ts';
import type { Json } from '../domain/json.ts';
import type { Measurement } from './support.ts';

const APPLICANTS = 100_000;
const SMALLER = 10_000;

/** An application with a real credit file, another amount and income each time, and an outcome that its inquiries sway. */
function nth(n: number): Recorded {
  const file = creditFile((n * 31) % CREDIT_FILES);
  const loanAmount = 1_000 + ((n * 7_919) % 40_000);
  const income = 20_000 + ((n * 104_729) % 150_000);
  const known: Partial<Record<FeatureName, number>> = {
    loan_amount: loanAmount,
    term_months: n % 2 === 0 ? 36 : 60,
    annual_income: income,
    delinquencies_2y: file.delinquencies2y,
    inquiries_6m: file.inquiries6m,
    revolving_utilisation: file.revolvingUtilisationPercent ?? 0,
    instalment_active: file.instalmentActive,
    instalment_opened_12m: file.instalmentOpened12m,
    instalment_opened_24m: file.instalmentOpened24m,
    instalment_balance: file.instalmentBalance,
    all_utilisation: file.allUtilisationPercent,
    finance_inquiries: file.financeInquiries,
    inquiries_12m: file.inquiries12m,
    instalment_accounts: file.instalmentAccounts,
    instalment_limit: file.instalmentLimit,
    loan_to_income: loanAmount / income,
    instalment_balance_to_income: file.instalmentBalance / income,
  };
  const outcome = file.inquiries12m + (n % 7) > 7 ? 'DECLINE' : 'APPROVE';
  return recorded(`application-${n}`, outcome, known);
}

const [DECISION, SCORE, OTHER] = ['d', 'e', 'f'].map((letter) => letter.repeat(64)) as [string, string, string];

/** What the report reads of an application: its decision, and the score that it rests on. */
function recorded(
  applicationId: string,
  outcome: DecisionRecord['outcome'],
  known: Partial<Record<FeatureName, number>>,
): Recorded {
  const at = '2026-01-06T12:00:00.000Z';
  const decision = {
    ...DECIDED,
    applicationId,
    outcome,
    receivedAt: at,
    decidedAt: at,
    evidence: { ...DECIDED.evidence, score: SCORE },
  };
  const features = { ...NONE, ...known };
  const entry = {
    id: applicationId,
    applicationId,
    type: 'DECISION_RECORDED',
    schemaVersion: 1,
    occurredAt: at,
    actor: 'system',
    body: { output: {}, evidence: [{ kind: 'decision', address: DECISION, versionId: '1' }], facts: {} },
    sequence: 0,
    recordedAt: at,
    previousHash: OTHER,
    hash: OTHER,
  };
  const values = new Map<string, Json>([
    [DECISION, decision],
    [SCORE, { features, result: { score: 600 } }],
  ]);
  return { applicationId, entries: [entry], values, timeZone: 'America/Chicago' };
}

const NONE = Object.fromEntries(FEATURES.map(({ name }) => [name, 0]));

const DECIDED: Omit<DecisionRecord, 'applicationId' | 'outcome' | 'receivedAt' | 'decidedAt'> = {
  schemaVersion: 1,
  executionArn: 'none',
  product: 'personal-loan',
  decidedBy: 'POLICY',
  requested: { amountCents: null, termMonths: null },
  offers: [],
  reasons: [],
  conditions: [],
  missing: [],
  completeBy: null,
  receivedOn: '2026-01-06',
  completedAt: null,
  completedOn: null,
  decidedOn: '2026-01-06',
  timeZone: 'America/Chicago',
  noticeDueOn: '2026-02-05',
  policy: null,
  model: null,
  reportsUsed: [],
  evidence: {
    application: OTHER,
    validation: OTHER,
    screening: null,
    preBureauPolicy: null,
    reports: [],
    score: null,
    policy: null,
    reviews: [],
  },
};

function measured(applicants: number): { add: number; end: number; pairs: number } {
  const run = alike.begin({ from: null, to: null, now: '2026-02-01T00:00:00.000Z', today: '2026-02-01' });
  let add = 0;
  for (let n = 0; n < applicants; n += 1) {
    const application = nth(n);
    const began = performance.now();
    for (const _ of run.add(application)) throw new Error('A pair needs all applicants.');
    add += performance.now() - began;
  }
  const began = performance.now();
  const pairs = [...(run.end().rows ?? [])].length;
  return { add: add / 1_000, end: (performance.now() - began) / 1_000, pairs };
}

/** The report on similar applicants, without the reading of a store: ten times as many must not cost a hundred times as much. */
export default async function reports(): Promise<Measurement> {
  const smaller = measured(SMALLER);
  const { add, end, pairs } = measured(APPLICANTS);
  return {
    figures: {
      applicants: APPLICANTS,
      features: FEATURES.length,
      pairs_listed: pairs,
      seconds_to_take_in: Number(add.toFixed(2)),
      seconds_to_compare: Number(end.toFixed(2)),
      seconds_to_compare_a_tenth: Number(smaller.end.toFixed(2)),
      times_as_long_for_ten_times_as_many: Number((end / smaller.end).toFixed(1)),
      peak_resident_mib: Math.round(process.resourceUsage().maxRSS / 1_024),
    },
    peers: {},
  };
}
