import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import type { RecordsStack } from './records-stack.ts';
import { acknowledge } from './security-checks.ts';
import { UnderwritingFunction } from './underwriting-function.ts';
import { WorkStore } from './work-store.ts';

export interface SimulatedBureauStackProps extends StackProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
}

/** What stands for a credit bureau in a sandbox: a function behind a URL, with a memory of its own. */
export class SimulatedBureauStack extends Stack {
  readonly #url: FunctionUrl;
  readonly #bureau: UnderwritingFunction;

  constructor(scope: Construct, id: string, { stage, records, ...props }: SimulatedBureauStackProps) {
    super(scope, id, {
      description: 'Underwright: a labelled simulator in place of a credit bureau, which answers for nobody real',
      terminationProtection: true,
      ...props,
    });
    const { operationsKey: key } = records;
    this.#bureau = new UnderwritingFunction(this, {
      functionName: 'SimulatedBureau',
      description: 'Answers as a credit bureau, for people who do not exist',
      key,
      stage,
      // Its slow answer comes after 22 s, when its caller has given up at 20.
      timeout: Duration.seconds(30),
    });
    const pullLog = new WorkStore(this, 'PullLog', { key });
    pullLog.grantReadWrite(this.#bureau);
    pullLog.grantList(this.#bureau);
    acknowledge(pullLog, 'NIST.800.53.R5-DynamoDBInBackupPlan', 'What a simulator was asked about nobody real.');
    this.#url = new FunctionUrl(this, 'Url', { function: this.#bureau.lambda, authType: FunctionUrlAuthType.AWS_IAM });
  }

  /** Lets a function ask for reports. */
  grantAsk(fn: UnderwritingFunction): void {
    fn.addEnvironment('BUREAU_URL', this.#url.url);
    const resources = [this.#bureau.lambda.functionArn];
    const own = { actions: ['lambda:InvokeFunctionUrl'], resources };
    const conditions = { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } };
    fn.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ ...own, conditions }));
    // docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both are needed since October 2025.
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources,
        conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      }),
    );
  }
}
