import type { Evidence } from '../../adapters/ports.ts';
import { clientId, person } from '../../app/contracts.ts';
import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import { PERMITTED, type Action, type Role } from '../../domain/access/access.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { answersFor } from '../../domain/ledger/submitter.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { NotNamed } from './rests-on.ts';

/** An act of a person or of a sweep, with the entries before it. */
export interface Act {
  readonly entry: LedgerEntry;
  readonly before: readonly LedgerEntry[];
  readonly evidence: Pick<Evidence, 'open'>;
  readonly lending: LendingSettings;
  /** The sealed decision record that the entry names, and its address. */
  openDecision(): Promise<[DecisionRecord, string]>;
}

/** Opens the evidence of a kind that the entry of an act names. @returns the value and its address. @throws NotNamed */
export async function openNamed<Kind extends keyof EvidenceKinds>(
  { entry, evidence }: Pick<Act, 'entry' | 'evidence'>,
  kind: Kind,
): Promise<[EvidenceKinds[Kind], string]> {
  const reference = evidenceNamedBy(entry).find((each) => each.kind === kind);
  if (!reference) throw new NotNamed(`It names no ${kind}.`);
  return [await readEvidence(evidence, entry.applicationId, kind, reference.address), reference.address];
}

export function requirePerson({ actor }: LedgerEntry): void {
  if (!person.safeParse(actor).success) throw new NotNamed('Its actor is no person: only a person can do this.');
}

/** @throws NotNamed where another front end than the submitter answers for the applicant. */
export function requireSubmitter({ entry, before }: Pick<Act, 'entry' | 'before'>): void {
  requireFrontEnd(entry);
  if (!answersFor(before, entry.actor)) throw new NotNamed('Its actor is not the front end that submitted it.');
}

function requireFrontEnd({ actor }: LedgerEntry): void {
  if (!clientId.safeParse(actor).success) throw new NotNamed('Its actor is no front end.');
}

/** @throws NotNamed where the actor cannot have the role, or the role may do none of the actions. */
export function requireRole(entry: LedgerEntry, role: Role, ...actions: readonly Action[]): void {
  if (role === 'front-end') requireFrontEnd(entry);
  else requirePerson(entry);
  if (!actions.some((action) => PERMITTED[role].includes(action))) {
    throw new NotNamed(`The role ${role} may not do this: see docs/access.md.`);
  }
}

/** What the entry says is what some of the entries before it gave: it was computed before it was written. */
export function requireSome<T>(readings: Iterable<T>, holds: (reading: T) => boolean): T {
  for (const reading of readings) if (holds(reading)) return reading;
  throw new NotNamed('The entries before it give other values.');
}

/** The entries before an act, all of them first, then without the newest, and so on. */
export function* prefixes({ before }: Pick<Act, 'before'>): Generator<readonly LedgerEntry[]> {
  for (let length = before.length; length > 0; length -= 1) yield before.slice(0, length);
}

/** As `prefixes`, without only the entries that came while the act was under way. */
export function* recentPrefixes(act: Pick<Act, 'entry' | 'before'>): Generator<readonly LedgerEntry[]> {
  const underWay = new Date(Date.parse(act.entry.occurredAt) - MAX_CLOCK_SKEW_MS).toISOString();
  for (const prefix of prefixes(act)) {
    yield prefix;
    if ((prefix.at(-1)?.recordedAt ?? '') < underWay) return;
  }
}
