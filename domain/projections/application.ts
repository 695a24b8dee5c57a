import type { LocalDate } from '../calendar.ts';
import type { CreditContract } from '../decision/credit-contract.ts';
import { contradictionOf, lastDay, settlementOf } from '../decision/offer-state.ts';
import type { DecisionRecord } from '../decision/record.ts';
import { closedId, reopenedId, settledId } from '../ledger/acts.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../ledger/chain.ts';
import { readBody, type EvidenceReference } from '../ledger/events.ts';
import { byExecution } from '../ledger/reopening.ts';
import { shardOf } from '../ledger/shards.ts';
import { completesTask } from '../ledger/statements.ts';
import { isPrequalification } from '../prequalification/quote.ts';
import { forgettingOf } from '../retention/retention.ts';
import { caseRule } from './case.ts';
import { keys } from './keys.ts';
import { decidedItems } from './listed.ts';
import { noticeRules } from './notices.ts';
import { isUnderWay, pullRules } from './pulls.ts';
import { NEXT_RUN, retentionItem } from './retention-item.ts';
import { exactly, type Projected, type Repair, type RowFaultName, type Rule, type Stored } from './rule.ts';
import type { Scheduled } from './scheduled.ts';
import { endedRule, isListedAt, summaryRule, unacceptedRule } from './summary.ts';
import { agreesWithLedger, isAnswerTaken, openedTask, taskDetails, taskItem, type OpenTask } from './task.ts';

/** What it takes beside the ledger to derive the rows of one application. */
export interface Opened {
  /** By address: the decision records that open. */
  readonly decisions: ReadonlyMap<string, DecisionRecord>;
  /** By address: the contracts of bookings that open. */
  readonly contracts: ReadonlyMap<string, CreditContract>;
  /** By the sequence of the entry that scored: the digest of the model's package; null where it does not open. */
  readonly models: ReadonlyMap<number, string | null>;
  /** Keyed digest of the person; null where nothing can say it. */
  readonly personKey: string | null;
  readonly keyPresent: boolean;
  /** The last day on which the store forbids deleting a piece of the evidence. */
  readonly lockedUntil: LocalDate | null;
  readonly scheduled: Scheduled;
  /** Addresses of sealed answers of a bureau that no entry names. */
  readonly lateAnswers: ReadonlySet<string>;
  /** Digests of the rows that name an archived object of a release. */
  readonly archived: ReadonlySet<string>;
  /** Digests of the compiled policies of this release. */
  readonly policies: ReadonlySet<string>;
  /** Of the creditor. */
  readonly timeZone: string;
  /** UTC instant. */
  readonly now: string;
}

export interface ApplicationRules {
  readonly rules: readonly Rule[];
  readonly unknown: (row: Stored) => { readonly fault: RowFaultName; readonly repair: Repair } | undefined;
}

/**
 * Derives every row of one application in the work store from its ledger.
 * @param rows those that are stored, to tell what is under way.
 */
export function applicationRules(
  applicationId: string,
  entries: readonly LedgerEntry[],
  opened: Opened,
  rows: readonly Stored[],
): ApplicationRules {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const { decided, done } = forgettingOf(entries);
  const late = (address: string) => opened.lateAnswers.has(address);
  const listed = rows.some(({ sk }) => sk === 'REOPENING');
  const ofQuote = isPrequalification(entries);
  const rules = ofQuote
    ? [retentionRule(applicationId, entries, opened)]
    : received
      ? [
          summaryRule(received, entries, listed),
          taskRule(applicationId, entries, opened),
          endedRule(applicationId, entries),
          caseRule(applicationId, entries),
          ...decidedItems(entries, opened.timeZone).map((item) => exactly('DECIDED_DIFFERS', item)),
          ...offerRules(applicationId, entries, opened),
          ...noticeRules(applicationId, entries, opened),
          ...pullRules(applicationId, entries, opened.scheduled.pulls, late),
          ...affectedRules(applicationId, entries, opened),
          retentionRule(applicationId, entries, opened),
        ]
      : [unacceptedRule(applicationId, !opened.keyPresent)];
  rules.push(reopeningRule(applicationId, opened.now));
  if (opened.personKey !== null && !done) {
    const at = keys.person(opened.personKey, applicationId);
    const need = received && !decided ? 'MUST' : 'MAY';
    rules.push(exactly('PERSON_DIFFERS', { ...at, data: { applicationId } }, need));
  }
  return { rules, unknown: (row) => unknownRow(applicationId, entries, opened, row) };
}

function taskRule(applicationId: string, entries: readonly LedgerEntry[], { scheduled }: Opened): Rule {
  const { pk, sk } = keys.task(applicationId);
  const rule = (need: Rule['need'], repair: Repair, accepts: Rule['accepts'] = () => false): Rule => {
    return { fault: 'TASK_DIFFERS', pk, sk, need, accepts, repair };
  };
  const { decided, done } = forgettingOf(entries);
  // The sweep that forgets the applicant removes a task that waited until then.
  if (decided && !done) return rule('MAY', { kind: 'REMOVE' }, () => true);
  const task = openedTask(entries);
  if (!task) {
    // Its answer was recorded and may not have reached the workflow: only CompleteTask can send it.
    const taken = isAnswerTaken(entries, entries.findLast(completesTask));
    return rule('MUST_NOT', { kind: taken ? 'REMOVE' : 'PERSON' });
  }
  const payload = scheduled.tasks.get(task.id);
  const said = payload && taskDetails(task, payload);
  const sound = said === undefined || agreesWithLedger(entries, task, said);
  const token = payload && payload.taskToken !== 'REDACTED' ? payload.taskToken : undefined;
  const accepts = (row: Stored): boolean => {
    const { details, taskToken } = row.data as Partial<OpenTask>;
    if (typeof taskToken !== 'string' || taskToken === '' || !details || !sound) return false;
    const item = taskItem(task, said ?? details, token ?? taskToken);
    return exactly('TASK_DIFFERS', item).accepts(row) && agreesWithLedger(entries, task, details);
  };
  const repair: Repair =
    said && sound && token !== undefined ? { kind: 'WRITE', item: taskItem(task, said, token) } : { kind: 'PERSON' };
  return rule('MUST', repair, accepts);
}

/** The list of LapseOffers has a decision until it is closed. @param place the last day, or before all of them. */
export function offersItem(applicationId: string, decision: string, place: string): Projected {
  return {
    ...keys.offers(applicationId, decision),
    index: { pk: keys.openOffers, sk: `${place}#${applicationId}` },
    data: { applicationId, decision },
  };
}

function offerRules(applicationId: string, entries: readonly LedgerEntry[], { decisions }: Opened): Rule[] {
  const { decided, done } = forgettingOf(entries);
  return addressesOf(entries, 'DECISION_RECORDED').flatMap((decision): Rule[] => {
    const record = decisions.get(decision);
    const last = record && lastDay(record);
    const item = offersItem(applicationId, decision, last ?? NEXT_RUN);
    const closed = entries.find(({ id }) => id === closedId(decision));
    const open = closed && !done ? openAcceptanceRule(closed, entries, decision) : undefined;
    if (open) return [{ ...open, need: decided ? 'MAY' : 'MUST' }];
    if (closed) {
      return [
        { ...exactly('OFFERS_DIFFER', item, 'MUST_NOT'), repair: record ? { kind: 'ANNOUNCE' } : { kind: 'REMOVE' } },
      ];
    }
    // A record that does not open is a fault of its own.
    if (!record && !decided) return [{ ...exactly('OFFERS_DIFFER', item, 'MAY'), accepts: () => true }];
    if (last === undefined || done) return [exactly('OFFERS_DIFFER', item, 'MUST_NOT')];
    return [exactly('OFFERS_DIFFER', unanswered(entries, decision, record) ?? item, decided ? 'MAY' : 'MUST')];
  });
}

/** The row of a decision that LapseOffers is to reopen, because what was verified contradicts it. */
function unanswered(entries: readonly LedgerEntry[], decision: string, record?: DecisionRecord): Projected | undefined {
  const contradiction = contradictionOf(entries, decision, record?.conditions ?? []);
  return contradiction && offersItem(contradiction.applicationId, decision, NEXT_RUN);
}

/** The rule of an acceptance that LapseOffers must still settle, or reopen for a person; undefined where nothing is open. */
function openAcceptanceRule(closed: LedgerEntry, entries: readonly LedgerEntry[], decision: string): Rule | undefined {
  if (closed.type !== 'OFFER_ACCEPTED') return undefined;
  if (needsPerson(entries, decision)) {
    return exactly('OFFERS_DIFFER', offersItem(closed.applicationId, decision, NEXT_RUN));
  }
  const isSettled = entries.some(({ id }) => id === settledId(decision));
  return isSettled ? undefined : acceptedRule(closed, entries, decision);
}

/** Whether LapseOffers is to reopen a decision whose acceptance lapsed. */
const needsPerson = (entries: readonly LedgerEntry[], decision: string): boolean =>
  entries.some(({ id, type }) => id === settledId(decision) && type === 'ACCEPTANCE_LAPSED') &&
  !entries.some(({ id }) => id === reopenedId(decision));

/**
 * The list of LapseOffers has an acceptance until it is booked or lapses. The next run judges a row that is in the place before
 * all days: its call may have died.
 */
function acceptedRule(acceptance: LedgerEntry, entries: readonly LedgerEntry[], decision: string): Rule {
  const { clearBy } = readBody(acceptance, 'OFFER_ACCEPTED');
  const { applicationId } = acceptance;
  // On the first of all days nothing has expired.
  const owed = settlementOf(entries, acceptance, '') !== undefined;
  const early = offersItem(applicationId, decision, NEXT_RUN);
  const rule = exactly('OFFERS_DIFFER', offersItem(applicationId, decision, owed ? NEXT_RUN : (clearBy ?? NEXT_RUN)));
  return { ...rule, accepts: (row) => rule.accepts(row) || exactly('OFFERS_DIFFER', early).accepts(row) };
}

function addressesOf(entries: readonly LedgerEntry[], type: string): string[] {
  const named = entries.filter((entry) => entry.type === type);
  return named.flatMap(({ body }) => ((body['evidence'] ?? []) as EvidenceReference[]).map(({ address }) => address));
}

export function affectedItem(applicationId: string, digest: string): Projected {
  return { pk: keys.affectedBy(digest, shardOf(applicationId)), sk: applicationId, data: { applicationId } };
}

function affectedRules(applicationId: string, entries: readonly LedgerEntry[], { models }: Opened): Rule[] {
  const rules = new Map<string, Rule>();
  const list = (digest: unknown, need: Rule['need']) => {
    if (typeof digest !== 'string' || rules.get(digest)?.need === 'MUST') return;
    rules.set(digest, exactly('AFFECTED_DIFFERS', affectedItem(applicationId, digest), need));
  };
  for (const entry of entries) {
    if (entry.type === 'PRE_BUREAU_POLICY_APPLIED') list(readBody(entry, entry.type).facts['policyDigest'], 'MUST');
    if (entry.type === 'APPLICATION_SCORED') {
      const read = entries.some(({ type, sequence }) => type === 'POLICY_APPLIED' && sequence > entry.sequence);
      list(models.get(entry.sequence), read ? 'MUST' : 'MAY');
    }
  }
  return [...rules.values()];
}

/**
 * The row follows the ledger when a hold, a request or a reconciliation brings it up to it: between these it is the one of
 * an earlier entry.
 */
function retentionRule(applicationId: string, entries: readonly LedgerEntry[], opened: Opened): Rule {
  const { lockedUntil, timeZone, keyPresent } = opened;
  const at = keys.retention(applicationId);
  const { done } = forgettingOf(entries);
  if (done) {
    const item = { ...at, index: { pk: keys.kept, sk: `${NEXT_RUN}#${applicationId}` }, data: { applicationId } };
    return exactly('RETENTION_DIFFERS', item, keyPresent ? 'MAY' : 'MUST_NOT');
  }
  const brought = entries.findLastIndex(({ type }) =>
    /^(RETENTION_EXTENDED|LEGAL_HOLD_PLACED|LEGAL_HOLD_LIFTED|FORGETTING_REQUESTED)$/.test(type),
  );
  const item = retentionItem(applicationId, entries, lockedUntil, timeZone);
  const accepted = entries
    .slice(Math.max(brought, 0))
    .map((_, index) => entries.slice(0, Math.max(brought, 0) + index + 1))
    .map((part) => exactly('RETENTION_DIFFERS', retentionItem(applicationId, part, lockedUntil, timeZone)));
  return {
    ...exactly('RETENTION_DIFFERS', item, brought < 0 ? 'MAY' : 'MUST'),
    accepts: (row) => accepted.some((rule) => rule.accepts(row)),
  };
}

/** No call lives as long: what is listed since before then never comes. */
const ABANDONED_MS = 3_600_000;

/** A reopening that is to be started; one whose call died is taken away after an hour. */
function reopeningRule(applicationId: string, now: string): Rule {
  const { pk, sk } = keys.reopening(applicationId);
  const accepts = ({ index, data }: Stored): boolean => {
    if (index?.pk !== keys.starting || !isListedAt(index.sk, applicationId)) return false;
    const age = Date.parse(now) - Date.parse(index.sk.split('#')[0] ?? '');
    const { applicationId: named, ...more } = data;
    return named === applicationId && Object.keys(more).length === 0 && age > -MAX_CLOCK_SKEW_MS && age < ABANDONED_MS;
  };
  return { fault: 'ROW_UNKNOWN', pk, sk, need: 'MAY', accepts, repair: { kind: 'REMOVE' } };
}

function unknownRow(
  applicationId: string,
  entries: readonly LedgerEntry[],
  opened: Opened,
  row: Stored,
): { fault: RowFaultName; repair: Repair } | undefined {
  const late = (address: string) => opened.lateAnswers.has(address);
  if (row.pk.startsWith('PULL#')) {
    const { pulls } = opened.scheduled;
    if (row.sound !== false && isUnderWay(applicationId, row, pulls, late)) return undefined;
    const begun = pulls.some(({ bureau, epoch }) => keys.pull(applicationId, bureau, epoch).pk === row.pk);
    return { fault: 'PULL_DIFFERS', repair: { kind: begun ? 'PERSON' : 'REMOVE' } };
  }
  if (row.pk.startsWith('PERSON#')) {
    if (opened.personKey === null && !forgettingOf(entries).done) return undefined;
    return { fault: 'PERSON_DIFFERS', repair: { kind: 'REMOVE' } };
  }
  if (row.pk.startsWith('AFFECTED#')) {
    return isExplained(entries, opened, row) ? undefined : { fault: 'AFFECTED_DIFFERS', repair: { kind: 'REMOVE' } };
  }
  if (row.pk.startsWith('CASE#')) return { fault: 'CASE_DIFFERS', repair: { kind: 'REMOVE' } };
  if (row.sk.startsWith('DECIDED#')) return { fault: 'DECIDED_DIFFERS', repair: { kind: 'REMOVE' } };
  if (row.sk.startsWith('OFFERS#')) return { fault: 'OFFERS_DIFFER', repair: { kind: 'REMOVE' } };
  return { fault: 'ROW_UNKNOWN', repair: { kind: 'PERSON' } };
}

/** A policy that was about to be asked when its step died, and models whose scores can no longer be opened. */
function isExplained(entries: readonly LedgerEntry[], { models, archived, policies }: Opened, row: Stored): boolean {
  const [, digest = '', shard = ''] = row.pk.split('#');
  const { applicationId, ...more } = row.data;
  const sound = row.sound !== false && !row.index && applicationId === row.sk && Object.keys(more).length === 0;
  if (!sound || shard !== String(shardOf(row.sk))) return false;
  const asked = byExecution(entries).some(
    (part) =>
      part.some(({ type }) => type === 'APPLICANTS_SCREENED') &&
      !part.some(({ type }) => type === 'PRE_BUREAU_POLICY_APPLIED'),
  );
  return (asked && policies.has(digest)) || ([...models.values()].includes(null) && archived.has(digest));
}
