import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { checkVersions, type VersionedFolder } from '../../scripts/version-changes.ts';

/** Texts whose note names the text before. */
const TEXTS: VersionedFolder = {
  folder: 'texts',
  noun: 'text',
  script: 'check-text-change',
  files: ['text.txt', 'data.bin'],
  note: (root, version, before) => {
    const textOf = (folder: string): string => readFileSync(join(root, folder, 'text.txt'), 'utf8').trim();
    return Promise.resolve(`${before ? textOf(before.folder) : 'none'} > ${textOf(version.folder)}\n`);
  },
};
const NOTE = 'texts/letter/1.10.0/change.md';
let repository: string;

const git = (...args: string[]): string => execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
const commit = (): void => {
  git('add', '-A');
  git('-c', 'user.name=Test', '-c', 'user.email=test@example.test', 'commit', '--quiet', '-m', 'Change');
};
const check = (...args: string[]) => checkVersions(TEXTS, repository, args);

function write(version: string, text: string): void {
  const folder = join(repository, 'texts/letter', version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'text.txt'), text);
}

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'underwright-change-'));
  git('init', '--quiet');
  write('1.2.0', 'first');
  writeFileSync(join(repository, 'texts/letter/1.2.0/data.bin'), 'data');
  // A layout of an earlier release: it has no folder of a version.
  writeFileSync(join(repository, 'texts/letter/text.txt'), 'old');
  commit();
});
afterEach(() => rmSync(repository, { recursive: true }));

const nextVersion = (): void => write('1.10.0', 'second');

const clean = (versions: number) => ({
  exitCode: 0,
  lines: [expect.stringMatching(new RegExp(`^${versions} new text versions since [0-9a-fH]`))],
});
const refused = (message: string) => ({ exitCode: 1, lines: [expect.stringContaining(message)] });

describe('The check of changed versions', () => {
  test('requires nothing where no version changed', async () => {
    expect(await check('HEAD')).toEqual(clean(0));
  });

  test('requires the note, writes it from the newest earlier version, and accepts what it wrote', async () => {
    nextVersion();
    expect(await check('HEAD')).toEqual(
      refused(`${NOTE} is missing: write it with npm run check-text-change -- HEAD --write, read it, and commit it.`),
    );
    expect(await check('HEAD', '--write')).toEqual(clean(1));
    commit();
    expect(await check('HEAD~1')).toEqual(clean(1));
    expect(readFileSync(join(repository, NOTE), 'utf8')).toBe('first > second\n');
  });

  test('finds a note that differs from the change', async () => {
    nextVersion();
    await check('HEAD', '--write');
    appendFileSync(join(repository, NOTE), 'And more.\n');
    expect(await check('HEAD')).toEqual(refused(`${NOTE} is not what the change comes to`));
  });

  test('refuses that a file of a released version is edited or removed', async () => {
    for (const file of ['text.txt', 'data.bin']) {
      const path = join(repository, 'texts/letter/1.2.0', file);
      const before = readFileSync(path);
      const spoiled = refused(`texts/letter/1.2.0/${file} is edited or gone`);
      appendFileSync(path, 'more');
      expect(await check('HEAD')).toEqual(spoiled);
      rmSync(path);
      expect(await check('HEAD')).toEqual(spoiled);
      writeFileSync(path, before);
    }
  });

  test('accepts that a file outside the folders of versions goes away, and that a note is corrected', async () => {
    rmSync(join(repository, 'texts/letter/text.txt'));
    writeFileSync(join(repository, 'texts/letter/1.2.0/change.md'), 'Corrected.');
    expect(await check('HEAD')).toEqual(clean(0));
  });

  test('ends with 2 for an unknown revision, and for two', async () => {
    expect(await check('nowhere')).toEqual({
      exitCode: 2,
      lines: ['git knows no revision nowhere here: name one that it has.'],
    });
    expect(await check('HEAD', 'HEAD')).toMatchObject({ exitCode: 2 });
  });
});

describe('Without a revision the check compares', () => {
  const notComparable = (why: string) => ({
    exitCode: 0,
    lines: [`No text is compared, for ${why}; each version after the first has its change.md.`],
  });

  test('with the parent commit, on the main branch', async () => {
    nextVersion();
    await check('HEAD', '--write');
    commit();
    expect(await check()).toEqual(clean(1));
  });

  test('with where the branch left the main one, however many commits it has', async () => {
    git('branch', '-M', 'main');
    git('checkout', '--quiet', '-b', 'draft');
    nextVersion();
    commit();
    writeFileSync(join(repository, 'README.md'), 'Later.');
    commit();
    expect(await check()).toEqual(refused(`${NOTE} is missing`));
  });

  test('with nothing where there is one commit, and names the reason', async () => {
    expect(await check()).toEqual(notComparable('there is one commit'));
  });

  test('with nothing in a shallow clone, and names the remedy', async () => {
    nextVersion();
    commit();
    const origin = repository;
    repository = mkdtempSync(join(tmpdir(), 'underwright-change-'));
    git('clone', '--quiet', '--depth=1', `file://${origin}`, '.');
    git('remote', 'remove', 'origin');
    rmSync(origin, { recursive: true });
    expect(await check()).toEqual(refused(`${NOTE} is missing`));
    writeFileSync(join(repository, NOTE), 'Not compared.');
    expect(await check()).toEqual(notComparable('this clone is shallow (git fetch --deepen=1)'));
  });

  test('with nothing in a copy that is no clone, or lies in another repository', async () => {
    rmSync(join(repository, '.git'), { recursive: true });
    expect(await check()).toEqual(notComparable('this folder is no clone of a repository'));
    writeFileSync(join(repository, 'README.md'), 'Of another project.');
    git('init', '--quiet');
    git('add', 'README.md');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.test', 'commit', '--quiet', '-m', 'Begin');
    expect(await check()).toEqual(notComparable('this folder is no clone of a repository'));
  });
});

describe('The program', () => {
  test('prints the faults and ends with 1', () => {
    const policies = join(repository, 'policies/personal-loan');
    mkdirSync(join(policies, '1.1.0'), { recursive: true });
    writeFileSync(join(policies, '1.1.0/policy.yaml'), 'version: 1.1.0\n');
    commit();
    appendFileSync(join(policies, '1.1.0/policy.yaml'), '# Only a comment.\n');
    const program = join(import.meta.dirname, '../../scripts/check-policy-change.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'HEAD'], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^policies\/personal-loan\/1\.1\.0\/policy\.yaml is edited or gone, .+\n$/);
  });
});
