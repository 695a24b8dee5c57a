import type { Policy, Stage, Value } from './policy.ts';

const quote = (text: string): string => JSON.stringify(text);

/** TypeScript declarations of a policy's module: the inputs of each stage by name, and the names of what it gives. */
export function generateTypes(policy: Policy): string {
  const inputs = (stage: Stage): string =>
    policy.inputs
      .filter((input) => input.stage === stage)
      .map((input) => `  /** ${describe(input)} */\n  readonly ${input.name}: ${typeOf(input)};`)
      .join('\n');
  const names = (values: readonly string[]): string => values.map(quote).join(' | ') || 'never';
  const modelBands = policy.inputs.filter(({ from, type }) => from === 'model' && type.labels.length > 0);
  const steps = policy.steps.map((step) => step.value);
  const section = (from: Value['from'], others: readonly Value[] = []): string =>
    [...steps, ...others]
      .filter((value) => value.from === from || others.includes(value))
      .map((value) => `    readonly ${value.name}: ${typeOf(value)};`)
      .join('\n');
  return `// Inputs and results of policy ${policy.id} ${policy.version}. Written by the compiler; not to be edited.
export interface PreBureauInputs {
${inputs('pre-bureau')}
}
export interface FullInputs extends PreBureauInputs {
${inputs('full')}
}
export type RuleId = ${names(policy.rules.map((rule) => rule.id))};
export type LimitName = ${names(policy.limits.map((limit) => limit.name))};
export type ConditionId = ${names(policy.conditions.map((condition) => condition.id))};
export interface Values {
  readonly derived: {
${section('derived')}
  };
  readonly bands: {
${section('band', modelBands)}
  };
  readonly tables: {
${section('table')}
  };
}
`;
}

function typeOf({ type }: Value): string {
  const base =
    type.labels.length > 0
      ? type.labels.map(quote).join(' | ')
      : type.kind === 'boolean'
        ? 'boolean'
        : type.kind === 'date'
          ? 'string'
          : 'number';
  return type.nullable ? `${base} | null` : base;
}

function describe({ type }: Value): string {
  const units: Partial<Record<typeof type.kind, string>> = {
    money: 'Cents',
    ratio: 'Basis points',
    months: 'Months',
    score: 'Score',
    integer: 'Whole number',
  };
  const unit = units[type.kind];
  if (unit) return `${unit}, ${type.low} to ${type.high}.`;
  return type.kind === 'date' ? 'YYYY-MM-DD.' : 'One of these.';
}
