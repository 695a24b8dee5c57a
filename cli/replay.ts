import type { EvidenceStore } from '../adapters/ports.ts';
import { everyApplication } from '../audit/applications.ts';
import { replayArchive, type CoreToReplayWith, type ReplayArchive } from '../audit/replay/archive.ts';
import { decisionsIn, freezeDecision, type Decided } from '../audit/replay/freeze.ts';
import { openReplayProcess, ReplayFailed, replayLimits, type ReplayProcess } from '../audit/replay/process.ts';
import { different, type FrozenDecision, type ReplayDifference, type ReplayPart } from '../domain/decision/replay.ts';
import { verifiedDecisionFile } from './decision-file.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords, type Place } from './open-records.ts';
import { progress } from './progress.ts';
import { findingsOf, isWrong, replayCsv, replayPage, summaryOf, type Replayed } from './replay-report.ts';
import { Spool } from './report-spool.ts';
import type { CommonOptions } from './run-options.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

export interface ReplayOptions extends CommonOptions {
  readonly all?: boolean;
  /** Local dates of the creditor on which the decision was made, both included. */
  readonly since?: string;
  readonly until?: string;
  /** With this release's core whatever a decision names: whether it would decide otherwise. */
  readonly thisRelease?: boolean;
  readonly html?: string;
  readonly csv?: string;
  /** A decision file: from it alone. */
  readonly file?: string;
  /** Of the lender: with `file`, the key of decision files and, where seals have one of their own, that of seals. PEM. */
  readonly key?: string;
  readonly sealKey?: string;
  /** How long a core in QuickJS may run for up to 64 decisions, ms. */
  readonly coreTimeout?: number;
}

/** Decisions that share one call of the model, and one message to the replay process. */
const WINDOW = 64;

/** Makes decisions again from what was sealed, and compares byte by byte. @returns 1 when any differs. */
export async function replayDecisions(id: string | undefined, options: ReplayOptions): Promise<ExitCode> {
  refuseUnclear(id, options);
  const { data, keyDir, aws, json, file } = options;
  const source = file === undefined ? await recordsSource({ data, keyDir, aws }, id) : fileSource(file, options);
  const process = openReplayProcess(replayLimits(options.coreTimeout));
  const pages: [Spool, (replayed: readonly Replayed[]) => string][] = [];
  try {
    if (options.html !== undefined) pages.push([new Spool(options.html), replayPage]);
    if (options.csv !== undefined) pages.push([new Spool(options.csv), replayCsv]);
    const replayed = await replaySource(source, process, options);
    for (const [spool, drawn] of pages) {
      spool.write(drawn(replayed));
      spool.keep();
    }
    if (json) printJson({ ...summaryOf(replayed), replayed });
    else tell(replayed);
    return replayed.some(isWrong) ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    for (const [spool] of pages) spool.drop();
    await process.close();
    source.close();
  }
}

function refuseUnclear(id: string | undefined, { all, file, csv, html }: ReplayOptions): void {
  if ([id, all, file].filter((each) => each !== undefined).length !== 1) {
    const message = 'Name one application, or say --all, or give a decision file with --file: underwright replay --all';
    throw new CommandFailed(EXIT.USAGE, 'UsageError', message);
  }
  if (csv !== undefined && csv === html) {
    throw new CommandFailed(EXIT.USAGE, 'UsageError', '--csv and --html name one file: name two.');
  }
}

/** Replays the decisions of a source, window after window, in their order. */
async function replaySource(source: Source, process: ReplayProcess, options: ReplayOptions): Promise<Replayed[]> {
  const { ids, evidenceStore } = source;
  const { since = '', until = '9999-12-31', thisRelease = false } = options;
  const archive = replayArchive(evidenceStore, process);
  const bar = progress('replaying', ids.length);
  const replayed: Replayed[] = [];
  try {
    for (let at = 0; at < ids.length; at += WINDOW) {
      const frozen: (Replayed | FrozenDecision)[] = [];
      for (const applicationId of ids.slice(at, at + WINDOW)) {
        for (const one of await frozenOf(source, applicationId)) {
          const { decidedOn } = 'decision' in one ? one.decision : { decidedOn: null };
          if (decidedOn === null || (decidedOn >= since && decidedOn <= until)) frozen.push(one);
        }
        bar.step();
      }
      replayed.push(...(await replayWindow(frozen, archive, process, thisRelease)));
    }
  } finally {
    bar.stop();
  }
  return replayed;
}

/** What is replayed, and where it is read. */
interface Source extends Decided {
  readonly ids: readonly string[];
  readonly evidenceStore: Pick<EvidenceStore, 'get'>;
  close(): void;
}

async function recordsSource(place: Place, id: string | undefined): Promise<Source> {
  const records = await openRecords(place);
  try {
    if (id === undefined) return { ...records, ids: await Array.fromAsync(everyApplication(records)) };
    if ((await records.ledger.read(id)).length === 0) throw notFound(id, records);
    return { ...records, ids: [id] };
  } catch (error) {
    records.close();
    throw error;
  }
}

function fileSource(file: string, { key, sealKey }: Pick<ReplayOptions, 'key' | 'sealKey'>): Source {
  if (key === undefined) {
    const message = `--file goes with --key PEM, the lender’s public key, so that the file is verified before its core runs: underwright replay --file ${file} --key seal-public.pem`;
    throw new CommandFailed(EXIT.USAGE, 'UsageError', message);
  }
  const decided = verifiedDecisionFile(file, key, sealKey);
  return { ...decided, ids: [decided.applicationId], close: () => {} };
}

/** Every decision of an application frozen, the first and those that superseded it, or why there is none. */
async function frozenOf(records: Decided, applicationId: string): Promise<(FrozenDecision | Replayed)[]> {
  const frozen: (FrozenDecision | Replayed)[] = [];
  try {
    for (const decided of await decisionsIn(records, applicationId))
      frozen.push(await freezeDecision(records, decided));
    return frozen.length > 0 ? frozen : [{ applicationId, result: 'UNDECIDED' }];
  } catch (error) {
    if ((error as Error).name === 'KeyDestroyed') return [{ applicationId, result: 'FORGOTTEN' }];
    return [...frozen, { applicationId, result: 'INPUT_DAMAGED', detail: (error as Error).message }];
  }
}

/** A decision to be replayed, and the parts of it that one core made. */
interface Ordered {
  readonly place: number;
  readonly frozen: FrozenDecision;
  readonly parts: ReplayPart[];
}

/** Replays the frozen ones, those of one core together, and keeps the order. */
async function replayWindow(
  window: readonly (FrozenDecision | Replayed)[],
  archive: ReplayArchive,
  process: ReplayProcess,
  thisRelease: boolean,
): Promise<Replayed[]> {
  const differences = window.map((): ReplayDifference[] => []);
  const { results, decidedWith, byCore } = await orderByCore(window, archive, thisRelease);
  for (const [core, ordered] of byCore) {
    const found = await replayTogether(core, ordered, process);
    for (const [index, { place, parts }] of ordered.entries()) {
      differences[place]?.push(...(found[index] ?? []).filter(({ part }) => parts.includes(part)));
    }
  }
  return window.flatMap((frozen, place) => {
    const core = decidedWith.get(place);
    const result = results[place];
    if (result) return [result];
    return 'decision' in frozen && core ? [judged(frozen, core, differences[place] ?? [])] : [];
  });
}

/** The work of a window. The places are those of its decisions. */
interface WindowOrder {
  readonly byCore: ReadonlyMap<string, Ordered[]>;
  readonly decidedWith: ReadonlyMap<number, CoreToReplayWith>;
  /** What needs no replay. */
  readonly results: readonly (Replayed | undefined)[];
}

async function orderByCore(
  window: readonly (FrozenDecision | Replayed)[],
  archive: ReplayArchive,
  thisRelease: boolean,
): Promise<WindowOrder> {
  const results = window.map((each): Replayed | undefined => ('decision' in each ? undefined : each));
  const decidedWith = new Map<number, CoreToReplayWith>();
  const byCore = new Map<string, Ordered[]>();
  for (const [place, frozen] of window.entries()) {
    if (!('decision' in frozen)) continue;
    try {
      for (const [part, named] of coresOf(frozen)) {
        const core = thisRelease ? await archive.ofThisRelease() : await archive.named(required(named));
        if (part === 'DECISION') decidedWith.set(place, core);
        const ordered = byCore.get(core.digest) ?? [];
        byCore.set(core.digest, ordered);
        const earlier = ordered.find((each) => each.place === place);
        if (earlier) earlier.parts.push(part);
        else ordered.push({ place, frozen, parts: [part] });
      }
      if (frozen.scoring) await archive.model(frozen.scoring.model.packageDigest);
    } catch (error) {
      // The fault is this machine's, so no decision counts as one that differs.
      if ((error as Error).name === 'NativeLibraryUnavailable') throw error;
      const { applicationId, core } = frozen.decision;
      results[place] = { applicationId, result: 'CORE_UNAVAILABLE', core: core ?? null, detail: detailOf(error) };
    }
  }
  return { byCore, decidedWith, results };
}

/** @throws CoreNotNamed for a result that names no decision core. */
function required(core: string | undefined): string {
  if (core !== undefined) return core;
  throw new CoreNotNamed('It names no decision core: replay it with this release’s core, by --this-release.');
}

class CoreNotNamed extends Error {
  override readonly name = 'CoreNotNamed';
}

/** Replays with one core; where that fails, one by one: only a decision over which the core fails is not reproduced. */
async function replayTogether(
  core: string,
  ordered: readonly Ordered[],
  process: ReplayProcess,
): Promise<readonly (readonly ReplayDifference[])[]> {
  try {
    return await process.replay(
      core,
      ordered.map(({ frozen }) => frozen),
    );
  } catch (error) {
    if (!(error instanceof ReplayFailed)) throw error;
    const [only, another] = ordered;
    if ((only && !another) || error.core === 'STOPPED') return ordered.map(({ frozen }) => notMade(frozen, error));
    const each: (readonly ReplayDifference[])[] = [];
    for (const one of ordered) each.push(...(await replayTogether(core, [one], process)));
    return each;
  }
}

/** The differences of a decision for which the core gave no values. */
function notMade(
  { scoring, preBureauPolicy, policy, decision }: FrozenDecision,
  { core, message }: ReplayFailed,
): ReplayDifference[] {
  const recorded: [ReplayPart, object | null | undefined][] = [
    ['SCORE', scoring],
    ['PRE_BUREAU_POLICY', preBureauPolicy?.recorded],
    ['POLICY', policy?.recorded],
    ['DECISION', decision],
  ];
  // Other messages may quote what the core read.
  const because = core === undefined ? {} : { because: message };
  return recorded.flatMap(([part, value]) => (value ? [{ ...different(part, value, 'CORE'), ...because }] : []));
}

/** The core that made each part: a decision that waited for a person across a release has parts of several. */
function coresOf({ scoring, preBureauPolicy, policy, decision }: FrozenDecision): [ReplayPart, string | undefined][] {
  return [
    ['SCORE', scoring?.core ?? decision.core],
    ['PRE_BUREAU_POLICY', preBureauPolicy?.recorded.core ?? decision.core],
    ['POLICY', policy?.recorded.core ?? decision.core],
    ['DECISION', decision.core],
  ];
}

function judged(
  { decision: { applicationId, outcome, decidedOn } }: FrozenDecision,
  { digest: core, archived }: CoreToReplayWith,
  differences: readonly ReplayDifference[],
): Replayed {
  const common = { applicationId, outcome, decidedOn, core, archived };
  return differences.length === 0 ? { ...common, result: 'SAME' } : { ...common, result: 'DIFFERS', differences };
}

function detailOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'EvidenceMissing') return `The decision core that it names is not archived: ${message}`;
  if (name === 'EvidenceDamaged') return `The decision core that it names is not what was archived: ${message}`;
  return message;
}

function tell(replayed: readonly Replayed[]): void {
  for (const each of replayed) {
    for (const { what, part, detail } of findingsOf(each)) {
      print(
        `${style('red', what)}  ${plainLine(each.applicationId)}${part === '' ? '' : ` ${part}`}: ${plainLine(detail)}`,
      );
    }
  }
  const { same, differ, undecided, forgotten, cores } = summaryOf(replayed);
  print(
    `${same} decision${same === 1 ? '' : 's'} reproduced byte by byte, ${differ} not; ${undecided} undecided, ${forgotten} forgotten.`,
  );
  for (const { core, archived, decisions } of cores) {
    const whose = archived ? 'the archived core that they name' : 'the core of this release';
    print(`${decisions} replayed with ${whose}, ${core.slice(0, 16)}….`);
  }
}
