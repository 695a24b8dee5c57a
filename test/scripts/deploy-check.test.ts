import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { HistoryEvent } from '../../adapters/ports.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { closeAws, openAws, type Aws } from '../../scripts/deploy-check/aws.ts';
import { check, destroyLeft, type CheckOptions } from '../../scripts/deploy-check/check.ts';
import { CheckFailed } from '../../scripts/deploy-check/failure.ts';
import { latenciesOf, transitionsOf } from '../../scripts/deploy-check/latencies.ts';
import { reportFaults, reportPage, signedText, type Report } from '../../scripts/deploy-check/report.ts';
import { sampleNames, unexpected } from '../../scripts/deploy-check/samples.ts';
import { readStacks, resourcesOf, STACKS, TAG } from '../../scripts/deploy-check/stacks.ts';
import { example } from '../cli/program.ts';
import { captured } from '../support/captured.ts';
import { synthesiseStage } from '../support/deploy-check/stage.ts';
import { openAccount, type Account } from '../support/deploy-check/world.ts';
import { synthesise } from '../support/synthesised.ts';

// A run deploys with the CDK's own program and starts the command line for each look at the records: half a minute on a quiet
// machine, and two runs a test.
jest.setTimeout(300_000);

const moto = process.env['UNDERWRIGHT_MOTO'];
const PROGRAM = join(import.meta.dirname, '..', '..', 'scripts', 'deploy-check.ts');
const folder = mkdtempSync(join(tmpdir(), 'underwright-deploy-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const REPORT_OF_PRODUCTION = join(folder, 'production.json');
writeFileSync(REPORT_OF_PRODUCTION, JSON.stringify({ run: randomUUID(), stage: 'production' }));
const NO_REPORT = join(folder, 'none.json');
writeFileSync(NO_REPORT, '{"run":"","stage":"proof"}');

interface Running {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts the program. @param env replaces the environment. */
function program(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true', HOME: folder, ...env },
    cwd: folder,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function ended(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { text, ended } = program(args, env);
  return { code: await ended, text: text() };
}

describe('The command', () => {
  test.each([
    [['--stage', 'production', '--yes'], 'stages/production.yaml is not marked `throwaway: true`'],
    [['--stage', 'sandbox', '--yes'], 'so the check may not destroy it: choose the stage proof'],
    [['--stage', 'nowhere', '--yes'], 'No stage is named "nowhere": give one of'],
    [['destroy', REPORT_OF_PRODUCTION, '--yes'], 'stages/production.yaml is not marked'],
    [['destroy', NO_REPORT, '--yes'], 'The file names no run and no stage: give the report.json of a check.'],
    [['--reuse', NO_REPORT, '--yes'], 'The file names no run and no stage: give the report.json of a check.'],
    [['--yes'], 'No region is set: set AWS_REGION'],
  ])('with %j ends before it calls AWS', async (args, sentence) => {
    const { code, text } = await ended(args);
    expect([code, text]).toEqual([2, expect.stringContaining(sentence)]);
    expect(text.trim().split('\n').length).toBe(1);
  });

  test('names in its help the help with the options', async () => {
    const { code, text } = await ended(['--help']);
    expect([code, text]).toEqual([0, expect.stringContaining('npm run deploy-check -- run --help')]);
    const { text: options } = await ended(['run', '--help']);
    for (const option of ['--yes', '--keep', '--reuse <report>', '--samples <names>'])
      expect(options).toContain(option);
  });

  test('without credentials says how to get them', async () => {
    const { code, text } = await ended(['--yes'], { AWS_REGION: 'us-east-1' });
    expect(text).toMatch(/^AWS has no valid credentials \(CredentialsProviderError\): sign in, or set AWS_PROFILE/);
    expect(code).toBe(2);
  });

  test('refuses an unknown sample and a time that is no number', async () => {
    const [sample, time] = [
      ['--samples', 'approve-lowest-rate,none'],
      ['--review-seconds', 'soon'],
    ];
    expect((await ended(sample)).text).toContain('No sample is named none: give names of examples/applications.');
    expect((await ended(time)).text).toContain('Give whole seconds.');
  });
});

test('The proof stage has the stacks that the check deletes, and everything in them goes but the signing key', () => {
  const templates = synthesise('proof');
  const named = (camel: string) => camel.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // Created before what reads them, so deleted in the opposite order.
  expect(Object.keys(templates).map(named)).toEqual([...STACKS].reverse());
  const kept = Object.values(templates).flatMap((template) =>
    Object.entries(template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>).flatMap(
      ([id, { DeletionPolicy = 'Delete' }]) => (DeletionPolicy === 'Delete' ? [] : [id]),
    ),
  );
  expect(kept).toEqual([expect.stringMatching(/^ExportKey[0-9A-F]{8}$/)]);
  templates.records.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
  templates.records.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 1, Mode: 'GOVERNANCE' } } },
  });
});

describe('Latencies', () => {
  const history = (milliseconds: number, bureau: number, person = false): HistoryEvent[] => {
    const at = (ms: number, type: string, details?: object) =>
      ({ id: 1, previousEventId: 0, timestamp: new Date(ms).toISOString(), type, ...details }) as HistoryEvent;
    const entered = (name: string, ms: number) => at(ms, 'TaskStateEntered', { stateEnteredEventDetails: { name } });
    const exited = (name: string, ms: number) => at(ms, 'TaskStateExited', { stateExitedEventDetails: { name } });
    return [
      at(0, 'ExecutionStarted'),
      entered('PullBureauReport', 10),
      exited('PullBureauReport', 10 + bureau),
      ...(person ? [entered('AwaitReview', 10 + bureau)] : []),
      at(milliseconds, 'ExecutionSucceeded'),
    ];
  };

  test('are percentiles by nearest rank, with and without the time in the bureau', () => {
    const histories = Array.from({ length: 20 }, (_, index) => history(1_000 + index * 100, 500));
    expect(latenciesOf(histories)).toEqual({
      executions: 20,
      all: { p50: 1_900, p95: 2_800, max: 2_900 },
      withoutBureau: { p50: 1_400, p95: 2_300, max: 2_400 },
    });
    expect(transitionsOf(history(1_000, 500))).toBe(1);
  });

  test('leave out executions that waited for a person or did not succeed', () => {
    const running = history(9_000, 500).slice(0, -1);
    expect(latenciesOf([history(9_000, 500, true), running, history(1_000, 500)])).toMatchObject({
      executions: 1,
      all: { max: 1_000 },
    });
    expect(latenciesOf([running])).toBeUndefined();
  });
});

test('Samples are compared with the expectations of this release', () => {
  const all = sampleNames().map((applicationId) => ({
    applicationId,
    status: applicationId === 'refer-approved' ? 'DECIDED' : 'IN_REVIEW',
    outcome: applicationId === 'refer-approved' ? 'APPROVE' : null,
    settled: true,
    task: null,
  }));
  const only = (...names: string[]) => unexpected(all, names);
  expect(only('refer-approved', 'refer-declined')).toEqual([]);
  expect(only('approve-lowest-rate')).toEqual([
    { applicationId: 'approve-lowest-rate', expected: 'APPROVE', status: 'IN_REVIEW' },
  ]);
  expect(unexpected([], ['decline-income'])).toEqual([
    { applicationId: 'decline-income', expected: 'DECLINE', status: 'MISSING' },
  ]);
});

describe('A report', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
  const unsigned: Report = {
    schemaVersion: 1,
    run: '0b54a4c1-5ff5-4a0c-9d5b-6a4f4f0c1f11',
    startedAt: '2026-12-01T10:00:00.000Z',
    endedAt: '2026-12-01T10:41:00.000Z',
    result: 'FAILED',
    account: '123456789012',
    region: 'us-east-1',
    stage: 'proof',
    release: 'abc',
    steps: [{ name: 'deploy', result: 'FAILED', seconds: 3, findings: ['A | B failed.'] }],
    samples: null,
    review: null,
    verified: null,
    latencies: null,
    throttles: null,
    costs: null,
    remains: [{ resource: 'AWS::KMS::Key k', why: 'KMS waits.', until: '2026-12-08T10:41:00.000Z' }],
    signature: null,
  };
  const value = sign('sha256', Buffer.from(signedText(unsigned)), privateKey).toString('base64');
  const signed: Report = { ...unsigned, signature: { keyId: verificationKey(pem).keyId, value } };

  test('holds with the public key of its stage and with no change', async () => {
    expect(reportFaults(JSON.stringify(signed), pem)).toEqual([]);
    expect(reportFaults(JSON.stringify({ ...signed, result: 'PASSED' }), pem)).toEqual([
      'The report was changed after it was signed.',
    ]);
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
    expect(reportFaults(JSON.stringify(signed), String(other.export({ type: 'spki', format: 'pem' })))).toEqual([
      'The report was signed with another key than the one given.',
    ]);
    expect(reportFaults(JSON.stringify(unsigned), pem)).toEqual([
      'The report has no signature: its check did not reach the signing key.',
    ]);
    expect(reportFaults('no document', pem)[0]).toBe(
      'Line 1, column 1 of the file is not JSON. Give the report.json of a check.',
    );
  });

  test.each(['"result":"PASSED"', '"steps":[]', '"signature":null', '"\\u0072esult":"PASSED"'])(
    'is refused with a second member %s, which another reader may take',
    (member) => {
      const text = JSON.stringify(signed);
      for (const twice of [text.replace('{', `{${member},`), text.replace(/\}$/, `,${member}}`)])
        expect(reportFaults(twice, pem)).toEqual([
          expect.stringMatching(/^Line 1, column \d+ of the file has a member of the same name twice/),
        ]);
    },
  );

  test.each([
    { ...signed, signature: { ...signed.signature, value: null } },
    { ...signed, signature: { ...signed.signature, value: 7 } },
    { ...signed, signature: { value } },
    { ...signed, signature: 'none' },
    [signed],
    null,
    7,
  ])('is refused in a sentence, not by a crash: %#', (other) => {
    expect(reportFaults(JSON.stringify(other), pem)).toEqual([
      'The file is no report with a signature: give the report.json of a check.',
    ]);
  });

  test('is verified by the command, without AWS', async () => {
    const [report, key] = [join(folder, 'report.json'), join(folder, 'public.pem')];
    writeFileSync(key, pem);
    writeFileSync(report, JSON.stringify(signed));
    expect(await ended(['verify', report, '--key', key])).toEqual({
      code: 0,
      text: 'The report is as the stage signed it.\n',
    });
    writeFileSync(report, JSON.stringify({ ...signed, remains: [] }));
    expect(await ended(['verify', report, '--key', key])).toEqual({
      code: 1,
      text: 'The report was changed after it was signed.\n',
    });
  });

  test('has a page with every finding and what remains', () => {
    const page = reportPage(signed);
    expect(page).toContain('# Deployment check of proof: FAILED');
    expect(page).toContain('| deploy | FAILED | 3 | A \\| B failed. |');
    expect(page).toContain('- AWS::KMS::Key k: KMS waits. Until 2026-12-08T10:41:00.000Z.');
  });
});

if (moto === undefined) {
  test('without UNDERWRIGHT_MOTO, the runs against CloudFormation and CloudWatch are left out', () => {
    expect(process.env['UNDERWRIGHT_MOTO']).toBeUndefined();
  });
} else {
  againstMoto(moto);
}

function againstMoto(endpoint: string): void {
  let account: Account;
  let aws: Aws;
  let stages = 0;
  beforeAll(async () => {
    account = await openAccount(endpoint);
    Object.assign(process.env, account.operator);
    aws = openAws();
  });
  afterAll(async () => {
    closeAws(aws);
    await account.close();
  });

  const CALLER = { account: '123456789012', region: 'us-east-1', arn: 'arn:aws:iam::123456789012:user/operator' };
  const never = () => ({ work: new AbortController().signal, cleanup: new AbortController().signal });

  function optionsOf(given: Partial<CheckOptions> & { broken?: boolean } = {}): CheckOptions {
    stages += 1;
    const { broken = false, ...options } = given;
    const stage = options.stage ?? `proof-${stages}`;
    const app = join(folder, `app-${stages}`);
    synthesiseStage(app, stage, account.settings, broken);
    const out = join(folder, `report-${stages}`);
    const samples = ['approve-lowest-rate', 'decline-income', 'refer-approved'];
    const run = randomUUID();
    return {
      stage,
      run,
      out,
      app,
      samples,
      reuse: false,
      keep: false,
      reviewSeconds: 1,
      metricsSeconds: 5,
      ...options,
    };
  }

  /** Runs the check while the stage seals, as its schedule does. */
  async function checked(options: CheckOptions, run = check): Promise<Report> {
    const seals = setInterval(() => void account.invoke('SealLedger', {}).catch(() => {}), 1_000);
    try {
      return (await captured(() => run(aws, CALLER, options, never()))).result;
    } finally {
      clearInterval(seals);
    }
  }

  const resultsOf = ({ steps }: Report) => Object.fromEntries(steps.map(({ name, result }) => [name, result]));
  const findingOf = (report: Report, step: string) =>
    report.steps.find(({ name }) => name === step)?.findings.join(' ') ?? '';
  const written = ({ out }: CheckOptions) => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  const stacksOf = async ({ stage }: Pick<CheckOptions, 'stage'>) =>
    (await readStacks(aws, stage)).map(({ name }) => name);

  describe('A deployment', () => {
    test('that is right passes every step, and nothing remains but the key that signed the report', async () => {
      const options = optionsOf();
      const report = await checked(options);
      expect(report.steps.flatMap(({ findings }) => findings)).toEqual([]);
      expect(report).toMatchObject({
        result: 'PASSED',
        account: '123456789012',
        samples: { asExpected: 3, otherwise: [] },
        review: { applicationId: 'refer-approved', outcome: 'APPROVE' },
        verified: { applications: 3, faults: 0 },
        latencies: { executions: 2 },
        throttles: { total: 0, by: {} },
        remains: [{ resource: expect.stringMatching(/^AWS::KMS::Key /), until: expect.any(String) }],
      });
      expect(report.latencies!.withoutBureau.p95).toBeLessThan(report.latencies!.all.p95 + 1);
      // 14 transitions for the approval; the decline needs no report.
      expect(report.costs!.lines).toContainEqual(
        expect.objectContaining({ line: 'State transitions', quantity: expect.any(Number) }),
      );
      expect(report.costs!.usd).toBeGreaterThan(0.0005);
      expect(await stacksOf(options)).toEqual([]);
      expect(written(options)).toEqual(report);
      const text = readFileSync(join(options.out, 'report.json'), 'utf8');
      expect(reportFaults(text, readFileSync(join(options.out, 'public.pem'), 'utf8'))).toEqual([]);
      expect(readFileSync(join(options.out, 'report.md'), 'utf8')).toContain('| destroy | PASSED |');
    });

    test('that fails half-way skips the proof, is destroyed, and has its cause and its rest named', async () => {
      const options = optionsOf({ broken: true });
      const report = await checked(options);
      expect(findingOf(report, 'deploy')).toMatch(/^cdk deploy ended with 1\. /);
      expect(findingOf(report, 'deploy')).toContain('Topic names must be made up of');
      expect(resultsOf(report)).toMatchObject({ submit: 'SKIPPED', costs: 'SKIPPED', destroy: 'FAILED' });
      // moto cannot delete a stack whose creation failed, so the report names it; the records stack went, and its key signed.
      expect(await stacksOf(options)).toEqual(['workflow']);
      expect(report.remains).toMatchObject([
        { resource: expect.stringContaining(`stack/underwright-${options.stage}-workflow/`), until: null },
        { resource: expect.stringMatching(/^AWS::KMS::Key /), until: expect.any(String) },
      ]);
      expect(report).toMatchObject({ result: 'FAILED', signature: { value: expect.any(String) } });
    });
  });

  test('A stage that is kept can be checked again, and is destroyed with its locked objects', async () => {
    const options = optionsOf({ samples: ['decline-delinquent', 'refer-declined'], keep: true });
    const kept = await checked(options);
    expect(kept.steps.flatMap(({ findings }) => findings)).toEqual([]);
    expect(kept.remains).toEqual([
      {
        resource: `stage ${options.stage}`,
        why: expect.stringContaining(`destroy ${join(options.out, 'report.json')}`),
        until: null,
      },
    ]);
    await expect(checked(options)).rejects.toThrow(`The stage ${options.stage} exists already (workflow, records)`);

    const [records] = (await readStacks(aws, options.stage)).filter(({ name }) => name === 'records');
    const bucket = (await resourcesOf(aws, records!)).find(({ type }) => type === 'AWS::S3::Bucket')!.physicalId;
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'evidence/1', Body: 'locked' }));
    account.refused.add('DeleteStack');
    const again = await checked({ ...options, reuse: true, keep: false, out: join(folder, 'again') });
    account.refused.clear();
    // The first check completed the only review.
    expect(findingOf(again, 'submit')).toBe('');
    expect(findingOf(again, 'review')).toContain('refer-declined does not wait for a reviewer');
    expect(findingOf(again, 'destroy')).toMatch(/^2 resources remain: AWS::CloudFormation::Stack arn:/);
    expect(again.remains).toContainEqual({
      resource: expect.stringContaining(`stack/underwright-${options.stage}-records/`),
      why: expect.stringContaining('AWS refused a call of the step destroy'),
      until: null,
    });

    // As by a second Ctrl-C.
    const cleanup = AbortSignal.abort(new CheckFailed('The check was interrupted by SIGINT.'));
    const interrupted = await checked(
      { ...options, keep: false, out: join(folder, 'twice') },
      (client, caller, given) => destroyLeft(client, caller, given, { ...never(), cleanup }),
    );
    expect(findingOf(interrupted, 'destroy')).toBe('The check was interrupted by SIGINT.');
    expect(interrupted).toMatchObject({ result: 'FAILED', remains: [{ resource: `stage ${options.stage}` }] });

    const destroyed = await checked({ ...options, keep: false, out: join(folder, 'destroyed') }, destroyLeft);
    expect(destroyed.steps).toMatchObject([{ name: 'destroy', result: 'PASSED' }]);
    expect(await stacksOf(options)).toEqual([]);
  });

  test('A stack that the check did not deploy is left alone', async () => {
    const options = optionsOf({ reuse: true });
    const StackName = `underwright-${options.stage}-records`;
    const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    await aws.cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await expect(checked(options)).rejects.toThrow('was not deployed by this check, so it is left alone');
    await expect(checked(options, destroyLeft)).rejects.toThrow('was not deployed by this check');
    expect(await stacksOf(options)).toEqual(['records']);
  });

  test.each([
    ['another team', []],
    ['another run', [{ Key: TAG, Value: randomUUID() }]],
  ])('A stack that %s deploys meanwhile is left alone, and its key signs nothing', async (_, Tags) => {
    const options = optionsOf();
    const gate = join(folder, `gate-${options.stage}`);
    // A synthesis that fails once the other stack exists.
    const running = checked({ ...options, app: `until [ -e ${gate} ]; do sleep 0.1; done; exit 1` });
    while (!existsSync(join(options.out, 'report.json'))) await wait(20);
    const StackName = `underwright-${options.stage}-records`;
    // Text, because moto parses the policy of a key.
    const KeyPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    const ExportKey = { Type: 'AWS::KMS::Key', Properties: { KeyPolicy } };
    const TemplateBody = JSON.stringify({ Resources: { ExportKey } });
    await aws.cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Tags }));
    writeFileSync(gate, '');
    const report = await running;
    const [stack] = await readStacks(aws, options.stage);
    const [key] = await resourcesOf(aws, stack!);
    expect(resultsOf(report)).toMatchObject({ deploy: 'FAILED', submit: 'SKIPPED', destroy: 'FAILED' });
    expect(report).toMatchObject({
      result: 'FAILED',
      remains: [{ resource: `AWS::CloudFormation::Stack ${stack!.id}`, why: expect.stringContaining('left alone') }],
      signature: null,
    });
    expect(existsSync(join(options.out, 'public.pem'))).toBe(false);
    const { KeyMetadata } = await aws.kms.send(new DescribeKeyCommand({ KeyId: key!.physicalId }));
    expect(KeyMetadata).toMatchObject({ KeyState: 'Enabled' });
  });

  test('A stage is neither reused nor destroyed with the report of another check', async () => {
    const options = optionsOf({ keep: true, samples: ['approve-lowest-rate'] });
    await checked(options);
    const other = { ...options, run: randomUUID(), out: join(folder, 'other'), reuse: true, keep: false };
    await expect(checked(other)).rejects.toThrow('was not deployed by this check, so it is left alone');
    await expect(checked(other, destroyLeft)).rejects.toThrow('was not deployed by this check');
    expect(await stacksOf(options)).toEqual(['workflow', 'records']);
    await checked({ ...options, out: join(folder, 'own'), keep: false }, destroyLeft);
    expect(await stacksOf(options)).toEqual([]);
  });

  describe('A check that is interrupted', () => {
    /** Starts the program on a stage of stages/ and waits for a line of its output. */
    async function started(line: RegExp, ...args: string[]): Promise<Running & { out: string }> {
      const { app = '', out } = optionsOf({ stage: 'proof' });
      const common = ['--yes', '--app', app, '--out', out, '--samples', 'approve-lowest-rate,refer-counteroffer'];
      const running = program([...common, '--review-seconds', '60', ...args], account.operator);
      while (!line.test(running.text()) && running.child.exitCode === null) await wait(50);
      return { ...running, out };
    }

    test('by Ctrl-C destroys the stage and reports so', async () => {
      const { child, text, ended: code, out } = await started(/^review …/m);
      expect(text()).toContain('Account 123456789012, region us-east-1, stage proof');
      child.kill('SIGINT');
      expect([await code, text()]).toEqual([130, expect.stringContaining('INTERRUPTED. The report: ')]);
      const report = written({ out } as CheckOptions);
      expect(findingOf(report, 'review')).toBe('The check was interrupted by SIGINT.');
      expect(resultsOf(report)).toMatchObject({ submit: 'PASSED', verify: 'SKIPPED', destroy: 'PASSED' });
      expect(report).toMatchObject({ result: 'INTERRUPTED', signature: { value: expect.any(String) } });
      expect(await stacksOf({ stage: 'proof' })).toEqual([]);
    });

    test('by a kill leaves a report that says so, and the stage is destroyed later', async () => {
      const { child, ended: code, out } = await started(/^review …/m);
      child.kill('SIGKILL');
      await code;
      expect(written({ out } as CheckOptions)).toMatchObject({ result: 'RUNNING', endedAt: null, signature: null });
      expect(await stacksOf({ stage: 'proof' })).toEqual(['workflow', 'records']);
      const left = await ended(
        ['destroy', join(out, 'report.json'), '--yes', '--out', join(folder, 'left')],
        account.operator,
      );
      expect([left.code, left.text]).toEqual([0, expect.stringContaining('destroy: PASSED')]);
      expect(existsSync(join(folder, 'left', 'report.md'))).toBe(true);
      expect(await stacksOf({ stage: 'proof' })).toEqual([]);
    });
  });

  // The last test, because its faults stay in the records and in CloudWatch.
  test('A deployment with every fault has each of them reported, and is destroyed', async () => {
    // An outcome that differs: the id was submitted before, with other content.
    const other = { ...example('decline-by-model'), applicationId: 'approve-60-months' };
    expect(await account.invoke('IntakeApplication', other)).toMatchObject({ result: 'ACCEPTED' });
    await account.settled();
    // A fault of the records: an entry was cut off.
    const entry = { TableName: 'ledger', Key: { pk: 'APPLICATION#decline-income', sk: 1 } };
    await account.dynamoDb.send(new DeleteCommand(entry));
    account.throttled.add('PullBureauReport');
    account.refused.add('configuration');
    // A review that does not wait: an earlier test completed it.
    const options = optionsOf({ samples: ['approve-60-months', 'counteroffer-dti', 'refer-approved'] });
    const report = await checked(options);
    account.refused.clear();
    expect(resultsOf(report)).toMatchObject({ deploy: 'PASSED', submit: 'FAILED', review: 'FAILED', verify: 'FAILED' });
    expect(findingOf(report, 'submit')).toContain('approve-60-months: DECLINE, not APPROVE.');
    expect(findingOf(report, 'review')).toBe('refer-approved does not wait for a reviewer: its status is APPROVE.');
    expect(findingOf(report, 'verify')).toMatch(/^verify --all --aws found: [A-Z_]+: /);
    expect(report.verified!.faults).toBeGreaterThan(0);
    expect(findingOf(report, 'throttles')).toMatch(/^AWS throttled calls \(PullBureauReport Throttles: 3\): raise/);
    expect(findingOf(report, 'costs')).toContain('AWS refused a call of the step costs');
    expect(report).toMatchObject({ result: 'FAILED', signature: { value: expect.any(String) } });
    expect(resultsOf(report)).toMatchObject({ destroy: 'PASSED' });
    expect(await stacksOf(options)).toEqual([]);
  });
}
