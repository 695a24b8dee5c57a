import type { JsonObject } from '../json.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody, type EvidenceReference } from '../ledger/events.ts';
import { parseExecutionName } from '../ledger/execution-name.ts';
import { keys } from './keys.ts';
import { exactly, sameJson, type Rule, type Stored } from './rule.ts';

/** How far the claim on a hard pull has come: see PullBureauReport. */
export type PullState = JsonObject &
  (
    | { state: 'CLAIMED' | 'SENT'; reference: string }
    | {
        state: 'RECEIVED';
        reference: string;
        answer: { address: string; versionId: string };
      }
  );

/** One inquiry of one bureau. The epoch counts the orders of persons; after the n-th reopening it begins with `rN.`. */
export interface PullName {
  readonly bureau: string;
  readonly epoch: number | string;
}

/** @param pullEpoch how many new pulls persons ordered in the execution. */
export function pullEpochOf(executionArn: string, pullEpoch: number): number | string {
  const { reopening } = parseExecutionName(executionArn);
  return reopening === 0 ? pullEpoch : `r${reopening}.${pullEpoch}`;
}

/** The reference under which an inquiry is sent: the same inquiry has the same, however often it is tried. */
export function pullReference(applicationId: string, { bureau, epoch }: PullName): string {
  return digestOf(['HARD_PULL', applicationId, bureau, epoch]).slice(0, 32);
}

/** The inquiry of a PullBureauReport entry, by its id: execution, state, round, bureau, epoch. */
function pullNamed({ id }: LedgerEntry): PullName | undefined {
  const [executionArn = '', , , bureau = '', pullEpoch = ''] = id.split('/');
  return /^\d+$/.test(pullEpoch) ? { bureau, epoch: pullEpochOf(executionArn, Number(pullEpoch)) } : undefined;
}

/** The row of each inquiry that an entry reports. @param late whether an answer that came too late is sealed evidence. */
export function pullRules(
  applicationId: string,
  entries: readonly LedgerEntry[],
  scheduled: readonly PullName[],
  late: (address: string) => boolean,
): Rule[] {
  const rules = new Map<string, Rule>();
  const add = (rule: Rule) => rules.set(rule.pk, rule);
  for (const entry of entries) {
    const pull =
      entry.type === 'BUREAU_REPORT_PULLED' ? pullNamed(entry) : unreadablePull(applicationId, entry, scheduled);
    if (pull) {
      const rule = ruleOf(applicationId, pull, entry, late);
      if (rule) add(rule);
    }
  }
  return [...rules.values()];
}

function unreadablePull(
  applicationId: string,
  entry: LedgerEntry,
  scheduled: readonly PullName[],
): PullName | undefined {
  if (entry.type !== 'BUREAU_ANSWER_UNREADABLE') return undefined;
  const { reference } = readBody(entry, entry.type);
  return scheduled.find((pull) => pullReference(applicationId, pull) === reference);
}

function ruleOf(
  applicationId: string,
  pull: PullName,
  entry: LedgerEntry,
  late: (address: string) => boolean,
): Rule | undefined {
  const reference = pullReference(applicationId, pull);
  const at = keys.pull(applicationId, pull.bureau, pull.epoch);
  const references = (entry.body['evidence'] ?? []) as EvidenceReference[];
  const raw = references.find(({ kind }) => kind === 'bureau-answer');
  if (raw) {
    const { facts } = entry.body as { facts?: JsonObject };
    if (facts?.['reused'] === true) return undefined;
    const answer = { address: raw.address, versionId: raw.versionId };
    const rule = exactly('PULL_DIFFERS', { ...at, data: { state: 'RECEIVED', reference, answer } });
    // A lookup may have brought another answer after an unreadable one.
    const unreadable = entry.type === 'BUREAU_ANSWER_UNREADABLE';
    return { ...rule, accepts: (row) => rule.accepts(row) || (unreadable && isLate(row, reference, late)) };
  }
  const { status } = readBody(entry, 'BUREAU_REPORT_PULLED').output;
  const state = status === 'AMBIGUOUS' ? 'SENT' : 'CLAIMED';
  const rule = exactly('PULL_DIFFERS', { ...at, data: { state, reference } });
  return { ...rule, accepts: (row) => rule.accepts(row) || (status === 'AMBIGUOUS' && isLate(row, reference, late)) };
}

/** An answer may come after its call was found ambiguous. */
function isLate({ data, index }: Stored, reference: string, late: (address: string) => boolean): boolean {
  const { answer } = data as { answer?: { address: string; versionId: string } };
  if (!answer || !late(answer.address) || index) return false;
  const { address, versionId } = answer;
  return sameJson(data, { state: 'RECEIVED', reference, answer: { address, versionId } });
}

/** Whether a row is the claim of a pull that is under way: its call has begun and no entry reports it yet. */
export function isUnderWay(
  applicationId: string,
  row: Stored,
  scheduled: readonly PullName[],
  late: (address: string) => boolean,
): boolean {
  const pull = scheduled.find(({ bureau, epoch }) => keys.pull(applicationId, bureau, epoch).pk === row.pk);
  if (!pull || row.index) return false;
  const reference = pullReference(applicationId, pull);
  return ['CLAIMED', 'SENT'].some((state) => sameJson(row.data, { state, reference })) || isLate(row, reference, late);
}
