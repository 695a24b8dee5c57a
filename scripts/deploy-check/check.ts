import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { awsExecutions } from '../../adapters/aws/executions.ts';
import { awsSigner } from '../../adapters/aws/signer.ts';
import type { HistoryEvent } from '../../adapters/ports.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { auditorSettings, becomeAuditor, type Auditor } from './auditor.ts';
import type { Aws, Caller } from './aws.ts';
import { costsOf } from './costs.ts';
import { deploy } from './deploy.ts';
import { destroyStage, KEY_WINDOW_DAYS, refuseOthers, scheduleKeyDeletion } from './destroy.ts';
import { CheckFailed, explained } from './failure.ts';
import { latenciesOf, transitionsOf } from './latencies.ts';
import { sumsOf, throttlesOf } from './metrics.ts';
import { reportPage, signedText, type Draft, type Remaining, type SampleResult, type StepResult } from './report.ts';
import { completeReview } from './review.ts';
import { isReviewed, reviewsOf, submit, unexpected } from './samples.ts';
import { outputOf, readStacks, resourcesOf, STACKS, type Resource, type StackName, type StackState } from './stacks.ts';

export interface CheckOptions {
  readonly stage: string;
  /** The folder of the report. */
  readonly out: string;
  readonly samples: readonly string[];
  /** A UUID, in the tag of each stack: a new one, or with `reuse` the one of the earlier check. */
  readonly run: string;
  /** Uses the stacks of an earlier check that was kept or interrupted. */
  readonly reuse: boolean;
  /** Leaves the stage as it is after the check. */
  readonly keep: boolean;
  /** How long the review waits. */
  readonly reviewSeconds: number;
  /** How long CloudWatch may take to show what Lambda did. */
  readonly metricsSeconds: number;
  /** What cdk synthesises. @default the app of cdk.json */
  readonly app?: string | undefined;
}

/** The signals of a check: the first ends its work and lets it destroy the stage, the second ends that too. */
export interface Signals {
  readonly work: AbortSignal;
  readonly cleanup: AbortSignal;
}

/**
 * Limits of the steps in minutes, some three times what each is expected to take: deploy 12, submit 5, review 3, verify 5
 * with a seal every five minutes, the measurements 1 each, destroy 15.
 */
const MINUTES = {
  deploy: 40,
  submit: 15,
  review: 20,
  verify: 20,
  latencies: 10,
  throttles: 10,
  costs: 10,
  destroy: 45,
} as const;
type StepName = keyof typeof MINUTES;

/** What the steps share. */
interface Run {
  readonly aws: Aws;
  readonly options: CheckOptions;
  readonly report: Draft;
  stacks: readonly StackState[];
  resources: readonly Resource[];
  auditor?: Auditor;
  histories: readonly (readonly HistoryEvent[])[];
}

type Step = (run: Run, signal: AbortSignal) => Promise<void>;

/**
 * Runs the check: deploys a stage, submits the samples, completes a review, verifies, measures, destroys, and signs the
 * report. The folder has the report after every step.
 * @throws CheckFailed for a stage that exists without `reuse`, or that another run deployed
 */
export async function check(aws: Aws, caller: Caller, options: CheckOptions, signals: Signals): Promise<Draft> {
  const existing = await readStacks(aws, options.stage, signals.work);
  if (existing.length > 0 && !options.reuse)
    throw new CheckFailed(
      `The stage ${options.stage} exists already (${existing.map(({ name }) => name).join(', ')}): choose a stage of ` +
        `another name. If an earlier check left it, give the report.json of that check: --reuse REPORT checks the stage ` +
        `as it is, and npm run deploy-check -- destroy REPORT removes it.`,
    );
  refuseOthers(existing, options.run);
  const run = begun(aws, caller, options);
  try {
    await work(run, signals.work);
  } finally {
    await end(run, signals);
  }
  return run.report;
}

/** Destroys what an earlier check left. @throws CheckFailed for a stage of which that check deployed no stack */
export async function destroyLeft(aws: Aws, caller: Caller, options: CheckOptions, signals: Signals): Promise<Draft> {
  const existing = await readStacks(aws, options.stage, signals.work);
  if (!existing.some(({ run }) => run === options.run)) refuseOthers(existing, options.run);
  const run = begun(aws, caller, options);
  await end(run, signals);
  return run.report;
}

/** Destroys the stage, unless it is kept, and signs the report. */
async function end(run: Run, signals: Signals): Promise<void> {
  // After a failed deployment the signing key may exist already.
  if (run.resources.length === 0) await look(run, signals.cleanup, ['records']).catch(() => {});
  run.report.remains = [kept(run.options)];
  if (!run.options.keep) await step(run, 'destroy', signals.cleanup, destroy);
  await finish(run, signals);
}

/** Reads the stacks that this run deployed, with their resources. */
async function look(run: Run, signal: AbortSignal, names: readonly StackName[] = STACKS): Promise<void> {
  const { aws, options } = run;
  const existing = await readStacks(aws, options.stage, signal);
  run.stacks = existing.filter((stack) => stack.run === options.run && names.includes(stack.name));
  run.resources = (await Promise.all(run.stacks.map((stack) => resourcesOf(aws, stack, signal)))).flat();
}

async function work(run: Run, interrupted: AbortSignal): Promise<void> {
  const deployed = await step(run, 'deploy', interrupted, deployStage);
  const steps: readonly (readonly [StepName, Step])[] = [
    ['submit', submitAll],
    ['review', completeOne],
    ['verify', verify],
    ['latencies', measureLatencies],
    ['throttles', measureThrottles],
    ['costs', measureCosts],
  ];
  for (const [name, body] of steps)
    if (deployed && !interrupted.aborted) await step(run, name, interrupted, body);
    else record(run, { name, result: 'SKIPPED', seconds: 0, findings: [] });
}

/** Runs a step within its time and records its result. @returns whether it passed */
async function step(run: Run, name: StepName, interrupted: AbortSignal, body: Step): Promise<boolean> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(MINUTES[name] * 60_000)]);
  const started = Date.now();
  const ended = (result: StepResult['result'], findings: readonly string[]) =>
    record(run, { name, result, seconds: Math.round((Date.now() - started) / 1_000), findings });
  print(`${name} …`);
  try {
    signal.throwIfAborted();
    await body(run, signal);
    ended('PASSED', []);
    return true;
  } catch (error) {
    ended('FAILED', [explained(error, name, signal)]);
    return false;
  }
}

function record({ report, options }: Run, result: StepResult): void {
  report.steps = [...report.steps, result];
  write(options.out, report);
  print(
    `${result.name}: ${result.result} after ${result.seconds} s${result.findings.map((text) => `\n  ${text}`).join('')}`,
  );
}

const deployStage: Step = async (run, signal) => {
  const { aws, options, report } = run;
  const { stage, app, out } = options;
  await deploy(aws, { stage, run: options.run, app, output: join(out, 'cdk.out') }, signal);
  // Another check that began at the same time may have put its own tag on a stack.
  refuseOthers(await readStacks(aws, stage, signal), options.run);
  await look(run, signal);
  run.auditor = await becomeAuditor(aws, run.stacks, report.region, signal);
};

const submitAll: Step = async ({ aws, options, report, stacks }, signal) => {
  const answer = await submit(aws, outputOf(stacks, 'workflow', 'SubmitSamplesName'), options.samples, signal);
  // On a reused stage an earlier check may have completed the review of a sample.
  const isDone = ({ applicationId, status }: SampleResult) => options.reuse && isReviewed(applicationId, status);
  const otherwise = answer.otherwise.filter((one) => !isDone(one));
  const asExpected = answer.asExpected + answer.otherwise.length - otherwise.length;
  report.samples = { asExpected, otherwise };
  if (asExpected + otherwise.length !== options.samples.length)
    throw new CheckFailed(
      `SubmitSamples answered for ${asExpected + otherwise.length} of ${options.samples.length} samples.`,
    );
  refuseDifferences(otherwise);
};

function refuseDifferences(otherwise: NonNullable<Draft['samples']>['otherwise']): void {
  if (otherwise.length === 0) return;
  const each = otherwise.map(({ applicationId, expected, status }) => `${applicationId}: ${status}, not ${expected}.`);
  throw new CheckFailed(`${each.join(' ')} Read the traces: underwright trace ID --aws.`);
}

const completeOne: Step = async ({ aws, options, report, stacks, auditor }, signal) => {
  if (!auditor) throw new CheckFailed(NO_AUDITOR);
  const reviews = reviewsOf(options.samples);
  const applications = await auditor.list(signal);
  const waits = (id: string) => applications.some((one) => one.applicationId === id && one.status === 'IN_REVIEW');
  const review = reviews.find(({ applicationId }) => waits(applicationId)) ?? reviews[0];
  if (!review) throw new CheckFailed('No chosen sample has a review: add refer-approved to --samples.');
  const functionName = outputOf(stacks, 'workflow', 'CompleteTaskName');
  const waitSeconds = options.reviewSeconds;
  report.review = await completeReview({ aws, auditor }, review, { functionName, waitSeconds }, signal);
};

const NO_AUDITOR = 'The role of the auditor was not assumed: see the step deploy.';
const BETWEEN_SEALS_MS = 15_000;
/** The stage seals every five minutes. */
const SEAL_WAIT_MS = 420_000;

const verify: Step = async ({ options, report, auditor }, signal) => {
  if (!auditor) throw new CheckFailed(NO_AUDITOR);
  const end = Date.now() + SEAL_WAIT_MS;
  for (;;) {
    const { verifications, seals, rows, executions } = await auditor.verify(signal);
    const sum = (count: (one: (typeof verifications)[number]) => number) =>
      verifications.reduce((total, one) => total + count(one), 0);
    const faults = [...verifications.flatMap((one) => one.faults), ...seals.faults, ...rows, ...executions];
    report.verified = {
      applications: verifications.length,
      entries: sum(({ entries }) => entries),
      evidence: sum(({ evidence }) => evidence),
      seals: seals.seals,
      faults: faults.length,
    };
    if (faults.length > 0)
      throw new CheckFailed(
        `verify --all --aws found: ${faults.map(({ fault, detail }) => `${fault}: ${detail}`).join(' ')}`,
      );
    if (seals.seals > 0) break;
    if (verifications.length === 0) throw new CheckFailed('The stage has no application: see the step submit.');
    if (Date.now() > end) throw new CheckFailed('The stage made no seal in 7 minutes: read the log of SealLedger.');
    await wait(BETWEEN_SEALS_MS, undefined, { signal });
  }
  refuseDifferences(unexpected(await auditor.list(signal), options.samples));
};

const measureLatencies: Step = async (run, signal) => {
  const { aws, stacks, report } = run;
  const executions = awsExecutions({
    client: aws.stepFunctions,
    stateMachineArn: auditorSettings(stacks)['STATE_MACHINE_ARN'] ?? '',
  });
  const histories: (readonly HistoryEvent[])[] = [];
  for await (const name of executions.names()) {
    signal.throwIfAborted();
    histories.push((await executions.history(executions.arnOf(name))) ?? []);
  }
  // An earlier stage of this name may have left executions.
  const [began] = lifeOf(run);
  run.histories = histories.filter(([first]) => first !== undefined && Date.parse(first.timestamp) >= began.getTime());
  report.latencies = latenciesOf(run.histories) ?? null;
  if (report.latencies === null) throw new CheckFailed('No execution ended without a person, so none was measured.');
};

const BETWEEN_METRICS_MS = 5_000;

/** The life of the stage: a reused one began before this check. */
const lifeOf = ({ stacks }: Run): readonly [Date, Date] => [
  new Date(Math.min(...stacks.map(({ createdAt }) => createdAt.getTime()))),
  new Date(),
];

const measureThrottles: Step = async (run, signal) => {
  const { aws, options, report, resources, histories } = run;
  const FunctionName = resources.find(({ logicalId }) => logicalId.startsWith('ValidateApplication'))?.physicalId ?? '';
  const validations = { id: 'seen', namespace: 'AWS/Lambda', metric: 'Invocations', dimensions: { FunctionName } };
  const end = Date.now() + options.metricsSeconds * 1_000;
  // CloudWatch shows a call some minutes later. Until then zero throttles would mean nothing.
  for (;;) {
    const seen = (await sumsOf(aws, [validations], lifeOf(run), signal)).get('seen') ?? 0;
    if (seen >= histories.length) break;
    if (Date.now() > end)
      throw new CheckFailed(
        `CloudWatch shows ${seen} calls of ValidateApplication for ${histories.length} executions after ` +
          `${options.metricsSeconds} s: give it longer with --metrics-seconds, and --reuse REPORT.`,
      );
    await wait(BETWEEN_METRICS_MS, undefined, { signal });
  }
  report.throttles = await throttlesOf(aws, resources, lifeOf(run), signal);
  if (report.throttles.total === 0) return;
  const each = Object.entries(report.throttles.by).map(([metric, calls]) => `${metric}: ${calls}`);
  throw new CheckFailed(`AWS throttled calls (${each.join(', ')}): raise the quota (docs/runbooks/throttled.md).`);
};

const measureCosts: Step = async (run, signal) => {
  const { aws, report, resources, histories } = run;
  const transitions = histories.reduce((sum, history) => sum + transitionsOf(history), 0);
  report.costs = await costsOf(aws, { resources, transitions, time: lifeOf(run) }, signal);
};

const destroy: Step = async ({ aws, options, report }, signal) => {
  report.remains = [{ ...kept(options), why: 'The destruction of the stage began and has not ended.' }];
  report.remains = await destroyStage(aws, options, signal);
  const stays = report.remains.filter(({ resource, until }) => until === null && !isKey(resource));
  if (stays.length > 0)
    throw new CheckFailed(
      `${stays.length} resources remain: ${stays.map(({ resource, why }) => `${resource}: ${why}`).join(' ')} ` +
        `Retry with: ${destroyCommand(options)}`,
    );
};

const isKey = (resource: string): boolean => resource.startsWith('AWS::KMS::Key ');

const destroyCommand = ({ out }: CheckOptions): string => `npm run deploy-check -- destroy ${join(out, 'report.json')}`;

const kept = (options: CheckOptions): Remaining => ({
  resource: `stage ${options.stage}`,
  why: `It was not destroyed. Remove it with: ${destroyCommand(options)}`,
  until: null,
});

/** Ends the report, signs it with the stage's ExportKey, and schedules the deletion of that key. */
async function finish(run: Run, { work: interrupted, cleanup }: Signals): Promise<void> {
  const { aws, options, report, resources } = run;
  const passed = report.steps.every(({ result }) => result === 'PASSED');
  report.endedAt = new Date().toISOString();
  report.result = interrupted.aborted ? 'INTERRUPTED' : passed ? 'PASSED' : 'FAILED';
  const keyId = resources.find(
    (one) => one.type === 'AWS::KMS::Key' && one.logicalId.startsWith('ExportKey'),
  )?.physicalId;
  if (keyId === undefined) return write(options.out, report);
  const resource = `AWS::KMS::Key ${keyId}`;
  const others = report.remains.filter((one) => one.resource !== resource);
  const signAs = async (why: string | null, until: string | null): Promise<void> => {
    report.remains = why === null ? others : [...others, { resource, why, until }];
    await sign(run, keyId);
  };
  try {
    if (options.keep) return await signAs(null, null);
    const until = new Date(Date.parse(report.endedAt) + KEY_WINDOW_DAYS * 86_400_000).toISOString();
    await signAs(
      'It signed this report; its deletion was scheduled right after. KMS waits before it deletes a key.',
      until,
    );
    try {
      await scheduleKeyDeletion(aws, keyId, cleanup);
    } catch (error) {
      report.result = 'FAILED';
      await signAs(`Its deletion was not scheduled: ${explained(error, 'destroy')} Schedule it by hand.`, null);
    }
  } catch (error) {
    report.signature = null;
    if (report.result === 'PASSED') report.result = 'FAILED';
    print(`The report is not signed: ${explained(error, 'sign')}`);
  } finally {
    write(options.out, report);
  }
}

async function sign({ aws, options, report }: Run, keyId: string): Promise<void> {
  const signer = awsSigner({ kms: aws.kms, keyId });
  const pem = await signer.publicKey();
  report.signature = { keyId: verificationKey(pem).keyId, value: await signer.sign(signedText(report)) };
  writeFileSync(join(options.out, 'public.pem'), pem);
}

function begun(aws: Aws, { account, region }: Caller, options: CheckOptions): Run {
  const { stage, run, out } = options;
  mkdirSync(out, { recursive: true });
  const report: Draft = {
    schemaVersion: 1,
    run,
    startedAt: new Date().toISOString(),
    endedAt: null,
    result: 'RUNNING',
    account,
    region,
    stage,
    release: release(),
    steps: [],
    samples: null,
    review: null,
    verified: null,
    latencies: null,
    throttles: null,
    costs: null,
    remains: [],
    signature: null,
  };
  write(out, report);
  return { aws, options, report, stacks: [], resources: [], histories: [] };
}

/** The commit of the sources, with `-dirty` behind it where a file was changed. */
function release(): string {
  try {
    const git = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
    return execFileSync('git', git, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown: the sources are no Git clone';
  }
}

function write(out: string, report: Draft): void {
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(out, 'report.md'), reportPage(report));
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
