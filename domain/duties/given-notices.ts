import type { DutyEvent, DutyFacts } from './facts.ts';
import { eventsOf } from './occasions.ts';

/** The events after an occasion. */
export const after = ({ events }: DutyFacts, occasion: DutyEvent): readonly DutyEvent[] =>
  events.slice(events.indexOf(occasion) + 1);

/**
 * Finds a notice that was issued after the occasion, and before the next decision. A returned e-mail counts as not sent; a
 * returned paper notice was mailed to the last known address (comment 9-3 to 12 CFR 1002.9).
 * @returns the entry that sent it, and whether one is issued at all.
 */
export function givenNotice(
  facts: DutyFacts,
  kinds: readonly string[],
  occasion: DutyEvent,
): { readonly sent: DutyEvent | undefined; readonly issued: boolean } {
  const issued = issuedFor(facts, occasion).filter(({ kind }) => kinds.includes(kind));
  const names = new Set(issued.map(({ notice }) => notice));
  const returned = new Set(eventsOf(facts, 'NOTICE_RETURNED').map(attemptOf));
  const sent = eventsOf(facts, 'NOTICE_SENT').find(
    (each) => names.has(each.notice) && !(each.channel === 'EMAIL' && returned.has(attemptOf(each))),
  );
  return { sent, issued: issued.length > 0 };
}

const attemptOf = ({ notice, attempt }: { readonly notice: string; readonly attempt: number }): string =>
  `${notice}/${attempt}`;

function issuedFor(facts: DutyFacts, occasion: DutyEvent): readonly { kind: string; notice: string }[] {
  const later = after(facts, occasion);
  // The decision WITHDRAWN follows the withdrawal that it records, and its notices answer both.
  const next = later.findIndex((event) => event.type === 'DECISION_RECORDED' && event.outcome !== 'WITHDRAWN');
  return (next < 0 ? later : later.slice(0, next)).flatMap((event) =>
    event.type === 'NOTICES_ISSUED' ? event.notices : [],
  );
}
