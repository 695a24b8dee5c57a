import * as z from 'zod';

import type { Clock } from '../../adapters/ports.ts';
import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { lastDay } from '../../domain/decision/offer-state.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { offerIdSchema } from '../../domain/policy/result.ts';
import { bookingId } from '../../domain/projections/announcements.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import {
  clientId,
  evidenceAddress,
  fieldError,
  instant,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { isStale } from '../workflow/report-age.ts';
import { lapse } from './lapse.ts';
import { isListed, type ListedPorts } from './listed.ts';
import {
  closedBy,
  closeDecision,
  decisionsOf,
  reopenedBy,
  publishClosed,
  type Decided,
  type OfferPorts,
} from './offers.ts';

/** An applicant's choice of one offer, from the front end: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('ACCEPTED'),
      applicationId,
      offerId: z.string(),
      acceptedAt: instant,
      /** The id of the booking event: the same however often it is sent. */
      booking: z.string(),
      /** What must be verified before funds go out. */
      conditions: z.array(z.string()),
      /** Whether this very offer had been accepted before. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
    z.strictObject({
      result: z.literal('REOPEN'),
      applicationId,
      /** The newest decision: what ReopenApplication is to be given. */
      decision: evidenceAddress,
      why: z.enum(['OFFER_EXPIRED', 'REPORT_STALE', 'NEWER_DECISION', 'LIST_MATCH', 'WITHDRAWN']),
      message: z.string(),
    }),
    z.strictObject({ result: z.literal('NO_SUCH_OFFER'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

export interface AcceptPorts extends OfferPorts, ListedPorts {
  readonly lending: LendingSettings;
  readonly clock: Clock;
}

const choice = z.strictObject({
  applicationId: applicationIdSchema,
  offerId: offerIdSchema,
  /** The front end through which the applicant chose. */
  acceptedBy: clientId,
});

type Answer = Output<typeof contract>;
type Choice = z.infer<typeof choice>;

const LISTED =
  'A person must compare the applicant with the screening list of today: reopen the decision with REVIEW_REQUESTED.';
const REOPEN = 'reopen the decision with ReopenApplication to have offers of today';

/**
 * Accepts one offer of an application's newest decision, once, and tells other systems to book it. The same choice again
 * answers with the first; another one is a conflict. An offer that has expired, whose report has grown too old or that a
 * newer decision replaced is answered with REOPEN, the decision to reopen and the way out. A call that died half-way is completed by the next one
 * or by LapseOffers.
 */
export function acceptOffer(ports: AcceptPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = choice.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId, offerId, acceptedBy } = parsed.data;
    if (forgettingOf(await ports.ledger.read(applicationId)).decided)
      return noSuchOffer(parsed.data, 'The applicant is forgotten: nothing can be accepted any more.');
    const [newest, ...older] = await decisionsOf(ports, applicationId);
    if (!newest) return noSuchOffer(parsed.data, 'No decision is recorded for this application.');
    const closed = await closedBy(ports, newest);
    if (closed) return answer(ports, parsed.data, newest, { entry: closed, repeated: true });

    const now = ports.clock.now().toISOString();
    const { timeZone } = ports.lending.lender;
    const today = localDate(now, timeZone);
    const offer = newest.record.offers.find((each) => each.offerId === offerId);
    if (!offer) {
      return older.some(({ record }) => record.offers.some((each) => each.offerId === offerId))
        ? reopen(
            parsed.data,
            newest,
            'NEWER_DECISION',
            'A newer decision replaced this offer: choose one of its offers.',
          )
        : noSuchOffer(parsed.data, 'The decision has no such offer: look at its offers.');
    }
    if (today > offer.expiresOn) {
      const last = lastDay(newest.record) ?? offer.expiresOn;
      if (today > last) await publishClosed(ports, await lapse(ports, newest, now));
      return expired(parsed.data, newest, offer.expiresOn);
    }
    if (await isStale(ports.evidence, newest.record, { today, timeZone })) {
      return reopen(parsed.data, newest, 'REPORT_STALE', `The credit report is too old: ${REOPEN}.`);
    }
    if (await isListed(ports, applicationId, today)) return reopen(parsed.data, newest, 'LIST_MATCH', LISTED);
    const { kind, address, versionId } = newest.reference;
    const entry = await closeDecision(ports, newest, (id) =>
      ledgerEvent({
        id,
        applicationId,
        type: 'OFFER_ACCEPTED',
        occurredAt: now,
        actor: acceptedBy,
        body: { offerId, acceptedOn: today, evidence: [{ kind, address, versionId }] },
      }),
    );
    return answer(ports, parsed.data, newest, { entry, repeated: false });
  };
}

/** What the entry that closed the newest decision means for a choice; what its writer left undone is done. */
async function answer(
  ports: AcceptPorts,
  asked: Choice,
  newest: Decided,
  { entry, repeated }: { readonly entry: LedgerEntry; readonly repeated: boolean },
): Promise<Answer> {
  const { applicationId, offerId } = asked;
  await publishClosed(ports, entry);
  if (entry.type !== 'OFFER_ACCEPTED' && (await reopenedBy(ports, newest))) {
    return reopen(
      asked,
      newest,
      'NEWER_DECISION',
      'It is being decided again: choose one of the offers that come of that.',
    );
  }
  if (entry.type === 'APPLICATION_WITHDRAWN') {
    return reopen(asked, newest, 'WITHDRAWN', 'The applicant withdrew the application: send a new application.');
  }
  if (entry.type === 'APPLICATION_LAPSED') return noSuchOffer(asked, 'The decision has no offers: it was incomplete.');
  if (entry.type === 'OFFER_LAPSED') return expired(asked, newest, readBody(entry, 'OFFER_LAPSED').expiredOn);
  const body = readBody(entry, 'OFFER_ACCEPTED');
  if (body.offerId !== offerId) {
    const message = `Offer ${body.offerId} was accepted on ${body.acceptedOn}, and an application has one: this one was not booked.`;
    return { result: 'CONFLICT', applicationId, message };
  }
  return {
    result: 'ACCEPTED',
    applicationId,
    offerId,
    acceptedAt: entry.occurredAt,
    booking: bookingId(entry),
    conditions: newest.record.conditions,
    repeated,
  };
}

function expired(asked: Choice, newest: Decided, expiresOn: string): Answer {
  return reopen(asked, newest, 'OFFER_EXPIRED', `This offer could be accepted until ${expiresOn}: ${REOPEN}.`);
}

function reopen(
  { applicationId }: Choice,
  { reference }: Decided,
  why: Extract<Answer, { result: 'REOPEN' }>['why'],
  message: string,
): Answer {
  return { result: 'REOPEN', applicationId, decision: reference.address, why, message };
}

function noSuchOffer({ applicationId }: Choice, message: string): Answer {
  return { result: 'NO_SUCH_OFFER', applicationId, message };
}
