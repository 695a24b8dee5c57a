import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, ObjectOwnership, type BucketProps, type LifecycleRule } from 'aws-cdk-lib/aws-s3';

/** What every bucket of the project is: open to nobody outside, read over TLS alone, versioned, and kept when its stack goes. */
export const PRIVATE_BUCKET = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
} as const satisfies BucketProps;

/**
 * The life of an access log: 365 days, then one more day as a replaced version. The ledger, and not this log, records each
 * reading of personal data for good.
 */
export const ACCESS_LOG_LIFE = {
  expiration: Duration.days(365),
  noncurrentVersionExpiration: Duration.days(1),
} as const satisfies LifecycleRule;
