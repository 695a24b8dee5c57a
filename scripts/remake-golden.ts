/**
 * Makes scores, policy results and decisions of the golden corpus again from their frozen inputs, with the model and the
 * policies that they name: `node scripts/remake-golden.ts "BECAUSE"`. With `--this-release` they get the model of this release
 * and the newest policies instead. Use it only where a release is to decide otherwise.
 * A part that comes out as it did, or whose difference `explained.json` explains already, is left as it is. Each part that is
 * written is listed there with the cause.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { newestPolicy } from '../app/governance/policies.ts';
import { releasedModel } from '../cli/released-model.ts';
import type { Answer, ForeignCore } from '../domain/decision/core-contract.ts';
import { decisionCore } from '../domain/decision/core.ts';
import type { Disclosures } from '../domain/decision/disclosures.ts';
import { replay, type AppliedPolicy, type FrozenDecision, type ReplayPart } from '../domain/decision/replay.ts';
import { canonicalJson } from '../domain/ledger/canonical-json.ts';
import type { PolicyResult } from '../domain/policy/result.ts';
import { statedOf } from '../domain/scoring/scoring.ts';
import { loadArchive } from '../test/support/release-archive.ts';

type Explained = Record<string, Partial<Record<ReplayPart, { replayed?: string | null; because: string }>>>;

const {
  values: { 'this-release': toThisRelease },
  positionals: [because],
} = parseArgs({ options: { 'this-release': { type: 'boolean', default: false } }, allowPositionals: true });
if (because === undefined) throw new TypeError('Name the cause: node scripts/remake-golden.ts "BECAUSE"');
const folder = join(import.meta.dirname, '..', 'test', 'golden');
const archive = await loadArchive(join(import.meta.dirname, '..'));
const released = await releasedModel('personal-loan');
const explainedPath = join(folder, 'explained.json');
const explained = JSON.parse(readFileSync(explainedPath, 'utf8')) as Explained;

/** What this release makes of a part: the differing ones, with the answers of the core. */
async function madeOf(frozen: FrozenDecision) {
  const core = decisionCore(archive.policy);
  const answers: Partial<Record<keyof ForeignCore, unknown[]>> = {};
  const kept = (name: keyof ForeignCore, given: readonly Answer<unknown>[]): unknown => {
    answers[name] = given.map((answer) => answer && 'made' in answer && answer.made);
    return given;
  };
  const watched: ForeignCore = {
    features: (asked) => kept('features', core.features(asked)),
    scores: (asked) => kept('scores', core.scores(asked)),
    policies: (asked) => kept('policies', core.policies(asked)),
    records: (asked) => kept('records', core.records(asked)),
  };
  const [differences = []] = await replay([frozen], { core: watched, model: archive.model });
  return { differing: new Map(differences.map(({ part, replayed }) => [part, replayed])), answers };
}

/** Replay makes disclosures where a record has them, under the setting that they name. */
const NOTHING_DISCLOSED: Disclosures = { scoreDisclosure: 'BOTH', scores: [], priceNotice: null, whatWouldHelp: [] };

/** The case with the model of this release and the newest policy of its product named in each part. */
function movedToThisRelease(frozen: FrozenDecision): FrozenDecision {
  const { scoreBands } = released.manifest;
  const stated = { ...statedOf(released), ...(scoreBands && { bandShares: scoreBands }) };
  const { module, digest } = newestPolicy(frozen.application.product);
  const { sourceDigest } = module.policy;
  const policy = { id: module.policy.id, version: module.policy.version, digest, sourceDigest };
  const named = (applied: AppliedPolicy | null): AppliedPolicy | null =>
    applied && { ...applied, recorded: { ...applied.recorded, policy } };
  return {
    ...frozen,
    scoring: frozen.scoring && { ...frozen.scoring, ...stated },
    scoredAt: frozen.scoredAt ?? (frozen.scoring ? frozen.decidedAt : null),
    decision: { ...frozen.decision, disclosures: frozen.decision.disclosures ?? NOTHING_DISCLOSED },
    preBureauPolicy: named(frozen.preBureauPolicy),
    policy: named(frozen.policy),
  };
}

const changed = (name: string, part: ReplayPart, differing: ReadonlyMap<ReplayPart, string | null>): boolean =>
  differing.has(part) && explained[name]?.[part]?.replayed !== differing.get(part);

const termsOf = ({ offers }: PolicyResult): string =>
  offers
    .map((offer) => {
      const rate = `${(offer.annualRateBasisPoints / 100).toFixed(2)} %`;
      return offer.kind === 'LOAN'
        ? `${offer.amountCents / 100}/${offer.termMonths} at ${rate}`
        : `${offer.limitCents / 100} at ${rate}`;
    })
    .join(', ');

/** A policy's new result, with what the step that applied it recorded beside it. */
function appliedAgain(applied: AppliedPolicy, made: PolicyResult): AppliedPolicy {
  const { mode, lender, core } = applied.recorded;
  return { ...applied, recorded: { ...made, ...(mode && { mode }), ...(lender && { lender }), ...(core && { core }) } };
}

async function remade(name: string, before: FrozenDecision): Promise<FrozenDecision> {
  let frozen = toThisRelease ? movedToThisRelease(before) : before;
  const written = (part: ReplayPart, more = ''): void => {
    const earlier = explained[name]?.[part]?.because;
    const all = [`${because}${more}`, ...(earlier === undefined ? [] : [earlier])].join(' ');
    explained[name] = { ...explained[name], [part]: { because: all } };
  };
  const score = await madeOf(frozen);
  if (frozen.scoring && changed(name, 'SCORE', score.differing)) {
    const [features] = score.answers.features as [object];
    const result = (score.answers.scores?.[0] ?? null) as NonNullable<FrozenDecision['scoring']>['result'];
    const { rows: _, candidates: __, ...made } = features as Record<string, unknown>;
    frozen = { ...frozen, scoring: { ...frozen.scoring, ...made, result } };
    written('SCORE');
  }
  const policy = await madeOf(frozen);
  if (frozen.preBureauPolicy && changed(name, 'PRE_BUREAU_POLICY', policy.differing)) {
    const made = policy.answers.policies?.[0] as PolicyResult;
    frozen = { ...frozen, preBureauPolicy: appliedAgain(frozen.preBureauPolicy, made) };
    written('PRE_BUREAU_POLICY');
  }
  if (frozen.policy && changed(name, 'POLICY', policy.differing)) {
    const { recorded } = frozen.policy;
    const made = policy.answers.policies?.at(-1) as PolicyResult;
    frozen = { ...frozen, policy: appliedAgain(frozen.policy, made) };
    const [old, fresh] = [termsOf(recorded), termsOf(made)];
    written('POLICY', old === fresh ? ' The offers are the same.' : ` Offered: ${fresh}; before: ${old}.`);
  }
  const record = await madeOf(frozen);
  if (changed(name, 'DECISION', record.differing)) {
    frozen = { ...frozen, decision: record.answers.records?.[0] as FrozenDecision['decision'] };
    written('DECISION');
  }
  return frozen;
}

for (const file of readdirSync(folder).filter((each) => each.endsWith('.json') && each !== 'explained.json')) {
  const path = join(folder, file);
  const before = JSON.parse(readFileSync(path, 'utf8')) as FrozenDecision;
  const after = await remade(file.slice(0, -'.json'.length), before);
  if (canonicalJson(after) !== canonicalJson(before)) writeFileSync(path, `${JSON.stringify(after)}\n`);
}
const sorted = Object.fromEntries(Object.entries(explained).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(explainedPath, `${JSON.stringify(sorted, null, 2)}\n`);
