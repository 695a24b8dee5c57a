import type { ProductName } from '../application/products.ts';
import type { DecisionRecord } from '../decision/record.ts';
import type { Json } from '../json.ts';
import type { LedgerEvent } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import type { Scoring } from '../scoring/scoring.ts';
import { scoreBand } from './score-bands.ts';

/** A measured value, told apart by few words that are nobody's: never an application, never a person. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds';
  readonly dimensions: Readonly<Record<string, string>>;
}

const one = (
  name: 'Applications' | 'BureauReports' | 'ReviewsOpened' | 'AttentionNeeded' | 'Decisions' | 'Scores',
  dimensions: Metric['dimensions'] = {},
): Metric => ({ name, value: 1, unit: 'Count', dimensions });

/** What an event in the ledger says to who watches the whole. */
export function metricsOfEvent(event: LedgerEvent): Metric[] {
  switch (event.type) {
    case 'APPLICATION_RECEIVED':
      return [one('Applications', { Product: readBody(event, 'APPLICATION_RECEIVED').product })];
    case 'BUREAU_REPORT_PULLED': {
      const { bureau, status } = readBody(event, 'BUREAU_REPORT_PULLED').facts;
      return [one('BureauReports', { Bureau: bureau as string, Status: status as string })];
    }
    case 'REVIEW_AWAITED':
      return [one('ReviewsOpened')];
    case 'ATTENTION_NEEDED':
      return [one('AttentionNeeded')];
    default:
      return [];
  }
}

/** What a sealed value says to who watches the whole; the rest of it stays sealed. @param kind as it was sealed. */
export function metricsOfSealed(kind: string, value: Json): Metric[] {
  if (kind === 'decision') {
    const { product, outcome, decidedBy } = value as unknown as DecisionRecord;
    const by = decidedBy === 'POLICY' ? 'POLICY' : 'PERSON';
    return [
      one('Decisions', { Outcome: outcome }),
      one('Decisions', { Outcome: outcome, Product: product }),
      one('Decisions', { DecidedBy: by }),
    ];
  }
  return [];
}

/** Counts a score under its product, the digest of its model package and its band. */
export function metricOfScore(product: ProductName, { model, result }: Scoring): Metric {
  const band = result ? String(scoreBand(result.score)) : 'NONE';
  return one('Scores', { Product: product, Model: model.packageDigest, Band: band });
}
