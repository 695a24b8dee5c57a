import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { addDays, daysBetween } from '../../../domain/calendar.ts';
import { conclude, type Concluded, type CreditContract } from '../../../domain/decision/credit-contract.ts';
import type { FrozenDecision } from '../../../domain/decision/replay.ts';
import type { LoanOffer, Offer } from '../../../domain/policy/result.ts';
import { isAprAccurate, isFinanceChargeAccurate } from '../../../domain/pricing/accuracy.ts';
import { priceLoan } from '../../../domain/pricing/offers.ts';
import { productOf } from '../../../domain/products/index.ts';
import { OfferOfOtherProduct } from '../../../domain/products/product.ts';
import { scaled } from '../../support/scale.ts';
import { amortize } from '../pricing/amortize.ts';

const GOLDEN = join(import.meta.dirname, '..', '..', 'golden');
const DECISION = 'd'.repeat(64);

interface Case extends Pick<FrozenDecision, 'application' | 'decision'> {
  readonly offer: Offer;
}

/** Every offer of every golden decision. */
const CASES: Case[] = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.json') && name !== 'explained.json')
  .map((name) => JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as FrozenDecision)
  .flatMap(({ application, decision }) => decision.offers.map((offer) => ({ application, decision, offer })));

const caseOf = (name: string): Case => CASES.find(({ application }) => application.applicationId === name)!;

function concluded({ application, decision, offer }: Case, asOf: string): Concluded {
  const { conditions } = decision;
  const lender = { type: 'STATE_LICENSEE', timeZone: 'America/Chicago' } as const;
  const lending = { asOf, mode: 'sandbox', lender } as const;
  return conclude({ decision: DECISION, application, offer, conditions, lending });
}

function contractOf(each: Case, on: string): CreditContract {
  const found = concluded(each, on);
  if (found.result !== 'CONTRACT') throw new Error(`${each.application.applicationId} on ${on}: ${found.result}`);
  return found.contract;
}

/** The terms of a loan on a day, from `priceLoan` alone. */
function recomputed({ application, offer }: Case, disbursementDate: string): Partial<LoanOffer> {
  const { amountCents: principalCents, termMonths, annualRateBasisPoints, originationFeeCents } = offer as LoanOffer;
  const charges = application.product === 'auto-loan' ? application.request : undefined;
  const maprChargesCents = charges ? charges.gapCents + charges.serviceContractCents : 0;
  const loan = { principalCents, termMonths, annualRateBasisPoints, originationFeeCents, maprChargesCents };
  const { offer: priced } = priceLoan({ ...loan, disbursementDate });
  const { paymentCents, finalPaymentCents, financeChargeCents, totalOfPaymentsCents, amountFinancedCents } = priced;
  const figures = { paymentCents, finalPaymentCents, financeChargeCents, totalOfPaymentsCents, amountFinancedCents };
  return { ...figures, apr: priced.disclosedApr };
}

describe('The contract of an accepted offer', () => {
  test('has the terms that an independent recomputation gives, on each day on which the offer can be accepted', () => {
    expect(new Set(CASES.map(({ application }) => application.product)).size).toBe(3);
    for (const each of CASES) {
      const { decidedOn } = each.decision;
      for (let day = 0; day <= daysBetween(decidedOn, each.offer.expiresOn); day += 1) {
        const on = addDays(decidedOn, day);
        const contract = contractOf(each, on);
        if (each.offer.kind === 'LOAN') expect(contract.terms).toMatchObject(recomputed(each, on));
        // Equal months leave no figure to the day.
        expect(contract.terms).toEqual(each.offer);
      }
    }
  });

  test('has the same figures on every date, so no date alone makes new terms', () => {
    const loans = CASES.filter(({ offer }) => offer.kind === 'LOAN');
    const days = scaled(3_000, 30);
    for (let index = 0; index < days; index += 1) {
      // 487 is prime to the days of four years, so that every day of a leap cycle comes in time.
      const on = addDays('2027-01-29', (index * 487) % 1_461);
      const each = loans[index % loans.length]!;
      expect(contractOf(each, on).terms).toEqual(each.offer);
    }
    for (const on of ['2027-01-31', '2028-02-29', '2027-02-28', '2027-08-30']) {
      expect(contractOf(loans[0]!, on).terms).toEqual(loans[0]!.offer);
    }
  });

  test('has every payment from a month after the acceptance on, and they settle the loan', () => {
    const each = caseOf('approve-60-months');
    const { terms, schedule } = contractOf(each, '2026-12-31');
    const loan = terms as LoanOffer;
    expect(schedule?.[0]?.dueOn).toBe('2027-01-31');
    expect(schedule?.[1]?.dueOn).toBe('2027-02-28');
    expect(schedule).toHaveLength(loan.termMonths);
    const { instalments } = amortize({
      principalCents: loan.amountCents,
      annualRateBasisPoints: loan.annualRateBasisPoints,
      termMonths: loan.termMonths,
    });
    expect(schedule).toMatchObject(instalments);
    expect(schedule?.at(-1)?.balanceCents).toBe(0);
    expect(schedule?.reduce((sum, { paymentCents }) => sum + paymentCents, 0)).toBe(loan.totalOfPaymentsCents);
  });

  test('of a line has no dates', () => {
    expect(contractOf(caseOf('line-approve'), '2026-12-01').schedule).toBeNull();
  });

  test('names the last day for its conditions, and none without conditions', () => {
    const each = caseOf('approve-lowest-rate');
    expect(contractOf(each, each.decision.decidedOn).clearBy).toBe(addDays(each.offer.expiresOn, 14));
    const found = concluded({ ...each, decision: { ...each.decision, conditions: [] } }, each.decision.decidedOn);
    expect(found).toMatchObject({ result: 'CONTRACT', contract: { clearBy: null } });
  });
});

describe('Terms beyond a tolerance', () => {
  const each = caseOf('approve-lowest-rate');
  const loan = each.offer as LoanOffer;
  const offered = (changed: Partial<LoanOffer>) =>
    concluded({ ...each, offer: { ...loan, ...changed } }, each.decision.decidedOn);

  test('become a new offer, whose id and figures are those of the day', () => {
    // The offer states 11.21 %, the actual APR is 11.08 %: 0.13 points are above 1/8.
    const changed = offered({ apr: '11.21' });
    const { offerId: _, ...figures } = loan;
    expect(changed).toMatchObject({ result: 'NEW_TERMS', revised: { replaces: loan.offerId, offer: figures } });
    expect(changed).not.toMatchObject({ revised: { offer: { offerId: loan.offerId } } });
    expect(offered({ financeChargeCents: loan.financeChargeCents - 1_001 })).toMatchObject({ result: 'NEW_TERMS' });
    expect(offered({ amountFinancedCents: loan.amountFinancedCents + 1 })).toMatchObject({ result: 'NEW_TERMS' });
  });

  test('are not those within it, and the contract has the figures of the day', () => {
    const within = offered({ apr: '11.20', financeChargeCents: loan.financeChargeCents + 1_000 });
    expect(within).toMatchObject({ result: 'CONTRACT', contract: { terms: loan } });
  });

  test('are counted to the boundary', () => {
    expect(isAprAccurate('11.08', '11.20')).toBe(true);
    expect(isAprAccurate('11.08', '11.21')).toBe(false);
    expect(isAprAccurate('0.29', '0.41')).toBe(true);
    for (const [financed, tolerance] of [
      [100_000, 500],
      [100_001, 1_000],
    ] as const) {
      expect(isFinanceChargeAccurate(20_000, 20_000 - tolerance, financed)).toBe(true);
      expect(isFinanceChargeAccurate(20_000, 20_001 + tolerance, financed)).toBe(false);
    }
  });
});

describe('A cap of the day', () => {
  test('refuses terms that are above it', () => {
    const each = caseOf('approve-highest-rate');
    const on = each.decision.decidedOn;
    const dear = { ...(each.offer as LoanOffer), annualRateBasisPoints: 4_000 };
    expect(concluded({ ...each, offer: dear }, on)).toEqual({ result: 'UNLAWFUL', refusedBy: 'MAPR_CAP' });
    const line = caseOf('line-approve');
    const fee = { ...line.offer, annualRateBasisPoints: 3_700 };
    expect(concluded({ ...line, offer: fee }, on)).toEqual({ result: 'UNLAWFUL', refusedBy: 'MAPR_CAP' });
  });

  test('refuses terms where no cap of the day is known', () => {
    for (const each of [caseOf('approve-lowest-rate'), caseOf('line-approve')]) {
      expect(concluded(each, '2019-12-31')).toEqual({ result: 'UNLAWFUL', refusedBy: 'NOT_OFFERED_LEGAL' });
    }
  });
});

test('A product prices no offer of another kind', () => {
  const [loan, line] = [caseOf('approve-lowest-rate'), caseOf('line-approve')];
  const lending = {
    asOf: '2026-12-01',
    mode: 'sandbox',
    lender: { type: 'STATE_LICENSEE', timeZone: 'America/Chicago' },
  } as const;
  for (const [own, other] of [
    [loan, line],
    [line, loan],
  ] as const) {
    expect(() => productOf(own.application).reprice(own.application, other.offer, lending)).toThrow(
      OfferOfOtherProduct,
    );
  }
});
