import { Stack, Token, Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Every finding of cdk-nag's rules that is not acknowledged one by one fails the synthesis. */
export function addSecurityChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new ServerlessChecks(app));
}

type Rule = `${'AwsSolutions' | 'NIST.800.53.R5' | 'Serverless'}-${string}`;

/** Accepts one finding about a construct and what is in it. @param reason one that a reviewer would accept. */
export function acknowledge(scope: IConstruct, rule: Rule, reason: string): void {
  Validations.of(scope).acknowledge({ id: `${rule.slice(0, rule.indexOf('-'))}::${rule}`, reason });
}

/** Accepts that a role's grants are written into a policy of its own. */
export function acknowledgeOwnPolicy(role: IConstruct): void {
  const reason = 'The policy is of this one role and goes with it; a managed one could be attached to another.';
  acknowledge(role, 'NIST.800.53.R5-IAMNoInlinePolicy', reason);
}

/** Accepts wildcards in a role's policies, each by its resource as cdk-nag writes it. @param reason why none narrower does. */
export function acknowledgeWildcards(role: IConstruct, resources: readonly string[], reason: string): void {
  for (const resource of resources) acknowledge(role, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
}

/** An ARN of `states` in a construct's account as cdk-nag writes it, with a name for each part that the credentials decide. */
export function stateArnInFindings(scope: IConstruct, rest: string): string {
  const { partition, region, account } = Stack.of(scope);
  const known = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  return `arn:${known(partition, 'Partition')}:states:${known(region, 'Region')}:${known(account, 'AccountId')}:${rest}`;
}
