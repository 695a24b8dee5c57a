import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, type ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { ACCESS_LOG_LIFE, PRIVATE_BUCKET } from './private-bucket.ts';
import { acknowledge, acknowledgeWildcards } from './security-checks.ts';
import type { Grantee } from './underwriting-function.ts';

export interface EvidenceProps {
  readonly key: Key;
  /** How long an object can be neither changed nor deleted. */
  readonly retention: ObjectLockRetention;
}

/**
 * Immutable objects under `evidence/`, addressed by their content: written once, locked for the retention, deleted by
 * nobody.
 */
export class Evidence extends Construct {
  readonly bucket: Bucket;
  readonly #key: Key;
  /** The bucket's ARN as other stacks import it: by the name of its export, by which cdk-nag's findings name it. */
  readonly #arn: string;

  constructor(scope: Construct, id: string, { key, retention }: EvidenceProps) {
    super(scope, id);
    this.#key = key;
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE_BUCKET,
      // S3 delivers access logs to no bucket with a customer's key or a default retention.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [ACCESS_LOG_LIFE],
    });
    this.bucket = new Bucket(this, 'Bucket', {
      ...PRIVATE_BUCKET,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: retention,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'evidence/',
    });
    this.#arn = Stack.of(this).exportValue(this.bucket.bucketArn);
    acknowledge(
      accessLogs,
      'NIST.800.53.R5-S3DefaultEncryptionKMS',
      'S3 delivers access logs to no bucket with a key of the account; it encrypts them under its own.',
    );
    for (const bucket of [accessLogs, this.bucket])
      acknowledge(
        bucket,
        'NIST.800.53.R5-S3BucketReplicationEnabled',
        'Evidence is locked, versioned and kept when its stack goes; in which second region it may lie is for the lender ' +
          'to say: docs/restore.md.',
      );
    this.#deny('NobodyDeletes', ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention']);
    // docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    this.#deny('NobodyWritesOver', ['s3:PutObject'], {
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    });
  }

  /** Lets somebody read evidence. */
  grantRead(to: Grantee): void {
    this.#grant(to, ['s3:GetObject'], ['kms:Decrypt']);
  }

  /** Lets somebody read evidence, and until when it is locked. */
  grantAudit(to: Grantee): void {
    this.#grant(to, ['s3:GetObject', 's3:GetObjectRetention'], ['kms:Decrypt']);
  }

  /** Lets somebody read evidence and write what is not there yet. */
  grantReadWrite(to: Grantee): void {
    this.#grant(to, ['s3:GetObject', 's3:PutObject'], ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  #grant(to: Grantee, actions: string[], keyActions: string[]): void {
    to.addEnvironment('EVIDENCE_BUCKET', this.bucket.bucketName);
    this.#acknowledgeAddresses(to);
    const { region } = Stack.of(this);
    for (const statement of [
      new PolicyStatement({ actions, resources: [`${this.#arn}/evidence/*`] }),
      // Without it S3 says 403, not 404, of evidence that is not there yet.
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.#arn] }),
      new PolicyStatement({
        actions: keyActions,
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
      }),
    ])
      to.grantPrincipal.addToPrincipalPolicy(statement);
  }

  /** Lets somebody lock evidence for longer than the bucket does by itself, and hold it. Shortening a lock S3 refuses. */
  grantLock(to: Grantee): void {
    to.addEnvironment('EVIDENCE_BUCKET', this.bucket.bucketName);
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['s3:GetObjectRetention', 's3:PutObjectRetention', 's3:PutObjectLegalHold'],
        resources: [`${this.#arn}/evidence/*`],
      }),
    );
    this.#acknowledgeAddresses(to);
  }

  #acknowledgeAddresses(to: Grantee): void {
    const { 'Fn::ImportValue': exported } = Stack.of(to.role).resolve(this.#arn) as { 'Fn::ImportValue': string };
    acknowledgeWildcards(
      to.role,
      [`${exported}/evidence/*`],
      'Evidence is addressed by its content, so no address is known before; none can be written over or deleted.',
    );
  }

  #deny(sid: string, actions: string[], conditions?: Record<string, Record<string, string>>): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
        ...(conditions && { conditions }),
      }),
    );
  }
}
