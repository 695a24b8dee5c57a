import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';

import type { Aws } from './aws.ts';

/** A metric of one resource; `id` is the caller's name of it. */
export interface Wanted {
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Throttles {
  readonly total: number;
  /** Calls by resource and metric, where there were any. */
  readonly by: Readonly<Record<string, number>>;
}

const MINUTE_MS = 60_000;
/** GetMetricData takes at most 500 queries. */
const MAX_QUERIES = 500;

/** Sums metrics over a time. @returns by id; 0 for a metric without values. */
export async function sumsOf(
  { cloudWatch }: Aws,
  wanted: readonly Wanted[],
  [from, to]: readonly [Date, Date],
  abortSignal: AbortSignal,
): Promise<Map<string, number>> {
  const sums = new Map(wanted.map(({ id }) => [id, 0]));
  for (let first = 0; first < wanted.length; first += MAX_QUERIES) {
    const batch = wanted.slice(first, first + MAX_QUERIES);
    let NextToken: string | undefined;
    do {
      const page = await cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: batch.map(queryOf),
          StartTime: new Date(Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS),
          EndTime: new Date(Math.ceil(to.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS),
          NextToken,
        }),
        { abortSignal },
      );
      for (const { Id = '', Values = [] } of page.MetricDataResults ?? []) {
        const id = batch[Number(Id.slice(1))]?.id ?? '';
        sums.set(id, (sums.get(id) ?? 0) + Values.reduce((sum, value) => sum + value, 0));
      }
      ({ NextToken } = page);
    } while (NextToken !== undefined);
  }
  return sums;
}

const queryOf = ({ namespace, metric, dimensions }: Wanted, index: number): MetricDataQuery => ({
  Id: `m${index}`,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60,
    Stat: 'Sum',
  },
});

/** The metrics of refused calls: of a function, a table or a state machine. */
const THROTTLES: Readonly<Record<string, readonly [namespace: string, dimension: string, metrics: readonly string[]]>> =
  {
    'AWS::Lambda::Function': ['AWS/Lambda', 'FunctionName', ['Throttles']],
    'AWS::DynamoDB::Table': ['AWS/DynamoDB', 'TableName', ['ReadThrottleEvents', 'WriteThrottleEvents']],
    'AWS::StepFunctions::StateMachine': ['AWS/States', 'StateMachineArn', ['ExecutionThrottled']],
  };

/** Reads how many calls of a stage's resources AWS throttled in a time. */
export async function throttlesOf(
  aws: Aws,
  resources: readonly { readonly type: string; readonly physicalId: string }[],
  time: readonly [Date, Date],
  abortSignal: AbortSignal,
): Promise<Throttles> {
  const wanted = resources.flatMap(({ type, physicalId }) => {
    const [namespace, dimension, metrics] = THROTTLES[type] ?? ['', '', []];
    return metrics.map((metric) => ({
      id: `${physicalId} ${metric}`,
      namespace,
      metric,
      dimensions: { [dimension]: physicalId },
    }));
  });
  const by = [...(await sumsOf(aws, wanted, time, abortSignal))].filter(([, calls]) => calls > 0);
  return { total: by.reduce((sum, [, calls]) => sum + calls, 0), by: Object.fromEntries(by) };
}
