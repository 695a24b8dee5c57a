import type { CreditContract } from '../decision/credit-contract.ts';
import { NOTICE_DAYS } from '../decision/record.ts';
import type { JsonObject } from '../json.ts';
import { settledId } from '../ledger/acts.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody, type EvidenceReference } from '../ledger/events.ts';
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

/** The id of the booking event of an acceptance. @param decision the address of the decision. */
export const bookingId = (decision: string): string => `${settledId(decision)}/booked`;

const addressIn = (entry: LedgerEntry): string => (entry.body['evidence'] as EvidenceReference[])[0]?.address ?? '';

/**
 * The event that other systems hear about an entry. The functions that publish events and the checks that compare them
 * both call this, so the two cannot differ.
 * @param contract that the entry names; only a booking needs it.
 * @returns undefined for an entry that is not announced.
 */
export function announcementOf(entry: LedgerEntry, contract?: CreditContract): Announcement | undefined {
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
    case 'MODEL_GOVERNED': {
      const { role: _, note: __, ...detail } = readBody(entry, entry.type);
      return { id, type: 'ModelGoverned', occurredAt, detail };
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
      const closing = closingIn(entry, contract);
      return closing ? announce(...closing) : noticeNews(entry, announce);
    }
  }
}

/** The type, the detail and the end of the id of the event of an entry that closes a decision or settles an acceptance. */
function closingIn(entry: LedgerEntry, contract?: CreditContract): [string, JsonObject, string] | undefined {
  switch (entry.type) {
    case 'CREDIT_BOOKED':
      return contract && [...booking(entry, contract), '/booked'];
    case 'ACCEPTANCE_LAPSED': {
      const { offerId, why } = readBody(entry, entry.type);
      return ['AcceptanceLapsed', { decision: addressIn(entry), offerId, why }, '/lapsed'];
    }
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

function booking(entry: LedgerEntry, { product, conditions, terms }: CreditContract): [string, JsonObject] {
  const contract = contractIn(entry);
  return [bookingType(terms), { product, decision: addressIn(entry), contract, terms, conditions }];
}

/** The address of the contract that an acceptance or a booking names. */
export const contractIn = (entry: LedgerEntry): string => evidenceNamedBy(entry)[1]?.address ?? '';

/** The type of the event that books the terms. */
export const bookingType = ({ kind }: { readonly kind?: string }): string =>
  kind === 'LINE' ? 'LineOpened' : 'LoanBooked';

/** The event of a seal. */
export function sealAnnouncement({ seal, signature }: SignedSeal): Announcement {
  const detail = { seal: { ...seal }, signature };
  return { id: `seal/${seal.number}`, type: 'LedgerSealed', occurredAt: seal.sealedAt, detail };
}
