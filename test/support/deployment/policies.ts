/**
 * Whether an account would let a principal make a call, by the policies that were synthesised: as IAM decides within one
 * account, what is denied anywhere is denied, else what is allowed by an identity or a resource is allowed
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 */
import type { Statement } from '../synthesised.ts';
import type { Call } from './calls.ts';
import type { Deployed } from './template.ts';

export interface Policies {
  /** By principal. */
  readonly identities: ReadonlyMap<string, readonly Statement[]>;
  /** Of tables and buckets: what they deny to everybody. */
  readonly resources: readonly Statement[];
}

/** `IntakeApplicationRole75539DAD` → `IntakeApplication`; the state machines' roles → `Workflow` and `Batch`. */
const principalOf = (role: string): string => role.replace(/(StateMachine)?Role[0-9A-F]{8}$/, '') || 'Batch';

export function policiesOf(deployment: Deployed): Policies {
  const identities = new Map<string, Statement[]>();
  for (const { properties } of deployment.resources('AWS::IAM::Policy')) {
    const { Roles, PolicyDocument } = properties as { Roles: string[]; PolicyDocument: { Statement: Statement[] } };
    for (const role of Roles) {
      const principal = principalOf(role);
      identities.set(principal, [...(identities.get(principal) ?? []), ...PolicyDocument.Statement]);
    }
  }
  const statements: Statement[] = [];
  for (const { properties } of deployment.resources('AWS::S3::BucketPolicy'))
    statements.push(...statementsIn(properties));
  for (const { id, stack, properties } of deployment.resources('AWS::DynamoDB::Table')) {
    const table = deployment.arn(id, stack);
    const policy = (properties['ResourcePolicy'] ?? {}) as Record<string, unknown>;
    // In a table's policy `*` is the table and what is in it.
    for (const statement of statementsIn(policy)) statements.push({ ...statement, Resource: [table, `${table}/*`] });
  }
  return { identities, resources: statements };
}

const statementsIn = ({ PolicyDocument }: Record<string, unknown>): Statement[] =>
  ((PolicyDocument as { Statement: Statement[] } | undefined)?.Statement ?? []).filter(
    ({ Effect }) => Effect === 'Deny',
  );

/** @returns why it is refused; undefined when it is allowed. */
export function refusal({ identities, resources }: Policies, call: Call): string | undefined {
  const own = identities.get(call.principal) ?? [];
  const fitting = [...own, ...resources].filter((statement) => fits(statement, call));
  const denied = fitting.find(({ Effect }) => Effect === 'Deny');
  const asked = `${call.principal} ${call.action} ${call.resource}`;
  if (denied) return `${asked}: denied by ${denied.Sid ?? 'a policy'}`;
  return fitting.length > 0 ? undefined : `${asked}: nothing allows it`;
}

function fits(statement: Statement, { action, resource, context }: Omit<Call, 'principal'>): boolean {
  return (
    [statement.Action].flat().some((pattern) => like(pattern, action, 'i')) &&
    [statement.Resource].flat().some((pattern) => like(String(pattern), resource)) &&
    conditionsHold(statement, { ...TRANSPORT, ...context })
  );
}

/** The SDK speaks TLS with AWS; the servers on this machine do not. */
const TRANSPORT = { 'aws:SecureTransport': ['true'], 's3:TlsVersion': ['1.3'] };

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function conditionsHold({ Condition = {} }: Statement, context: Call['context']): boolean {
  return Object.entries(Condition).every(([operator, tests]) =>
    Object.entries(tests).every(([key, wanted]) => {
      const values = [wanted].flat().map(String);
      const present = context[key];
      switch (operator) {
        case 'StringEquals':
        case 'ForAnyValue:StringEquals':
        case 'Bool':
          return present?.some((value) => values.includes(value)) ?? false;
        case 'ArnLike':
        case 'StringLike':
          return present?.some((value) => values.some((pattern) => like(pattern, value))) ?? false;
        case 'ForAllValues:StringEquals':
          return present?.every((value) => values.includes(value)) ?? true;
        case 'ForAllValues:StringLike':
          return present?.every((value) => values.some((pattern) => like(pattern, value))) ?? true;
        case 'Null':
          return values.includes(String(present === undefined));
        case 'NumericLessThan':
          return present?.some((value) => values.some((limit) => Number(value) < Number(limit))) ?? false;
        default:
          throw new TypeError(`The condition ${operator} is not known here.`);
      }
    }),
  );
}

/** `*` stands for any characters, `?` for one. */
function like(pattern: string, value: string, flags = ''): boolean {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, flags).test(value);
}

/** A (principal, action, resource) that a policy allows. */
export interface Grant {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly condition?: Statement['Condition'];
}

export function grantsOf({ identities }: Policies): Grant[] {
  return [...identities].flatMap(([principal, statements]) =>
    statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource, Condition }) =>
        [Action].flat().flatMap((action) =>
          [Resource].flat().map((resource) => ({
            principal,
            action,
            resource: String(resource),
            ...(Condition && { condition: Condition }),
          })),
        ),
      ),
  );
}

/** Whether a grant is what allows a call. */
export const uses = ({ principal, action, resource, condition }: Grant, call: Call): boolean =>
  principal === call.principal &&
  fits({ Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }, call);
