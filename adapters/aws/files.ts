import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import type { Files } from '../ports.ts';
import { answered, nameOf } from './errors.ts';

/** Files in S3. Needs `s3:GetObject`, `s3:PutObject`, and `s3:ListBucket` to be told of a missing one as missing. */
export function awsFiles({ client, bucketName }: { readonly client: S3Client; readonly bucketName: string }): Files {
  return {
    async read(key) {
      try {
        const { Body } = await answered('S3', client.send(new GetObjectCommand({ Bucket: bucketName, Key: key })));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async write(key, bytes) {
      await answered('S3', client.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: bytes })));
    },
  };
}
