import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

import type { Measure } from '../ports.ts';

export const METRICS_NAMESPACE = 'Underwright';

/**
 * Measures in CloudWatch's embedded metric format: one line of the function's log for each, without a call.
 * @param stage is the dimension `service` of every metric.
 */
export function cloudWatchMetrics(stage: string): Measure {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: stage });
  return (measured) => {
    for (const { name, value, unit, dimensions } of measured) {
      const one = metrics.singleMetric();
      one.addDimensions({ ...dimensions });
      one.addMetric(name, MetricUnit[unit], value);
    }
  };
}
