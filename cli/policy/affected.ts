import { affectedBy } from '../../app/governance/affected.ts';
import { COMPILED_POLICIES, policyInForce } from '../../app/governance/policies.ts';
import { damageOf } from '../../audit/damage.ts';
import type { Records } from '../../audit/records.ts';
import { type ProductName } from '../../domain/application/products.ts';
import { localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { readDecision, readApplicationView } from '../application-view.ts';
import { openFolder, requireFolder, type OpenFolder } from '../data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from '../failure.ts';
import { openRecords } from '../open-records.ts';
import { progress } from '../progress.ts';
import { processOptions, type RunOptions } from '../run-options.ts';
import { outcomeStyled, plainLine, print, printJson } from '../terminal.ts';
import { digestOf } from './govern.ts';

interface AffectedOptions extends RunOptions {
  readonly aws?: boolean;
  readonly decideAgain?: boolean;
  readonly by?: string;
  readonly note?: string;
}

/** What a policy or a model package had to do with an application. */
interface Affected {
  readonly applicationId: string;
  /** At which stages it was asked, in any of the application's executions. */
  readonly stages: readonly ('pre-bureau' | 'full' | 'score')[];
  readonly outcome: string | null;
  /**
   * RESTS_ON_IT: the newest decision does, and can be made again. ACCEPTED: it does, and an offer of it was accepted.
   * OTHERWISE: the newest decision does not. UNDECIDED: there is no decision. FORGOTTEN: nothing of it can be read.
   * UNREADABLE: run verify on it.
   */
  readonly status: 'RESTS_ON_IT' | 'ACCEPTED' | 'OTHERWISE' | 'UNDECIDED' | 'FORGOTTEN' | 'UNREADABLE';
}

interface DecidedAgain {
  readonly applicationId: string;
  readonly before: string | null;
  /** The new outcome, or for whom or what it waits. */
  readonly after: string;
}

/** How many executions run beside each other. */
const AT_ONCE = 16;

/** Everyone whom a policy or a model package touched; with `decideAgain`, has the decisions that rest on it made again. */
export async function policyAffected(reference: string, options: AffectedOptions): Promise<ExitCode> {
  const digest = digestOf(reference);
  if (options.decideAgain) return decideAgain(digest, options);
  const records = await openRecords(options);
  try {
    const found: Affected[] = [];
    const count = { all: 0, rests: 0 };
    for await (const applicationId of affectedBy(records.workStore, digest)) {
      const each = await affectedIn(records, applicationId, digest).catch((error: unknown) => {
        if (damageOf(error) === undefined) throw error;
        return { applicationId, stages: [], outcome: null, status: 'UNREADABLE' as const };
      });
      if (options.json) found.push(each);
      else print(lineOf(each));
      if (each.status === 'RESTS_ON_IT') count.rests += 1;
      count.all += 1;
    }
    if (options.json) printJson({ digest, affected: found });
    else print(`${count.all} applications, of which ${count.rests} have a decision that rests on it.`);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

function lineOf({ applicationId, stages, outcome, status }: Affected): string {
  return `${plainLine(applicationId).padEnd(36)} ${outcomeStyled(outcome ?? 'UNDECIDED')}  ${stages.join(', ')}  ${status}`;
}

async function affectedIn(records: Records, applicationId: string, digest: string): Promise<Affected> {
  const entries = await records.ledger.read(applicationId);
  const view = await readApplicationView(records, applicationId);
  const common = { applicationId, stages: stagesOf(entries, digest), outcome: view?.outcome ?? null };
  if (view?.status === 'FORGOTTEN') return { ...common, status: 'FORGOTTEN' };
  const decision = await readDecision(records, applicationId);
  if (!decision) return { ...common, status: 'UNDECIDED' };
  const rests = decision.policy?.digest === digest || decision.model?.packageDigest === digest;
  if (!rests) return { ...common, status: 'OTHERWISE' };
  const accepted = ofNewestExecution(entries).some(({ type }) => type === 'OFFER_ACCEPTED');
  return { ...common, status: accepted ? 'ACCEPTED' : 'RESTS_ON_IT' };
}

function stagesOf(entries: readonly LedgerEntry[], digest: string): Affected['stages'] {
  const asked = (type: 'PRE_BUREAU_POLICY_APPLIED' | 'POLICY_APPLIED') =>
    entries.some((entry) => entry.type === type && readBody(entry, type).facts['policyDigest'] === digest);
  const before = asked('PRE_BUREAU_POLICY_APPLIED');
  const full = asked('POLICY_APPLIED');
  if (!before && !full) return ['score'];
  return [...(before ? (['pre-bureau'] as const) : []), ...(full ? (['full'] as const) : [])];
}

async function decideAgain(digest: string, options: AffectedOptions): Promise<ExitCode> {
  const { by, note } = options;
  if (by === undefined || note === undefined) {
    throw new CommandFailed(
      EXIT.USAGE,
      'UsageError',
      '--decide-again needs --by and --note: who has it done, and why.',
    );
  }
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    await refuseInForce(folder.records, digest);
    const ids: string[] = [];
    for await (const applicationId of affectedBy(folder.records.workStore, digest)) {
      const { status } = await affectedIn(folder.records, applicationId, digest);
      if (status === 'RESTS_ON_IT') ids.push(applicationId);
    }
    const done: DecidedAgain[] = [];
    const bar = progress('deciding again', ids.length);
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        done.push(...(await reopened(folder, ids.slice(at, at + AT_ONCE), { digest, by, note })));
        bar.step(Math.min(AT_ONCE, ids.length - at));
      }
    } finally {
      bar.stop();
    }
    if (options.json) printJson({ digest, decidedAgain: done, changes: changesOf(done) });
    else {
      for (const { applicationId, before, after } of done.filter((each) => each.before !== each.after)) {
        print(`${plainLine(applicationId).padEnd(36)} ${outcomeStyled(before ?? '')} → ${outcomeStyled(after)}`);
      }
      for (const { before, after, count } of changesOf(done))
        print(`${String(count).padStart(6)}  ${before} → ${after}`);
      print(`${done.length} decided again, linked to the decisions that they replace.`);
    }
    return EXIT.OK;
  } finally {
    await folder.close();
  }
}

/** What is in force decides as it did. @throws CommandFailed */
async function refuseInForce({ workStore, lending }: Records, digest: string): Promise<void> {
  const today = localDate(new Date().toISOString(), lending.lender.timeZone);
  for (const [product, versions] of Object.entries(COMPILED_POLICIES)) {
    if (!versions.some((each) => each.digest === digest)) continue;
    const inForce = await policyInForce(workStore, {
      product: product as ProductName,
      date: today,
      mode: lending.mode,
    }).catch(() => undefined);
    if (inForce?.policy.digest !== digest) continue;
    throw new CommandFailed(
      EXIT.NOT_SO,
      'PolicyInForce',
      `This policy is in force for ${product} today, so it would decide again as it did: withdraw it, or have another approved.`,
    );
  }
}

async function reopened(
  folder: OpenFolder,
  ids: readonly string[],
  { digest, by, note }: { readonly digest: string; readonly by: string; readonly note: string },
): Promise<DecidedAgain[]> {
  const before = new Map<string, string | null>();
  const refused = new Map<string, string>();
  for (const applicationId of ids) {
    const view = await readApplicationView(folder.records, applicationId);
    before.set(applicationId, view?.outcome ?? null);
    const answer = await folder.invoke('ReopenApplication', {
      applicationId,
      decision: view?.decisionAddress ?? '',
      why: 'POLICY_AFFECTED',
      affectedBy: digest,
      by,
      note,
    });
    if (answer.result === 'REJECTED') {
      const said = answer.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new CommandFailed(EXIT.USAGE, 'ReopeningRejected', said);
    }
    if (answer.result === 'NOT_REOPENED') refused.set(applicationId, answer.why);
  }
  await folder.settled(ids.filter((id) => !refused.has(id)));
  return Promise.all(
    ids.map(async (applicationId) => {
      const view = await readApplicationView(folder.records, applicationId);
      const now = view?.outcome ?? view?.status ?? '';
      const after = refused.has(applicationId) ? `not reopened: ${refused.get(applicationId)}` : now;
      return { applicationId, before: before.get(applicationId) ?? null, after };
    }),
  );
}

function changesOf(done: readonly DecidedAgain[]): { before: string | null; after: string; count: number }[] {
  const counted = new Map<string, { before: string | null; after: string; count: number }>();
  for (const { before, after } of done) {
    const key = `${before} ${after}`;
    counted.set(key, { before, after, count: (counted.get(key)?.count ?? 0) + 1 });
  }
  return [...counted.values()].toSorted((a, b) => b.count - a.count);
}
