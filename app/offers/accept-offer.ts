import * as z from 'zod';

import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { conclude, type Concluded } from '../../domain/decision/credit-contract.ts';
import { conditionStateOf, decisionIn, lastDay } from '../../domain/decision/offer-state.ts';
import { revisedId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { answersFor } from '../../domain/ledger/submitter.ts';
import { decidingLender } from '../../domain/lender.ts';
import { offer as offerSchema, offerIdSchema, type Offer } from '../../domain/policy/result.ts';
import { bookingId, contractIn } from '../../domain/projections/announcements.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import {
  clientId,
  evidenceAddress,
  fieldError,
  instant,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed } from '../workflow/record-step.ts';
import { isStale } from '../workflow/report-age.ts';
import { currentOffers, type CurrentOffer } from './current-offers.ts';
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
      /** The terms on the day of the acceptance; once it is booked, of the booking. */
      terms: offerSchema,
      /** The due date of a loan's first payment; null for a line. */
      firstPaymentOn: z.string().nullable(),
      /** The id of the booking event, which is published once no condition is open. */
      booking: z.string(),
      booked: z.boolean(),
      /** What must be verified before funds go out. */
      conditions: z.array(z.string()),
      conditionsOpen: z.array(z.string()),
      /** The last local date on which a condition can be cleared; null without conditions. */
      clearBy: z.string().nullable(),
      /** Whether this very offer had been accepted before. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('CONFLICT'), applicationId, message: z.string() }),
    z.strictObject({
      result: z.literal('NEW_TERMS'),
      applicationId,
      /** The offer with the terms of the day: the applicant accepts it by its id. */
      offer: offerSchema,
      message: z.string(),
    }),
    z.strictObject({
      result: z.literal('REOPEN'),
      applicationId,
      /** The newest decision: what ReopenApplication is to be given. */
      decision: evidenceAddress,
      why: z.enum([
        'OFFER_EXPIRED',
        'REPORT_STALE',
        'NEWER_DECISION',
        'LIST_MATCH',
        'WITHDRAWN',
        'CAP_EXCEEDED',
        'CONDITION_CONTRADICTED',
      ]),
      message: z.string(),
    }),
    z.strictObject({ result: z.literal('NO_SUCH_OFFER'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

export type AcceptPorts = OfferPorts & ListedPorts;

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
const CONTRADICTED = 'What was verified contradicts the application: the decision is reopened, and a person decides.';
const TERMS_CHANGED = 'The terms of the day of booking are not those of the acceptance: a person decides again.';

/**
 * Accepts one offer of an application's newest decision, once, on the terms of the day. The same choice again answers with the
 * first; another one is a conflict. Terms beyond the tolerance become a new offer, which the applicant must accept by its own
 * id. An offer that has expired, whose report has grown too old, that a newer decision replaced or that the law of the day
 * forbids is answered with REOPEN. A call that died half-way is completed by the next one or by LapseOffers.
 */
export function acceptOffer(ports: AcceptPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = choice.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId, offerId, acceptedBy } = parsed.data;
    const entries = await ports.ledger.read(applicationId);
    if (!answersFor(entries, acceptedBy)) return noSuchOffer(parsed.data, 'There is no such application.');
    if (forgettingOf(entries).decided)
      return noSuchOffer(parsed.data, 'The applicant is forgotten: nothing can be accepted any more.');
    const [newest, ...older] = await decisionsOf(ports, applicationId);
    if (!newest) return noSuchOffer(parsed.data, 'No decision is recorded for this application.');
    const closed = await closedBy(ports, newest);
    if (closed) return answer(ports, parsed.data, newest, { entry: closed, repeated: true });

    const offers = await currentOffers(ports.evidence, entries, newest.reference.address, newest.record);
    const found = offers.find((each) => each.offer.offerId === offerId || each.replaces.includes(offerId));
    if (!found) {
      return older.some(({ record }) => record.offers.some((each) => each.offerId === offerId))
        ? reopen(
            parsed.data,
            newest,
            'NEWER_DECISION',
            'A newer decision replaced this offer: choose one of its offers.',
          )
        : noSuchOffer(parsed.data, 'The decision has no such offer: look at its offers.');
    }
    const now = ports.clock.now().toISOString();
    const choosing: Choosing = { asked: parsed.data, newest, found, now };
    return (await objection(ports, choosing, entries)) ?? accept(ports, choosing);
  };
}

/** A choice of an offer that the newest decision has. */
interface Choosing {
  readonly asked: Choice;
  readonly newest: Decided;
  readonly found: CurrentOffer;
  /** UTC instant. */
  readonly now: string;
}

const todayOf = ({ lending }: AcceptPorts, now: string): string => localDate(now, lending.lender.timeZone);

/** @returns undefined where nothing speaks against the choice. */
async function objection(
  ports: AcceptPorts,
  { asked, newest, found: { offer, replaces }, now }: Choosing,
  entries: readonly LedgerEntry[],
): Promise<Answer | undefined> {
  const { record, reference } = newest;
  const today = todayOf(ports, now);
  if (today > offer.expiresOn) {
    const last = lastDay(record) ?? offer.expiresOn;
    if (today > last) await publishClosed(ports, await lapse(ports, newest, now));
    return expired(asked, newest, offer.expiresOn);
  }
  if (replaces.includes(asked.offerId)) return newTerms(asked, offer);
  if (conditionStateOf(entries, reference.address, record.conditions).contradicted.length > 0) {
    return reopen(asked, newest, 'CONDITION_CONTRADICTED', CONTRADICTED);
  }
  if (await isStale(ports.evidence, record, { today, timeZone: ports.lending.lender.timeZone })) {
    return reopen(asked, newest, 'REPORT_STALE', `The credit report is too old: ${REOPEN}.`);
  }
  if (await isListed(ports, asked.applicationId, today)) return reopen(asked, newest, 'LIST_MATCH', LISTED);
  return undefined;
}

/** Computes the terms of the day, and accepts them or makes them a new offer. */
async function accept(ports: AcceptPorts, choosing: Choosing): Promise<Answer> {
  const { asked, newest, found, now } = choosing;
  const { record, reference } = newest;
  const { mode, lender } = ports.lending;
  const concluded = conclude({
    decision: reference.address,
    application: await readEvidence(ports.evidence, asked.applicationId, 'application', record.evidence.application),
    offer: found.offer,
    conditions: record.conditions,
    lending: { asOf: todayOf(ports, now), mode, lender: decidingLender(lender) },
  });
  switch (concluded.result) {
    case 'UNLAWFUL': {
      const message = `The law of today forbids these terms (${concluded.refusedBy}): reopen the decision with REVIEW_REQUESTED.`;
      return reopen(asked, newest, 'CAP_EXCEEDED', message);
    }
    case 'NEW_TERMS':
      return revise(ports, choosing, concluded);
    case 'CONTRACT': {
      const entry = await close(ports, choosing, concluded);
      return answer(ports, asked, newest, { entry, repeated: false });
    }
  }
}

/** Seals the contract, and closes the decision with the acceptance. @returns the entry that closed it. */
async function close(
  ports: AcceptPorts,
  { asked, newest, now }: Choosing,
  { contract: agreed }: Concluded & { result: 'CONTRACT' },
): Promise<LedgerEntry> {
  const { applicationId, offerId, acceptedBy } = asked;
  const { acceptedOn, conditions, clearBy } = agreed;
  const evidence = [newest.reference, await sealed(ports, applicationId, 'contract', agreed)];
  return closeDecision(ports, newest, (id) =>
    ledgerEvent({
      id,
      applicationId,
      type: 'OFFER_ACCEPTED',
      occurredAt: now,
      actor: acceptedBy,
      body: { offerId, acceptedOn, conditions, clearBy, evidence },
    }),
  );
}

/** Records the new offer. The first revision of an offer is final, so a repeated call answers with it. */
async function revise(
  ports: AcceptPorts,
  { asked, newest, now }: Choosing,
  { revised }: Concluded & { result: 'NEW_TERMS' },
): Promise<Answer> {
  const { applicationId, offerId } = asked;
  const evidence = [newest.reference, await sealed(ports, applicationId, 'revised-offer', revised)];
  const entry = await appendOnce(
    ports.ledger,
    ledgerEvent({
      id: revisedId(newest.reference.address, offerId),
      applicationId,
      type: 'OFFER_REVISED',
      occurredAt: now,
      actor: 'system',
      body: {
        offerId,
        revisedOfferId: revised.offer.offerId,
        revisedOn: revised.revisedOn,
        evidence,
      },
    }),
  );
  const [, stored] = readBody(entry, 'OFFER_REVISED').evidence;
  const { offer } = await readEvidence(ports.evidence, applicationId, 'revised-offer', stored?.address ?? '');
  return newTerms(asked, offer);
}

function newTerms({ applicationId }: Choice, offer: Offer): Answer {
  const message = `The terms of today differ from this offer: show the applicant offer ${offer.offerId}, and accept that.`;
  return { result: 'NEW_TERMS', applicationId, offer, message };
}

/** What the entry that closed the newest decision means for a choice; what its writer left undone is done. */
async function answer(
  ports: AcceptPorts,
  asked: Choice,
  newest: Decided,
  { entry, repeated }: { readonly entry: LedgerEntry; readonly repeated: boolean },
): Promise<Answer> {
  const last = await publishClosed(ports, entry);
  if (await reopenedBy(ports, newest)) {
    return reopen(
      asked,
      newest,
      'NEWER_DECISION',
      'It is being decided again: choose one of the offers that come of that.',
    );
  }
  const ended = endedAnswer(asked, newest, last);
  if (ended) return ended;
  const { offerId } = asked;
  const body = readBody(entry, 'OFFER_ACCEPTED');
  if (body.offerId !== offerId) {
    const message = `Offer ${body.offerId} was accepted on ${body.acceptedOn}, and an application has one: this one was not booked.`;
    return { result: 'CONFLICT', applicationId: asked.applicationId, message };
  }
  return accepted(ports, entry, last, repeated);
}

/** @returns undefined for a decision that an acceptance closed and that did not lapse. */
function endedAnswer(asked: Choice, newest: Decided, last: LedgerEntry): Answer | undefined {
  switch (last.type) {
    case 'APPLICATION_WITHDRAWN':
      return reopen(asked, newest, 'WITHDRAWN', 'The applicant withdrew the application: send a new application.');
    case 'APPLICATION_LAPSED':
      return noSuchOffer(asked, 'The decision has no offers: it was incomplete.');
    case 'OFFER_LAPSED':
      return expired(asked, newest, readBody(last, 'OFFER_LAPSED').expiredOn);
    case 'ACCEPTANCE_LAPSED':
      return acceptanceLapsed(asked, newest, last);
    default:
      return undefined;
  }
}

async function accepted(ports: AcceptPorts, entry: LedgerEntry, last: LedgerEntry, repeated: boolean): Promise<Answer> {
  const { applicationId } = entry;
  const { offerId, conditions, clearBy } = readBody(entry, 'OFFER_ACCEPTED');
  const decision = decisionIn(entry);
  const { terms, schedule } = await readEvidence(ports.evidence, applicationId, 'contract', contractIn(last));
  const { open } = conditionStateOf(await ports.ledger.read(applicationId), decision, conditions);
  return {
    result: 'ACCEPTED',
    applicationId,
    offerId,
    acceptedAt: entry.occurredAt,
    terms,
    firstPaymentOn: schedule?.[0]?.dueOn ?? null,
    booking: bookingId(decision),
    booked: last.type === 'CREDIT_BOOKED',
    conditions,
    conditionsOpen: [...open],
    clearBy,
    repeated,
  };
}

function acceptanceLapsed(asked: Choice, newest: Decided, entry: LedgerEntry): Answer {
  const { why } = readBody(entry, 'ACCEPTANCE_LAPSED');
  if (why === 'CONTRADICTED') return reopen(asked, newest, 'CONDITION_CONTRADICTED', CONTRADICTED);
  if (why === 'TERMS_CHANGED') return reopen(asked, newest, 'CAP_EXCEEDED', TERMS_CHANGED);
  return reopen(asked, newest, 'OFFER_EXPIRED', 'Its conditions were not cleared in time: a person decides again.');
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
