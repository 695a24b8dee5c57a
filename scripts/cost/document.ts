import { formatDollars } from '../../domain/money.ts';
import type { Counted, DecisionCounts, Durations, FunctionCounts } from './count.ts';
import {
  AIM,
  API_REQUESTS_PER_DECISION,
  AS_OF,
  LATENCIES,
  LOG_BYTES_PER_CALL,
  PEAK,
  PRICES,
  processorShare,
  QUOTAS,
  REGION,
  TRACED_SHARE,
} from './prices.ts';
import type { TemplateFacts } from './template.ts';

export interface CostInputs {
  readonly counts: Readonly<Record<Counted, DecisionCounts>>;
  readonly durations: Durations;
  readonly facts: TemplateFacts;
}

const VOLUMES = [1_000, 100_000, 10_000_000] as const;
const DAYS = 30;

interface Totals {
  readonly calls: number;
  readonly gbSeconds: number;
  readonly seconds: number;
  readonly sum: Omit<FunctionCounts, 'calls'>;
}

/** What a function is billed for a decision, in ms: its own work by its share of a processor, and the services it waits for. */
function billedMs(name: string, counts: FunctionCounts, { durations, facts }: CostInputs): number {
  const { dynamoDb, s3, kms, stepFunctions, bureau } = LATENCIES;
  const own = ((durations[name] ?? 0) * counts.calls) / processorShare(facts.memoryMb[name] ?? 512);
  const waits =
    counts.dynamoDbCalls * dynamoDb.value +
    (counts.s3Puts + counts.s3Gets) * s3.value +
    counts.kms * kms.value +
    counts.stepFunctions * stepFunctions.value +
    (name === 'PullBureauReport' ? bureau.value : 0);
  return Math.ceil(own + waits);
}

function totalsOf(counted: DecisionCounts, inputs: CostInputs): Totals {
  const sum = { dynamoDbWrites: 0, dynamoDbReads: 0, dynamoDbCalls: 0, s3Puts: 0, s3Gets: 0, kms: 0, stepFunctions: 0 };
  let [calls, gbSeconds, seconds] = [0, 0, 0];
  for (const [name, counts] of Object.entries(counted.functions)) {
    const billed = billedMs(name, counts, inputs) / 1_000;
    calls += counts.calls;
    seconds += billed;
    gbSeconds += (billed * (inputs.facts.memoryMb[name] ?? 512)) / 1_024;
    for (const part of Object.keys(sum) as (keyof typeof sum)[]) sum[part] += counts[part];
  }
  return { calls, gbSeconds, seconds, sum };
}

/** Dollars of one decision, by line. */
export function linesOf(counted: DecisionCounts, inputs: CostInputs): [string, number][] {
  const { calls, gbSeconds, sum } = totalsOf(counted, inputs);
  const logBytes = calls * LOG_BYTES_PER_CALL + (inputs.facts.logLevel === 'OFF' ? 0 : counted.historyBytes);
  return [
    ['State transitions', counted.transitions * PRICES.stateTransition.value],
    ['Lambda, GB-seconds', gbSeconds * PRICES.lambdaGbSecond.value],
    ['Lambda, requests', calls * PRICES.lambdaRequest.value],
    ['DynamoDB, writes', sum.dynamoDbWrites * PRICES.dynamoDbWrite.value],
    ['DynamoDB, reads', sum.dynamoDbReads * PRICES.dynamoDbRead.value],
    ['S3, puts', sum.s3Puts * PRICES.s3Put.value],
    ['S3, gets and heads', sum.s3Gets * PRICES.s3Get.value],
    ['KMS', sum.kms * PRICES.kmsRequest.value],
    ['EventBridge', counted.events * PRICES.event.value],
    ['Logs', (logBytes / 1e9) * PRICES.logGb.value],
    ['API Gateway, requests', API_REQUESTS_PER_DECISION * PRICES.apiRequest.value],
    ['Firewall, requests', API_REQUESTS_PER_DECISION * PRICES.firewallRequest.value],
    ['Traces', calls * TRACED_SHARE * PRICES.trace.value],
  ];
}

const total = (lines: readonly (readonly [string, number])[]): number => lines.reduce((sum, [, usd]) => sum + usd, 0);
const millionths = (usd: number): string => (usd * 1e6).toFixed(1);
const dollars = (usd: number): string => formatDollars(Math.round(usd * 100));
const plain = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

/** docs/cost.md. */
export function costDocument(inputs: CostInputs): string {
  const { counts, facts } = inputs;
  const approved = linesOf(counts.approved, inputs);
  const declined = linesOf(counts.declined, inputs);
  const each = total(approved);
  const fixed =
    facts.keys * PRICES.keyMonth.value +
    facts.alarms * PRICES.alarmMonth.value +
    facts.dashboards * PRICES.dashboardMonth.value +
    facts.firewalls * PRICES.firewallMonth.value +
    facts.firewallRules * PRICES.firewallRuleMonth.value;
  return `# What a decision costs, on paper

<!-- Written by npm run cost. Change scripts/cost/ instead. -->

**${unitPrice(each)} for an application approved at once, ${unitPrice(total(declined))} for one declined at once**, without the bureau's fee; the aim
is ${unitPrice(AIM)}: ${each <= AIM ? 'met' : '**not met**'}. Calls are counted: the real handlers run the sample applications over the
adapters of AWS, each function with its own caches, warm. Memory, modes and log levels are the synthesised production
template's. **Nothing was deployed and no bill was seen**: prices, quotas and latencies are configuration
(\`scripts/cost/prices.ts\`; ${REGION}, ${AS_OF}), those marked FROM_MEMORY there were not looked up. Verify them before relying on a figure.

## One decision, in millionths of a dollar

| Line | approved | declined |
| --- | ---: | ---: |
${approved.map(([name, usd], index) => `| ${name} | ${millionths(usd)} | ${millionths(declined[index]?.[1] ?? 0)} |`).join('\n')}
| **all** | **${millionths(each)}** | **${millionths(total(declined))}** |

The front end makes ${API_REQUESTS_PER_DECISION} requests for a decision: it submits and waits, then reads the offers or the notice. API Gateway
and the firewall bill each request. Not in it: the functions of the API, storage over the years, backups, and the event
bus's consumers.

## What is counted

${countTable(counts.approved, inputs)}

An approved application makes ${counts.approved.transitions} state transitions, a declined one ${counts.declined.transitions}. Its step history has some ${plain(counts.approved.historyBytes / 1_000)} KB,
logged at level ${facts.logLevel}${facts.logsData ? ' with' : ' without'} data. Tables are billed as ${facts.billingModes.join(', ')}. KMS calls of S3, of Step Functions and of the tables are not
in it: bucket keys are ${facts.bucketKeys ? 'on' : 'off'} and an execution data key serves ${facts.dataKeyReuseSeconds} s, so they do not grow with decisions.

A function's time is its own, measured here on a whole processor, divided by the share that its memory buys, and for each
call of a service what \`LATENCIES\` assumes: ${Object.entries(LATENCIES)
    .map(([name, { value }]) => `${name} ${value} ms`)
    .join(', ')}.

## A month of ${DAYS} days

What does not grow, ${dollars(fixed)}: ${facts.keys} keys, ${facts.alarms} alarms, ${facts.dashboards} dashboard, ${facts.firewalls} firewall with ${facts.firewallRules} rules.

Not in it: sealing, some ${dollars(sealing())} a month. That is ${plain(SEALS_A_MONTH)} seals, each a KMS signature, an object, 17 reads and 4 writes of
the ledger's table, and a second of 1,769 MB. Each window in which an application grows adds one write and some 14 reads.

| Decisions a day | of decisions | with what does not grow | a decision |
| ---: | ---: | ---: | ---: |
${VOLUMES.map((volume) => {
  const month = volume * DAYS * each;
  return `| ${volume.toLocaleString('en-US')} | ${dollars(month)} | ${dollars(month + fixed)} | ${unitPrice((month + fixed) / (volume * DAYS))} |`;
}).join('\n')}

## The first quota

In the busiest second, taken as ${PEAK} times the mean, in percent of the account's default. Over 100, raise it before.

${quotaTable(counts.approved, inputs)}

## Where it goes, and what would lower it

${alternatives(inputs)}
`;
}

/** A month of 30 days, every five minutes. */
const SEALS_A_MONTH = (DAYS * 86_400) / 300;

/** What seals cost in a month, however many applications are in them. 8 shards are queried for one or two months. */
function sealing(): number {
  const { kmsSignature, s3Put, dynamoDbRead, dynamoDbWrite, lambdaGbSecond } = PRICES;
  const each = kmsSignature.value + s3Put.value + 17 * dynamoDbRead.value + 4 * dynamoDbWrite.value;
  return SEALS_A_MONTH * (each + (1_769 / 1_024) * lambdaGbSecond.value);
}

/** A price far below a cent, in dollars: money itself is formatted by `formatDollars`. */
const unitPrice = (usd: number): string => `$${usd.toFixed(6)}`;

function countTable(counted: DecisionCounts, inputs: CostInputs): string {
  const rows = Object.entries(counted.functions).map(([name, counts]) => {
    const { calls, dynamoDbWrites, dynamoDbReads, s3Puts, s3Gets, kms } = counts;
    const numbers = [calls, dynamoDbWrites, dynamoDbReads, s3Puts, s3Gets, kms].map(plain);
    return `| ${name} | ${inputs.facts.memoryMb[name] ?? '?'} | ${numbers.join(' | ')} | ${billedMs(name, counts, inputs)} |`;
  });
  const { calls, sum, seconds } = totalsOf(counted, inputs);
  const all = [calls, sum.dynamoDbWrites, sum.dynamoDbReads, sum.s3Puts, sum.s3Gets, sum.kms].map(plain);
  return [
    '| Function | MB | calls | write units | read units | S3 puts | S3 gets | KMS | billed ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **all** | | ${all.join(' | ')} | ${Math.round(seconds * 1_000)} |`,
  ].join('\n');
}

function quotaTable(counted: DecisionCounts, inputs: CostInputs): string {
  const { seconds, sum } = totalsOf(counted, inputs);
  const needs: Record<keyof typeof QUOTAS, number> = {
    startExecution: 1,
    stateTransition: counted.transitions,
    lambdaConcurrency: seconds,
    kmsSymmetric: sum.kms,
    dynamoDbWrite: sum.dynamoDbWrites,
    s3Put: sum.s3Puts,
    putEvents: counted.events,
  };
  const shares = VOLUMES.map((volume) => {
    const perSecond = (volume / 86_400) * PEAK;
    return Object.fromEntries(
      Object.entries(needs).map(([name, need]) => [
        name,
        (100 * need * perSecond) / QUOTAS[name as keyof typeof QUOTAS].value,
      ]),
    );
  });
  const percent = (value: number): string => (value < 1 ? '< 1' : Math.round(value).toLocaleString('en-US'));
  const rows = Object.entries(QUOTAS).map(
    ([name, { value }]) =>
      `| ${name} | ${value.toLocaleString('en-US')} | ${shares.map((share) => percent(share[name] ?? 0)).join(' | ')} |`,
  );
  const first = shares.map((share) => Object.entries(share).toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '');
  return [
    `| Quota | default | ${VOLUMES.map((volume) => volume.toLocaleString('en-US')).join(' | ')} |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **nearest** | | ${first.join(' | ')} |`,
  ].join('\n');
}

/** Where most of it goes, and what was, and could be, done: each computed from the same counts. */
function alternatives(inputs: CostInputs): string {
  const { counts, facts } = inputs;
  const approved = counts.approved;
  const lines = linesOf(approved, inputs);
  const each = total(lines);
  const [[largest, usd] = ['', 0], [second, next] = ['', 0]] = lines.toSorted((a, b) => b[1] - a[1]);
  const transitions = approved.transitions * PRICES.stateTransition.value;
  const data = facts.logsData ? (approved.historyBytes / 1e9) * PRICES.logGb.value * 0.7 : 0;
  const routing = 6 * PRICES.stateTransition.value;
  const { gbSeconds } = totalsOf(approved, inputs);
  const express = 1 / 1e6 + 2 * 0.064 * 0.000_016_67 + (approved.historyBytes / 1e9) * PRICES.logGb.value - transitions;
  return `${largest} are ${Math.round((100 * usd) / each)} %, ${second} ${Math.round((100 * next) / each)} %.

| What | millionths a decision | |
| --- | ---: | --- |
| done: S3 bucket keys | -${millionths((totalsOf(approved, inputs).sum.s3Puts + totalsOf(approved, inputs).sum.s3Gets) * PRICES.kmsRequest.value)} | else a KMS call for each object |
| done: one KMS call for all that a function opens at once | -${millionths((20 - totalsOf(approved, inputs).sum.kms) * PRICES.kmsRequest.value)} | 20 calls before, ${totalsOf(approved, inputs).sum.kms} now; ApplyPolicy made four, RecordDecision five |
| done: execution data keys for ${facts.dataKeyReuseSeconds} s | -${millionths(approved.transitions * 2 * PRICES.kmsRequest.value)} | else one for each event with data |
| done: arm64 | -${millionths(gbSeconds * PRICES.lambdaGbSecond.value * 0.25)} | x86 is a quarter dearer |
| not done: no data in the state machine's log | -${millionths(data)} | the archived history keeps it; operators would see no inputs in the log |
| not done: choices folded into the functions before them | -${millionths(routing)} | six transitions of routing; the workflow would no longer say why it goes where |
| not done: Express for the automatic part | ${millionths(express)} | at least once, five minutes, no history of its own: the proof of what ran would be a log |

The last two are what it would take to come near the aim, and cost what this project is for: a workflow that says what it does, and
a history that proves it did. At 10 million a day, ask for a private price of state transitions first.
`;
}
