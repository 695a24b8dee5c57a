/**
 * Prices, quotas and latencies that docs/cost.md is computed from: configuration, to be verified against the pages named
 * before anybody relies on a figure. Of the region us-east-1, in US dollars, without free tiers and savings plans.
 */
interface Figure {
  readonly value: number;
  readonly source: string;
  /** `READ`: on that page, as it was stored. `FROM_MEMORY`: nobody looked it up. */
  readonly certainty: 'READ' | 'FROM_MEMORY';
}

export const REGION = 'us-east-1';
export const AS_OF = '2026-11-25';

const memory = (value: number, source: string): Figure => ({ value, source, certainty: 'FROM_MEMORY' });
const read = (value: number, source: string): Figure => ({ value, source, certainty: 'READ' });

export const PRICES = {
  /** A state transition of a standard workflow. */
  stateTransition: read(0.025 / 1_000, 'aws.amazon.com/step-functions/pricing'),
  /** A GB-second on arm64. */
  lambdaGbSecond: memory(0.000_013_333_4, 'aws.amazon.com/lambda/pricing'),
  lambdaRequest: memory(0.2 / 1e6, 'aws.amazon.com/lambda/pricing'),
  /** Units of on-demand tables: 1 KB written, 4 KB read consistently. */
  dynamoDbWrite: memory(0.625 / 1e6, 'aws.amazon.com/dynamodb/pricing/on-demand'),
  dynamoDbRead: memory(0.125 / 1e6, 'aws.amazon.com/dynamodb/pricing/on-demand'),
  s3Put: memory(0.005 / 1_000, 'aws.amazon.com/s3/pricing'),
  s3Get: memory(0.0004 / 1_000, 'aws.amazon.com/s3/pricing'),
  kmsRequest: read(0.03 / 10_000, 'www.factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region'),
  /** Asymmetric, on P-256. */
  kmsSignature: memory(0.15 / 10_000, 'aws.amazon.com/kms/pricing'),
  event: memory(1 / 1e6, 'aws.amazon.com/eventbridge/pricing'),
  logGb: memory(0.5, 'aws.amazon.com/cloudwatch/pricing'),
  trace: memory(5 / 1e6, 'aws.amazon.com/xray/pricing'),
  /** A request to a REST API, of the first 333 million in a month. */
  apiRequest: memory(3.5 / 1e6, 'aws.amazon.com/api-gateway/pricing'),
  firewallRequest: memory(0.6 / 1e6, 'aws.amazon.com/waf/pricing'),
  keyMonth: read(1, 'www.factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region'),
  alarmMonth: memory(0.1, 'aws.amazon.com/cloudwatch/pricing'),
  dashboardMonth: memory(3, 'aws.amazon.com/cloudwatch/pricing'),
  firewallMonth: memory(5, 'aws.amazon.com/waf/pricing'),
  firewallRuleMonth: memory(1, 'aws.amazon.com/waf/pricing'),
} as const satisfies Record<string, Figure>;

/** Default quotas of an account in the region, a second unless said otherwise. */
export const QUOTAS = {
  startExecution: memory(300, 'docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html'),
  stateTransition: memory(5_000, 'docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html'),
  /** At once. */
  lambdaConcurrency: memory(1_000, 'docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html'),
  kmsSymmetric: memory(100_000, 'docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html'),
  /** Of one table. */
  dynamoDbWrite: memory(40_000, 'docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html'),
  /** Of one prefix; S3 splits a busy one by itself. */
  s3Put: memory(3_500, 'docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html'),
  putEvents: memory(10_000, 'docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html'),
} as const satisfies Record<string, Figure>;

/** What a call of a service takes from a function in the same region, in ms. */
export const LATENCIES = {
  dynamoDb: memory(5, 'an assumption'),
  s3: memory(30, 'an assumption'),
  kms: memory(10, 'an assumption'),
  stepFunctions: memory(20, 'an assumption'),
  /** A warm bureau: paid for in Lambda's time, as its own fee is not. */
  bureau: memory(500, 'an assumption'),
} as const satisfies Record<string, Figure>;

/** An assumption: a front end submits and waits, then reads the offers or the notice. */
export const API_REQUESTS_PER_DECISION = 2;
/** Bytes that Lambda and a handler log of one call without an error. */
export const LOG_BYTES_PER_CALL = 700;
/** Of calls that are traced: X-Ray's default rule takes the first of a second and 5 % of the others. */
export const TRACED_SHARE = 0.05;
/** The busiest second of a day to its mean. */
export const PEAK = 5;
/** Of a processor that Lambda gives, whole at 1,769 MB. */
export const processorShare = (memoryMb: number): number => Math.min(1, memoryMb / 1_769);
export const AIM = 0.0005;
