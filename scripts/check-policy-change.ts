/**
 * `npm run check-policy-change -- [BASE] [--write]`: every policy version that the revision BASE does not have must lie
 * beside a change.md with its difference and a backtest, as this program writes them, and no version that BASE has may be
 * edited or removed. Ends with 1 and names what is not so. Without BASE it is where this branch left the main one, or on
 * the main one the commit before; where there is none, that is said and only the presence of the notes is checked.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CommandFailed, EXIT } from '../cli/failure.ts';
import { backtestLines } from '../cli/policy/backtest-text.ts';
import { backtest } from '../cli/policy/backtest.ts';
import { diffLines } from '../cli/policy/diff.ts';
import { loadPolicy, policyData } from '../cli/policy/policy-text.ts';
import { syntheticApplications } from '../cli/policy/synthetic.ts';
import { diffPolicies } from '../domain/policy/officer/diff.ts';

/** Enough to meet every outcome, and done in seconds. */
const APPLICATIONS = 20_000;
const SEED = 1;
const POLICY = /^policies\/([^/]+)\/(\d+\.\d+\.\d+)\/policy\.yaml$/;

interface PolicyChanges {
  /** What the notes of new versions must say, by their path from the root of the repository. */
  readonly notes: ReadonlyMap<string, string>;
  /** Versions that were edited or removed. */
  readonly spoiled: readonly string[];
}

/**
 * @param base any revision of git; untracked policies count as new.
 * @throws CommandFailed for a revision that git does not know, and for a policy with faults.
 */
async function policyChanges(root: string, base: string): Promise<PolicyChanges> {
  const git = gitIn(root);
  const revision = tried(git, 'rev-parse', '--verify', '--end-of-options', `${base}^{commit}`);
  if (revision === undefined) {
    throw new CommandFailed(EXIT.USAGE, 'RevisionMissing', `git knows no revision ${base} here: name one that it has.`);
  }
  const atBase = git('ls-tree', '-r', '--name-only', revision, 'policies/').split('\n');
  const differing = git('diff', '--name-only', '--relative', '--no-renames', revision, '--', 'policies/').split('\n');
  const here = policiesIn(root);
  const notes = new Map<string, string>();
  for (const path of here.filter((each) => !atBase.includes(each))) {
    const before = predecessorOf(path, here);
    const text = await noteOf(before === undefined ? undefined : textOf(root, before), textOf(root, path));
    notes.set(join(dirname(path), 'change.md'), text);
  }
  return { notes, spoiled: differing.filter((path) => POLICY.test(path) && atBase.includes(path)) };
}

/** Where this branch left the main one, or on that the commit before. @returns why there is none, too. */
function baseOf(root: string): { base: string } | { base: undefined; why: string } {
  const git = gitIn(root);
  const head = tried(git, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  // A copy that lies in another project's repository has no history there.
  if (head === undefined || tried(git, 'ls-files', '--', 'policies') === '')
    return { base: undefined, why: 'this folder is no clone of a repository' };
  for (const main of ['origin/HEAD', 'origin/main', 'main']) {
    const left = tried(git, 'merge-base', head, main);
    if (left !== undefined && left !== head) return { base: left };
  }
  const before = tried(git, 'rev-parse', '--verify', '--quiet', `${head}^1^{commit}`);
  if (before !== undefined) return { base: before };
  const shallow = tried(git, 'rev-parse', '--is-shallow-repository') === 'true';
  return { base: undefined, why: shallow ? 'this clone is shallow (git fetch --deepen=1)' : 'there is one commit' };
}

type Git = (...args: string[]) => string;

/** @returns undefined where git says no. */
function tried(git: Git, ...args: string[]): string | undefined {
  try {
    return git(...args).trim();
  } catch {
    return undefined;
  }
}

function gitIn(root: string): Git {
  return (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function policiesIn(root: string): string[] {
  const folder = join(root, 'policies');
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  return paths
    .map((path) => `policies/${String(path)}`)
    .filter((path) => POLICY.test(path))
    .sort();
}

function textOf(root: string, path: string): Text {
  return { name: path, text: readFileSync(join(root, path), 'utf8') };
}

/** The newest version before it. */
function predecessorOf(path: string, policies: readonly string[]): string | undefined {
  const [, product = '', version = ''] = POLICY.exec(path) ?? [];
  return policies
    .filter((each) => POLICY.exec(each)?.[1] === product && versionOf(each, version) < 0)
    .toSorted((a, b) => versionOf(a, version) - versionOf(b, version) || a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
}

/** Negative where the path's version comes before. */
function versionOf(path: string, version: string): number {
  return Math.sign((POLICY.exec(path)?.[2] ?? '').localeCompare(version, 'en', { numeric: true }));
}

interface Text {
  readonly name: string;
  readonly text: string;
}

async function noteOf(champion: Text | undefined, candidate: Text): Promise<string> {
  const loaded = await loadPolicy(candidate);
  const { id, version } = loaded.module.policy;
  const head = [
    `# ${id} ${version}`,
    '',
    'Written by `npm run check-policy-change -- BASE --write`; not to be edited.',
    '',
  ];
  if (!champion) return [...head, 'The first version: there is nothing to compare it with.', ''].join('\n');
  const before = await loadPolicy(champion);
  const named = `${id}@${before.module.policy.version}`;
  const changes = diffPolicies(policyData(champion), policyData(candidate));
  const invented = syntheticApplications(loaded.product, APPLICATIONS, SEED);
  const report = await backtest({ champion: before, candidate: loaded }, invented);
  return [
    ...head,
    '## What changed',
    '',
    '```',
    ...diffLines(named, `${id}@${version}`, changes),
    '```',
    '',
    `## Backtest over ${APPLICATIONS.toLocaleString('en-US')} invented applications, seed ${SEED}`,
    '',
    '```',
    ...backtestLines(report),
    '```',
    '',
  ].join('\n');
}

/** @returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [named, ...others] = args.filter((arg) => arg !== '--write');
  if (others.length > 0) {
    console.error('Name one revision or none: npm run check-policy-change -- [BASE] [--write]');
    return 2;
  }
  const root = process.cwd();
  const found = named === undefined ? baseOf(root) : { base: named };
  const { notes, spoiled } =
    found.base === undefined
      ? { notes: new Map<string, string>(), spoiled: [] }
      : await policyChanges(root, found.base);
  if (args.includes('--write')) for (const [path, text] of notes) writeFileSync(join(root, path), text);
  const policies = policiesIn(root);
  const expected = policies
    .filter((path) => predecessorOf(path, policies))
    .map((path) => join(dirname(path), 'change.md'));
  const missing = [...new Set([...notes.keys(), ...expected])].filter((path) => !existsSync(join(root, path)));
  const wrong = [...notes].filter(([path, text]) => {
    return !missing.includes(path) && readFileSync(join(root, path), 'utf8') !== text;
  });
  const faults = [
    ...spoiled.map(
      (path) =>
        `${path} is edited or gone, and may have decided about somebody: put it back, and change the next version.`,
    ),
    ...[
      ...missing.map((path) => `${path} is missing`),
      ...wrong.map(([path]) => `${path} is not what the change comes to`),
    ].map(
      (fault) =>
        `${fault}: write it with npm run check-policy-change -- ${found.base ?? 'BASE'} --write, read it, and commit it.`,
    ),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) return 1;
  if (found.base === undefined) {
    console.log(`No policy is compared, for ${found.why}; each version after the first has its change.md.`);
  } else {
    console.log(
      `${notes.size} new policy versions since ${found.base.slice(0, 12)}, each with its change.md; none edited.`,
    );
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    process.exitCode = error.failure.exitCode;
  }
}
