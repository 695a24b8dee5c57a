import type { Recorded, Report, ReportEnd, Row, Scope } from '../../audit/reports/report.ts';
import { addDays } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { FeatureVector } from '../../domain/features/build.ts';
import { FEATURES } from '../../domain/features/catalogue.ts';
import type { Json } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { chainEvent, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import { applicationOf } from './submissions.ts';

/** One application as a report reads it, in a few words. Instants at noon UTC of the dates, which are the creditor's too. */
export interface RecordedCase {
  readonly id?: string;
  readonly receivedOn?: string;
  readonly pulled?: { readonly on: string; readonly status: string };
  readonly awaits?: {
    readonly on: string;
    readonly attention?: { readonly failedState: string; readonly error: string };
  };
  readonly decided?: {
    readonly on: string;
    readonly outcome: DecisionRecord['outcome'];
    readonly by?: string;
    readonly reasons?: readonly string[];
    readonly secondsAfterNoon?: number;
  };
  readonly features?: Partial<FeatureVector>;
  readonly noticeOn?: string;
  readonly accepted?: { readonly on: string; readonly offerId: string };
  readonly archivedOn?: string;
  readonly reopenedOn?: string;
  /** What followed the reopening. */
  readonly again?: Pick<RecordedCase, 'decided' | 'noticeOn'>;
  readonly decision?: Partial<DecisionRecord>;
}

const noon = (date: string, seconds = 0) => new Date(Date.parse(`${date}T18:00:00Z`) + seconds * 1000).toISOString();

export function recordedOf(given: RecordedCase = {}): Recorded {
  const { id = 'application-0001', receivedOn = '2026-01-05', decided } = given;
  const entries: LedgerEntry[] = [];
  const values = new Map<string, Json>();
  const evidence = (kind: string, value: object) => {
    const address = sha256(`${id} ${kind} ${JSON.stringify(value)}`);
    values.set(address, value as Json);
    return { kind, address, versionId: '1' };
  };
  const add = <Type extends EventType>(type: Type, occurredAt: string, body: EventBody<Type>, actor = 'system') => {
    const event = ledgerEvent({ id: `${id}/${entries.length}`, applicationId: id, type, occurredAt, actor, body });
    entries.push(chainEvent(event, entries.at(-1), occurredAt));
  };
  const application = applicationOf({ applicationId: id });
  const product = application.product;
  const received = evidence('application', application);
  add('APPLICATION_RECEIVED', noon(receivedOn), { product, receivedOn, evidence: [received] });
  if (given.pulled) {
    const facts = { bureau: 'simulated-bureau', status: given.pulled.status, inquiry: 'HARD' };
    add('BUREAU_REPORT_PULLED', noon(given.pulled.on), { output: {}, evidence: [], facts });
  }
  const score = given.features && evidence('score', scoringOf(given.features));
  if (score) add('APPLICATION_SCORED', noon(receivedOn), { output: {}, evidence: [score], facts: {} });
  if (given.awaits) {
    const { on, attention } = given.awaits;
    if (attention) add('ATTENTION_NEEDED', noon(on), { queue: 'ATTENTION', facts: { ...attention, tries: 0 } });
    else add('REVIEW_AWAITED', noon(on), { queue: 'REVIEW', facts: { stage: 'FULL', escalation: 0 } });
  }
  const decide = (decided: NonNullable<RecordedCase['decided']>, startedOn: string) => {
    const { outcome, by = 'POLICY', reasons = [] } = decided;
    if (by !== 'POLICY') {
      const body = {
        action: outcome === 'APPROVE' ? 'APPROVE' : 'DECLINE',
        evidence: [evidence('unread', {})],
        output: {},
      };
      add('REVIEW_COMPLETED', noon(decided.on), body, by);
    }
    const record = decisionOf({ ...given, decided }, received.address, score?.address ?? null);
    const facts = { outcome, decidedBy: by, reasons: [...reasons], noticeDueOn: addDays(startedOn, 30) };
    const at = noon(decided.on, decided.secondsAfterNoon);
    add('DECISION_RECORDED', at, { output: {}, evidence: [evidence('decision', record)], facts });
  };
  const notify = (on: string) => {
    const reference = evidence('notice', { on });
    const kind = 'ADVERSE_ACTION';
    const output = { notices: [{ kind, evidence: reference.address }] };
    add('NOTICES_ISSUED', noon(on), { output, evidence: [reference], facts: {} });
    const carried = { carrier: 'SMTP', reference: '<1@lender.example>', role: null };
    const sent = { notice: reference.address, kind, attempt: 1, channel: 'EMAIL' as const, sentOn: on, ...carried };
    add('NOTICE_SENT', noon(on), sent);
  };
  if (decided) decide(decided, receivedOn);
  if (given.noticeOn) notify(given.noticeOn);
  if (given.accepted) {
    const { on, offerId } = given.accepted;
    const decision = entries.findLast(({ type }) => type === 'DECISION_RECORDED')!;
    const [reference] = decision.body['evidence'] as unknown as EventBody<'OFFER_ACCEPTED'>['evidence'];
    const agreed = { offerId, acceptedOn: on, conditions: [], clearBy: null };
    const terms = given.decision?.offers?.find((offer) => offer.offerId === offerId);
    const contract = evidence('contract', {
      schemaVersion: 1,
      decision: reference!.address,
      product,
      ...agreed,
      terms: terms ?? null,
      schedule: null,
      rateCaps: [],
      mode: 'sandbox',
      lender: { type: 'STATE_LICENSEE', timeZone: 'America/Chicago' },
    });
    add('OFFER_ACCEPTED', noon(on), { ...agreed, evidence: [reference!, contract] }, 'web');
  }
  if (given.reopenedOn) {
    const [superseded] = entries.findLast(({ type }) => type === 'DECISION_RECORDED')!.body['evidence'] as [
      EventBody<'DECISION_REOPENED'>['evidence'][number],
    ];
    const told = { number: 1, why: 'REVIEW_REQUESTED' as const, note: null, affectedBy: null, consent: null };
    add('DECISION_REOPENED', noon(given.reopenedOn), { ...told, evidence: [superseded] }, 'r.vega');
    if (given.again?.decided) decide(given.again.decided, given.reopenedOn);
    if (given.again?.noticeOn) notify(given.again.noticeOn);
  }
  if (given.archivedOn) {
    const body = {
      executionArn: 'arn',
      status: 'ABORTED',
      events: 9,
      personalData: [],
      evidence: [evidence('history', {})],
    };
    add('HISTORY_ARCHIVED', noon(given.archivedOn), body);
  }
  return { applicationId: id, entries, values, timeZone: 'America/Chicago' };
}

function decisionOf(given: RecordedCase, application: string, score: string | null): DecisionRecord {
  const { id = 'application-0001', receivedOn = '2026-01-05', decided } = given;
  const { on, outcome, by = 'POLICY', reasons = [] } = decided!;
  return {
    schemaVersion: 1,
    applicationId: id,
    executionArn: `arn:${id}`,
    product: 'personal-loan',
    outcome,
    decidedBy: by,
    requested: { amountCents: 1_000_000, termMonths: 36 },
    offers: [],
    reasons: reasons.map((code) => ({ code, component: 'MODEL' as const })),
    conditions: [],
    missing: [],
    completeBy: null,
    receivedAt: noon(receivedOn),
    receivedOn,
    completedAt: null,
    completedOn: null,
    decidedAt: noon(on),
    decidedOn: on,
    timeZone: 'America/Chicago',
    noticeDueOn: addDays(receivedOn, 30),
    policy: null,
    model: null,
    reportsUsed: [],
    evidence: {
      application,
      validation: application,
      screening: null,
      preBureauPolicy: null,
      reports: [],
      score,
      policy: null,
      reviews: [],
    },
    ...given.decision,
  };
}

/** Features of a middling applicant, with changes. */
function scoringOf(changes: Partial<FeatureVector>): Scoring {
  // The champion does not read the age of the oldest account.
  const read = FEATURES.filter(({ name }) => name !== 'oldest_account_months');
  const features = Object.fromEntries(read.map(({ name, minimum }) => [name, minimum])) as FeatureVector;
  return {
    schemaVersion: 1,
    model: { id: 'm', version: '1.0.0', packageDigest: 'd'.repeat(64), runtime: 'none' },
    features: { ...features, ...changes },
    faults: [],
    shiftMicros: 0,
    result: { marginMicros: -3_000_000, pdMicros: 47_000, score: 600, contributions: [], additivityErrorMicros: 0 },
  };
}

/** A whole run of a report over applications in memory. */
export function ran(
  report: Report,
  applications: Iterable<Recorded>,
  period: { from?: string; to?: string; today?: string } = {},
): ReportEnd & { rows: Row[] } {
  const { from = null, to = null, today = '2026-02-01' } = period;
  const scope: Scope = { from, to, today, now: noon(today) };
  const run = report.begin(scope);
  const rows: Row[] = [];
  for (const application of applications) rows.push(...run.add(application));
  const end = run.end();
  return { ...end, rows: [...rows, ...(end.rows ?? [])] };
}

/** Sum of everything that a plot shows. */
export const plotted = ({ plots }: ReportEnd, at = 0): number =>
  (plots[at]?.points ?? []).flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0);
