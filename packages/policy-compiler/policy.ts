/**
 * A policy that passed every check: what the generator writes code from. Amounts are integer cents, ratios integer basis
 * points, dates days since 1970-01-01, enumerations indexes into `labels`, booleans 0 and 1.
 */
export const STAGES = ['pre-bureau', 'full'] as const;
export type Stage = (typeof STAGES)[number];
/** Of two that are asked for the first goes before. */
export const ACTIONS = ['hold', 'not_offered', 'decline', 'refer'] as const;
export type Action = (typeof ACTIONS)[number];
export const MISSING_ACTIONS = ['pass', 'fire', 'refer'] as const;
export type MissingAction = (typeof MISSING_ACTIONS)[number];
/** Why a credit is not offered without any adverse action (12 CFR 1002.2(c)(2)(iv), (v)). */
export const GROUNDS = ['law', 'type-of-credit'] as const;
export type Ground = (typeof GROUNDS)[number];
/** What a person can be asked to verify before funding. */
export const CLEARABLE = ['income', 'identity', 'employment', 'title'] as const;
export type Clearable = (typeof CLEARABLE)[number];
export const ROUNDINGS = ['down', 'half-up', 'up'] as const;
export type Rounding = (typeof ROUNDINGS)[number];
export const PRODUCTS = ['personal-loan', 'auto-loan', 'credit-line'] as const;
type Product = (typeof PRODUCTS)[number];
/** Where a reason comes from when the rule itself cannot say it: the score's own key factors, or the binding limit. */
export type ReasonSource = 'model' | 'bureau' | 'limit';
/** The reason of a hold or referral that reads no fact about the applicant, such as the lender's own outage. */
export const NO_REASON = 'none';

/** What a model predicts. */
export const MODEL_PURPOSES = ['default'] as const;
export type ModelPurpose = (typeof MODEL_PURPOSES)[number];

/**
 * What a policy may do with a score. `decide`: a rule reads it. `price`: a rate depends on it. `limit`: an amount or a term
 * depends on it.
 */
export const MODEL_USES = ['decide', 'price', 'limit'] as const;
export type ModelUse = (typeof MODEL_USES)[number];

/** What a policy takes from the model package of its product: the section `model`, and the uses that the text makes. */
export interface PolicyModel {
  readonly purpose: ModelPurpose;
  readonly uses: readonly ModelUse[];
  /** Names of cut-offs of the package. Each is an input: see `cutoffInput`. */
  readonly cutoffs: readonly string[];
  /** Names of bands of the package, each with the names of its ranges. Each is an input: see `bandInput`. */
  readonly bands: Readonly<Record<string, readonly string[]>>;
}

/** The roles that decide reviews. */
export const AUTHORITY_ROLES = ['reviewer', 'senior-reviewer'] as const;
export type AuthorityRole = (typeof AUTHORITY_ROLES)[number];

/**
 * What a person's decision is beside the policy's own outcome. A decision `without-offer` has no offer of the policy to
 * compare with. `own-words` joins another kind: a reason is stated in the reviewer's own words.
 */
export const DECISION_KINDS = [
  'as-policy',
  'for-applicant',
  'against-applicant',
  'other-terms',
  'approved-without-offer',
  'declined-without-offer',
  'hard-decline-reversed',
  'hold-cleared',
  'own-words',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** People who may not review or approve: the requester, and the reviewer of a decision that is superseded. */
export const SEPARATED = ['requester', 'earlier-reviewer'] as const;
type Separated = (typeof SEPARATED)[number];

/** What one role may decide. */
export interface RoleLimits {
  /** The largest approved amount, in cents. */
  readonly amount: number;
  /** The largest distance from the policy's rate, in basis points. */
  readonly corridor: number;
  /** Kinds that a person in the role decides alone. */
  readonly alone: readonly DecisionKind[];
  /** Kinds that a person in the role confirms as the second person. */
  readonly confirms: readonly DecisionKind[];
}

/** The authority limits of a policy. */
export interface Authority {
  /** The smallest and the largest rate of the policy's price table, in basis points: no approval is outside. */
  readonly rates: { readonly low: number; readonly high: number };
  readonly roles: Readonly<Partial<Record<AuthorityRole, RoleLimits>>>;
  /** The role that decides a review whose deadline has passed. */
  readonly escalation: AuthorityRole;
  readonly separate: readonly Separated[];
}

export type Kind = 'money' | 'score' | 'integer' | 'ratio' | 'months' | 'date' | 'enumeration' | 'boolean';

export interface Type {
  readonly kind: Kind;
  readonly nullable: boolean;
  /** Inclusive. */
  readonly low: number;
  readonly high: number;
  /** Of an enumeration, in declared order; empty for every other kind. */
  readonly labels: readonly string[];
}

/** A name that expressions can read. */
export interface Value {
  readonly name: string;
  /** `model`: an input that the section `model` makes. */
  readonly from: 'input' | 'model' | 'derived' | 'band' | 'table' | 'limit';
  readonly at: number;
  readonly type: Type;
  /** The first stage at which it is known. */
  readonly stage: Stage;
  readonly sources: ReadonlySet<ReasonSource>;
  /** Names of the prohibited inputs that it rests on. */
  readonly prohibited: ReadonlySet<string>;
  /** Whether it rests on nothing but what type of credit is asked for. */
  readonly saysType: boolean;
}

interface Ranged {
  readonly low: number;
  readonly high: number;
}
export type Term = Ranged &
  (
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'sum' | 'difference' | 'product'; readonly left: Term; readonly right: Term }
    | { readonly kind: 'least' | 'greatest'; readonly of: readonly Term[] }
  );
export type Comparator = '<' | '<=' | '>' | '>=' | '==' | '!=';
/** A condition in three-valued logic: a comparison with a missing value is neither true nor false. */
export type Test =
  | { readonly kind: 'flag'; readonly name: string; readonly at: number; readonly text: string }
  | { readonly kind: 'is-null'; readonly name: string; readonly at: number; readonly text: string }
  | {
      readonly kind: 'member';
      readonly name: string;
      readonly values: readonly number[];
      readonly at: number;
      readonly text: string;
    }
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Term;
      readonly right: Term;
      readonly at: number;
      readonly text: string;
    }
  | { readonly kind: 'not'; readonly of: Test }
  | { readonly kind: 'and' | 'or'; readonly left: Test; readonly right: Test };

/** `guards` are the names that make the result missing when they are. */
export type Formula =
  | { readonly kind: 'missing' }
  | { readonly kind: 'choice'; readonly test: Test; readonly yes: Formula; readonly no: Formula }
  | { readonly kind: 'exact'; readonly term: Term; readonly guards: readonly string[] }
  | {
      /** unit * round(numerator * scale / denominator); missing when the denominator is 0. */
      readonly kind: 'quotient';
      readonly numerator: Term;
      readonly denominator: Term;
      readonly scale: number;
      readonly unit: number;
      readonly rounding: Rounding;
      readonly guards: readonly string[];
    }
  | { readonly kind: 'condition'; readonly test: Test };

interface Derived {
  readonly kind: 'derived';
  readonly value: Value;
  readonly formula: Formula;
}
interface Band {
  readonly kind: 'band';
  readonly value: Value;
  readonly of: string;
  /** Ascending; cell n covers [cuts[n-1], cuts[n]). */
  readonly cuts: readonly number[];
}
export interface Axis {
  readonly name: string;
  /** Of a numeric axis; undefined for one that reads its cells by key. */
  readonly cuts: readonly number[] | undefined;
  /** For a key axis: the cell of every label, by the label's index. */
  readonly cells: readonly number[];
  readonly size: number;
}
export interface Table {
  readonly kind: 'table';
  readonly value: Value;
  readonly axes: readonly Axis[];
  /** Row-major; null where nothing is offered. */
  readonly cells: readonly (number | null)[];
  /** What a missing result does: nothing, or a person looks. */
  readonly missing: 'pass' | 'refer';
}
export type Step = Derived | Band | Table;

export interface Limit {
  readonly name: string;
  readonly at: number;
  readonly formula: Formula;
  readonly nullable: boolean;
  readonly reason: string;
  readonly missing: 'pass' | 'refer';
}
export interface Guarded {
  readonly id: string;
  readonly at: number;
  readonly when: Test;
  /** Every name whose absence can leave the condition open. */
  readonly missing: ReadonlyMap<string, MissingAction>;
}
export interface Rule extends Guarded {
  readonly stage: Stage;
  readonly action: Action;
  /** A reason code, or `from(model)`, `from(bureau)`, `from(limit)`; of a hold or referral also `none`; of `not_offered` a ground. */
  readonly reason: string;
  /** 1 to 100; reasons are given in falling severity, then by rule id. */
  readonly severity: number;
}
export interface Condition extends Guarded {
  readonly clear: Clearable;
}

export interface Policy {
  readonly id: string;
  readonly version: string;
  readonly product: Product;
  readonly effective: string;
  readonly sourceDigest: string;
  readonly inputs: readonly Value[];
  /** In an order in which each reads only what is before it. */
  readonly steps: readonly Step[];
  readonly limits: readonly Limit[];
  /** In the order in which their reasons are given. */
  readonly rules: readonly Rule[];
  readonly conditions: readonly Condition[];
  /** Undefined where the text has no section `model`. */
  readonly model: PolicyModel | undefined;
  /** Who may decide what of it; undefined where the text sets no limits. */
  readonly authority: Authority | undefined;
  /** Every name that can be read. */
  readonly values: ReadonlyMap<string, Value>;
}

export function termNames(term: Term): string[] {
  switch (term.kind) {
    case 'number':
      return [];
    case 'name':
      return [term.name];
    case 'sum':
    case 'difference':
    case 'product':
      return [...termNames(term.left), ...termNames(term.right)];
    case 'least':
    case 'greatest':
      return term.of.flatMap(termNames);
  }
}

/** An atom of a condition: a test that holds no other test. */
export type Atom = Extract<Test, { text: string }>;

export function atomsOf(test: Test): Atom[] {
  switch (test.kind) {
    case 'not':
      return atomsOf(test.of);
    case 'and':
    case 'or':
      return [...atomsOf(test.left), ...atomsOf(test.right)];
    case 'flag':
    case 'is-null':
    case 'member':
    case 'compare':
      return [test];
  }
}

export function atomNames(atom: Atom): string[] {
  return atom.kind === 'compare' ? [...termNames(atom.left), ...termNames(atom.right)] : [atom.name];
}

export function testNames(test: Test): string[] {
  return atomsOf(test).flatMap(atomNames);
}

/** The conditions by which a formula chooses. */
export function formulaTests(formula: Formula): Test[] {
  if (formula.kind === 'condition') return [formula.test];
  if (formula.kind !== 'choice') return [];
  return [formula.test, ...formulaTests(formula.yes), ...formulaTests(formula.no)];
}

export function formulaNames(formula: Formula): string[] {
  switch (formula.kind) {
    case 'missing':
      return [];
    case 'choice':
      return [...testNames(formula.test), ...formulaNames(formula.yes), ...formulaNames(formula.no)];
    case 'exact':
      return termNames(formula.term);
    case 'quotient':
      return [...termNames(formula.numerator), ...termNames(formula.denominator)];
    case 'condition':
      return testNames(formula.test);
  }
}
