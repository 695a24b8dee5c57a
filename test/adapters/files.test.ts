import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { awsFiles } from '../../adapters/aws/files.ts';
import { embeddedFiles } from '../../adapters/embedded/files.ts';
import { filesContract } from '../contracts/files.ts';
import { startS3 } from '../support/aws-servers.ts';

describe('Files in S3', () => {
  let s3: Awaited<ReturnType<typeof startS3>>;
  beforeAll(async () => {
    s3 = await startS3('batch');
  });
  afterAll(() => s3.close());
  filesContract(() => awsFiles(s3));
});

describe('Files in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  filesContract(() => embeddedFiles(join(folder, 'batch')));

  test.each(['../out', 'a/../../out', '/etc/passwd', 'a//b', '', '.', 'a/./b', '.partial/a'])(
    'refuse the key %j',
    async (key) => {
      await expect(embeddedFiles(folder).read(key)).rejects.toThrow(/names no file/);
      await expect(embeddedFiles(folder).write(key, Buffer.from('x'))).rejects.toThrow(/names no file/);
    },
  );

  test('are there whole or not at all: nothing but them is left in the folder', async () => {
    const files = embeddedFiles(join(folder, 'whole'));
    await Promise.all([1, 2, 3].map((n) => files.write('same', Buffer.from(`${n}`))));
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual(['.partial', 'same']);
    expect(readdirSync(join(folder, 'whole', '.partial'))).toEqual([]);
  });
});
