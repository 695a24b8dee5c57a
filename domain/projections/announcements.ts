import { NOTICE_DAYS, type DecisionRecord } from '../decision/record.ts';
import type { JsonObject } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody, type EvidenceReference } from '../ledger/events.ts';
import type { SignedSeal } from '../ledger/seal.ts';

/** An event for other systems, as a function of what the ledger says. */
export interface Announcement {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly detail: JsonObject;
}

/** Events of operations: they are made from findings of a moment, so nothing derives them later. */
export const OPERATIONAL_EVENTS: ReadonlySet<string> = new Set(['RecordsNeedAttention', 'ForgettingFailed']);

export const bookingId = ({ id }: Pick<LedgerEntry, 'id'>): string => `${id}/booked`;

const addressIn = (entry: LedgerEntry): string => (entry.body['evidence'] as EvidenceReference[])[0]?.address ?? '';

/**
 * The event that other systems hear about an entry. The functions that publish events and the checks that compare them
 * both call this, so the two cannot differ.
 * @param record the decision record that the entry names; only an acceptance needs it.
 * @returns undefined for an entry that is not announced. @throws TypeError when the record has no such offer.
 */
export function announcementOf(entry: LedgerEntry, record?: DecisionRecord): Announcement | undefined {
  const { id, applicationId, occurredAt } = entry;
  const announce = (type: string, detail: JsonObject, suffix = ''): Announcement => ({
    id: `${id}${suffix}`,
    type,
    occurredAt,
    detail: { applicationId, ...detail },
  });
  switch (entry.type) {
    case 'APPLICATION_RECEIVED': {
      const { product } = readBody(entry, entry.type);
      return announce('ApplicationReceived', { product, digest: addressIn(entry) });
    }
    case 'REVIEW_AWAITED':
      return announce('ReviewAwaited', readBody(entry, entry.type).facts);
    case 'ATTENTION_NEEDED':
      return announce('AttentionNeeded', readBody(entry, entry.type).facts);
    case 'DECISION_RECORDED':
      return announce('DecisionRecorded', recordedDecision(entry));
    case 'NOTICES_ISSUED': {
      const { notices = [] } = readBody(entry, entry.type).output;
      return announce('NoticesReady', { notices });
    }
    case 'DOCUMENT_REQUESTED': {
      const { answerBy } = readBody(entry, entry.type);
      return announce('DocumentRequested', { answerBy });
    }
    case 'HISTORY_ARCHIVED': {
      const { executionArn, personalData: kinds } = readBody(entry, entry.type);
      return kinds.length === 0
        ? undefined
        : announce('PersonalDataInHistory', { executionArn, kinds }, '/personal-data');
    }
    case 'APPLICANT_FORGOTTEN':
      return announce('ApplicantForgotten', {});
    default: {
      const closing = closingIn(entry, record);
      return closing ? announce(...closing) : noticeNews(entry, announce);
    }
  }
}

/** The type, the detail and the end of the id of the event of an entry that closes a decision. */
function closingIn(entry: LedgerEntry, record?: DecisionRecord): [string, JsonObject, string] | undefined {
  switch (entry.type) {
    case 'OFFER_ACCEPTED':
      return record && [...booking(entry, record), '/booked'];
    case 'OFFER_LAPSED': {
      const { offerIds, expiredOn } = readBody(entry, entry.type);
      return ['OfferLapsed', { offerIds, expiredOn }, '/lapsed'];
    }
    case 'APPLICATION_LAPSED': {
      const { completeBy } = readBody(entry, entry.type);
      return ['ApplicationLapsed', { decision: addressIn(entry), completeBy }, '/lapsed'];
    }
    case 'APPLICATION_WITHDRAWN': {
      const { withdrawnOn, evidence } = readBody(entry, entry.type);
      return ['ApplicationWithdrawn', { decision: evidence[0]?.address ?? null, withdrawnOn }, '/withdrawal'];
    }
    case 'DECISION_REOPENED': {
      const { number, why } = readBody(entry, entry.type);
      return ['DecisionReopened', { decision: addressIn(entry), number, why }, '/reopened'];
    }
    default:
      return undefined;
  }
}

function recordedDecision(entry: LedgerEntry): JsonObject {
  const { outcome = null, evidence: decision = null } = readBody(entry, 'DECISION_RECORDED').output;
  return { outcome, decision };
}

const NOTICE_NEWS = {
  NOTICE_PRINT_REQUESTED: 'NoticePrintRequested',
  NOTICE_SENT: 'NoticeSent',
  NOTICE_RETURNED: 'NoticeReturned',
} as const;

/** The event about the delivery of a notice; undefined for an entry about something else. */
function noticeNews(
  entry: LedgerEntry,
  announce: (type: string, detail: JsonObject) => Announcement,
): Announcement | undefined {
  if (entry.type === 'NOTICE_DUE_WARNED') {
    const { countedFrom, day } = readBody(entry, entry.type);
    return announce(day > NOTICE_DAYS ? 'NoticeOverdue' : 'NoticeDueSoon', { countedFrom, day });
  }
  const type = entry.type as keyof typeof NOTICE_NEWS;
  if (!Object.hasOwn(NOTICE_NEWS, type)) return undefined;
  const { notice, kind, attempt } = readBody(entry, type);
  return announce(NOTICE_NEWS[type], { notice, kind, attempt });
}

function booking(entry: LedgerEntry, { product, conditions, offers }: DecisionRecord): [string, JsonObject] {
  const decision = addressIn(entry);
  const { offerId } = readBody(entry, 'OFFER_ACCEPTED');
  const terms = offers.find((offer) => offer.offerId === offerId);
  if (!terms) throw new TypeError(`The decision ${decision} has no offer ${offerId}.`);
  const type = terms.kind === 'LINE' ? 'LineOpened' : 'LoanBooked';
  return [type, { product, decision, terms, conditions }];
}

/** The event of a seal. */
export function sealAnnouncement({ seal, signature }: SignedSeal): Announcement {
  const detail = { seal: { ...seal }, signature };
  return { id: `seal/${seal.number}`, type: 'LedgerSealed', occurredAt: seal.sealedAt, detail };
}
