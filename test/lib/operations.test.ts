import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import jsonata from 'jsonata';

import { METRICS_NAMESPACE } from '../../adapters/aws/metrics.ts';
import { bureauStatus } from '../../app/contracts.ts';
import { AGENCIES } from '../../domain/application/products.ts';
import { decisionOutcome } from '../../domain/decision/record.ts';
import { SCORE_BAND_EDGES } from '../../domain/monitoring/score-bands.ts';
import { namesOfKind } from '../../lambdas/functions.ts';
import { scoredProducts } from '../../lib/released-models.ts';
import { stageNamed } from '../../stages/stage.ts';
import { resourcesOf, synthesise } from '../support/synthesised.ts';

const runbooks = join(import.meta.dirname, '../../docs/runbooks');
const articles = readdirSync(runbooks).filter((file) => file !== 'README.md');

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly AlarmActions: unknown[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: { Name: string; Value: unknown }[];
  readonly Metrics?: {
    Expression?: string;
    MetricStat?: { Metric: Pick<AlarmProperties, 'Dimensions'> & { Namespace: string } };
  }[];
}

let stacks: Record<string, Template>;
let alarms: [string, AlarmProperties][];
beforeAll(() => {
  stacks = synthesise('production');
  alarms = Object.values(stacks)
    .flatMap((template) => resourcesOf(template, 'AWS::CloudWatch::Alarm'))
    .map(([id, { Properties }]) => [id, Properties as unknown as AlarmProperties]);
});

describe('Every alarm', () => {
  test('says what to do, in an article that exists; and every article is of an alarm or of a rule’s message', () => {
    expect(alarms.length).toBeGreaterThan(10);
    const named = alarms.map(
      ([, { AlarmDescription }]) => /\. What to do: docs\/runbooks\/(\S+)$/.exec(AlarmDescription)?.[1],
    );
    const messages = Object.values(stacks)
      .flatMap((template) => resourcesOf(template, 'AWS::Events::Rule'))
      .flatMap(
        ([, { Properties }]) => /What to do: docs\/runbooks\/([a-z-]+\.md)/.exec(JSON.stringify(Properties))?.[1] ?? [],
      );
    expect(messages).toEqual(['key-endangered.md']);
    expect(new Set([...named, ...messages])).toEqual(new Set(articles));
  });

  test('tells whoever is subscribed, when it rings and when it is over', () => {
    for (const [, { AlarmActions, ...more }] of alarms) {
      expect(JSON.stringify(AlarmActions)).toContain('OperatorsTopic');
      expect(more).toHaveProperty('OKActions', AlarmActions);
    }
  });

  test('has an expression of at most 2,048 characters over at most ten metrics', () => {
    for (const [, { Metrics = [] }] of alarms) {
      expect(Metrics.filter(({ MetricStat }) => MetricStat).length).toBeLessThanOrEqual(10);
      for (const { Expression } of Metrics) expect(Expression?.length ?? 0).toBeLessThanOrEqual(2_048);
    }
  });
});

describe('An article', () => {
  test.each(articles)('%s says what it means, how to look, what to do and when it is over', (article) => {
    const text = readFileSync(join(runbooks, article), 'utf8');
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['What it means', 'How to look', 'What to do', 'When it is over']);
  });
});

describe('A rule of EventBridge', () => {
  test('rings when an event reaches no target, and when it reaches no queue of dead letters either', () => {
    const rules = Object.values(stacks).flatMap((template) => resourcesOf(template, 'AWS::Events::Rule'));
    expect(rules.length).toBeGreaterThan(5);
    const watched = alarms.flatMap(([, { Namespace, MetricName, Dimensions = [] }]) => {
      if (Namespace !== 'AWS/Events') return [];
      const values = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
      return [{ MetricName, rule: (values['RuleName'] as { Ref: string }).Ref, bus: values['EventBusName'] }];
    });
    const expected = rules.flatMap(([rule, { Properties }]) =>
      ['FailedInvocations', 'InvocationsFailedToBeSentToDlq'].map((MetricName) => ({
        MetricName,
        rule,
        bus: Properties['EventBusName'],
      })),
    );
    const ordered = (all: typeof watched) =>
      all.toSorted((one, other) => `${one.rule}${one.MetricName}`.localeCompare(`${other.rule}${other.MetricName}`));
    expect(ordered(watched)).toEqual(ordered(expected));
  });
});

test('A failure of NeedsAttention rings, for it leaves the application in no queue', () => {
  (stacks['operations'] as Template).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: { 'Fn::ImportValue': Match.stringLikeRegexp('NeedsAttention') } }],
    Threshold: 1,
    AlarmDescription: Match.stringLikeRegexp('runbooks/holding-fails.md$'),
  });
});

describe('The dashboard', () => {
  const body = () =>
    JSON.stringify(resourcesOf(stacks['operations'] as Template, 'AWS::CloudWatch::Dashboard')[0]?.[1].Properties);

  test('shows every outcome, every status of a report and every band of scores that functions can count', () => {
    const text = body();
    for (const value of [...decisionOutcome.options, ...bureauStatus.options]) expect(text).toContain(`\\"${value}\\"`);
    for (let band = 0; band <= SCORE_BAND_EDGES.length; band += 1) expect(text).toContain(`\\"Band\\",\\"${band}\\"`);
    for (const bureau of Object.keys(AGENCIES)) expect(text).toContain(`\\"Bureau\\",\\"${bureau}\\"`);
    expect(text).toContain(`\\"${METRICS_NAMESPACE}\\",\\"Decisions\\"`);
  });
});

describe('The API', () => {
  test('rings when it fails more often than its stage allows, and not for tokens that it refuses', () => {
    (stacks['operations'] as Template).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/ApiGateway',
      MetricName: '5XXError',
      Statistic: 'Average',
      Threshold: stageNamed('production').alarms.apiFailures / 100,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  test('has its functions on the dashboard', () => {
    const [[, { Properties }] = ['', { Properties: {} }]] = resourcesOf(
      stacks['operations'] as Template,
      'AWS::CloudWatch::Dashboard',
    );
    for (const name of namesOfKind('api')) expect(JSON.stringify(Properties)).toContain(`\\"label\\":\\"${name}\\"`);
  });
});

describe('Score drift', () => {
  /** What CloudWatch would make of the alarm's expression. */
  async function psi(counts: readonly (number | undefined)[]): Promise<number> {
    const [, { Metrics = [] }] = alarms.find(([id]) => id.startsWith('ScoreDrift')) ?? ['', {} as AlarmProperties];
    const expression = Metrics.find(({ Expression }) => Expression)?.Expression ?? '';
    const filled = expression
      .replaceAll(/FILL\(b(\d), 0\)/g, (_, band) => String(counts[Number(band)] ?? 0))
      .replaceAll(/\b(LOG|IF)\(/g, '$$$1(');
    const compiled = jsonata(filled);
    compiled.registerFunction('LOG', Math.log);
    compiled.registerFunction('IF', (condition: boolean, yes: number, no: number) => (condition ? yes : no));
    return (await compiled.evaluate({})) as number;
  }
  const production = scoredProducts(stageNamed('production'));
  const { shares } = production[0]!;

  test('has an alarm for each product and each package that is allowed for it in the mode of the stage', () => {
    const drifting = alarms.filter(([id]) => id.startsWith('ScoreDrift'));
    expect(drifting).toHaveLength(production.length);
    const measured = drifting.map(([, { Metrics = [] }]) =>
      Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []).filter(({ Name }) => Name !== 'service'),
    );
    for (const [at, { product, digest }] of production.entries()) {
      const values = new Map(measured[at]?.map(({ Name, Value }) => [Name, Value]));
      expect(values).toEqual(
        new Map([
          ['Product', product],
          ['Model', digest],
          ['Band', '9'],
        ]),
      );
    }
    const sandbox = scoredProducts(stageNamed('sandbox')).map(({ product }) => product);
    expect([...new Set(sandbox)].toSorted()).toEqual(['auto-loan', 'credit-line', 'personal-loan']);
  });

  test('is the population stability index of its definition, whatever the counts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 10, maxLength: 10 }),
        async (counts) => {
          fc.pre(counts.reduce((sum, count) => sum + count, 0) >= 200);
          const total = counts.reduce((sum, count) => sum + count + 0.5, 0);
          const expected = counts.reduce((sum, count, band) => {
            const [p, q] = [(count + 0.5) / total, shares[band] ?? Number.NaN];
            return sum + (p - q) * Math.log(p / q);
          }, 0);
          expect(await psi(counts)).toBeCloseTo(expected, 4);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is next to nothing for scores as in training, rings for scores that moved, and says nothing of few', async () => {
    const { scoreDrift } = stageNamed('production').alarms;
    expect(await psi(shares.map((share) => Math.round(share * 1_000)))).toBeLessThan(0.001);
    expect(await psi([0, 0, 0, 0, 0, 100, 150, 200, 250, 300])).toBeGreaterThan(scoreDrift);
    expect(await psi([100])).toBe(0);
  });
});

test('A deployment goes back when its executions fail or are held, by an alarm on the version itself', () => {
  (stacks['workflow'] as Template).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: Match.stringLikeRegexp('newest version'),
    Metrics: Match.arrayWith([
      Match.objectLike({
        MetricStat: {
          Metric: {
            MetricName: 'ExecutionsFailed',
            Dimensions: [
              Match.objectLike({ Name: 'StateMachineArn' }),
              { Name: 'Version', Value: { 'Fn::Select': [7, Match.anyValue()] } },
            ],
          },
        },
      }),
    ]),
  });
});

test('Spending is told of at 80 % and at 100 % of the month’s budget', () => {
  (stacks['operations'] as Template).hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { BudgetLimit: { Amount: 2_000, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
    NotificationsWithSubscribers: [
      Match.objectLike({ Notification: Match.objectLike({ Threshold: 80 }) }),
      Match.objectLike({ Notification: Match.objectLike({ Threshold: 100 }) }),
    ],
  });
});
