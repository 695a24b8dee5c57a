import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { NameOfKind } from '../lambdas/functions.ts';
import type { Stage } from '../stages/stage.ts';
import { Api } from './api.ts';
import type { RecordsStack } from './records-stack.ts';
import { UserPoolIssuer, type TokenIssuer } from './token-issuer.ts';
import { UnderwritingFunction } from './underwriting-function.ts';
import type { WorkflowStack } from './workflow-stack.ts';

export interface ApiStackProps extends StackProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
  readonly workflow: WorkflowStack;
}

/** The API for front ends, staff and auditors: a function for each of the three, so that none can do what another may. */
export class ApiStack extends Stack {
  readonly api: Api;
  /** By name. */
  readonly functions = new Map<NameOfKind<'api'>, UnderwritingFunction>();

  constructor(scope: Construct, id: string, { stage, records, workflow, ...props }: ApiStackProps) {
    const { issuer, frontEnds = ['front-end'] } = stage;
    super(scope, id, { description: 'Underwright: the HTTP API', terminationProtection: true, ...props });
    const { ledger, workStore, vault, evidence, exportKey, operationsKey: key } = records;
    const fn = (functionName: NameOfKind<'api'>, description: string): UnderwritingFunction => {
      // API Gateway waits 29 s.
      const timeout = functionName === 'AuthoriseRequest' ? Duration.seconds(9) : Duration.seconds(29);
      const made = new UnderwritingFunction(this, { functionName, description, key, stage, timeout });
      this.functions.set(functionName, made);
      return made;
    };
    const frontEnd = fn('FrontEndApi', 'Serves front ends: submit, status, offers, notice');
    const staff = fn(
      'StaffApi',
      'Serves reviewers, officers and administrators: queues, reviews, switches, policies, models, holds',
    );
    const audit = fn('AuditApi', 'Serves auditors: timeline, ledger, evidence, decision file');
    const authorise = fn('AuthoriseRequest', 'Turns a token into a principal, or refuses it');

    for (const one of [frontEnd, staff, audit]) {
      // That somebody reads personal data is recorded.
      ledger.grantAppend(one);
      evidence.grantRead(one);
      vault.grantRead(one);
    }
    workStore.grantReadIn(staff, ['SWITCH#*', 'POLICY#*', 'MODELS']);
    workStore.grantListKeys(staff);
    workStore.grantListCases(staff);
    workflow.workflow.grantReadHistory(audit);
    exportKey.grantSign(audit);
    // What changes something is another function's, which has the grants for it.
    for (const one of [frontEnd, staff]) one.grantInvokes(workflow.functions);

    const trusted: TokenIssuer = issuer ?? new UserPoolIssuer(this, 'Issuer', { frontEnds });
    authorise.addEnvironment('OIDC_ISSUER', trusted.issuer);
    authorise.addEnvironment('OIDC_AUDIENCES', trusted.audiences.join(','));
    authorise.addEnvironment('OIDC_JWKS_URI', trusted.jwksUri);
    if (trusted.rolesClaim) authorise.addEnvironment('OIDC_ROLES_CLAIM', trusted.rolesClaim);
    if (trusted.personClaim) authorise.addEnvironment('OIDC_PERSON_CLAIM', trusted.personClaim);

    this.api = new Api(this, 'Api', {
      functions: { FrontEndApi: frontEnd, StaffApi: staff, AuditApi: audit },
      authorise,
      key,
      stage,
    });
    this.#tell('ApiUrl', this.api.url, 'Of the routes of docs/openapi.json');
    this.#tell('TokenIssuerUrl', trusted.issuer, 'Whose tokens are taken');
  }

  #tell(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description });
  }
}
