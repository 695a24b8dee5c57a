import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

// Each run of the check backtests 20,000 applications, and other suites run beside it.
jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '../..');
const NOTE = 'policies/personal-loan/1.1.0/change.md';
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
  const text = readFileSync(join(folder, '1.0.0/policy.yaml'), 'utf8');
  mkdirSync(join(folder, '1.1.0'));
  const next = text.replace('version: 1.0.0', 'version: 1.1.0').replace('inquiries_6m > 8', 'inquiries_6m > 2');
  writeFileSync(join(folder, '1.1.0/policy.yaml'), next);
}

describe('The check of a policy change', () => {
  test('asks for nothing where no policy changed', () => {
    expect(check('HEAD')).toEqual({ code: 0, said: '0 changed policies, each with its change.md.\n' });
  });

  test('asks for the note, writes it, and is content with what it wrote', () => {
    nextVersion();
    expect(check('HEAD')).toMatchObject({ code: 1, said: expect.stringContaining(`${NOTE} is missing`) });
    expect(check('HEAD', '--write').code).toBe(0);
    commit();
    expect(check('HEAD~1')).toEqual({ code: 0, said: '1 changed policies, each with its change.md.\n' });
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

  test('ends with another code than 0 for a revision that is none, and without one', () => {
    expect(check('nowhere').code).not.toBe(0);
    expect(check().code).toBe(2);
  });
});
