import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';

import { WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { MAX_BODY_BYTES } from '../../app/contracts.ts';
import { keys } from '../../domain/projections/keys.ts';
import { FUNCTIONS, namesOfKind } from '../../lambdas/functions.ts';
import { addUnderwright } from '../../lib/underwright-app.ts';
import { stageNamed } from '../../stages/stage.ts';
import {
  actionsOf,
  contextWithoutBundling,
  permissions,
  resourcesOf,
  synthesise,
  type Statement,
} from '../support/synthesised.ts';

let api: Template;
let production: Template;
let allowed: Map<string, Statement[]>;
beforeAll(() => {
  ({ api } = synthesise('sandbox'));
  production = synthesise('production').api;
  allowed = permissions(api);
});

const actionsAllowed = (name: string): string[] =>
  [...new Set((allowed.get(name) ?? []).flatMap(actionsOf))]
    // Of its log and its trace.
    .filter((action) => !/^(logs|xray):/.test(action))
    .sort();

describe('The API', () => {
  test('has a method for each operation of the document, and no other', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
    const stated = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const parts = new Map<string, { part: string; parent: string }>();
    for (const [id, { Properties }] of resourcesOf(api, 'AWS::ApiGateway::Resource')) {
      const { PathPart: part, ParentId } = Properties as { PathPart: string; ParentId: { Ref?: string } };
      parts.set(id, { part, parent: ParentId.Ref ?? '' });
    }
    const pathOf = (id: string): string => {
      const found = parts.get(id);
      return found ? `${pathOf(found.parent)}/${found.part}` : '';
    };
    const made = resourcesOf(api, 'AWS::ApiGateway::Method').map(([, { Properties }]) => {
      const { HttpMethod, ResourceId } = Properties as { HttpMethod: string; ResourceId: { Ref: string } };
      return `${HttpMethod} ${pathOf(ResourceId.Ref)}`;
    });
    expect(made.sort()).toEqual(stated.sort());
  });

  test('lets nobody to a function who has no token', () => {
    api.allResourcesProperties('AWS::ApiGateway::Method', {
      AuthorizationType: 'CUSTOM',
      AuthorizerId: Match.anyValue(),
      RequestValidatorId: Match.anyValue(),
    });
    api.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'TOKEN',
      IdentityValidationExpression: '^Bearer [-0-9A-Za-z._]+$',
    });
  });

  test('is behind a firewall that takes no larger body than the functions do', () => {
    api.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: Match.anyValue() });
    const acl = resourcesOf(api, 'AWS::WAFv2::WebACL')[0]?.[1].Properties as { Rules: { Name: string }[] };
    expect(acl.Rules.map(({ Name }) => Name)).toEqual([
      'TooManyRequests',
      'TooLarge',
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
    expect(JSON.stringify(acl)).toContain(
      `"ComparisonOperator":"GT","FieldToMatch":{"Body":{"OversizeHandling":"MATCH"}},"Size":${MAX_BODY_BYTES}`,
    );
  });

  test('logs which route was called, and neither path, address nor caller', () => {
    const { AccessLogSetting, MethodSettings, TracingEnabled } = (resourcesOf(api, 'AWS::ApiGateway::Stage')[0]?.[1]
      .Properties ?? {}) as { AccessLogSetting: { Format: string }; MethodSettings: object[]; TracingEnabled: boolean };
    expect(AccessLogSetting.Format).toContain('$context.resourcePath');
    expect(AccessLogSetting.Format).not.toMatch(/\$context\.(path|identity|authorizer\.(id|principalId|claims))/);
    expect(MethodSettings).toEqual([expect.objectContaining({ DataTraceEnabled: false })]);
    expect(TracingEnabled).toBe(true);
  });

  test('leaves the log role of the account alone, unless the stage sets it', () => {
    for (const template of [api, production]) template.resourceCountIs('AWS::ApiGateway::Account', 0);
    const app = new App({ context: contextWithoutBundling() });
    const stage = { ...stageNamed('sandbox'), setsApiGatewayLogRole: true };
    const setting = Template.fromStack(addUnderwright(app, stage).api);
    const [[, role] = ['', undefined]] = resourcesOf(setting, 'AWS::ApiGateway::Account');
    expect(role).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('creates the log of the gateway’s own errors with a key and an end, before the stage writes to it', () => {
    const [id] = resourcesOf(api, 'AWS::Logs::LogGroup').find(([, { Properties }]) =>
      JSON.stringify(Properties).includes('API-Gateway-Execution-Logs_'),
    )!;
    const [[, stage] = ['', undefined]] = resourcesOf(api, 'AWS::ApiGateway::Stage');
    expect(stage).toMatchObject({ DependsOn: expect.arrayContaining([id]) });
    const [[restApi] = ['']] = resourcesOf(api, 'AWS::ApiGateway::RestApi');
    api.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: { 'Fn::Join': ['', ['API-Gateway-Execution-Logs_', { Ref: restApi }, '/v1']] },
      KmsKeyId: Match.anyValue(),
      RetentionInDays: stageNamed('sandbox').logRetentionDays,
    });
  });

  test('takes as many requests as its stage says', () => {
    for (const [template, { requests }] of [
      [api, stageNamed('sandbox')],
      [production, stageNamed('production')],
    ] as const) {
      template.hasResourceProperties('AWS::ApiGateway::Stage', {
        MethodSettings: [
          Match.objectLike({ ThrottlingRateLimit: requests.perSecond, ThrottlingBurstLimit: requests.atOnce }),
        ],
      });
      template.hasResourceProperties('AWS::WAFv2::WebACL', {
        Rules: Match.arrayWith([
          Match.objectLike({
            Name: 'TooManyRequests',
            Statement: { RateBasedStatement: Match.objectLike({ Limit: requests.fromAddress }) },
          }),
        ]),
      });
    }
  });

  test('refuses as the functions do', () => {
    for (const [, { Properties }] of resourcesOf(api, 'AWS::ApiGateway::GatewayResponse')) {
      const { StatusCode, ResponseTemplates } = Properties as {
        StatusCode: string;
        ResponseTemplates: Record<string, string>;
      };
      const problem = JSON.parse(ResponseTemplates['application/json'] ?? '') as Record<string, unknown>;
      expect(problem).toEqual({
        type: expect.stringMatching(/^urn:underwright:problem:[a-z-]+$/),
        title: expect.any(String),
        status: Number(StatusCode),
        detail: expect.any(String),
        instance: 'urn:underwright:request:$context.requestId',
      });
    }
  });

  test('answers nobody at the address that API Gateway gives where it has its own', () => {
    const { domain, issuer } = stageNamed('example');
    const { api: own } = synthesise('example');
    own.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
    own.hasResourceProperties('AWS::ApiGateway::DomainName', { DomainName: domain?.name, SecurityPolicy: 'TLS_1_2' });
    own.hasResourceProperties('AWS::ApiGateway::BasePathMapping', { BasePath: 'v1' });
    own.resourceCountIs('AWS::Cognito::UserPool', 0);
    own.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          OIDC_ISSUER: issuer?.issuer,
          OIDC_AUDIENCES: 'underwright',
          OIDC_ROLES_CLAIM: 'roles',
        }),
      },
    });
  });
});

describe('The functions of the API', () => {
  test('are one for each kind of caller, and one that reads tokens', () => {
    expect([...allowed.keys()].sort()).toEqual([...namesOfKind('api')].sort());
  });

  const READ = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
  const STORES = [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    's3:GetObject',
    's3:ListBucket',
  ];

  test('may do what their routes do, and nothing else', () => {
    expect(actionsAllowed('AuthoriseRequest')).toEqual([]);
    expect(actionsAllowed('FrontEndApi')).toEqual([...READ, ...STORES, 'lambda:InvokeFunction'].sort());
    expect(actionsAllowed('StaffApi')).toEqual([...READ, ...STORES, 'lambda:InvokeFunction'].sort());
    expect(actionsAllowed('AuditApi')).toEqual(
      [...READ, ...STORES, 'kms:GetPublicKey', 'kms:Sign', 'states:GetExecutionHistory'].sort(),
    );
  });

  test('write to the ledger and nowhere else', () => {
    for (const [name, statements] of allowed) {
      for (const statement of statements) {
        if (!actionsOf(statement).includes('dynamodb:PutItem')) continue;
        expect([name, JSON.stringify(statement.Resource)]).toEqual([name, expect.stringContaining('Ledger')]);
      }
    }
  });

  test('have done what changes something by the function that may do it', () => {
    const CALLED = Object.keys(FUNCTIONS).filter((name) => !(namesOfKind('api') as readonly string[]).includes(name));
    const called = (name: string) =>
      (allowed.get(name) ?? [])
        .filter((statement) => actionsOf(statement).includes('lambda:InvokeFunction'))
        .map(({ Resource }) => new RegExp(`(${CALLED.join('|')})`).exec(JSON.stringify(Resource))?.[1] ?? '')
        .sort();
    expect(called('FrontEndApi')).toEqual([
      'AcceptOffer',
      'AmendApplication',
      'DrawNotice',
      'IntakeApplication',
      'Prequalify',
      'ReadApplicantData',
      'ReopenApplication',
      'WithdrawApplication',
    ]);
    expect(called('StaffApi')).toEqual([
      'ClearCondition',
      'CompleteTask',
      'GovernModel',
      'GovernPolicy',
      'NextCase',
      'ReadHoldIdentity',
      'RecordDelivery',
      'RequestForgetting',
      'SearchApplicant',
      'SetLegalHold',
      'SetSwitch',
      'WorkCase',
    ]);
    expect(called('AuditApi')).toEqual([]);
  });

  test('reach the work items only where queues and lists are read', () => {
    const readers = [...allowed].filter(([, statements]) => JSON.stringify(statements).includes('WorkStore'));
    expect(readers.map(([name]) => name)).toEqual(['StaffApi']);
  });

  test('read no task token: of lists they see keys, of items those of switches and policies', () => {
    const ofItems = (allowed.get('StaffApi') ?? []).filter(
      (statement) =>
        JSON.stringify(statement.Resource).includes('WorkStore') &&
        actionsOf(statement).some((action) => action.startsWith('dynamodb:')),
    );
    const [get, query, cases] = ofItems.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(ofItems).toHaveLength(3);
    expect(cases).toMatchObject({
      Action: 'dynamodb:Query',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['CASES#*'] } },
    });
    for (const queue of ['REVIEW', 'ATTENTION'] as const) expect(keys.queue(queue)).not.toMatch(/^CASES#/);
    expect(get).toMatchObject({
      Action: 'dynamodb:GetItem',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SWITCH#*', 'POLICY#*', 'MODELS'] } },
    });
    for (const { pk } of [keys.switch('product', 'auto-loan'), keys.policy('auto-loan')]) {
      expect(pk).toMatch(/^(SWITCH|POLICY)#/);
    }
    expect(keys.task('an-application').pk).not.toMatch(/^(SWITCH|POLICY)#/);
    expect(query).toMatchObject({
      Action: 'dynamodb:Query',
      Resource: { 'Fn::Join': ['', expect.arrayContaining(['/index/index'])] },
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': expect.arrayContaining([...WORK_TABLE.keys]) },
        StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    });
    expect(JSON.stringify(query?.Condition)).not.toContain('data');
  });
});

describe('The user pool', () => {
  test('lets nobody sign up, asks for a second factor, and gives front ends one scope', () => {
    api.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      DeletionProtection: 'ACTIVE',
    });
    api.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ClientName: 'front-end',
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [{ 'Fn::Join': ['', [Match.anyValue(), '/front-end']] }],
    });
  });

  test('blocks a stolen password and a likely takeover', () => {
    api.hasResourceProperties('AWS::Cognito::UserPool', {
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
    });
    api.hasResourceProperties('AWS::Cognito::UserPoolRiskConfigurationAttachment', {
      ClientId: 'ALL',
      CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'BLOCK' }, EventFilter: ['PASSWORD_CHANGE'] },
      AccountTakeoverRiskConfiguration: { Actions: { HighAction: { EventAction: 'BLOCK', Notify: false } } },
    });
  });

  test('has the roles of people as groups', () => {
    const groups = resourcesOf(api, 'AWS::Cognito::UserPoolGroup').map(([, { Properties }]) =>
      String(Properties['GroupName']),
    );
    expect(groups.sort()).toEqual(['administrator', 'auditor', 'officer', 'reviewer', 'senior-reviewer']);
  });
});
