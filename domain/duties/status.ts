import * as z from 'zod';

import { addDays, addMonths, type LocalDate } from '../calendar.ts';
import { RETENTION_CLASSES } from '../retention/retention.ts';
import { DUTIES, type Due, type Duty, type Means, type RecordField } from './duties.ts';
import { decidesCredit, EXEMPTIONS, type ExemptionId } from './exemptions.ts';
import type { DutyEvent, DutyFacts } from './facts.ts';
import { after, givenNotice } from './given-notices.ts';
import { eventsOf, OCCASIONS, type Decided } from './occasions.ts';

/**
 * `SCHEDULED`: what meets the duty is prepared, such as a notice that waits for delivery. `DUE`: the date has not passed.
 * `LATE`: the date passed before the duty was met, or it is still unmet.
 */
const DUTY_STATUSES = ['MET', 'SCHEDULED', 'DUE', 'LATE', 'EXEMPT', 'NOT_APPLICABLE', 'NOT_YET_IN_FORCE'] as const;

/** One duty on one occasion; the occasion is null where the duty does not apply. */
export const dutyStatus = z.strictObject({
  duty: z.string(),
  title: z.string(),
  citation: z.string(),
  mark: z.enum(['source', 'memory', 'own']),
  status: z.enum(DUTY_STATUSES),
  /** The ledger entry that gives rise to the duty, and its local date. */
  occasion: z.strictObject({ entry: z.string(), on: z.string() }).nullable(),
  dueOn: z.string().nullable(),
  /** The ledger entry that meets the duty, or the field of the decision record that it is read from. */
  metBy: z
    .strictObject({ entry: z.string(), event: z.string(), field: z.string().nullable(), on: z.string() })
    .nullable(),
  /** The code of the exemption. */
  exemption: z.string().nullable(),
  /** Why the duty is exempt, does not apply, or has no date. */
  note: z.string().nullable(),
});
export type DutyStatus = z.infer<typeof dutyStatus>;

/** What meets a duty, or will meet it. */
type Found =
  | { readonly state: 'MET'; readonly by: DutyEvent; readonly field?: string }
  | { readonly state: 'SCHEDULED' }
  | { readonly state: 'UNMET' };

const UNMET = { state: 'UNMET' } as const;
const isMet = (by: DutyEvent | undefined): Found => (by ? { state: 'MET', by } : UNMET);

/** Derives the status of each duty of an application, in the order of the table. */
export function dutiesOf(facts: DutyFacts, duties: readonly Duty[] = DUTIES): DutyStatus[] {
  return duties.flatMap((duty): DutyStatus[] => {
    const base = { duty: duty.id, title: duty.title, citation: duty.citation, mark: duty.mark };
    const nothing = { occasion: null, dueOn: null, metBy: null, exemption: null };
    const without = (status: DutyStatus['status'], note: string): DutyStatus[] => [
      { ...base, ...nothing, status, note },
    ];
    if (duty.state !== null && facts.state !== null && facts.state !== duty.state) {
      return without('NOT_APPLICABLE', `the residence is not ${duty.state}`);
    }
    const { of, without: reason } = OCCASIONS[duty.occasion];
    const occasions = of(facts);
    if (occasions.length > 0) return occasions.map((occasion) => ({ ...base, ...onOccasion(facts, duty, occasion) }));
    const { effectiveFrom } = duty;
    return effectiveFrom !== null && facts.today < effectiveFrom
      ? without('NOT_YET_IN_FORCE', `in force from ${effectiveFrom}`)
      : without('NOT_APPLICABLE', reason);
  });
}

type OnOccasion = Omit<DutyStatus, 'duty' | 'title' | 'citation' | 'mark'>;

function onOccasion(facts: DutyFacts, duty: Duty, occasion: DutyEvent): OnOccasion {
  const { effectiveFrom, effectiveUntil } = duty;
  const given = { occasion: { entry: occasion.entry, on: occasion.on } };
  const open = { ...given, dueOn: null, metBy: null, exemption: null, note: null };
  if (effectiveFrom !== null && occasion.on < effectiveFrom) {
    return { ...open, status: 'NOT_YET_IN_FORCE', note: `in force from ${effectiveFrom}` };
  }
  if (effectiveUntil !== null && occasion.on > effectiveUntil) {
    return { ...open, status: 'NOT_APPLICABLE', note: `in force until ${effectiveUntil}` };
  }
  const dueOn = dueDate(facts, duty, occasion);
  const found = findMeans(facts, duty.means, occasion);
  if (found.state === 'MET') {
    const { by, field = null } = found;
    const metBy = { entry: by.entry, event: by.type, field, on: by.on };
    return { ...open, dueOn, metBy, status: isLate(duty, by.on, dueOn) ? 'LATE' : 'MET' };
  }
  const exemption = duty.exemptions.find((id) => EXEMPTIONS[id].applies(facts, occasion));
  if (exemption !== undefined) return { ...open, ...exempt(exemption), status: 'EXEMPT' };
  const note = duty.due.from === 'OUTSIDE' ? `due before ${duty.due.before}` : null;
  const status = statusOfUnmet(facts, duty, dueOn, found.state === 'SCHEDULED');
  return { ...open, dueOn, note, status };
}

function statusOfUnmet(facts: DutyFacts, duty: Duty, dueOn: LocalDate | null, scheduled: boolean) {
  if (dueOn !== null && facts.today > dueOn) return 'LATE';
  if (scheduled) return 'SCHEDULED';
  return isLost(duty) ? 'LATE' : 'DUE';
}

/** Whether no later act can meet the duty: it was due at the occasion itself, or the records are gone. */
const isLost = ({ due }: Duty): boolean => due.from === 'RETENTION' || (due.from === 'OCCASION' && due.days === 0);

const isLate = ({ due }: Duty, on: LocalDate, dueOn: LocalDate | null): boolean =>
  due.from !== 'RETENTION' && dueOn !== null && on > dueOn;

const exempt = (id: ExemptionId) => ({
  exemption: id,
  note: `${EXEMPTIONS[id].inWords} (${EXEMPTIONS[id].citation})`,
});

/** The days of the notice of action and of the notice of incompleteness (12 CFR 1002.9(a)(1), (c)(1)). */
const NOTICE_DAYS = 30;

function dueDate(facts: DutyFacts, { due, means }: Duty, occasion: DutyEvent): LocalDate | null {
  switch (due.from) {
    case 'NOTICE_CLOCK':
      return 'noticeDueOn' in occasion && occasion.noticeDueOn !== undefined
        ? occasion.noticeDueOn
        : addDays(occasion.on, NOTICE_DAYS);
    case 'OCCASION':
      return addDays(occasion.on, due.days);
    case 'OUTSIDE':
      return null;
    case 'RETENTION':
      return means.by === 'RETENTION' ? addMonths(occasion.on, RETENTION_CLASSES[means.class].months) : null;
  }
}

function findMeans(facts: DutyFacts, means: Means, occasion: DutyEvent): Found {
  switch (means.by) {
    case 'NOTICE':
      return byNotice(facts, means, occasion);
    case 'CONSENT': {
      const given = facts.consents.some(({ kind, at }) => kind === means.kind && isBy(at, occasion.at));
      return given ? { state: 'MET', by: occasion, field: 'application.consents' } : UNMET;
    }
    case 'EARLIER_EVENT': {
      const before = facts.events.slice(0, facts.events.indexOf(occasion));
      return isMet(before.findLast(EARLIER[means.event]));
    }
    case 'LATER_DECISION':
      return byLaterDecision(facts, means.person, occasion);
    case 'OCCASION':
      return { state: 'MET', by: occasion };
    case 'OUTSIDE':
      return UNMET;
    case 'RECORD':
      return occasion.type === 'DECISION_RECORDED' && FIELDS[means.field](occasion)
        ? { state: 'MET', by: occasion, field: means.field }
        : UNMET;
    case 'RETENTION':
      return byRetention(facts, addMonths(occasion.on, RETENTION_CLASSES[means.class].months));
  }
}

/** How far a front end's clock may be ahead of this one, as for consents: 300,000 ms = 5 minutes. */
const MAX_CLOCK_AHEAD_MS = 300_000;
const isBy = (given: string, at: string): boolean => Date.parse(given) <= Date.parse(at) + MAX_CLOCK_AHEAD_MS;

const EARLIER = {
  APPLICANTS_SCREENED: ({ type }: DutyEvent) => type === 'APPLICANTS_SCREENED',
  CLEARING_REVIEW: (event: DutyEvent) =>
    event.type === 'REVIEW_COMPLETED' && event.action === 'CLEAR' && event.clearances > 0,
} as const;

/** The cap on the military annual percentage rate, percent (10 USC 987(b)). */
const MILITARY_CAP_PERCENT = 36;

/** Whether the decision record has what a duty wants, by the field. */
const FIELDS: Readonly<Record<RecordField, (decision: Decided) => boolean>> = {
  reasons: ({ reasons }) => reasons >= 1 && reasons <= 4,
  'offers.mapr': ({ offers }) => offers.every(({ mapr }) => Number(mapr) <= MILITARY_CAP_PERCENT),
  'policy.rateCaps': ({ rateCaps }) => rateCaps.length > 0 && rateCaps.every((result) => result === 'PASSED'),
  'disclosures.scores': ({ scores }) => scores > 0,
};

function byLaterDecision(facts: DutyFacts, person: boolean, occasion: DutyEvent): Found {
  const next = after(facts, occasion).find(decidesCredit);
  return isMet(next?.type === 'DECISION_RECORDED' && (next.byPerson || !person) ? next : undefined);
}

function byNotice(facts: DutyFacts, { kinds, field }: Extract<Means, { by: 'NOTICE' }>, occasion: DutyEvent): Found {
  if (field !== undefined && (occasion.type !== 'DECISION_RECORDED' || !FIELDS[field](occasion))) return UNMET;
  const { sent, issued } = givenNotice(facts, kinds, occasion);
  if (sent) return { state: 'MET', by: sent, ...(field !== undefined && { field }) };
  return issued ? { state: 'SCHEDULED' } : UNMET;
}

/** Finds the extension that locks the records for the period. A record that was forgotten earlier was not kept. */
function byRetention(facts: DutyFacts, until: LocalDate): Found {
  const [forgotten] = eventsOf(facts, 'APPLICANT_FORGOTTEN');
  if (forgotten) return forgotten.on > until ? { state: 'MET', by: forgotten } : UNMET;
  const extended = eventsOf(facts, 'RETENTION_EXTENDED').find((each) => each.until >= until);
  if (extended) return { state: 'MET', by: extended };
  // Records that are there after the period were kept for it.
  return facts.today > until ? isMet(facts.events.at(-1)) : { state: 'SCHEDULED' };
}

/** Whether a due date of the kind is computed from a number in the table. The page docs/duties.md prints it. */
export const dueInWords = (due: Due): string => {
  switch (due.from) {
    case 'NOTICE_CLOCK':
      return `${NOTICE_DAYS} days from receipt, or from the reopening after a notice that was given`;
    case 'OCCASION':
      return due.days === 0 ? 'at the same time' : `${due.days} days after the occasion`;
    case 'OUTSIDE':
      return `before ${due.before}`;
    case 'RETENTION':
      return 'the last day of the retention period';
  }
};
