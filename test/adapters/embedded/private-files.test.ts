import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { fileLog } from '../../../adapters/bureaus/simulator/pull-log.ts';
import { composeEmbedded } from '../../../adapters/compose/embedded.ts';
import {
  AccessKeyMissing,
  accessKeyFile,
  ensureAccessKey,
  readAccessKey,
} from '../../../adapters/embedded/access-key.ts';
import { createPrivate, makePrivate, tightenFolder } from '../../../adapters/embedded/private-files.ts';
import { systemClock } from '../../../adapters/system-clock.ts';
import { modesOf, openToOthers } from '../../support/modes.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'underwright-'));
  folder = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Has every part of a data folder write its files. @returns the modes while it is open, when SQLite's files are there. */
async function fill(): Promise<[string, string][]> {
  const embedded = composeEmbedded(folder);
  try {
    await embedded.vault.createDataKey('application-0001');
    await embedded.signer.create();
    await embedded.issuer.sign({ by: 'r.vega', role: 'reviewer', minutes: 1 });
    await embedded.batchFiles.write('results/one/parts/part.jsonl', Buffer.from('{}\n'));
    const pull = { reference: 'one', bureau: 'EXPERIAN', inquiry: 'SOFT', posted: true, scenario: 'HIT' } as never;
    await fileLog(embedded.bureauLog, systemClock).append(pull);
    ensureAccessKey(folder);
    expect(Object.keys(modesOf(folder))).toEqual(
      expect.arrayContaining([
        'underwright.sqlite',
        'underwright.sqlite-wal',
        'underwright.sqlite-shm',
        'lock.sqlite',
        'vault.key',
        'seal-private.pem',
        'seal-public.pem',
        'token-private.pem',
        'simulated-bureau.jsonl',
        'aws-credentials',
        'batch',
        'batch/.partial',
        'batch/results/one/parts/part.jsonl',
      ]),
    );
    return openToOthers(folder);
  } finally {
    embedded.close();
  }
}

describe('A data folder', () => {
  test.each([0o000, 0o022, 0o077])('is its owner’s alone under the umask %o', async (umask) => {
    const before = process.umask(umask);
    try {
      expect(await fill()).toEqual([]);
      expect(openToOthers(folder)).toEqual([]);
    } finally {
      process.umask(before);
    }
  });

  test('is made its owner’s alone again when it is opened', async () => {
    await fill();
    for (const path of readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
      chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
    chmodSync(folder, 0o755);
    expect(openToOthers(folder)).not.toEqual([]);
    composeEmbedded(folder).close();
    expect(openToOthers(folder)).toEqual([]);
  });

  test('leaves the files of other programs in it alone, and the mode of the folder that they share', async () => {
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    chmodSync(join(folder, 'notes.txt'), 0o644);
    await fill();
    composeEmbedded(folder).close();
    expect(openToOthers(folder)).toEqual([
      ['', '755'],
      ['notes.txt', '644'],
    ]);
  });

  test('changes no file behind a symbolic link', () => {
    mkdirSync(folder);
    const other = join(parent, 'other.txt');
    writeFileSync(other, 'mine');
    chmodSync(other, 0o644);
    symlinkSync(other, join(folder, 'vault.key'));
    tightenFolder(folder);
    expect(modeOf(other)).toBe('644');
  });

  test('is not changed by one who only reads it', async () => {
    await fill();
    chmodSync(join(folder, 'seal-public.pem'), 0o644);
    composeEmbedded(folder, { readOnly: true }).close();
    expect(modeOf(join(folder, 'seal-public.pem'))).toBe('644');
  });
});

test('A private file is made once, and its content stays when it is made private again', () => {
  mkdirSync(folder);
  const path = join(folder, 'file');
  createPrivate(path, 'first');
  createPrivate(path, 'second');
  chmodSync(path, 0o666);
  makePrivate(path);
  expect([readdirSync(folder), statSync(path).size, modeOf(path)]).toEqual([['file'], 5, '600']);
});

describe('The access key of a data folder', () => {
  beforeEach(() => mkdirSync(folder));

  test('is made once, differs from another folder’s, and is read as an AWS credentials file', () => {
    const key = ensureAccessKey(folder);
    expect(ensureAccessKey(folder)).toEqual(key);
    expect(readAccessKey(folder)).toEqual(key);
    expect(key).toEqual({
      accessKeyId: expect.stringMatching(/^[A-Z0-9]{20}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
    });
    const another = join(parent, 'another');
    mkdirSync(another);
    expect(ensureAccessKey(another)).not.toEqual(key);
  });

  test.each(['', '[underwright]\n', '[underwright]\naws_access_key_id = SHORT\naws_secret_access_key = short\n'])(
    'is refused where the file holds %j, and the way out is named',
    (text) => {
      writeFileSync(accessKeyFile(folder), text);
      for (const use of [readAccessKey, ensureAccessKey]) {
        expect(() => use(folder)).toThrow(AccessKeyMissing);
        expect(() => use(folder)).toThrow(/Delete the file/);
      }
    },
  );
});
