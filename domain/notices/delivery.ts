/** How far the notices of an application have come: a fold of its ledger. */
import type { LocalDate } from '../calendar.ts';
import { sha256 } from '../ledger/canonical-json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { PAPER_REASONS, readBody, type EventBody } from '../ledger/events.ts';
import { forgettingOf } from '../retention/retention.ts';

type PaperReason = (typeof PAPER_REASONS)[number];

/** One attempt to give a notice to the applicant. */
export interface Attempt {
  /** From 1. A returned e-mail begins the next one, on paper. Returned paper begins it when it is mailed again. */
  readonly number: number;
  /** Why it goes on paper; undefined while no print was requested. */
  readonly printing: { readonly because: PaperReason; readonly at: string } | undefined;
  readonly sent: EventBody<'NOTICE_SENT'> | undefined;
  readonly returned: EventBody<'NOTICE_RETURNED'> | undefined;
}

/** A notice that was issued, and the attempts to give it. */
export interface NoticeDelivery {
  /** The address of the sealed notice. */
  readonly notice: string;
  readonly kind: string;
  /** UTC instant. */
  readonly issuedAt: string;
  /** Oldest first, the present one last. */
  readonly attempts: readonly Attempt[];
  /** Whether its decision was superseded or closed after it was issued, so that it is no longer true and is not sent. */
  readonly superseded: boolean;
}

/**
 * `READY`: it is to be sent. `PRINTING`: the print shop has it, and no person stated yet that it was mailed. `RETURNED`: it came
 * back on paper, so a person must find out the applicant's address. `SUPERSEDED`: it was not sent, and is not to be sent.
 */
export type DeliveryState = 'READY' | 'PRINTING' | 'SENT' | 'RETURNED' | 'SUPERSEDED';

type Closing = 'DECISION_REOPENED' | 'APPLICATION_WITHDRAWN' | 'APPLICATION_LAPSED';

/** What ends a notice that was not sent. Adverse action survives a withdrawal: its notice is still due. */
const ENDED_BY: Readonly<Record<string, readonly Closing[]>> = {
  INCOMPLETENESS: ['DECISION_REOPENED', 'APPLICATION_WITHDRAWN', 'APPLICATION_LAPSED'],
  APPROVAL: ['DECISION_REOPENED', 'APPLICATION_WITHDRAWN'],
  CREDIT_SCORE_DISCLOSURE: ['DECISION_REOPENED', 'APPLICATION_WITHDRAWN'],
  WITHDRAWAL: [],
};
/** Of every other kind: the new decision has its own notice. */
const ENDED_BY_REOPENING: readonly Closing[] = ['DECISION_REOPENED'];

/** The notices that an application's entries issue, oldest first. */
export function deliveriesOf(entries: readonly LedgerEntry[]): NoticeDelivery[] {
  return entries.flatMap((entry, at) => {
    if (entry.type !== 'NOTICES_ISSUED') return [];
    const later = entries.slice(at + 1);
    return noticesIn(entry).map(({ kind, notice }) => {
      const ending: readonly string[] = ENDED_BY[kind] ?? ENDED_BY_REOPENING;
      const superseded = later.some(({ type }) => ending.includes(type));
      return { kind, notice, issuedAt: entry.occurredAt, attempts: attemptsOf(entries, notice), superseded };
    });
  });
}

/** The notices that one entry issues. */
export function noticesIn(entry: LedgerEntry): { readonly notice: string; readonly kind: string }[] {
  const { notices = [] } = readBody(entry, 'NOTICES_ISSUED').output as unknown as {
    readonly notices?: readonly { readonly kind: string; readonly evidence: string }[];
  };
  return notices.map(({ kind, evidence }) => ({ kind, notice: evidence }));
}

function attemptsOf(entries: readonly LedgerEntry[], notice: string): Attempt[] {
  const about = entries.filter(({ body }) => body['notice'] === notice);
  const attempts: Attempt[] = [];
  for (;;) {
    const number = attempts.length + 1;
    const of = <Type extends 'NOTICE_PRINT_REQUESTED' | 'NOTICE_SENT' | 'NOTICE_RETURNED'>(type: Type) => {
      const entry = about.find((each) => each.type === type && each.body['attempt'] === number);
      return entry && { at: entry.occurredAt, body: readBody(entry, type) };
    };
    const printing = of('NOTICE_PRINT_REQUESTED');
    attempts.push({
      number,
      printing: printing && { because: printing.body.because, at: printing.at },
      sent: of('NOTICE_SENT')?.body,
      returned: of('NOTICE_RETURNED')?.body,
    });
    const { sent, returned } = attempts.at(-1)!;
    const mailedAgain = about.some(({ type, body }) => type === 'NOTICE_SENT' && body['attempt'] === number + 1);
    if (!returned || (sent?.channel !== 'EMAIL' && !mailedAgain)) return attempts;
  }
}

/** The attempt that is under way, or the last one. */
export const presentAttempt = ({ attempts }: NoticeDelivery): Attempt => attempts.at(-1)!;

export function deliveryState(delivery: NoticeDelivery): DeliveryState {
  const { printing, sent, returned } = presentAttempt(delivery);
  if (sent && !returned) return 'SENT';
  if (delivery.superseded) return 'SUPERSEDED';
  if (returned) return 'RETURNED';
  return printing ? 'PRINTING' : 'READY';
}

/** The notices that are to be sent now: none of a forgotten applicant. */
export function noticesToSend(entries: readonly LedgerEntry[]): NoticeDelivery[] {
  if (forgettingOf(entries).decided) return [];
  return deliveriesOf(entries).filter((delivery) => deliveryState(delivery) === 'READY');
}

/**
 * The local date on which the applicant was notified: a notice is given when it is mailed to the last known address (12 CFR
 * 1002.9, comment 9-3), so paper that came back counts, and an e-mail that came back does not.
 * @returns undefined while no attempt counts.
 */
export function givenOn({ attempts }: NoticeDelivery): LocalDate | undefined {
  return attempts.find(({ sent, returned }) => sent && (sent.channel === 'PAPER' || !returned))?.sent?.sentOn;
}

/** The local part of the message id of an attempt: the same for each send of it. */
export const messageName = (notice: string, attempt: number): string => sha256(`${notice} ${attempt}`).slice(0, 40);
