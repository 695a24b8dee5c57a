import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

// Each run of the check backtests 20,000 applications, and other suites run beside it.
jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '../..');
const NOTE = 'policies/personal-loan/1.2.0/change.md';
let repository: string;

const git = (...args: string[]): string => execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
const commit = (): void => {
  git('add', '-A');
  git('-c', 'user.name=Test', '-c', 'user.email=test@example.test', 'commit', '--quiet', '-m', 'Change');
};

function check(...args: string[]): { code: number | null; said: string } {
  const program = join(ROOT, 'scripts/check-policy-change.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: repository,
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
}

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'underwright-change-'));
  cpSync(join(ROOT, 'policies/personal-loan'), join(repository, 'policies/personal-loan'), { recursive: true });
  git('init', '--quiet');
  commit();
});
afterEach(() => rmSync(repository, { recursive: true }));

function nextVersion(): void {
  const folder = join(repository, 'policies/personal-loan');
  const text = readFileSync(join(folder, '1.1.0/policy.yaml'), 'utf8');
  mkdirSync(join(folder, '1.2.0'));
  const next = text.replace('version: 1.1.0', 'version: 1.2.0').replace('inquiries_6m > 8', 'inquiries_6m > 2');
  writeFileSync(join(folder, '1.2.0/policy.yaml'), next);
}

const CLEAN = (versions: number) => expect.stringMatching(new RegExp(`^${versions} new policy versions since `));
const NOTE_OF_NOTHING = '; each version after the first has its change.md.\n';

describe('The check of a policy change', () => {
  test('asks for nothing where no policy changed', () => {
    expect(check('HEAD')).toEqual({ code: 0, said: CLEAN(0) });
  });

  test('asks for the note, writes it, and is content with what it wrote', () => {
    nextVersion();
    expect(check('HEAD')).toMatchObject({ code: 1, said: expect.stringContaining(`${NOTE} is missing`) });
    expect(check('HEAD', '--write').code).toBe(0);
    commit();
    expect(check('HEAD~1')).toEqual({ code: 0, said: CLEAN(1) });
    const note = readFileSync(join(repository, NOTE), 'utf8');
    expect(note).toContain('inquiries_6m > 8                      inquiries_6m > 2');
    expect(note).toMatch(/APPROVE +REFER +MANY_INQUIRIES/);
  });

  test('finds a note that is not what the change comes to', () => {
    nextVersion();
    check('HEAD', '--write');
    appendFileSync(join(repository, NOTE), 'Nobody is declined.\n');
    expect(check('HEAD')).toMatchObject({ code: 1, said: expect.stringContaining(`${NOTE} is not what`) });
  });

  test('refuses that a version is edited or removed', () => {
    const path = join(repository, 'policies/personal-loan/1.1.0/policy.yaml');
    appendFileSync(path, '# Only a comment.\n');
    const refused = { code: 1, said: expect.stringContaining('1.1.0/policy.yaml is edited or gone') };
    expect(check('HEAD')).toMatchObject(refused);
    rmSync(path);
    expect(check('HEAD')).toMatchObject(refused);
  });

  test('ends with 2 for a revision that is none, and for two', () => {
    expect(check('nowhere')).toEqual({
      code: 2,
      said: 'git knows no revision nowhere here: name one that it has.\n',
    });
    expect(check('HEAD', 'HEAD').code).toBe(2);
  });
});

describe('Without a revision the check compares', () => {
  const notComparable = (why: string) => ({ code: 0, said: `No policy is compared, for ${why}${NOTE_OF_NOTHING}` });

  test('with the commit before, on the main branch', () => {
    nextVersion();
    check('HEAD', '--write');
    commit();
    expect(check()).toEqual({ code: 0, said: CLEAN(1) });
  });

  test('with where the branch left the main one, however many commits it has', () => {
    git('branch', '-M', 'main');
    git('checkout', '--quiet', '-b', 'draft');
    nextVersion();
    commit();
    writeFileSync(join(repository, 'README.md'), 'Later.');
    commit();
    expect(check()).toMatchObject({ code: 1, said: expect.stringContaining(`${NOTE} is missing`) });
  });

  test('with nothing where there is one commit, and says so', () => {
    expect(check()).toEqual(notComparable('there is one commit'));
  });

  test('with nothing in a shallow clone, and says how to get more', () => {
    nextVersion();
    commit();
    const origin = repository;
    repository = mkdtempSync(join(tmpdir(), 'underwright-change-'));
    git('clone', '--quiet', '--depth=1', `file://${origin}`, '.');
    git('remote', 'remove', 'origin');
    rmSync(origin, { recursive: true });
    expect(check()).toMatchObject({ code: 1, said: expect.stringContaining(`${NOTE} is missing`) });
    writeFileSync(join(repository, NOTE), 'Not compared.');
    expect(check()).toEqual(notComparable('this clone is shallow (git fetch --deepen=1)'));
  });

  test('with nothing in a copy that is no clone, or lies in another repository', () => {
    rmSync(join(repository, '.git'), { recursive: true });
    expect(check()).toEqual(notComparable('this folder is no clone of a repository'));
    writeFileSync(join(repository, 'README.md'), 'Of another project.');
    git('init', '--quiet');
    git('add', 'README.md');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.test', 'commit', '--quiet', '-m', 'Begin');
    expect(check()).toEqual(notComparable('this folder is no clone of a repository'));
  });
});
