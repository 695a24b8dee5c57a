import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

import { MAX_BODY_BYTES } from '../app/contracts.ts';

/** Under which it is counted. */
const METRIC = 'Api';

/** AWS's managed rules, in order, with those that only count here and why. */
const MANAGED: readonly { readonly name: string; readonly counted: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', counted: [] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [] },
  // It refuses bodies over 8 KB, which a reviewer's note with its terms may have; the rule below has the API's own limit.
  { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY'] },
];

export interface ApiFirewallProps {
  readonly stage: Stage;
  /** Requests that one address may make in five minutes. */
  readonly fromAddress: number;
  readonly key: IKey;
  readonly logRetention: RetentionDays;
}

/** A firewall before a stage: AWS's managed rules, a limit for each address, and no body larger than is taken. */
export class ApiFirewall extends Construct {
  readonly acl: CfnWebACL;
  readonly association: CfnWebACLAssociation;
  readonly logging: CfnLoggingConfiguration;

  constructor(scope: Construct, id: string, { stage, fromAddress, key, logRetention }: ApiFirewallProps) {
    super(scope, id);
    this.acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(METRIC),
      associationConfig: { requestBody: { API_GATEWAY: { defaultSizeInspectionLimit: 'KB_64' } } },
      rules: rulesOf(fromAddress),
    });
    const webAclArn = this.acl.attrArn;
    this.association = new CfnWebACLAssociation(this, 'Association', { resourceArn: stage.stageArn, webAclArn });
    const logs = new LogGroup(this, 'Log', {
      // A name that begins so is what the firewall asks for.
      logGroupName: `aws-waf-logs-${Stack.of(this).stackName}`,
      encryptionKey: key,
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: webAclArn,
      logDestinationConfigs: [logs.logGroupArn.replace(/:\*$/, '')],
      // What is left is the address and the rule that refused it.
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { uriPath: {} }, { queryString: {} }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          { Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] },
        ],
      },
    });
  }

  /** Requests that it refused. */
  metricRefused(options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: 'AWS/WAFV2',
      metricName: 'BlockedRequests',
      dimensionsMap: { WebACL: METRIC, Region: Stack.of(this).region, Rule: 'ALL' },
      statistic: 'Sum',
      ...options,
    });
  }
}

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples would show requests.
  sampledRequestsEnabled: false,
});

function rulesOf(fromAddress: number): CfnWebACL.RuleProperty[] {
  return [
    {
      name: 'TooManyRequests',
      priority: 0,
      action: { block: {} },
      statement: { rateBasedStatement: { limit: fromAddress, aggregateKeyType: 'IP' } },
      visibilityConfig: visible('TooManyRequests'),
    },
    {
      name: 'TooLarge',
      priority: 1,
      action: { block: {} },
      // A document and a model package are larger: the function of each route has the limit.
      statement: {
        andStatement: {
          statements: [
            {
              sizeConstraintStatement: {
                fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
                comparisonOperator: 'GT',
                size: MAX_BODY_BYTES,
                textTransformations: [{ priority: 0, type: 'NONE' }],
              },
            },
            notEndingWith('/documents'),
            notEndingWith('/models'),
          ],
        },
      },
      visibilityConfig: visible('TooLarge'),
    },
    ...MANAGED.map(({ name, counted }, index) => ({
      name,
      priority: index + 2,
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS',
          name,
          ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
        },
      },
      visibilityConfig: visible(name),
    })),
  ];
}

const notEndingWith = (searchString: string): CfnWebACL.StatementProperty => ({
  notStatement: {
    statement: {
      byteMatchStatement: {
        fieldToMatch: { uriPath: {} },
        positionalConstraint: 'ENDS_WITH',
        searchString,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  },
});
