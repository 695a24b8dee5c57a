/**
 * `npm run check-policy-change -- BASE [--write]`: every policy that differs from the revision BASE must lie beside a
 * change.md with its difference and a backtest, as this program writes them. Ends with 1 and names what is not so.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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

export interface PolicyChangeNote {
  /** Of the note, from the root of the repository. */
  readonly path: string;
  /** What it must say. */
  readonly text: string;
}

/**
 * The notes that the changed policies of a repository need; policies that were removed need none.
 * @param base any revision of git; untracked policies count as changed.
 * @throws whatever git says of a revision that it does not know, and CommandFailed for a policy with faults.
 */
export async function policyChangeNotes(root: string, base: string): Promise<PolicyChangeNote[]> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const revision = git('rev-parse', '--verify', '--end-of-options', `${base}^{commit}`).trim();
  const atBase = git('ls-tree', '-r', '--name-only', revision, 'policies/').split('\n');
  const changed = [
    ...git('diff', '--name-only', '--no-renames', revision, '--', 'policies/').split('\n'),
    ...git('ls-files', '--others', '--exclude-standard', '--', 'policies/').split('\n'),
  ];
  const notes: PolicyChangeNote[] = [];
  for (const path of [...new Set(changed)].filter((each) => POLICY.test(each) && existsSync(join(root, each))).sort()) {
    const before = predecessorOf(path, atBase);
    const candidate = { name: path, text: readFileSync(join(root, path), 'utf8') };
    const champion = before === undefined ? undefined : { name: before, text: git('show', `${revision}:${before}`) };
    notes.push({ path: join(dirname(path), 'change.md'), text: await noteOf(champion, candidate) });
  }
  return notes;
}

/** The same file at the base; for a new version the newest before it. */
function predecessorOf(path: string, atBase: readonly string[]): string | undefined {
  if (atBase.includes(path)) return path;
  const [, product = '', version = ''] = POLICY.exec(path) ?? [];
  return atBase
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
  const report = await backtest(before, loaded, invented, 0);
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
  const [base, ...others] = args.filter((arg) => arg !== '--write');
  if (base === undefined || others.length > 0) {
    console.error('Say against which revision: npm run check-policy-change -- BASE [--write]');
    return 2;
  }
  const root = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8' }).trim();
  const notes = await policyChangeNotes(root, base);
  const faults = notes.flatMap(({ path, text }) => {
    const file = join(root, path);
    if (args.includes('--write')) writeFileSync(file, text);
    if (!existsSync(file)) return [`${path} is missing`];
    return readFileSync(file, 'utf8') === text ? [] : [`${path} is not what the change comes to`];
  });
  for (const fault of faults) {
    console.error(`${fault}: write it with npm run check-policy-change -- ${base} --write, read it, and commit it.`);
  }
  if (faults.length === 0) console.log(`${notes.length} changed policies, each with its change.md.`);
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
