/**
 * The types of a compiled policy module, and the check of its text. This entry carries no compiler. The module itself is
 * plain JavaScript and imports nothing.
 */
import type { Action, Authority, Clearable, PolicyModel, Stage } from './policy.ts';

export {
  AUTHORITY_ROLES,
  DECISION_KINDS,
  type Authority,
  type AuthorityRole,
  type DecisionKind,
  type RoleLimits,
  GROUNDS,
  type Ground,
  MODEL_PURPOSES,
  type ModelPurpose,
  MODEL_USES,
  type ModelUse,
  type PolicyModel,
  type Stage,
} from './policy.ts';
export { bandInput, cutoffInput, misfitsOf, modelInputs, type Misfit, type ModelDeclaration } from './fit.ts';
export { CompiledPolicyDamaged, verifyModule } from './verify.ts';

/** Money in cents, ratios in basis points, dates `YYYY-MM-DD`, null where missing. */
export type InputValue = number | string | boolean | null;
export type Inputs = Readonly<Record<string, InputValue>>;

/** `MISSING_...`: a value the rule reads is missing, and this is what the policy says then. */
export type RuleOutcome = 'PASSED' | 'FIRED' | 'MISSING_PASSED' | 'MISSING_FIRED' | 'MISSING_REFERRED';
export type PolicyOutcome = 'HOLD' | 'NOT_OFFERED' | 'DECLINE' | 'REFER' | 'APPROVE' | 'PROCEED';
export type InputFault =
  | 'ABSENT'
  | 'UNKNOWN'
  | 'NULL'
  | 'WRONG_TYPE'
  | 'NOT_A_NUMBER'
  | 'NOT_WHOLE'
  | 'NOT_A_DATE'
  | 'OUT_OF_RANGE'
  | 'NOT_IN_ENUMERATION';

export interface PolicyIdentity {
  readonly id: string;
  readonly version: string;
  readonly product: string;
  /** `YYYY-MM-DD`. */
  readonly effective: string;
  /** SHA-256 of the YAML text, 64 hexadecimal digits. */
  readonly sourceDigest: string;
}

export interface FailedRule {
  readonly rule: string;
  /** What it asks for: the rule's action, or `refer` where it could not be evaluated. */
  readonly action: Action;
  readonly outcome: Exclude<RuleOutcome, 'PASSED' | 'MISSING_PASSED'>;
  /** A reason code, or `from(model)`, `from(bureau)`: the key factors of that score; `from(limit)`: `limits.reason`;
   * `none` of a hold or referral that reads no fact about the applicant; of `not_offered`, `law` or `type-of-credit`. */
  readonly reason: string;
}

export interface PolicyResult {
  readonly policy: PolicyIdentity;
  readonly stage: Stage;
  /** `PROCEED` only before the bureau, `APPROVE` only in full. */
  readonly outcome: PolicyOutcome;
  /** Every rule of the stage, and in full those before the bureau too. Empty when inputs are invalid. */
  readonly rules: Readonly<Record<string, RuleOutcome>>;
  /** By falling severity, then by rule id. */
  readonly failed: readonly FailedRule[];
  /** Cents, basis points, counts, booleans; null where missing. */
  readonly derived: Readonly<Record<string, number | boolean | null>>;
  /** Of the text, and in full those of the model package. */
  readonly bands: Readonly<Record<string, string | null>>;
  readonly tables: Readonly<Record<string, number | null>>;
  /** The smallest amount binds, cents; of equal ones the first of the text. All null when one asks for a person. */
  readonly limits: {
    readonly amounts: Readonly<Record<string, number | null>>;
    readonly binding: string | null;
    readonly amount: number | null;
    readonly reason: string | null;
  };
  readonly conditions: readonly {
    readonly condition: string;
    readonly clear: Clearable;
    readonly outcome: 'FIRED' | 'MISSING_FIRED';
  }[];
  /** What had no result and asks for a person, such as `tables.apr`, `limits.by_income`. */
  readonly unevaluated: readonly string[];
  /** Never the value: it may be personal. Any entry makes the outcome REFER. */
  readonly invalidInputs: readonly { readonly name: string; readonly fault: InputFault }[];
}

export interface Comparison {
  /** As the policy writes it. */
  readonly text: string;
  readonly name: string;
  readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!=';
  readonly value: number | null;
  readonly threshold: number | null;
  readonly holds: boolean | null;
  /** The smallest change of the value that turns the comparison, in its unit (days for dates); null when missing. */
  readonly change: number | null;
}

export interface PolicyExplanation {
  readonly policy: PolicyIdentity;
  readonly stage: Stage;
  readonly outcome: PolicyOutcome;
  readonly rules: readonly {
    readonly rule: string;
    readonly action: Action;
    readonly outcome: RuleOutcome;
    readonly reads: Readonly<Record<string, InputValue>>;
    readonly comparisons: readonly Comparison[];
  }[];
  readonly invalidInputs: PolicyResult['invalidInputs'];
}

export interface PolicyModule {
  readonly policy: PolicyIdentity;
  /** Absent where the text has no section `model`. */
  readonly model?: PolicyModel;
  /** Absent where the text sets no limits. */
  readonly authority?: Authority;
  /** Throws nothing for any plain value as inputs. @throws RangeError for an unknown stage. */
  readonly evaluate: (stage: Stage, inputs: Inputs) => PolicyResult;
  /** As `evaluate`, for a reviewer's screen. @throws RangeError for an unknown stage. */
  readonly explain: (stage: Stage, inputs: Inputs) => PolicyExplanation;
}
