import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';

import type { Stage } from '../stages/stage.ts';
import type { ScoredProduct } from './released-models.ts';

/** Where adapters/aws/metrics.ts writes to. */
const NAMESPACE = 'Underwright';

const OUTCOMES = ['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'INCOMPLETE', 'WITHDRAWN'] as const;
const STATUSES = ['HIT', 'NO_HIT', 'THIN', 'FROZEN', 'UNAVAILABLE', 'MISMATCH', 'AMBIGUOUS'] as const;

/** Fewer than these scores a day say nothing of drift: by chance alone, 9 / 200 + 9 / 9,855 = 0.05 is to be expected. */
const FEWEST_SCORES = 200;

/** What the functions measure of the business, as CloudWatch finds it again. */
export class BusinessMetrics {
  readonly #service: string;

  constructor({ name }: Stage) {
    this.#service = name;
  }

  of(
    metricName: string,
    dimensions: Record<string, string> = {},
    statistic = 'Sum',
    period = Duration.minutes(5),
  ): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { service: this.#service, ...dimensions },
      statistic,
      period,
      label: Object.values(dimensions).join(' ') || metricName,
    });
  }

  decisions(period?: Duration): Metric[] {
    return OUTCOMES.map((Outcome) => this.of('Decisions', { Outcome }, 'Sum', period));
  }

  reports(bureau: string, period?: Duration): Metric[] {
    return STATUSES.map((Status) => this.of('BureauReports', { Bureau: bureau, Status }, 'Sum', period));
  }

  /** Approvals and counteroffers in percent of what was decided on its merits; missing without any. */
  approvalRate(period: Duration): MathExpression {
    return new MathExpression({
      expression: '100 * (FILL(a, 0) + FILL(c, 0)) / (FILL(a, 0) + FILL(c, 0) + FILL(d, 0))',
      usingMetrics: {
        a: this.of('Decisions', { Outcome: 'APPROVE' }, 'Sum', period),
        c: this.of('Decisions', { Outcome: 'COUNTEROFFER' }, 'Sum', period),
        d: this.of('Decisions', { Outcome: 'DECLINE' }, 'Sum', period),
      },
      label: 'Approved or offered less, in percent',
      period,
    });
  }

  /** Reports that no bureau gave or that nobody knows of, in percent of those asked for. */
  bureauOutage(bureau: string, period: Duration): MathExpression {
    const reports = this.reports(bureau, period);
    const named = Object.fromEntries(STATUSES.map((status, index) => [status.toLowerCase(), reports[index] as Metric]));
    const sum = STATUSES.map((status) => `FILL(${status.toLowerCase()}, 0)`).join(' + ');
    return new MathExpression({
      expression: `100 * (FILL(unavailable, 0) + FILL(ambiguous, 0)) / (${sum})`,
      usingMetrics: named,
      label: 'Reports that did not come, in percent',
      period,
    });
  }

  /**
   * Population stability index of a product's scores in a period against the model's training data, by band: the sum over bands of
   * (p - q) ln(p / q), p a band's share of the period, q its share of the training data. Half a score is added to every
   * band, so that an empty one counts and does not break the logarithm. 0 for a period with too few scores.
   */
  scoreDrift(scored: ScoredProduct, period: Duration): MathExpression {
    const { shares } = scored;
    const bands = this.scores(scored, period);
    const counts = shares.map((_, band) => `(FILL(b${band}, 0) + 0.5)`);
    const total = `(${counts.join(' + ')})`;
    const logarithms = shares.map((share, band) => `LOG(${counts[band]} / ${share})`);
    // With n = p N, and shares that add up to one: sum of n ln(n / q), over N, less the sum of q ln(n / q). So the total
    // is needed once, and ten bands stay within the 2,048 characters of an expression and the ten metrics of an alarm.
    const observed = logarithms.map((logarithm, band) => `${counts[band]} * ${logarithm}`).join(' + ');
    const expected = logarithms.map((logarithm, band) => `${shares[band]} * ${logarithm}`).join(' + ');
    return new MathExpression({
      expression: `IF(${total} >= ${FEWEST_SCORES}, (${observed}) / ${total} - (${expected}), 0)`,
      usingMetrics: Object.fromEntries(bands.map((metric, band) => [`b${band}`, metric])),
      label: `${scored.product} by ${scored.model}`,
      period,
    });
  }

  /** Scores of a product by one model, a metric for each band from the lowest. */
  scores({ product, digest, shares }: ScoredProduct, period?: Duration): Metric[] {
    return shares.map((_, band) =>
      this.of('Scores', { Product: product, Model: digest, Band: String(band) }, 'Sum', period),
    );
  }
}
