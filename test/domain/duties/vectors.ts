import type { Duty } from '../../../domain/duties/duties.ts';
import type { DecidedFacts, DutyEvent, DutyFacts } from '../../../domain/duties/facts.ts';
import { dutiesOf, type DutyStatus } from '../../../domain/duties/status.ts';

/** What a vector expects of one occasion; a member that it leaves out is null. */
interface Expected {
  readonly status: DutyStatus['status'];
  readonly dueOn?: string;
  readonly metOn?: string;
  readonly exemption?: string;
}

/** A history in short, and the duty's statuses in it. */
export interface Vector {
  readonly title: string;
  readonly today: string;
  readonly state?: string | null;
  readonly consents?: DutyFacts['consents'];
  readonly events: readonly { readonly type: DutyEvent['type']; readonly on: string }[];
  readonly expect: readonly Expected[];
}

export type Vectors = Readonly<Record<string, readonly Vector[]>>;

/** A decision without reports, reasons, scores and offers. */
const DECISION: Omit<DecidedFacts, 'type' | 'outcome' | 'noticeDueOn'> = {
  ground: null,
  byPerson: false,
  reports: 0,
  reasons: 0,
  scores: 0,
  scored: false,
  offers: [],
  rateCaps: [],
};

/** The facts of a vector: what it leaves out is a resident of Illinois, and a decision by the policy alone. */
export function factsOfVector({ today, state = 'IL', consents = [], events }: Vector): DutyFacts {
  return {
    today,
    state,
    consents,
    events: events.map((event, index) => ({
      ...(event.type === 'DECISION_RECORDED' && DECISION),
      ...(event.type === 'BUREAU_REPORT_PULLED' && { reused: false, alerts: 0 }),
      ...event,
      entry: `entry-${index}`,
      at: `${event.on}T18:00:00.000Z`,
    })) as DutyEvent[],
  };
}

/** What a duty comes to in a vector, as the vector writes it. */
export function outcomeOf(vector: Vector, duty: Duty): Expected[] {
  return dutiesOf(factsOfVector(vector), [duty]).map(({ status, dueOn, metBy, exemption }) => ({
    status,
    ...(dueOn !== null && { dueOn }),
    ...(metBy && { metOn: metBy.on }),
    ...(exemption !== null && { exemption }),
  }));
}

/** Whether the duty is met by its own occasion, so that no unmet case exists. */
const isMetAtOnce = ({ means }: Duty): boolean => means.by === 'OCCASION';

/** The cases that a duty's vectors lack: one sentence for each. */
export function untested(duties: readonly Duty[], vectors: Vectors): string[] {
  return duties.flatMap((duty) => {
    const statuses = new Set((vectors[duty.id] ?? []).flatMap(({ expect }) => expect.map(({ status }) => status)));
    const lacks = (needed: boolean, what: string) => (needed ? [`${duty.id} has no vector ${what}`] : []);
    return [
      ...lacks(duty.means.by !== 'OUTSIDE' && !statuses.has('MET'), 'in which it is met'),
      ...lacks(!isMetAtOnce(duty) && !UNMET.some((each) => statuses.has(each)), 'in which it is late or unmet'),
      ...lacks(!statuses.has('NOT_APPLICABLE'), 'in which it does not apply'),
      ...lacks(duty.effectiveFrom !== null && !statuses.has('NOT_YET_IN_FORCE'), 'before its date'),
    ];
  });
}

/** A duty that only exempts, such as the acknowledgment of a withdrawal, is unmet as EXEMPT. */
const UNMET = ['LATE', 'DUE', 'EXEMPT'] as const;
