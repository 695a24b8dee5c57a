import { join } from 'node:path';

import { AssetHashType, DockerImage, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { invokedBy, type DeployedName } from '../lambdas/functions.ts';
import { withoutWords, type Stage } from '../stages/stage.ts';
import {
  bundleFunction,
  CONSENT_TEXTS_FILE,
  DECIDING_FUNCTIONS,
  DECISION_CORE_FILE,
  folderOf,
  LENDING_FUNCTIONS,
  MODELS_FOLDER,
  SAMPLES_FOLDER,
  SCORING_FUNCTIONS,
} from './bundling.ts';
import { acknowledge, acknowledgeOwnPolicy, acknowledgeWildcards } from './security-checks.ts';

export interface UnderwritingFunctionProps {
  readonly functionName: DeployedName;
  readonly description: string;
  /** Encrypts its logs and its dead letters. */
  readonly key: IKey;
  /** It says how long logs are kept and what the function decides for. */
  readonly stage: Stage;
  /**
   * In MB; Lambda gives processor with memory, one whole at 1,769.
   * @default 512, 0.29 of a processor: a step waits for its stores most of its time
   */
  readonly memorySize?: number;
  /**
   * Below the 60 s of its state: what the state gives up on, no longer runs beside its next try.
   * @default 30 seconds: some 10 calls of stores, each done in 50 ms or, tried three times, in about 2 s
   */
  readonly timeout?: Duration;
  /**
   * Where calls go that failed three times, with their cause, for a function that nobody waits for.
   * @default - nowhere: its caller learns of the error
   */
  readonly deadLetters?: IQueue;
}

/** Whoever is granted something, and told by what name to find it. */
export interface Grantee extends IGrantable {
  readonly role: Role;
  addEnvironment(name: string, value: string): void;
}

/**
 * A handler as a Lambda function with a role of its own that may do nothing but write its log and its trace, until a
 * construct grants it more.
 */
export class UnderwritingFunction extends Construct implements Grantee {
  readonly grantPrincipal: IPrincipal;
  readonly role: Role;
  readonly lambda: LambdaFunction;
  readonly functionName: DeployedName;
  readonly description: string;

  constructor(scope: Construct, props: UnderwritingFunctionProps) {
    const { functionName: name, key, deadLetters } = props;
    super(scope, name);
    this.functionName = name;
    this.description = props.description;
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: key,
      retention: props.stage.logRetentionDays,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.grantPrincipal = this.role;
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundled(name, props.stage),
      role: this.role,
      logGroup,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(30),
      tracing: Tracing.ACTIVE,
      // Who waits for it tries again. Nobody waits for a consumer of events: it finds its own earlier writes.
      retryAttempts: deadLetters ? 2 : 0,
      ...(deadLetters && { onFailure: { bind: () => ({ destination: deadLetters.queueArn }) } }),
      // A running execution keeps the version that it started with: a review may wait for days.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: {
        POWERTOOLS_SERVICE_NAME: folderOf(name),
        STAGE_NAME: props.stage.name,
        LENDING: lendingSetting(props.stage),
        // ONNX Runtime reports names and hashes of models unless told not to.
        ORT_DISABLE_TELEMETRY: '1',
        ...(name === 'SubmitSamples' && { SAMPLES_FOLDER: `/var/task/${SAMPLES_FOLDER}` }),
        ...(SCORING_FUNCTIONS.includes(name) && { MODELS_FOLDER: `/var/task/${MODELS_FOLDER}` }),
        ...(LENDING_FUNCTIONS.includes(name) && { CONSENT_TEXTS: `/var/task/${CONSENT_TEXTS_FILE}` }),
        ...(DECIDING_FUNCTIONS.includes(name) && { DECISION_CORE: `/var/task/${DECISION_CORE_FILE}` }),
      },
    });
    if (deadLetters) {
      this.role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }));
      this.role.addToPolicy(
        new PolicyStatement({
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [key.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `sqs.${Stack.of(this).region}.amazonaws.com` } },
        }),
      );
    }
    this.#acknowledge(deadLetters !== undefined);
  }

  addEnvironment(name: string, value: string): void {
    this.lambda.addEnvironment(name, value);
  }

  /** Lets this function invoke the functions that its row names, and sets their ARNs. */
  grantInvokes(functions: ReadonlyMap<DeployedName, UnderwritingFunction>): void {
    for (const name of invokedBy(this.functionName)) {
      const called = functions.get(name);
      if (!called) throw new TypeError(`The stack has no function ${name}.`);
      called.grantInvoke(this);
    }
  }

  /** Lets a grantee invoke this function, and sets its ARN, such as `INTAKE_APPLICATION_ARN`. */
  grantInvoke(to: Grantee): void {
    const { functionArn } = this.lambda;
    to.addEnvironment(`${this.functionName.replaceAll(/(?<=.)[A-Z]/g, '_$&').toUpperCase()}_ARN`, functionArn);
    to.role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
  }

  #acknowledge(asynchronous: boolean): void {
    acknowledgeWildcards(
      this.role,
      ['*'],
      'X-Ray takes trace segments for no resource in particular: PutTraceSegments and PutTelemetryRecords only.',
    );
    acknowledgeOwnPolicy(this.role);
    acknowledge(
      this.lambda,
      'NIST.800.53.R5-LambdaInsideVPC',
      'It reaches AWS services over TLS, under its own role, and holds no address in any network of the account.',
    );
    acknowledge(
      this.lambda,
      'NIST.800.53.R5-LambdaConcurrency',
      "A share of its own would take from the others of the account's limit; what comes in is bounded at the intake.",
    );
    const letters = asynchronous
      ? 'Failed calls go to the on-failure destination, which keeps their cause beside them; a dead letter has less.'
      : 'Whoever calls it waits for it, learns of the error and tries again.';
    for (const pack of ['NIST.800.53.R5', 'Serverless'] as const)
      acknowledge(this.lambda, `${pack}-LambdaDLQ`, letters);
    if (!asynchronous) acknowledge(this.lambda, 'Serverless-LambdaAsyncFailureDestination', letters);
  }
}

function bundled(name: DeployedName, stage: Stage): Code {
  return Code.fromAsset(join(import.meta.dirname, '..', 'lambdas'), {
    // By what comes out: what goes in is half the project.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('bundled-without-docker'),
      // The CDK bundles once for equal options: the names keep those of two functions or stages apart.
      environment: { FUNCTION: name, STAGE: stage.name },
      local: {
        tryBundle: (folder) => {
          bundleFunction(name, folder, 'arm64', stage);
          return true;
        },
      },
    },
  });
}

/**
 * The environment variable LENDING: JSON without a space, which `export $(...)` of the output AuditorSettings would split.
 * The words of consent texts are in a file beside the bundle.
 */
export function lendingSetting(stage: Stage): string {
  return JSON.stringify(withoutWords(stage)).replaceAll(' ', String.raw`\u0020`);
}
