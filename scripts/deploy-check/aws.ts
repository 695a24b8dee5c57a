import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

import { CheckFailed, explained } from './failure.ts';

/** The clients of the check. Each finds credentials and region as any AWS SDK does. */
export interface Aws {
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  readonly sts: STSClient;
}

export function openAws(): Aws {
  return {
    cloudFormation: new CloudFormationClient(),
    cloudWatch: new CloudWatchClient(),
    kms: new KMSClient(),
    lambda: new LambdaClient(),
    s3: new S3Client(),
    stepFunctions: new SFNClient(),
    sts: new STSClient(),
  };
}

export function closeAws(aws: Aws): void {
  for (const client of Object.values(aws) as readonly { destroy(): void }[]) client.destroy();
}

/** The account and region of the credentials, with the ARN of their owner. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/** Finds the caller. @throws CheckFailed without a region or valid credentials. */
export async function callerOf({ sts }: Aws): Promise<Caller> {
  const region = await sts.config.region().catch(() => {
    throw new CheckFailed('No region is set: set AWS_REGION, or AWS_PROFILE of a profile with a region.');
  });
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, region, arn: Arn };
  } catch (error) {
    throw new CheckFailed(explained(error, 'identify the caller'), { cause: error });
  }
}
