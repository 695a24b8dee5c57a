/**
 * `npm run check-policy-change -- [BASE] [--write]`: checks that every policy version that the revision BASE lacks has a
 * change.md with its difference and a backtest, as this program writes them with `--write`. Ends with 1 for a missing or
 * another note, and for an edited or removed version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { backtestLines } from '../cli/policy/backtest-text.ts';
import { backtest } from '../cli/policy/backtest.ts';
import { diffLines } from '../cli/policy/diff.ts';
import { loadPolicy, policyData } from '../cli/policy/policy-text.ts';
import { syntheticApplications } from '../cli/policy/synthetic.ts';
import { diffPolicies } from '../domain/policy/officer/diff.ts';
import { runCheck, type Version, type VersionedFolder } from './version-changes.ts';

/** Enough to meet every outcome, and done in seconds. */
const APPLICATIONS = 20_000;
const SEED = 1;

export const POLICIES: VersionedFolder = {
  folder: 'policies',
  noun: 'policy',
  script: 'check-policy-change',
  files: ['policy.yaml'],
  note: policyNote,
};

async function policyNote(root: string, version: Version, before: Version | undefined): Promise<string> {
  const textOf = ({ folder }: Version): { name: string; text: string } => {
    const name = `${folder}/policy.yaml`;
    return { name, text: readFileSync(join(root, name), 'utf8') };
  };
  const candidate = textOf(version);
  const loaded = await loadPolicy(candidate);
  const { id, version: number } = loaded.module.policy;
  const head = [
    `# ${id} ${number}`,
    '',
    'Written by `npm run check-policy-change -- BASE --write`; not to be edited.',
    '',
  ];
  if (!before) return [...head, 'The first version: there is nothing to compare it with.', ''].join('\n');
  const champion = await loadPolicy(textOf(before));
  const changes = diffPolicies(policyData(textOf(before)), policyData(candidate));
  const invented = syntheticApplications(loaded.product, APPLICATIONS, SEED, {
    policies: [champion.module, loaded.module],
  });
  const report = await backtest({ champion, candidate: loaded }, invented);
  return [
    ...head,
    '## What changed',
    '',
    '```',
    ...diffLines(`${id}@${champion.module.policy.version}`, `${id}@${number}`, changes),
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

if (import.meta.main) await runCheck(POLICIES, process.argv.slice(2));
