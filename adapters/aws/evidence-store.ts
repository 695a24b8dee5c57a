import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { pageLimit } from '../page-cursor.ts';
import {
  EvidenceDamaged,
  EvidenceMissing,
  type EvidencePage,
  type EvidenceStore,
  type ListOptions,
  type StoredEvidence,
} from '../ports.ts';
import { answered, nameOf } from './errors.ts';

export interface AwsEvidenceStoreOptions {
  readonly client: S3Client;
  /** Versioned, with Object Lock. */
  readonly bucketName: string;
}

export const evidenceKey = (address: string): string => `evidence/${address}`;

const MAX_TRIES = 10;

/**
 * Evidence in S3, one object an address. Needs `s3:GetObject` and `s3:PutObject`, and `s3:ListBucket` on the bucket:
 * without it S3 answers 403 instead of 404 for a missing object.
 */
export function awsEvidenceStore(bucket: AwsEvidenceStoreOptions): EvidenceStore {
  return {
    put: (bytes) => put(bucket, bytes),
    get: (address) => get(bucket, address),
    has: (address) => has(bucket, address),
    list: async (options = {}) => list(bucket, options),
  };
}

const place = ({ bucketName }: AwsEvidenceStoreOptions, address: string) => ({
  Bucket: bucketName,
  Key: evidenceKey(address),
});

async function put(bucket: AwsEvidenceStoreOptions, bytes: Uint8Array): Promise<StoredEvidence> {
  const address = sha256(bytes);
  for (let tries = 1; ; tries += 1) {
    // Looked for first: an earlier try's version is found, and Object Lock never holds the same bytes twice.
    const found = await earlier(bucket, address);
    if (found) return found;
    try {
      return await putNew(bucket, address, bytes);
    } catch (error) {
      // Another writer of the same bytes was faster, or is at it.
      if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes(nameOf(error))) throw error;
      if (tries === MAX_TRIES) throw error;
    }
  }
}

async function putNew(bucket: AwsEvidenceStoreOptions, address: string, bytes: Uint8Array): Promise<StoredEvidence> {
  const command = new PutObjectCommand({
    ...place(bucket, address),
    Body: bytes,
    ContentType: 'application/octet-stream',
    ChecksumAlgorithm: 'SHA256',
    ChecksumSHA256: checksumOf(address),
    IfNoneMatch: '*',
  });
  const { VersionId } = await answered('S3', bucket.client.send(command));
  return { address, versionId: VersionId ?? '1' };
}

/** @throws EvidenceDamaged where the object has other bytes. */
async function earlier(bucket: AwsEvidenceStoreOptions, address: string): Promise<StoredEvidence | undefined> {
  let found: HeadObjectCommandOutput;
  try {
    const command = new HeadObjectCommand({ ...place(bucket, address), ChecksumMode: 'ENABLED' });
    found = await answered('S3', bucket.client.send(command));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  // Every object is written with its SHA-256, so one without it was written by someone else.
  if (found.ChecksumSHA256 !== checksumOf(address)) throw damaged(bucket, address);
  return { address, versionId: found.VersionId ?? '1' };
}

async function get(bucket: AwsEvidenceStoreOptions, address: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    const { Body } = await answered('S3', bucket.client.send(new GetObjectCommand(place(bucket, address))));
    bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new EvidenceMissing(`Evidence ${address} is not in the bucket ${bucket.bucketName}.`, { cause: error });
  }
  if (sha256(bytes) !== address) throw damaged(bucket, address);
  return bytes;
}

async function has(bucket: AwsEvidenceStoreOptions, address: string): Promise<boolean> {
  try {
    await answered('S3', bucket.client.send(new HeadObjectCommand(place(bucket, address))));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function list({ client, bucketName }: AwsEvidenceStoreOptions, options: ListOptions): Promise<EvidencePage> {
  const { Contents = [], IsTruncated } = await answered(
    'S3',
    client.send(
      new ListObjectsV2Command({
        Bucket: bucketName,
        Prefix: evidenceKey(''),
        MaxKeys: pageLimit(options),
        ...(options.after !== undefined && { StartAfter: evidenceKey(options.after) }),
      }),
    ),
  );
  const addresses = Contents.map(({ Key = '' }) => Key.slice(evidenceKey('').length));
  const next = IsTruncated ? addresses.at(-1) : undefined;
  return { addresses, ...(next !== undefined && { next }) };
}

function damaged({ bucketName }: AwsEvidenceStoreOptions, address: string): EvidenceDamaged {
  return new EvidenceDamaged(
    `The newest version of ${evidenceKey(address)} in the bucket ${bucketName} has other bytes: the ledger names the ` +
      `version that was written, which Object Lock still holds.`,
  );
}

const checksumOf = (address: string): string => Buffer.from(address, 'hex').toString('base64');

const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(nameOf(error));
