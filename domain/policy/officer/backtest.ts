import {
  modelInputs,
  type FailedRule,
  type Inputs,
  type PolicyIdentity,
  type PolicyModule,
  type PolicyResult,
  type Stage,
} from '@underwright/policy-compiler/module';

import { annuityFactor, maximumPrincipalCents, type AnnuityFactor } from '../../pricing/schedule.ts';

/** An application as policies see it. */
export interface BacktestApplication {
  readonly id: string;
  /** `pre-bureau` where no report was pulled. */
  readonly stage: Stage;
  /** Cut-offs and bands of the model may be among them that only one of the two policies names. */
  readonly inputs: Inputs;
  /** Inputs of the candidate, where another model scores for it. */
  readonly candidateInputs?: Inputs;
}

/** What no policy says and the figures of a backtest rest on. Shares of 1. */
export interface Assumptions {
  /** Of the exposure, lost when a borrower defaults. */
  readonly lossGivenDefault: number;
  /** Of the amount, still owed when a borrower defaults. */
  readonly exposureAtDefault: number;
  /** Of the amount, owed on average over the term. */
  readonly averageBalance: number;
  /** Over which a line without a term is counted. */
  readonly lineMonths: number;
}

/** From most to least wanted by an applicant. `PROCEED`: no report was pulled, and the policy would pull one. */
export const BACKTEST_OUTCOMES = [
  'APPROVE',
  'COUNTEROFFER',
  'PROCEED',
  'REFER',
  'HOLD',
  'NOT_OFFERED',
  'DECLINE',
] as const;
type BacktestOutcome = (typeof BACKTEST_OUTCOMES)[number];
export const SIDES = ['champion', 'candidate'] as const;
export type Side = (typeof SIDES)[number];
export type BySide<Value> = Readonly<Record<Side, Value>>;

/** Money in whole cents. */
export interface BookFigures {
  readonly applications: number;
  /** Approved, or with a smaller offer. */
  readonly offered: number;
  readonly amountCents: number;
  readonly expectedLossCents: number;
  /** Interest and fees that borrowers who do not default pay, before the cost of funds. */
  readonly yieldCents: number;
}

export interface BacktestReport {
  readonly policies: BySide<Pick<PolicyIdentity, 'id' | 'version' | 'sourceDigest'>>;
  readonly applications: number;
  readonly assumptions: Assumptions;
  readonly outcomes: BySide<Readonly<Record<BacktestOutcome, number>>>;
  /** Of all applications, in basis points. */
  readonly offeredBasisPoints: BySide<number>;
  /** Every pair of outcomes that was met, also of those that stayed. */
  readonly matrix: readonly { readonly from: BacktestOutcome; readonly to: BacktestOutcome; readonly count: number }[];
  /** Applications whose outcome is another. */
  readonly swapped: number;
  /** Offered by both, at another amount or rate. */
  readonly repriced: number;
  readonly book: BySide<BookFigures>;
  readonly bands: readonly ({ readonly band: string } & BySide<BookFigures>)[];
  /** How often each rule failed. */
  readonly rules: readonly ({ readonly rule: string } & BySide<number>)[];
  /** What moved applications between two outcomes: a rule that failed under one policy alone, or a limit. */
  readonly movers: readonly {
    readonly from: BacktestOutcome;
    readonly to: BacktestOutcome;
    readonly by: string;
    readonly count: number;
    /** The first applications. */
    readonly samples: readonly string[];
  }[];
  /** Reasons of declining rules, and of the limits that bound, by code or source. */
  readonly reasons: readonly ({ readonly reason: string } & BySide<number>)[];
  readonly limits: readonly ({ readonly limit: string } & BySide<number>)[];
  /** Inputs that a policy refused, as `name FAULT`: each sends an application to a person. */
  readonly refusedInputs: readonly ({ readonly input: string } & BySide<number>)[];
}

const SAMPLES = 5;

interface Decided {
  readonly outcome: BacktestOutcome;
  readonly result: PolicyResult;
  readonly amountCents: number;
  readonly rateBasisPoints: number;
  readonly boundBy: string;
}

interface Book {
  applications: number;
  offered: number;
  amount: number;
  loss: number;
  earned: number;
}

/**
 * Two policies over the same applications, one at a time: memory does not grow with their number.
 *
 * Rules are evaluated as they are in production. Amounts are estimated: the smallest of the request, the tier, the
 * collateral's cap, the policy's limits and the level payment that payment-to-income and debt-to-income caps leave, rounded
 * down to the policy's step. Rate caps of states, fees within a payment and offers at other terms are left out.
 */
export class Backtest {
  readonly #modules: BySide<PolicyModule>;
  readonly #assumptions: Assumptions;
  /** Inputs of the model that only the other policy names. */
  readonly #unnamed: BySide<readonly string[]>;
  #applications = 0;
  #repriced = 0;
  readonly #matrix = new Map<string, number>();
  readonly #movers = new Map<string, { count: number; samples: string[] }>();
  readonly #books: BySide<Map<string, Book>> = { champion: new Map(), candidate: new Map() };
  readonly #rules = new Tally();
  readonly #reasons = new Tally();
  readonly #limits = new Tally();
  readonly #refused = new Tally();

  constructor(modules: BySide<PolicyModule>, assumptions: Assumptions) {
    this.#modules = modules;
    this.#assumptions = assumptions;
    const [champion, candidate] = [modelInputs(modules.champion.model), modelInputs(modules.candidate.model)];
    this.#unnamed = {
      champion: candidate.filter((name) => !champion.includes(name)),
      candidate: champion.filter((name) => !candidate.includes(name)),
    };
  }

  add(application: BacktestApplication): void {
    this.#applications += 1;
    const champion = this.#decide('champion', application);
    const candidate = this.#decide('candidate', application);
    increment(this.#matrix, `${champion.outcome} ${candidate.outcome}`);
    if (champion.outcome !== candidate.outcome) this.#moved(application.id, champion, candidate);
    else if (
      isOffered(champion.outcome) &&
      (champion.amountCents !== candidate.amountCents || champion.rateBasisPoints !== candidate.rateBasisPoints)
    ) {
      this.#repriced += 1;
    }
  }

  report(): BacktestReport {
    const matrix = [...this.#matrix].map(([pair, count]) => ({ ...outcomesOf(pair), count })).sort(byOutcomes);
    const outcomes = bySide((side) => {
      const of = (outcome: BacktestOutcome): number =>
        matrix
          .filter(({ from, to }) => (side === 'champion' ? from : to) === outcome)
          .reduce((sum, { count }) => sum + count, 0);
      return Object.fromEntries(BACKTEST_OUTCOMES.map((outcome) => [outcome, of(outcome)])) as Record<
        BacktestOutcome,
        number
      >;
    });
    const bands = [...new Set(SIDES.flatMap((side) => [...this.#books[side].keys()]))].sort();
    const movers = [...this.#movers].map(([key, { count, samples }]) => {
      const [from, to, by = ''] = key.split(' ');
      return { from: from as BacktestOutcome, to: to as BacktestOutcome, by, count, samples };
    });
    return {
      policies: bySide((side) => {
        const { id, version, sourceDigest } = this.#modules[side].policy;
        return { id, version, sourceDigest };
      }),
      applications: this.#applications,
      assumptions: this.#assumptions,
      outcomes,
      offeredBasisPoints: bySide((side) => {
        const offered = outcomes[side].APPROVE + outcomes[side].COUNTEROFFER;
        return this.#applications === 0 ? 0 : Math.round((offered * 10_000) / this.#applications);
      }),
      matrix,
      swapped: matrix.filter(({ from, to }) => from !== to).reduce((sum, { count }) => sum + count, 0),
      repriced: this.#repriced,
      book: bySide((side) => figuresOf([...this.#books[side].values()])),
      bands: bands.map((band) => ({
        band,
        ...bySide((side) => figuresOf([this.#books[side].get(band)].filter((book) => book !== undefined))),
      })),
      rules: this.#rules.entries().map(([rule, counts]) => ({ rule, ...counts })),
      movers: movers.sort((a, b) => byOutcomes(a, b) || b.count - a.count || (a.by < b.by ? -1 : 1)),
      reasons: this.#reasons.entries().map(([reason, counts]) => ({ reason, ...counts })),
      limits: this.#limits.entries().map(([limit, counts]) => ({ limit, ...counts })),
      refusedInputs: this.#refused.entries().map(([input, counts]) => ({ input, ...counts })),
    };
  }

  #decide(side: Side, { stage, inputs: own, candidateInputs = own }: BacktestApplication): Decided {
    const inputs = without(side === 'candidate' ? candidateInputs : own, this.#unnamed[side]);
    const result = this.#modules[side].evaluate(stage, inputs);
    const decided = decisionOf(result, inputs);
    for (const { rule, action, outcome, reason } of result.failed) {
      this.#rules.add(rule, side);
      if (decided.outcome === 'DECLINE' && action === 'decline' && outcome !== 'MISSING_REFERRED') {
        this.#reasons.add(reason, side);
      }
    }
    for (const { name, fault } of result.invalidInputs) this.#refused.add(`${name} ${fault}`, side);
    if (result.outcome === 'APPROVE') this.#limits.add(decided.boundBy, side);
    this.#book(side, decided, inputs);
    return decided;
  }

  #book(side: Side, { outcome, result, amountCents, rateBasisPoints }: Decided, inputs: Inputs): void {
    const band = result.bands['risk'] ?? Object.values(result.bands)[0] ?? 'none';
    let book = this.#books[side].get(band);
    if (!book) this.#books[side].set(band, (book = { applications: 0, offered: 0, amount: 0, loss: 0, earned: 0 }));
    book.applications += 1;
    if (!isOffered(outcome)) return;
    const { lossGivenDefault, exposureAtDefault, averageBalance, lineMonths } = this.#assumptions;
    const pd = (numberOf(inputs['pd']) ?? 0) / 1_000_000;
    const months = numberOf(inputs['term']) ?? lineMonths;
    const interest = (amountCents * rateBasisPoints * averageBalance * months) / (10_000 * 12);
    const origination = (amountCents * (numberOf(result.derived['origination_fee']) ?? 0)) / 10_000;
    const subscription = (valueOf(result, 'subscription_fee') ?? 0) * months;
    book.offered += 1;
    book.amount += amountCents;
    book.loss += amountCents * exposureAtDefault * lossGivenDefault * pd;
    book.earned += (interest + subscription) * (1 - pd) + origination;
  }

  #moved(id: string, champion: Decided, candidate: Decided): void {
    for (const by of causesOf(champion, candidate)) {
      const key = `${champion.outcome} ${candidate.outcome} ${by}`;
      let mover = this.#movers.get(key);
      if (!mover) this.#movers.set(key, (mover = { count: 0, samples: [] }));
      mover.count += 1;
      if (mover.samples.length < SAMPLES) mover.samples.push(id);
    }
  }
}

function without(inputs: Inputs, names: readonly string[]): Inputs {
  if (names.length === 0) return inputs;
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
}

class Tally {
  readonly #counts = new Map<string, Record<Side, number>>();

  add(name: string, side: Side): void {
    let counts = this.#counts.get(name);
    if (!counts) this.#counts.set(name, (counts = { champion: 0, candidate: 0 }));
    counts[side] += 1;
  }

  /** By name. */
  entries(): [string, BySide<number>][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function decisionOf(result: PolicyResult, inputs: Inputs): Decided {
  const rateBasisPoints = valueOf(result, 'annual_rate') ?? 0;
  const none = { result, rateBasisPoints, amountCents: 0, boundBy: 'NONE' };
  if (result.outcome !== 'APPROVE') return { ...none, outcome: result.outcome };
  if (valueOf(result, 'annual_rate') === null) return { ...none, outcome: 'DECLINE', boundBy: 'NO_PRICE' };
  const requested = numberOf(inputs['requested_amount']) ?? numberOf(inputs['requested_limit']);
  let [amount, boundBy] = [requested ?? Number.POSITIVE_INFINITY, 'REQUESTED'];
  const bind = (limit: string, cents: number | null): void => {
    if (cents !== null && cents < amount) [amount, boundBy] = [Math.max(0, cents), limit];
  };
  bind('TIER_MAXIMUM', valueOf(result, 'largest_amount'));
  const [cap, value] = [valueOf(result, 'ltv_cap'), numberOf(inputs['vehicle_value'])];
  if (cap !== null && value !== null) bind('LTV', Math.floor((cap * value) / 10_000));
  bind(result.limits.binding ?? 'NONE', result.limits.amount);
  bindPayments(result, inputs, bind);
  if (!Number.isFinite(amount)) return { ...none, outcome: 'REFER' };
  if (boundBy === 'REQUESTED') return { result, rateBasisPoints, amountCents: amount, boundBy, outcome: 'APPROVE' };
  const step = valueOf(result, 'amount_step') ?? 1;
  const stepped = Math.floor(amount / step) * step;
  const tooSmall = stepped < (valueOf(result, 'smallest_amount') ?? 1);
  if (tooSmall) return { ...none, outcome: 'DECLINE', boundBy };
  // Who named no limit gets what there is: that is no smaller offer.
  const outcome = requested === null ? 'APPROVE' : 'COUNTEROFFER';
  return { result, rateBasisPoints, amountCents: stepped, boundBy, outcome };
}

function bindPayments(result: PolicyResult, inputs: Inputs, bind: (limit: string, cents: number | null) => void): void {
  const [term, rate] = [numberOf(inputs['term']), valueOf(result, 'annual_rate')];
  const [income, housing] = [numberOf(inputs['annual_income']), numberOf(inputs['housing_payment'])];
  if (term === null || rate === null || income === null) return;
  const principalOf = (payment: number): number => maximumPrincipalCents(Math.max(0, payment), factorOf(rate, term));
  const [pti, dti] = [valueOf(result, 'pti_cap'), valueOf(result, 'dti_cap')];
  if (pti !== null) bind('PTI', principalOf(Math.floor((income * pti) / 120_000)));
  const obligations = valueOf(result, 'obligations');
  if (dti === null || housing === null || obligations === null) return;
  bind('DTI', principalOf(Math.floor((income * dti) / 120_000) - housing - obligations));
}

const factors = new Map<string, AnnuityFactor>();

/** A policy has few rates and terms, and a backtest many applications. */
function factorOf(rateBasisPoints: number, termMonths: number): AnnuityFactor {
  const key = `${rateBasisPoints} ${termMonths}`;
  let factor = factors.get(key);
  if (!factor) factors.set(key, (factor = annuityFactor(rateBasisPoints, termMonths)));
  return factor;
}

/** Rules that failed under one policy alone; where there is none, what bound the amount, or what was refused. */
function causesOf(champion: Decided, candidate: Decided): string[] {
  const [left, right] = [champion, candidate].map(
    ({ result }) => new Map(result.failed.map((each) => [each.rule, each])),
  );
  const same = (a: FailedRule | undefined, b: FailedRule | undefined): boolean =>
    a?.outcome === b?.outcome && a?.action === b?.action;
  const rules = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])];
  const causes = rules.filter((rule) => !same(left?.get(rule), right?.get(rule)));
  if (causes.length > 0) return causes;
  const refused = [champion, candidate].flatMap(({ result }) => [
    ...result.invalidInputs.map(({ name }) => `input:${name}`),
    ...result.unevaluated,
  ]);
  if (refused.length > 0) return [...new Set(refused)];
  return [`limit:${candidate.boundBy === 'REQUESTED' ? champion.boundBy : candidate.boundBy}`];
}

const isOffered = (outcome: BacktestOutcome): boolean => outcome === 'APPROVE' || outcome === 'COUNTEROFFER';

function valueOf({ derived, tables }: PolicyResult, name: string): number | null {
  return numberOf(tables[name] ?? derived[name]);
}

function numberOf(value: number | string | boolean | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function outcomesOf(pair: string): { from: BacktestOutcome; to: BacktestOutcome } {
  const [from, to] = pair.split(' ');
  return { from: from as BacktestOutcome, to: to as BacktestOutcome };
}

function byOutcomes(
  a: { readonly from: BacktestOutcome; readonly to: BacktestOutcome },
  b: { readonly from: BacktestOutcome; readonly to: BacktestOutcome },
): number {
  const at = (outcome: BacktestOutcome): number => BACKTEST_OUTCOMES.indexOf(outcome);
  return at(a.from) - at(b.from) || at(a.to) - at(b.to);
}

function bySide<Value>(of: (side: Side) => Value): BySide<Value> {
  return { champion: of('champion'), candidate: of('candidate') };
}

function figuresOf(books: readonly Book[]): BookFigures {
  const sum = (of: (book: Book) => number): number => Math.round(books.reduce((total, book) => total + of(book), 0));
  return {
    applications: sum(({ applications }) => applications),
    offered: sum(({ offered }) => offered),
    amountCents: sum(({ amount }) => amount),
    expectedLossCents: sum(({ loss }) => loss),
    yieldCents: sum(({ earned }) => earned),
  };
}
