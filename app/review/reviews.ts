import type { Evidence } from '../../adapters/ports.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { ApplicationReference } from '../contracts.ts';
import { readEvidence } from '../workflow/read-evidence.ts';

interface Reviewed {
  readonly application: ApplicationReference;
  readonly reviews: readonly string[];
}

/** The reviews of an application, oldest first. */
export function readReviews(evidence: Evidence, { application, reviews }: Reviewed): Promise<Review[]> {
  return Promise.all(reviews.map((address) => readEvidence(evidence, application.applicationId, 'review', address)));
}

/** The rules whose hold a person cleared. A new pull, or one that is fetched late, brings a new report, on which no hold is cleared yet. */
export async function clearedHolds(evidence: Evidence, reviewed: Reviewed): Promise<Set<string>> {
  const reviews = await readReviews(evidence, reviewed);
  const sinceLastPull = reviews.slice(
    reviews.findLastIndex(({ action }) => action === 'REPULL' || action === 'TAKE_POSTED') + 1,
  );
  return new Set(sinceLastPull.flatMap(({ clears }) => clears));
}
