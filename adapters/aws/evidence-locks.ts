import {
  GetObjectRetentionCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type ObjectLockRetention,
  type S3Client,
} from '@aws-sdk/client-s3';

import type { EvidenceLocks, StoredEvidence } from '../ports.ts';
import { answered, nameOf } from './errors.ts';
import { evidenceKey } from './evidence-store.ts';

export interface AwsEvidenceLocksOptions {
  readonly client: S3Client;
  /** Versioned, with Object Lock and a default retention. */
  readonly bucketName: string;
}

const HOURS_36 = 36 * 3_600_000;

/**
 * S3 Object Lock, on the very version that the ledger names. Needs `s3:GetObjectRetention`, `s3:PutObjectRetention` and
 * `s3:PutObjectLegalHold`. The mode stays the bucket's; S3 refuses to shorten a retention in either mode.
 */
export function awsEvidenceLocks({ client, bucketName }: AwsEvidenceLocksOptions): EvidenceLocks {
  const place = ({ address, versionId }: StoredEvidence) => ({
    Bucket: bucketName,
    Key: evidenceKey(address),
    VersionId: versionId,
  });

  async function retention(object: StoredEvidence): Promise<ObjectLockRetention | undefined> {
    try {
      return (await answered('S3', client.send(new GetObjectRetentionCommand(place(object))))).Retention;
    } catch (error) {
      // A bucket that keeps nothing by default.
      if (nameOf(error) === 'NoSuchObjectLockConfiguration') return undefined;
      throw error;
    }
  }

  return {
    async extend(object, until) {
      const RetainUntilDate = endOf(until);
      const present = await retention(object);
      if (present?.RetainUntilDate && present.RetainUntilDate >= RetainUntilDate) return;
      const Retention = { Mode: present?.Mode ?? ('GOVERNANCE' as const), RetainUntilDate };
      await answered('S3', client.send(new PutObjectRetentionCommand({ ...place(object), Retention })));
    },

    async hold(object, on) {
      const LegalHold = { Status: on ? ('ON' as const) : ('OFF' as const) };
      await answered('S3', client.send(new PutObjectLegalHoldCommand({ ...place(object), LegalHold })));
    },

    async lockedUntil(object) {
      return (await retention(object))?.RetainUntilDate?.toISOString().slice(0, 10) ?? null;
    },
  };
}

/** The last moment of a date wherever on Earth the creditor is: its day ends 12 hours after UTC's at the latest. */
const endOf = (date: string): Date => new Date(Date.parse(`${date}T00:00:00Z`) + HOURS_36);
