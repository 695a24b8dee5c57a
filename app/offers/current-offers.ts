import type { Evidence } from '../../adapters/ports.ts';
import { conditionStateOf, offerStateOf } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { revisedId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import type { Offer } from '../../domain/policy/result.ts';
import { newestAddress, newestDecision } from '../status.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { shownOffers, type ShownOffer } from './shown-offers.ts';

/** An offer as the applicant can accept it now. */
export interface CurrentOffer {
  /** The ids of the offers whose place it takes, the decision's own first. */
  readonly replaces: readonly string[];
  readonly offer: Offer;
}

/**
 * The offers of a decision. An offer whose terms were revised at an acceptance has the newest revision in its place.
 * @param entries of the application. @param decision the address of the record.
 */
export function currentOffers(
  evidence: Pick<Evidence, 'open'>,
  entries: readonly LedgerEntry[],
  decision: string,
  { offers }: Pick<DecisionRecord, 'offers'>,
): Promise<CurrentOffer[]> {
  const revisions = new Map(entries.filter(({ type }) => type === 'OFFER_REVISED').map((entry) => [entry.id, entry]));
  return Promise.all(
    offers.map(async (offered): Promise<CurrentOffer> => {
      const replaces: string[] = [];
      let offer = offered;
      for (;;) {
        const entry = revisions.get(revisedId(decision, offer.offerId));
        if (!entry) return { replaces, offer };
        revisions.delete(entry.id);
        replaces.push(offer.offerId);
        ({ offer } = await readRevised(evidence, entry));
      }
    }),
  );
}

/** Opens the offer of an OFFER_REVISED entry. */
function readRevised(evidence: Pick<Evidence, 'open'>, entry: LedgerEntry) {
  const [, revised] = readBody(entry, 'OFFER_REVISED').evidence;
  return readEvidence(evidence, entry.applicationId, 'revised-offer', revised?.address ?? '');
}

/** What the applicant can accept of the newest decision, and what became of it. */
export interface OffersView {
  /** The address of the newest decision; null while there is none, or it is made again. */
  readonly decision: string | null;
  readonly state: 'NONE' | 'OPEN' | 'ACCEPTED' | 'BOOKED' | 'LAPSED' | 'WITHDRAWN';
  /** Also where its acceptance lapsed. */
  readonly acceptedOfferId: string | null;
  readonly offers: readonly ShownOffer[];
  readonly conditions: readonly string[];
  /** Conditions that no evidence has cleared. */
  readonly conditionsOpen: readonly string[];
  /** The last local date on which a condition of the accepted offer can be cleared; null where no offer is accepted. */
  readonly clearBy: string | null;
}

/** @param entries of the application. */
export async function offersView(
  evidence: Evidence,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<OffersView> {
  // A reopened application has no offers until it is decided.
  const record = await newestDecision(evidence, applicationId, entries);
  const decision = record && newestAddress(entries, 'DECISION_RECORDED');
  if (!record || decision === undefined) {
    const nothing = { offers: [], conditions: [], conditionsOpen: [] };
    return { decision: null, state: 'NONE', acceptedOfferId: null, clearBy: null, ...nothing };
  }
  const closing = offerStateOf(entries);
  const isAccepted = closing.state === 'ACCEPTED' || closing.state === 'BOOKED';
  const acceptance = isAccepted ? readBody(closing.entry, 'OFFER_ACCEPTED') : undefined;
  const lapsed = 'entry' in closing && closing.entry.type === 'ACCEPTANCE_LAPSED' ? closing.entry : undefined;
  const offers = await currentOffers(evidence, entries, decision, record);
  return {
    decision,
    state: 'entry' in closing ? closing.state : offers.length > 0 ? 'OPEN' : 'NONE',
    acceptedOfferId: acceptance?.offerId ?? (lapsed ? readBody(lapsed, 'ACCEPTANCE_LAPSED').offerId : null),
    offers: await shownOffers(evidence, { ...record, offers: offers.map(({ offer }) => offer) }),
    conditions: record.conditions,
    conditionsOpen: conditionStateOf(entries, decision, record.conditions).open,
    clearBy: acceptance?.clearBy ?? null,
  };
}
