/**
 * `npm run check-model-change -- [BASE] [--write]`: checks that every model version that the revision BASE lacks has a
 * change.md with its card, its metrics, its swap set over known outcomes and a simulation, as this program writes them with
 * `--write`. Ends with 1 for a missing or another note, and for an edited or removed version.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { openPackage, readPackage } from '../adapters/onnx/scorer.ts';
import type { Scorer } from '../adapters/ports.ts';
import { CommandFailed, EXIT } from '../cli/failure.ts';
import { movementLines } from '../cli/policy/backtest-text.ts';
import { backtest } from '../cli/policy/backtest.ts';
import { columns } from '../cli/policy/columns.ts';
import { loadPolicy, readPolicyText, type LoadedPolicy } from '../cli/policy/policy-text.ts';
import { syntheticApplications } from '../cli/policy/synthetic.ts';
import { PRODUCT_NAMES, type ProductName } from '../domain/application/products.ts';
import type { BacktestApplication, BacktestReport } from '../domain/policy/officer/backtest.ts';
import { labelledLines } from './labelled-swap-set.ts';
import { runCheck, type Version, type VersionedFolder } from './version-changes.ts';

/** Enough to meet every outcome, and done in seconds. */
const APPLICATIONS = 20_000;
const SEED = 1;
const METRICS = { auc: 'AUC', ks: 'KS', brier: 'Brier score', calibrationSlope: 'calibration slope' } as const;

/** @param applications that the simulation of each product invents. */
export const modelVersions = (applications: number): VersionedFolder => ({
  folder: 'models',
  noun: 'model',
  script: 'check-model-change',
  files: ['manifest.json', 'model.onnx', 'reference.csv', 'provenance.json'],
  note: (root, version, before) => modelNote(root, [before, version], applications),
});

async function modelNote(
  root: string,
  [before, after]: readonly [Version | undefined, Version],
  applications: number,
): Promise<string> {
  const head = [
    `# ${after.id} ${after.version}`,
    '',
    'Written by `npm run check-model-change -- BASE --write`; not to be edited.',
    '',
  ];
  const candidate = await scorerOf(root, after);
  if (!before) {
    const first = 'The first version in format 2 of a model package: there is nothing to compare it with.';
    return [...head, first, ''].join('\n');
  }
  const scorers: Pair = [await scorerOf(root, before), candidate];
  const sections = [
    '## Card',
    '',
    '```diff',
    ...cardDifference(root, before, after),
    '```',
    '',
    '## Metrics',
    '',
    'As the packages state them: measured out of fold by their trainers, with standard errors.',
    '',
    '```',
    ...metricLines(scorers),
    '```',
    '',
    '## Known outcomes',
    '',
    ...(await labelledLines(scorers)),
    '',
    '## Simulation',
    '',
    'Invented applications have no outcomes. Each version is judged by its own PDs: a version with lower PDs makes more ' +
      'offers, right or wrong. So the simulation shows what changes, not which version is better, and states no loss.',
    '',
  ];
  for (const product of PRODUCT_NAMES) sections.push(...(await productSection(product, scorers, applications)));
  return [...head, ...sections].join('\n');
}

type Pair = readonly [before: Scorer, after: Scorer];

/** @throws CommandFailed where the folder has the name of another version. */
async function scorerOf(root: string, { id, version, folder }: Version): Promise<Scorer> {
  const scorer = await openPackage(await readPackage(join(root, folder)));
  const { manifest } = scorer;
  if (manifest.id === id && manifest.version === version) return scorer;
  const message = `${folder}/manifest.json is of ${manifest.id} ${manifest.version}: move the package, or build it again.`;
  throw new CommandFailed(EXIT.NOT_SO, 'VersionMisplaced', message);
}

/** The lines that are in one card alone. */
function cardDifference(root: string, before: Version, after: Version): string[] {
  const cards = [before, after].map(({ folder }) => `${folder}/card.md`);
  const options = ['--no-index', '--no-color', '--no-ext-diff', '--unified=0', '--diff-algorithm=myers'];
  const { stdout } = spawnSync('git', ['diff', ...options, '--', ...cards], { cwd: root, encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => /^[-+](?!\+\+ |-- )/.test(line));
  return lines.length > 0 ? lines : ['The cards are equal.'];
}

function metricLines([before, after]: Pair): string[] {
  const rows = (Object.keys(METRICS) as (keyof typeof METRICS)[]).map((metric) => {
    const [old, now] = [before.manifest.metrics[metric], after.manifest.metrics[metric]];
    const shown = ({ value, standardError }: typeof old): string => `${value.toFixed(4)} (${standardError.toFixed(4)})`;
    const difference = now.value - old.value;
    return [METRICS[metric], shown(old), shown(now), `${difference > 0 ? '+' : ''}${difference.toFixed(4)}`];
  });
  return columns(['metric', before.manifest.version, after.manifest.version, 'change'], rows);
}

async function productSection(product: ProductName, scorers: Pair, applications: number): Promise<string[]> {
  const allowing = scorers.filter(({ manifest }) => manifest.allowed.some((each) => each.product === product));
  const [first] = allowing;
  if (!first) return [];
  if (allowing.length === 1) {
    return [`### ${product}`, '', `Only ${first.manifest.version} is allowed for this product.`, ''];
  }
  const policy = await loadPolicy(readPolicyText(product));
  const report = await backtest({ champion: policy, candidate: policy }, scoredByBoth(policy, scorers, applications));
  const count = applications.toLocaleString('en-US');
  return [
    `### ${product}: ${count} invented applications, seed ${SEED}`,
    '',
    `Both versions score for ${policy.name}. The champion is ${scorers[0].manifest.version}, the candidate ` +
      `${scorers[1].manifest.version}.`,
    '',
    ...offersMoved(report, scorers),
    '',
    '```',
    ...movementLines(report),
    '```',
    '',
  ];
}

/** The same applications, with the inputs that the score of each model gives. */
async function* scoredByBoth(
  { product, module }: LoadedPolicy,
  [before, after]: Pair,
  applications: number,
): AsyncGenerator<BacktestApplication[]> {
  const candidates = syntheticApplications(product, applications, SEED, { policies: [module], model: after });
  for await (const batch of syntheticApplications(product, applications, SEED, {
    policies: [module],
    model: before,
  })) {
    const { value } = (await candidates.next()) as { value: BacktestApplication[] };
    yield batch.map((application, at) => ({
      ...application,
      candidateInputs: value[at]?.inputs ?? application.inputs,
    }));
  }
}

/** How many receive an offer under one of the models alone. */
function offersMoved({ matrix, applications }: BacktestReport, scorers: Pair): string[] {
  const offered = (outcome: string): boolean => outcome === 'APPROVE' || outcome === 'COUNTEROFFER';
  const line = (version: string, swapped: (from: string, to: string) => boolean): string => {
    const count = matrix.filter(({ from, to }) => swapped(from, to)).reduce((sum, each) => sum + each.count, 0);
    const share = ((100 * count) / applications).toFixed(2);
    return `- ${version} alone leads to an offer for ${count.toLocaleString('en-US')} applications (${share} %).`;
  };
  const [before, after] = scorers.map(({ manifest }) => manifest.version);
  return [
    line(before ?? '', (from, to) => offered(from) && !offered(to)),
    line(after ?? '', (from, to) => !offered(from) && offered(to)),
  ];
}

if (import.meta.main) await runCheck(modelVersions(APPLICATIONS), process.argv.slice(2));
