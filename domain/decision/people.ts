import type { Authority } from '@underwright/policy-compiler/module';

import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import { draftId } from '../ledger/statements.ts';
import { openedTask } from '../projections/task.ts';

/**
 * REQUESTER: submitted or reopened it. REVIEWER: reviewed it. APPROVER: confirmed or rejected a reviewer's draft. LAPSED: drafted
 * a review whose deadline passed, and which escalated.
 */
type Capacity = 'REQUESTER' | 'REVIEWER' | 'APPROVER' | 'LAPSED';

/** What a person, or a front end for the applicant, did on an application. */
export interface Act {
  readonly by: string;
  readonly capacity: Capacity;
  /** Whether it approved or declined the application, or was meant to. */
  readonly decides: boolean;
}

/** The acts that count for the separation of people. */
export function actsOn(entries: readonly LedgerEntry[]): Act[] {
  const open = openedTask(entries);
  const unescalated = new Set(
    open && isEscalated(open) ? entries.filter((each) => !isEscalated(each)).map(({ id }) => draftId(id)) : [],
  );
  return entries.flatMap((entry): Act[] => {
    const { type, id, actor: by } = entry;
    switch (type) {
      case 'APPLICATION_RECEIVED':
      case 'DECISION_REOPENED':
        return [{ by, capacity: 'REQUESTER', decides: false }];
      case 'REVIEW_DRAFTED':
        if (open && id === draftId(open.id)) return [{ by, capacity: 'REVIEWER', decides: true }];
        return unescalated.has(id) ? [{ by, capacity: 'LAPSED', decides: false }] : [];
      case 'REVIEW_COMPLETED': {
        const { action, draftedBy } = readBody(entry, type);
        if (draftedBy === undefined) {
          return [{ by, capacity: 'REVIEWER', decides: action === 'APPROVE' || action === 'DECLINE' }];
        }
        return [
          { by: draftedBy, capacity: 'REVIEWER', decides: true },
          { by, capacity: 'APPROVER', decides: true },
        ];
      }
      default:
        return [];
    }
  });
}

/** Whether an entry opened a review after the deadline of the one before. */
const isEscalated = (entry: LedgerEntry): boolean =>
  entry.type === 'REVIEW_AWAITED' && readBody(entry, entry.type).facts['escalation'] !== 0;

/**
 * Why a person may not act, as the end of a sentence about the person; undefined where nothing speaks against it.
 * @param acts on the application before.
 */
export function objectionTo(
  person: string,
  capacity: 'REVIEWER' | 'APPROVER',
  acts: readonly Act[],
  { separate }: Pick<Authority, 'separate'>,
): string | undefined {
  const own = acts.filter(({ by }) => by.toLowerCase() === person.toLowerCase());
  const has = (wanted: Capacity): boolean => own.some((act) => act.capacity === wanted);
  if (separate.includes('requester') && has('REQUESTER')) {
    return 'requested this decision, so another person decides it';
  }
  if (capacity === 'APPROVER' && has('REVIEWER')) return 'reviewed this application, so another person confirms';
  if (capacity === 'REVIEWER' && has('APPROVER')) {
    return 'confirmed or rejected a review of this application, so another person reviews it';
  }
  if (capacity === 'REVIEWER' && has('LAPSED')) {
    return 'drafted a review before the deadline passed, so another person reviews it';
  }
  if (separate.includes('earlier-reviewer') && own.some(({ decides }) => decides)) {
    return 'has decided on this application before, so another person decides now';
  }
  return undefined;
}
