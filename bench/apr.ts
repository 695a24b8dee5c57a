import { priceLoan } from '../domain/pricing/offers.ts';
import type { Measurement } from './support.ts';

const TERMS = [12, 24, 36, 48, 60, 72];
const WARM_UP = 2_000;
const SCHEDULES = 20_000;

/** Prices the n-th loan of a fixed sequence: other amount, rate, fee and term each time, so that nothing repeats soon. */
function priceNth(n: number): number {
  const principalCents = 1_000_00 + ((n * 7_919_00) % 49_000_00);
  const { offer } = priceLoan({
    principalCents,
    annualRateBasisPoints: 599 + ((n * 37) % 2_000),
    termMonths: TERMS[n % TERMS.length] ?? 12,
    originationFeeCents: Math.floor((principalCents * (n % 9)) / 100),
    disbursementDate: '2026-01-20',
  });
  return offer.aprMillionthsOfPercent;
}

/** Offers a second on one thread: each has an exact level payment, every instalment, its APR and its MAPR. */
export default async function apr(): Promise<Measurement> {
  for (let n = 0; n < WARM_UP; n += 1) priceNth(n);
  const start = performance.now();
  for (let n = 0; n < SCHEDULES; n += 1) priceNth(n);
  const seconds = (performance.now() - start) / 1_000;
  return { figures: { schedules_per_second: Math.round(SCHEDULES / seconds) }, peers: {} };
}
