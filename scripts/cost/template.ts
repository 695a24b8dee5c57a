import { resourcesOf, synthesise } from '../../test/support/synthesised.ts';

/** What the templates of production say that a decision's cost depends on. */
export interface TemplateFacts {
  readonly memoryMb: Readonly<Record<string, number>>;
  readonly stateMachineType: string;
  readonly logLevel: string;
  readonly logsData: boolean;
  readonly billingModes: readonly string[];
  readonly bucketKeys: boolean;
  readonly dataKeyReuseSeconds: number;
  readonly keys: number;
  readonly alarms: number;
  readonly dashboards: number;
  readonly firewalls: number;
  readonly firewallRules: number;
}

export function templateFacts(): TemplateFacts {
  const stacks = Object.values(synthesise('production'));
  const all = (type: string) => stacks.flatMap((stack) => resourcesOf(stack, type));
  const firewalls = all('AWS::WAFv2::WebACL');
  const workflow =
    all('AWS::StepFunctions::StateMachine').find(([id]) => id.startsWith('Workflow'))?.[1].Properties ?? {};
  const logging = workflow['LoggingConfiguration'] as { Level: string; IncludeExecutionData: boolean };
  const encryption = workflow['EncryptionConfiguration'] as { KmsDataKeyReusePeriodSeconds: number };
  const evidence = all('AWS::S3::Bucket').find(([, { Properties }]) => Properties['ObjectLockEnabled'] === true);
  return {
    memoryMb: Object.fromEntries(
      all('AWS::Lambda::Function').map(([id, { Properties }]) => [
        id.replace(/Function[0-9A-F]{8}$/, ''),
        (Properties['MemorySize'] as number | undefined) ?? 128,
      ]),
    ),
    stateMachineType: String(workflow['StateMachineType']),
    logLevel: logging.Level,
    logsData: logging.IncludeExecutionData,
    billingModes: [
      ...new Set(all('AWS::DynamoDB::Table').map(([, { Properties }]) => String(Properties['BillingMode']))),
    ],
    bucketKeys: JSON.stringify(evidence?.[1].Properties['BucketEncryption'] ?? {}).includes('"BucketKeyEnabled":true'),
    dataKeyReuseSeconds: encryption.KmsDataKeyReusePeriodSeconds,
    keys: all('AWS::KMS::Key').length,
    alarms: all('AWS::CloudWatch::Alarm').length,
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    firewalls: firewalls.length,
    firewallRules: firewalls.reduce((sum, [, { Properties }]) => sum + (Properties['Rules'] as unknown[]).length, 0),
  };
}
