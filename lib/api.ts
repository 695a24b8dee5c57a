import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  JsonSchemaType,
  JsonSchemaVersion,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseType,
  RestApi,
  SecurityPolicy,
  TokenAuthorizer,
  type Model,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { NameOfKind } from '../lambdas/functions.ts';
import type { Stage } from '../stages/stage.ts';
import { ApiFirewall } from './api-firewall.ts';
import { acknowledge } from './security-checks.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';

type Serving = Exclude<NameOfKind<'api'>, 'AuthoriseRequest'>;

export interface ApiProps {
  readonly functions: Readonly<Record<Serving, UnderwritingFunction>>;
  readonly authorise: UnderwritingFunction;
  /** Encrypts its logs. */
  readonly key: IKey;
  /** Gives the limits, the period of logs and the host name. With a host name, API Gateway's own address is off. */
  readonly stage: Pick<Stage, 'domain' | 'logRetentionDays' | 'requests' | 'setsApiGatewayLogRole'>;
}

interface Operation {
  readonly tags: readonly [Serving];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
}

/** What the committed document says of each route: the very table that the functions serve. */
function operations(): { path: string; method: string; operation: Operation }[] {
  const text = readFileSync(join(import.meta.dirname, '..', 'docs', 'openapi.json'), 'utf8');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

/**
 * A REST API, because an HTTP API takes no firewall: every route of docs/openapi.json, each with its function behind the
 * authoriser. Its access log names no path, address or person that an application could be told from.
 */
export class Api extends Construct {
  readonly restApi: RestApi;
  readonly firewall: ApiFirewall;
  readonly url: string;

  constructor(scope: Construct, id: string, { functions, authorise, key, stage }: ApiProps) {
    super(scope, id);
    const { domain, logRetentionDays: logRetention, requests, setsApiGatewayLogRole: setsAccountLogRole } = stage;
    const logs = new LogGroup(this, 'AccessLog', {
      encryptionKey: key,
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.restApi = new RestApi(this, 'Rest', {
      restApiName: Stack.of(this).stackName,
      description: 'Underwright: the routes of docs/openapi.json',
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      disableExecuteApiEndpoint: domain !== undefined,
      // CloudFormation fails the stage of an account without the role: "CloudWatch Logs role ARN must be set in account settings".
      cloudWatchRole: setsAccountLogRole,
      ...(setsAccountLogRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
      ...(domain && {
        domainName: {
          domainName: domain.name,
          certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
          securityPolicy: SecurityPolicy.TLS_1_2,
          endpointType: EndpointType.REGIONAL,
          // The stage is in the path, as everywhere.
          basePath: STAGE,
        },
      }),
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: true,
        metricsEnabled: true,
        // Errors of the gateway itself; never a request or an answer.
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(logs),
        accessLogFormat: AccessLogFormat.custom(ACCESS_LOG),
        throttlingRateLimit: requests.perSecond,
        throttlingBurstLimit: requests.atOnce,
      },
    });
    this.#refuseAsProblems();
    this.#addRoutes(functions, authorise);
    const { fromAddress } = requests;
    const behind = this.restApi.deploymentStage;
    this.firewall = new ApiFirewall(this, 'Firewall', { stage: behind, fromAddress, key, logRetention });
    this.url = domain ? `https://${domain.name}/${STAGE}` : this.restApi.url.replace(/\/$/, '');
    this.#keepErrorLog(key, logRetention);
    this.#acknowledge(setsAccountLogRole);
  }

  /**
   * Creates the log of the gateway's own errors before the stage writes to it. API Gateway would create it without a key and
   * keep it forever.
   * docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   */
  #keepErrorLog(encryptionKey: IKey, retention: RetentionDays): void {
    const log = new LogGroup(this, 'ErrorLog', {
      logGroupName: `API-Gateway-Execution-Logs_${this.restApi.restApiId}/${STAGE}`,
      encryptionKey,
      retention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.restApi.deploymentStage.node.addDependency(log);
  }

  /** Adds every route of docs/openapi.json, with its function behind the authoriser. */
  #addRoutes(functions: ApiProps['functions'], authorise: UnderwritingFunction): void {
    const authorizer = new TokenAuthorizer(this, 'Authoriser', {
      handler: authorise.lambda,
      // API Gateway refuses other texts before it calls a function.
      validationRegex: '^Bearer [-0-9A-Za-z._]+$',
      // API Gateway caches an authorization for so long.
      resultsCacheTtl: Duration.minutes(1),
    });
    const validator = this.restApi.addRequestValidator('Requests', {
      requestValidatorName: 'parameters-and-json',
      validateRequestParameters: true,
      validateRequestBody: true,
    });
    // Its own check stops at the first fault: the function names every one, so here a body must only be an object.
    const json = this.restApi.addModel('JsonObject', {
      contentType: 'application/json',
      schema: { schema: JsonSchemaVersion.DRAFT4, type: JsonSchemaType.OBJECT },
    });
    for (const { path, method, operation } of operations()) {
      const integration = new LambdaIntegration(functions[operation.tags[0]].lambda, { allowTestInvoke: false });
      this.restApi.root.resourceForPath(path).addMethod(method, integration, {
        authorizer,
        authorizationType: AuthorizationType.CUSTOM,
        requestValidator: validator,
        requestParameters: parametersOf(operation),
        ...(operation.requestBody && { requestModels: { 'application/json': json } satisfies Record<string, Model> }),
      });
    }
  }

  /** What API Gateway refuses itself it refuses as the functions do (RFC 9457), and says no more than they. */
  #refuseAsProblems(): void {
    for (const [type, problem, status, title, detail] of REFUSALS) {
      const body = {
        type: `urn:underwright:problem:${problem}`,
        title,
        status,
        detail,
        instance: 'urn:underwright:request:$context.requestId',
      };
      this.restApi.addGatewayResponse(`Refusal${type.responseType}`, {
        type,
        statusCode: String(status),
        templates: { 'application/json': JSON.stringify(body) },
        responseHeaders: {
          'content-type': "'application/problem+json'",
          'cache-control': "'no-store'",
          'x-content-type-options': "'nosniff'",
          ...(problem === 'unauthenticated' && { 'www-authenticate': "'Bearer'" }),
        },
      });
    }
  }

  #acknowledge(setsAccountLogRole: boolean): void {
    const { restApi } = this;
    if (setsAccountLogRole)
      acknowledge(
        restApi,
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        'AWS defines the policy by which API Gateway writes its logs.',
      );
    acknowledge(
      restApi,
      'AwsSolutions-COG4',
      'Tokens of any issuer are taken, so a Lambda authoriser checks them; a Cognito authoriser knows one issuer.',
    );
    acknowledge(
      restApi.deploymentStage,
      'NIST.800.53.R5-APIGWCacheEnabledAndEncrypted',
      'Nothing that is answered may be kept: every answer says no-store.',
    );
    acknowledge(
      restApi.deploymentStage,
      'NIST.800.53.R5-APIGWSSLEnabled',
      'Behind it are Lambda functions, which API Gateway calls under IAM; a client certificate is for HTTP back ends.',
    );
  }
}

const STAGE = 'v1';

/** By route, never by path: that an id was asked for can tell who applied. Who called is in the ledger where it matters. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  ms: '$context.responseLatency',
  bytes: '$context.responseLength',
  authoriserStatus: '$context.authorizer.status',
  firewall: '$context.waf.status',
});

type Refusal = [type: ResponseType, problem: string, status: number, title: string, detail: string];
const CANNOT_BE_READ = 'The request cannot be read';
const REFUSALS: readonly Refusal[] = [
  [
    ResponseType.UNAUTHORIZED,
    'unauthenticated',
    401,
    'There is no valid token',
    'Send a token as Authorization: Bearer TOKEN.',
  ],
  [ResponseType.ACCESS_DENIED, 'forbidden', 403, 'The role may not do this', 'See docs/access.md.'],
  [ResponseType.WAF_FILTERED, 'forbidden', 403, 'The role may not do this', 'The firewall refuses the request.'],
  [
    ResponseType.MISSING_AUTHENTICATION_TOKEN,
    'not-found',
    404,
    'There is no such thing here',
    'There is no such path or method.',
  ],
  [
    ResponseType.RESOURCE_NOT_FOUND,
    'not-found',
    404,
    'There is no such thing here',
    'There is no such path or method.',
  ],
  [ResponseType.BAD_REQUEST_BODY, 'malformed-request', 400, CANNOT_BE_READ, 'Send a JSON object.'],
  [
    ResponseType.BAD_REQUEST_PARAMETERS,
    'malformed-request',
    400,
    CANNOT_BE_READ,
    'A parameter that is required is missing.',
  ],
  [ResponseType.REQUEST_TOO_LARGE, 'too-large', 413, 'The body is too large', 'A submission has about 1 KB.'],
  [
    ResponseType.UNSUPPORTED_MEDIA_TYPE,
    'unsupported-media-type',
    415,
    'The body is not application/json',
    'Send Content-Type: application/json.',
  ],
  [ResponseType.THROTTLED, 'too-many-requests', 429, 'Too many requests', 'Wait a second and send it again.'],
  [
    ResponseType.INTEGRATION_TIMEOUT,
    'unavailable',
    503,
    'The service cannot answer now',
    'Send it again: what was taken is found.',
  ],
  [
    ResponseType.DEFAULT_5XX,
    'internal',
    500,
    'The request could not be answered',
    'It is in the log under the id of this request.',
  ],
];

function parametersOf({ parameters }: Operation): Record<string, boolean> {
  const places: Readonly<Record<string, string>> = { path: 'path', query: 'querystring' };
  return Object.fromEntries(
    parameters.flatMap(({ name, in: place, required }) =>
      places[place] ? [[`method.request.${places[place]}.${name}`, required]] : [],
    ),
  );
}
