/**
 * Stores that say of each write what it means to who watches the whole. A write that failed
 * says nothing; one that is repeated may say it twice.
 */
import { metricsOfEvent, metricsOfSealed } from '../../domain/monitoring/metrics.ts';
import type { Evidence, Ledger, Measure } from '../ports.ts';

export function observedLedger(ledger: Ledger, measure: Measure): Ledger {
  return {
    ...ledger,
    async append(event) {
      const entry = await ledger.append(event);
      measure(metricsOfEvent(event));
      return entry;
    },
  };
}

export function observedEvidence(evidence: Evidence, measure: Measure): Evidence {
  return {
    ...evidence,
    async seal(applicationId, kind, value) {
      const stored = await evidence.seal(applicationId, kind, value);
      measure(metricsOfSealed(kind, value));
      return stored;
    },
  };
}
