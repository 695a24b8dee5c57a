import * as z from 'zod';

import type {
  Clock,
  Events,
  ExaminedEntry,
  Ledger,
  Measure,
  RecordedPeriod,
  SealLog,
  Signer,
} from '../../adapters/ports.ts';
import { MS_PER_DAY } from '../../domain/calendar.ts';
import { verifyChain, type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import {
  aheadUntil,
  MAX_REFUSED,
  nextSeal,
  sealText,
  signedSeal,
  verifySealedTree,
  type GrownChain,
  type Seal,
  type SealedHead,
  type Sealing,
  type SignedSeal,
} from '../../domain/ledger/seal.ts';
import { verificationKey, type VerificationKey } from '../../domain/ledger/signature.ts';
import { sealAnnouncement } from '../../domain/projections/announcements.ts';
import { person, type Contract, type Output, type UseCase } from '../contracts.ts';

/** Called on a schedule, or by a person who confirms what is said of the clock. */
export const contract = {
  input: z.looseObject({
    confirmed: z
      .strictObject({
        clock: z.enum(['WAS_WRONG', 'IS_RIGHT']),
        by: person,
        note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2000),
      })
      .optional(),
  }),
  output: z.strictObject({
    /** The new seal: keep it outside of the account. Null where nothing was new, or another call was quicker. */
    signed: signedSeal.nullable(),
    /** What was not sealed. Without an application: nothing was. */
    refused: z.array(
      z.strictObject({
        applicationId: z.string().nullable(),
        fault: z.string(),
        sequence: z.int().nullable(),
        detail: z.string(),
      }),
    ),
  }),
} as const satisfies Contract;

/** What was not sealed, and why. Null for an application where the whole seal was refused. */
export type Unsealed = Output<typeof contract>['refused'][number];

export interface SealPorts {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly sealLog: SealLog;
  readonly clock: Clock;
}

/** What a person confirms of the clock, and who does. */
export interface ClockConfirmed {
  /** `WAS_WRONG`: it was ahead, and is right now. `IS_RIGHT`: so long a time without a seal did pass. */
  readonly clock: 'WAS_WRONG' | 'IS_RIGHT';
  readonly by: string;
  readonly note: string;
}

export interface SealOptions {
  /** How old an entry is before it is sealed, in ms. */
  readonly settledMs: number;
  /** Longer after the newest seal, in ms, a person confirms the clock before the next one. @default - no limit */
  readonly maxGapMs?: number;
  /** How far after now an entry is looked for that a wrong clock wrote, in ms. @default 0 */
  readonly lookAheadMs?: number;
  readonly confirmed?: ClockConfirmed | undefined;
}

/**
 * On AWS, how old an entry is before it is sealed: no function lives longer, no clock there is so wrong, and no index lags so
 * far that an entry recorded until then could still be on its way.
 */
const SETTLED_MS = 900_000;

/** As far ahead as a correction looks, in ms: 100 years, some 10,000 queries of the index on AWS. */
const CORRECTED_AHEAD_MS = 36_525 * MS_PER_DAY;

/** Ledgers read at once. */
const LANES = 32;

/** Seals the entries since the last seal, and publishes the seal for those who keep it elsewhere. */
export function sealLedger(
  ports: SealPorts & { readonly events: Events; readonly measure: Measure },
  options: SealOptions = { settledMs: SETTLED_MS },
): UseCase<typeof contract> {
  return async ({ confirmed }) => {
    const { signed, refused } = await sealNow(ports, { ...options, confirmed });
    ports.measure([{ name: 'SealsRefused', value: refused.length, unit: 'Count', dimensions: {} }]);
    if (signed) await ports.events.publish([sealAnnouncement(signed)]);
    return { signed: signed ?? null, refused };
  };
}

/**
 * Makes the next seal over the chains that have grown since the last one. Each chain is verified first, from the head that
 * was sealed last to its new one: a chain that does not hold is refused by name, and the others are sealed. Of calls at
 * once, one makes the seal.
 * @returns no seal when nothing is new, another call was quicker, or the clock is wrong, which is refused by name too.
 */
export async function sealNow(
  ports: SealPorts,
  options: SealOptions,
): Promise<{ signed: SignedSeal | undefined; refused: Unsealed[] }> {
  const { ledger, signer, sealLog } = ports;
  await signer.create();
  const key = verificationKey(await signer.publicKey());
  const previous = (await sealLog.newest())?.seal;
  const window = windowOf(ports.clock.now().getTime(), previous, options);
  const behind = window.corrects ? undefined : clockBehind(previous, window);
  if (behind) return { signed: undefined, refused: [behind] };
  if (!window.corrects && window.sealedAt <= window.since) return { signed: undefined, refused: [] };

  const found = await growth(ledger, headsSealedLast(sealLog, key), window, previous?.refused ?? []);
  const { refused } = found;
  const whole = faultOfWhole(found, previous, window, options);
  if (whole) return { signed: undefined, refused: [...refused, whole] };
  const next = nextSeal({ keyId: key.keyId, previous, ...sealingOf(found, previous, window, options) });
  if (!next) return { signed: undefined, refused };
  const signed = { seal: next.seal, signature: await signer.sign(sealText(next.seal)) };
  return { signed: (await sealLog.append(signed, next.added)) ? signed : undefined, refused };
}

/** The fault for which nothing at all is sealed: of too many chains, or of the clock. */
function faultOfWhole(
  found: Growth,
  previous: Seal | undefined,
  window: SealWindow,
  options: SealOptions,
): Unsealed | undefined {
  if (refusedIds(found).length > MAX_REFUSED) return TOO_MANY;
  const gap = found.grown.length > 0 ? clockAhead(previous, window, options) : undefined;
  if (gap && options.confirmed?.clock !== 'IS_RIGHT') return gap;
  const upToDate = aheadOf(previous, window, found.newest) <= window.sealedAt && !found.datedBack;
  return window.corrects && upToDate ? NOTHING_TO_CORRECT : undefined;
}

/** What the next seal states of the chains and of the clock, where a person confirmed it. */
function sealingOf(
  found: Growth,
  previous: Seal | undefined,
  window: SealWindow,
  options: SealOptions,
): Pick<Sealing, 'sealedAt' | 'grown' | 'refused' | 'clock'> {
  const { sealedAt, corrects } = window;
  const { grown } = found;
  const counts = corrects || (grown.length > 0 && clockAhead(previous, window, options) !== undefined);
  const ahead = aheadOf(previous, window, found.newest);
  const clock = clockOf(ahead, sealedAt, counts ? options.confirmed : undefined);
  return { sealedAt, grown, refused: refusedIds(found), ...(clock && { clock }) };
}

const refusedIds = ({ refused }: Growth): string[] => [
  ...new Set(refused.flatMap(({ applicationId }) => applicationId ?? [])),
];

const TOO_MANY: Unsealed = {
  applicationId: null,
  fault: 'TOO_MANY_REFUSED',
  sequence: null,
  detail: `More than ${MAX_REFUSED} chains do not hold, so nothing is sealed: restore the ledger from a backup.`,
};

/** Which entries a seal takes in. */
interface SealWindow {
  readonly corrects: boolean;
  readonly since: string;
  readonly sealedAt: string;
  /** An entry recorded later than this was written by a clock that was ahead. */
  readonly soon: string;
  /** Such an entry is sealed if it was recorded until then. */
  readonly takesUntil: string;
  readonly periods: readonly RecordedPeriod[];
}

function windowOf(now: number, previous: Seal | undefined, options: SealOptions): SealWindow {
  const { settledMs, lookAheadMs = 0, confirmed } = options;
  const corrects = confirmed?.clock === 'WAS_WRONG';
  const instant = (ms: number): string => new Date(ms).toISOString();
  const latest = (...instants: readonly string[]): string => instants.toSorted().at(-1)!;
  const since = previous?.sealedAt ?? '';
  const [sealedAt, soon] = [instant(now - settledMs), instant(now + MAX_CLOCK_SKEW_MS)];
  const common = { corrects, since, sealedAt, soon };
  if (corrects) {
    const takesUntil = latest(since, aheadUntil(previous), instant(now + CORRECTED_AHEAD_MS));
    return { ...common, takesUntil, periods: [{ until: takesUntil }] };
  }
  const looksUntil = latest(aheadUntil(previous), instant(now + lookAheadMs));
  const ahead = looksUntil > soon ? [{ after: soon, until: looksUntil }] : [];
  return { ...common, takesUntil: aheadUntil(previous), periods: [{ after: since, until: sealedAt }, ...ahead] };
}

const ofWhole = (fault: string, detail: string): Unsealed => ({ applicationId: null, fault, sequence: null, detail });

const NOTHING_TO_CORRECT = ofWhole(
  'NO_CLOCK_TO_CORRECT',
  'No seal and no entry is dated after now, and every entry of an earlier date is sealed: seal without confirming a wrong clock.',
);

function clockBehind(previous: Seal | undefined, { soon }: SealWindow): Unsealed | undefined {
  if (!previous || previous.sealedAt <= soon) return undefined;
  const detail =
    `Seal ${previous.number} is dated ${previous.sealedAt}, after now: nothing can be sealed until then. ` +
    'Set the clock right; if it was ahead then, correct it: docs/runbooks/seals-refused.md.';
  return ofWhole('CLOCK_BEHIND_SEAL', detail);
}

function clockAhead(
  previous: Seal | undefined,
  { sealedAt, corrects }: SealWindow,
  { maxGapMs = Infinity }: SealOptions,
): Unsealed | undefined {
  const gap = previous ? Date.parse(sealedAt) - Date.parse(previous.sealedAt) : 0;
  if (!previous || corrects || gap <= maxGapMs) return undefined;
  const detail =
    `The clock is ${Math.floor(gap / MS_PER_DAY)} days after seal ${previous.number}: a seal under a wrong clock would ` +
    'stop all later ones. Set it right, or confirm it: docs/runbooks/seals-refused.md.';
  return ofWhole('CLOCK_AHEAD_OF_SEAL', detail);
}

/** The instant until which entries of a clock that was ahead may still come; '' where there are none. */
function aheadOf(previous: Seal | undefined, { corrects }: SealWindow, newest: string): string {
  return [aheadUntil(previous), ...(corrects ? [previous?.sealedAt ?? '', newest] : [])].toSorted().at(-1)!;
}

function clockOf(ahead: string, sealedAt: string, confirmed: ClockConfirmed | undefined): Seal['clock'] {
  if (!confirmed) return ahead > sealedAt ? { aheadUntil: ahead, corrected: null } : undefined;
  const { by, note } = confirmed;
  return { aheadUntil: ahead > sealedAt ? ahead : sealedAt, corrected: { by, note } };
}

/** The head of an application that was sealed last. @returns 'CHANGED' where its seal or the heads under it do not hold. */
type HeadSealedLast = (applicationId: string) => Promise<SealedHead | 'CHANGED' | undefined>;

function headsSealedLast(sealLog: SealLog, { isSigned }: VerificationKey): HeadSealedLast {
  const trees = new Map<number, Promise<ReadonlyMap<string, SealedHead> | undefined>>();
  const treeOf = async (number: number) => {
    const [signed, heads] = [await sealLog.seal(number), await sealLog.added(number)];
    const holds = signed && isSigned(sealText(signed.seal), signed.signature) && !verifySealedTree(signed.seal, heads);
    return holds ? new Map(heads.map((head) => [head.applicationId, head])) : undefined;
  };
  return async (applicationId) => {
    const number = await sealLog.sealOf(applicationId);
    if (number === undefined) return undefined;
    const tree = trees.get(number) ?? treeOf(number);
    trees.set(number, tree);
    return (await tree)?.get(applicationId) ?? 'CHANGED';
  };
}

interface Growth {
  readonly grown: GrownChain[];
  readonly refused: Unsealed[];
  /** The latest instant at which a sealed entry says that it was recorded. */
  readonly newest: string;
  /** Whether an entry is dated before a seal that does not have it. */
  readonly datedBack: boolean;
}

/** The chains that have grown, each verified as far as it is to be sealed. */
async function growth(
  ledger: Ledger,
  sealedLast: HeadSealedLast,
  window: SealWindow,
  refusedLast: readonly string[],
): Promise<Growth> {
  const applicationIds = new Set(refusedLast);
  for (const period of window.periods) {
    for await (const applicationId of ledger.applications(period)) applicationIds.add(applicationId);
  }
  const grown: GrownChain[] = [];
  const refused: Unsealed[] = [];
  let newest = '';
  let datedBack = false;
  const rest = applicationIds.values();
  const lane = async () => {
    for (const applicationId of rest) {
      const chain = await chainOf(ledger, sealedLast, applicationId, window);
      refused.push(...chain.refused);
      if (chain.grown) grown.push(chain.grown);
      if (chain.newest > newest) ({ newest } = chain);
      datedBack ||= chain.datedBack === true;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { grown, refused, newest, datedBack };
}

/** A chain as far as it is to be sealed, or why it is refused. */
interface ChainGrowth {
  readonly grown?: GrownChain;
  readonly refused: readonly Unsealed[];
  readonly newest: string;
  readonly datedBack?: boolean;
}

async function chainOf(
  ledger: Ledger,
  sealedLast: HeadSealedLast,
  applicationId: string,
  window: SealWindow,
): Promise<ChainGrowth> {
  const refuse = (fault: Refusal): ChainGrowth => ({ refused: [{ applicationId, ...fault }], newest: '' });
  const stored = await ledger.examine(applicationId);
  const damaged = storedFault(stored);
  if (damaged) return refuse(damaged);
  const all = stored.flatMap(({ entry }) => entry ?? []);
  const entries = settledEntries(all, window);
  const before = await sealedLast(applicationId);
  const fault = sealedFault(all, before) ?? chainFault(applicationId, entries);
  if (fault) return refuse(fault);
  const sealed = before === 'CHANGED' ? 0 : (before?.length ?? 0);
  const { soon, takesUntil, since } = window;
  const ahead = all.find(({ recordedAt }) => recordedAt > soon && recordedAt > takesUntil);
  const refused = ahead ? [{ applicationId, ...recordedAfterNow(ahead) }] : [];
  const head = entries.at(-1);
  if (!head || entries.length <= sealed) return { refused, newest: head?.recordedAt ?? '' };
  return {
    grown: { applicationId, length: entries.length, headHash: head.hash, addedEntries: entries.length - sealed },
    refused,
    newest: head.recordedAt,
    datedBack: entries.slice(sealed).some(({ recordedAt }) => recordedAt < since),
  };
}

/** The entries before the first that is still unsettled: too young to seal, or of a clock that is ahead. */
function settledEntries(
  entries: readonly LedgerEntry[],
  { sealedAt, soon, takesUntil }: SealWindow,
): readonly LedgerEntry[] {
  const unsettled = entries.findIndex(
    ({ recordedAt }) => recordedAt > sealedAt && (recordedAt <= soon || recordedAt > takesUntil),
  );
  return unsettled < 0 ? entries : entries.slice(0, unsettled);
}

/** Why a chain is refused, without the application. */
type Refusal = Omit<Unsealed, 'applicationId'>;

function storedFault(stored: readonly ExaminedEntry[]): Refusal | undefined {
  const damaged = stored.find(({ faults }) => faults.length > 0);
  const detail = 'It is not as it was written: run underwright verify.';
  return damaged && { fault: damaged.faults[0]!, sequence: damaged.sequence, detail };
}

/** Compares a chain with the head that was sealed last. */
function sealedFault(entries: readonly LedgerEntry[], before: SealedHead | 'CHANGED' | undefined): Refusal | undefined {
  if (before === undefined) return undefined;
  if (before === 'CHANGED') {
    const detail = 'The seal that has its last head does not hold.';
    return { fault: 'SEALED_TREE_CHANGED', sequence: null, detail };
  }
  if (entries.length < before.length) {
    const detail = `${before.length} entries were sealed and ${entries.length} are there.`;
    return { fault: 'ENTRIES_CUT_OFF', sequence: null, detail };
  }
  if (entries[before.length - 1]?.hash === before.headHash) return undefined;
  const detail = 'It is not the entry that was sealed.';
  return { fault: 'SEALED_ENTRY_REPLACED', sequence: before.length - 1, detail };
}

function chainFault(applicationId: string, entries: readonly LedgerEntry[]): Refusal | undefined {
  const [found] = verifyChain(applicationId, entries);
  const detail = 'The chain does not hold here: run underwright verify.';
  return found && { fault: found.fault, sequence: found.sequence, detail };
}

const recordedAfterNow = ({ recordedAt, sequence }: LedgerEntry): Refusal => ({
  fault: 'RECORDED_AFTER_NOW',
  sequence,
  detail: `It says that it was recorded on ${recordedAt}.`,
});
