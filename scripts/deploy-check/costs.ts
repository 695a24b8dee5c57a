import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';

import { LEDGER_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { AS_OF, PRICES } from '../cost/prices.ts';
import type { Aws } from './aws.ts';
import { sumsOf, type Wanted } from './metrics.ts';
import type { Resource } from './stacks.ts';

/** The cost of a check, in US dollars. */
export interface Costs {
  /**
   * `QUANTITIES`: measured quantities times the prices of scripts/cost/prices.ts. Cost Explorer shows a day's cost up to 24
   * hours later, so a check cannot read its own.
   */
  readonly source: 'QUANTITIES';
  readonly pricesAsOf: string;
  readonly usd: number;
  /** Of the stage's life, for prices by the month. */
  readonly hours: number;
  readonly lines: readonly { readonly line: string; readonly quantity: number; readonly usd: number }[];
  readonly notCounted: readonly string[];
}

const NOT_COUNTED = ['S3 reads', 'KMS requests', 'events', 'API requests', 'traces', 'storage', 'the dashboard'];
const HOURS_A_MONTH = 730;
const INDEXES = [LEDGER_TABLE, WORK_TABLE].flatMap(({ index }) => (index ? [index.name] : []));

export interface CostInputs {
  readonly resources: readonly Resource[];
  readonly transitions: number;
  readonly time: readonly [Date, Date];
}

/** Measures what a stage used in a time, and prices it. */
export async function costsOf(
  aws: Aws,
  { resources, transitions, time }: CostInputs,
  signal: AbortSignal,
): Promise<Costs> {
  const ids = (type: string) => resources.filter((one) => one.type === type).map(({ physicalId }) => physicalId);
  const functions = ids('AWS::Lambda::Function');
  const sums = await sumsOf(
    aws,
    wantedOf(functions, ids('AWS::DynamoDB::Table'), ids('AWS::Logs::LogGroup')),
    time,
    signal,
  );
  const sumOf = (kind: string) =>
    [...sums].reduce((sum, [id, value]) => (id.startsWith(`${kind} `) ? sum + value : sum), 0);
  let gbSeconds = 0;
  for (const FunctionName of functions) {
    const command = new GetFunctionConfigurationCommand({ FunctionName });
    const { MemorySize = 128 } = await aws.lambda.send(command, { abortSignal: signal });
    gbSeconds += ((sums.get(`Duration ${FunctionName}`) ?? 0) / 1_000) * (MemorySize / 1_024);
  }
  let puts = 0;
  for (const bucket of ids('AWS::S3::Bucket')) puts += await objectsIn(aws, bucket, signal);
  const hours = (time[1].getTime() - time[0].getTime()) / 3_600_000;
  const month = hours / HOURS_A_MONTH;
  const lines = (
    [
      ['State transitions', transitions, PRICES.stateTransition],
      ['Lambda requests', sumOf('Invocations'), PRICES.lambdaRequest],
      ['Lambda GB-seconds', gbSeconds, PRICES.lambdaGbSecond],
      ['DynamoDB write units', sumOf('ConsumedWriteCapacityUnits'), PRICES.dynamoDbWrite],
      ['DynamoDB read units', sumOf('ConsumedReadCapacityUnits'), PRICES.dynamoDbRead],
      ['S3 puts', puts, PRICES.s3Put],
      ['Log GB', sumOf('IncomingBytes') / 1e9, PRICES.logGb],
      ['Keys, months', ids('AWS::KMS::Key').length * month, PRICES.keyMonth],
      ['Alarms, months', ids('AWS::CloudWatch::Alarm').length * month, PRICES.alarmMonth],
      ['Firewalls, months', ids('AWS::WAFv2::WebACL').length * month, PRICES.firewallMonth],
    ] as const
  ).map(([line, quantity, { value }]) => ({ line, quantity, usd: quantity * value }));
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  return { source: 'QUANTITIES', pricesAsOf: AS_OF, usd, hours, lines, notCounted: NOT_COUNTED };
}

function wantedOf(functions: readonly string[], tables: readonly string[], logs: readonly string[]): Wanted[] {
  const of = (namespace: string, metric: string, dimensions: Record<string, string>): Wanted => ({
    id: `${metric} ${Object.values(dimensions).join(' ')}`,
    namespace,
    metric,
    dimensions,
  });
  return [
    ...functions.flatMap((FunctionName) =>
      ['Invocations', 'Duration'].map((metric) => of('AWS/Lambda', metric, { FunctionName })),
    ),
    ...tables.flatMap((TableName) =>
      ['ConsumedWriteCapacityUnits', 'ConsumedReadCapacityUnits'].flatMap((metric) => [
        of('AWS/DynamoDB', metric, { TableName }),
        // An index has its own units, and CloudWatch keeps them apart.
        ...INDEXES.map((GlobalSecondaryIndexName) =>
          of('AWS/DynamoDB', metric, { TableName, GlobalSecondaryIndexName }),
        ),
      ]),
    ),
    ...logs.map((LogGroupName) => of('AWS/Logs', 'IncomingBytes', { LogGroupName })),
  ];
}

async function objectsIn({ s3 }: Aws, Bucket: string, abortSignal: AbortSignal): Promise<number> {
  let count = 0;
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const command = new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker });
    const page = await s3.send(command, { abortSignal });
    count += page.Versions?.length ?? 0;
    [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  } while (KeyMarker !== undefined);
  return count;
}
