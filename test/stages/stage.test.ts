import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Match } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';

import { agencyOf } from '../../domain/lender.ts';
import { parseStage, stageJsonSchema, stageNamed, stageNames } from '../../stages/stage.ts';
import { contextWithoutBundling, synthesise } from '../support/synthesised.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const textOf = (name: string): string => readFileSync(join(ROOT, 'stages', `${name}.yaml`), 'utf8');
const sandbox = textOf('sandbox');

/** The faults of a stage's file, one a line. */
function faults(text: string, name = 'staging'): string[] {
  try {
    parseStage(`stages/${name}.yaml`, text);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

describe('A stage', () => {
  test.each(stageNames())('%s of this folder is valid', (name) => {
    expect(stageNamed(name)).toMatchObject({ name, mode: expect.any(String), lender: { type: expect.any(String) } });
  });

  test('has any name that fits its stacks', () => {
    expect(faults(sandbox, 'staging')).toEqual([]);
    for (const name of ['Staging', '-a', 'a-', 'a.b', 'aws-test', 'x'.repeat(35)])
      expect(faults(sandbox, name)).toEqual([
        expect.stringContaining(`The name "${name}" cannot name stacks: use at most 34`),
      ]);
  });

  test.each([
    [
      'mode: sandbox',
      'mode: live',
      'mode is "live", expected one of "sandbox"|"production": give whether the stage lends',
    ],
    [
      'backupRetentionDays: 7',
      'backupRetentionDays: 7 days',
      'backupRetentionDays is "7 days", expected number, received string: give the days',
    ],
    [
      'backupRetentionDays: 7',
      'backupRetentionDays: 0',
      'backupRetentionDays is 0, expected number to be >0: give the days',
    ],
    ['backupRetentionDays: 7', '', 'backupRetentionDays is missing: give the days for which the daily backups'],
    [
      'backupRetentionDays: 7',
      'backupRetention: 7',
      'backupRetention is not a setting: remove it, or use one of mode, account',
    ],
    ['logRetentionDays: 30', 'logRetentionDays: 31', 'logRetentionDays is 31, expected one of 1|3|5'],
    [
      'timeZone: America/Chicago',
      'timeZone: Chicago',
      'lender.timeZone is "Chicago", not a known time zone: give the IANA name',
    ],
    ['type: STATE_LICENSEE', 'type: PAWNBROKER', 'lender.type is "PAWNBROKER", expected one of "BANK_HOME_STATE"'],
    ['type: STATE_LICENSEE', 'kind: X', 'lender.kind is not a setting: remove it, or use one of name, address'],
    [
      'bureau: SIMULATED',
      'bureau: http://bureau.example',
      'bureau is "http://bureau.example", not SIMULATED, nor an https address: give SIMULATED, or',
    ],
    ['mode: sandbox', 'mode: production', 'bureau is SIMULATED in mode production: give the address of a gateway'],
    ['sample: approve-lowest-rate', 'sample: unknown', 'canary.sample names no application in examples/applications'],
    [
      "ESIGN:\n      - version: '2026-11'\n        from:",
      "ESIGN:\n      - version: '2026-11'\n        since:",
      'lender.consentTexts.ESIGN.0.from is missing: give the instant from which the text is shown, in UTC.',
    ],
    [
      "ESIGN:\n      - version: '2026-11'\n        from: '2026-01-01T00:00:00Z'",
      "ESIGN:\n      - version: '2026-11'\n        from: 2026-01-01",
      'lender.consentTexts.ESIGN.0.from is "2026-01-01", not an instant in UTC',
    ],
    ['SOFT_PULL:\n', 'SOFT_PULL: 2026-11\n    HARD_PULL:\n', 'lender.consentTexts.SOFT_PULL is "2026-11", '],
    [
      'AUTOMATED_DECISION:\n',
      'OTHER:\n',
      'lender.consentTexts.AUTOMATED_DECISION is missing: give the versions of the notice',
    ],
    [
      'applicantUrl: https',
      'applicantUrl: http',
      'lender.applicantUrl is "http://apply.lender.example/applications/", not an https',
    ],
    ['.example/applications/', '.example/?id=', 'not an address that ends with a slash: give the https address'],
    [
      'type: STATE_LICENSEE',
      'type: STATE_LICENSEE\n  scoreDisclosure: NONE',
      'lender.scoreDisclosure is "NONE", expected one of "OWN"|"BUREAU"|"BOTH"',
    ],
    ['mode: sandbox', 'mode: sandbox\nregion: us-east-1', 'account is missing: give account and region together'],
    [
      'mode: sandbox',
      'mode: sandbox\noperators: [a, b@c.example]',
      'operators.0 is not an e-mail address: give the e-mail addresses',
    ],
    ['mode: sandbox', 'mode: sandbox\nmode: sandbox', 'Map keys must be unique at line 4, column 1: Correct the YAML.'],
    ['mode: sandbox', 'mode: [', 'Correct the YAML.'],
    [
      'approvalRate: [0, 100]',
      'approvalRate: [80, 20]',
      'alarms.approvalRate is not in order: give the lowest and the highest usual share',
    ],
    [
      'type: STATE_LICENSEE',
      'type: FEDERAL_CREDIT_UNION\n  agency: FTC',
      'lender.agency is not an agency of a FEDERAL_CREDIT_UNION: give none, or NCUA, CFPB.',
    ],
    [
      'type: STATE_LICENSEE',
      'type: BANK_EXPORT',
      'lender.agency is missing: give the agency of this BANK_EXPORT, one of OCC, FRB,',
    ],
    ['type: STATE_LICENSEE', 'type: STATE_LICENSEE\n  agency: SEC', 'lender.agency is "SEC", expected one of "FTC"'],
    ['mode: sandbox', 'mode: sandbox\ntrial: {percentage: 0, intervalMinutes: 30}', 'trial.percentage is 0, '],
    [
      'mode: sandbox',
      'mode: sandbox\ntrial: {percentage: 9, intervalMinutes: 9999}',
      'trial.intervalMinutes is 9999, ',
    ],
    ['mode: sandbox', 'mode: sandbox\noperators: *nope', 'An alias (*) has no anchor (&) before it'],
    ['mode: sandbox', 'mode: sandbox\nfrontEnds: [a, a]', 'frontEnds is not a list of different names'],
    ['telephone: 1-800-555-0100', 'telephone: "  "', 'lender.telephone is "  ", not a text with a letter or a digit'],
    [
      'runbooks: docs/runbooks',
      "runbooks: '{{resolve:ssm:/x}}'",
      'A setting begins a dynamic reference of CloudFormation',
    ],
    [
      'sample: approve-lowest-rate',
      'sample: ../../package',
      'canary.sample is "../../package", not a name of small letters',
    ],
    ['everyMinutes: 15', 'everyMinutes: 10000', 'canary.everyMinutes is 10000, '],
    [
      'mode: sandbox',
      'mode: sandbox\noperators: [b@c.example, b@c.example]',
      'operators is not a list of different addresses',
    ],
    [
      'mode: sandbox',
      `mode: sandbox\naccount: '000000000000'\nregion: us-east-1\ndomain: {name: a.example, certificateArn: "arn:aws:acm:eu-west-1:000000000000:certificate/0"}`,
      'domain.certificateArn is not of the region us-east-1: give a certificate of that region.',
    ],
  ])('with "%s" written "%s" gives a sentence', (from, to, sentence) => {
    expect(faults(sandbox.replace(from, to))).toContainEqual(expect.stringContaining(sentence));
  });

  test.each([
    [
      'STATE_LICENSEE',
      /^Federal Trade Commission, Consumer Response Center, 600 Pennsylvania Avenue NW, Washington, DC 20580$/,
    ],
    ['UNLICENSED', /^Federal Trade Commission/],
    ['FEDERAL_CREDIT_UNION', /^National Credit Union Administration/],
    ['FEDERAL_CREDIT_UNION\n  agency: CFPB', /^Bureau of Consumer Financial Protection/],
    ['BANK_HOME_STATE\n  agency: OCC', /^Office of the Comptroller of the Currency/],
    ['BANK_EXPORT\n  agency: FDIC', /Federal Deposit Insurance Corporation/],
  ])('of a lender of type %s has the agency that notices name', (type, agency) => {
    const { lender } = parseStage('stages/staging.yaml', sandbox.replace('type: STATE_LICENSEE', `type: ${type}`));
    expect(agencyOf(lender)).toMatch(agency);
  });

  test('with several faults gives one sentence for each', () => {
    expect(faults('mode: sandbox').length).toBe(10);
    expect(faults('')).toContainEqual(expect.stringContaining('stages/staging.yaml: mode is missing: give '));
  });
});

test('The example has every setting and fits the published schema, which editors read', () => {
  const published = JSON.parse(readFileSync(join(ROOT, 'docs', 'schemas', 'stage.json'), 'utf8')) as object;
  expect(published).toEqual(stageJsonSchema());
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const valid = ajv.compile(published);
  for (const name of stageNames()) expect([name, valid(parse(textOf(name))), valid.errors]).toEqual([name, true, null]);
  const example = parse(textOf('example')) as Record<string, unknown>;
  const { properties } = published as { properties: Record<string, unknown> };
  // The only setting that excludes another of the example.
  expect(Object.keys(properties).filter((setting) => !(setting in example))).toEqual(['frontEnds']);
});

describe('The stacks of a stage', () => {
  test('have its name, its account and its mode', () => {
    const { records, workflow } = synthesise('example');
    records.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operators@lender.example',
    });
    workflow.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          STAGE_NAME: 'example',
          LENDING: Match.stringLikeRegexp('^[^ ]*"type":"FEDERAL_CREDIT_UNION"[^ ]*$'),
        },
      },
    });
    workflow.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { BUREAU_URL: 'https://bureaus.lender.example/reports' } },
    });
  });

  test('of an unknown stage are refused with one sentence and exit code 2', () => {
    const context = JSON.stringify({ ...contextWithoutBundling(), stage: 'staging' });
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin', 'app.ts')], {
      env: { ...process.env, CDK_CONTEXT_JSON: context },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([
      2,
      'No stage is named "staging": give one of example, production, proof, sandbox, or copy stages/example.yaml to a new file.\n',
    ]);
  });
});
