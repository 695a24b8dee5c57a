import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { FUNCTIONS } from '../../lambdas/functions.ts';
import type { Call } from '../support/deployment/calls.ts';
import { grantsOf, policiesOf, refusal, type Policies } from '../support/deployment/policies.ts';
import { OUTCOMES, REVIEWED, runEverything } from '../support/deployment/run.ts';
import { unusedGrants } from '../support/deployment/unused.ts';
import { openDeployment, type Deployment } from '../support/deployment/world.ts';

jest.setTimeout(600_000);

let deployment: Deployment;
let ran: Awaited<ReturnType<typeof runEverything>>;
let policies: Policies;
let calls: readonly Call[];
beforeAll(async () => {
  deployment = await openDeployment();
  ran = await runEverything(deployment);
  policies = policiesOf(deployment.template);
  calls = deployment.calls;
});
afterAll(() => deployment?.close());

describe('The synthesised functions, each a bundle alone in a folder and a process', () => {
  test('decide every outcome, asked through the API with tokens', () => {
    expect(ran.decided).toEqual(OUTCOMES);
  });

  test('put before a person what they cannot decide, and take the answers', () => {
    expect(ran.held).toEqual(['attention-open']);
    expect(ran.queue).toEqual(REVIEWED.toSorted());
    expect(ran.completed).toEqual(REVIEWED.map(() => 'COMPLETED'));
    expect(ran.measured).toEqual({ reviews: 3, attention: 1 });
  });

  test('tell everything that others hear of', () => {
    const told = new Set(deployment.heard.map(({ type }) => type));
    for (const type of [
      'ApplicationReceived',
      'ReviewAwaited',
      'AttentionNeeded',
      'DecisionRecorded',
      'NoticesReady',
      'NoticePrintRequested',
      'NoticeSent',
      'NoticeReturned',
      'LoanBooked',
      'OfferLapsed',
      'DecisionReopened',
      'ApplicationLapsed',
      'ApplicationWithdrawn',
      'DocumentRequested',
      'LedgerSealed',
      'ApplicantForgotten',
    ])
      expect(told).toContain(type);
  });

  test('archive and seal what an auditor then verifies without a fault, under the role of the auditor', () => {
    expect(ran.verified).toMatchObject({ faulty: 0, seals: { seals: 1 } });
    // The functions' clocks were put ahead of the auditor's, which is named.
    const { faults } = ran.verified['seals'] as { faults: { fault: string }[] };
    const names = new Set(faults.map(({ fault }) => fault));
    expect([...names].toSorted()).toEqual(['CLOCK_BEHIND_SEAL', 'RECORDED_AFTER_NOW']);
    expect(Number(ran.verified['verified'])).toBeGreaterThanOrEqual(12);
  });

  test('take letters up again, reap old versions, and forget whom nothing keeps', () => {
    expect(ran.redriven).toEqual({ redriven: 12, kept: 0 });
    expect(ran.reaped).toBeGreaterThan(0);
    expect(ran.forgotten).toBeGreaterThan(0);
  });

  test('decide the applications of a file anew, and name the line that is none', () => {
    expect(ran.rescored).toEqual({
      status: 'SUCCEEDED',
      output: { summary: 'results/portfolio/summary.json', items: 2, failed: 1 },
    });
  });

  test('all ran, with nothing of this project beside them', () => {
    const names = Object.keys(FUNCTIONS).sort();
    expect(readdirSync(deployment.bundles).sort()).toEqual(names);
    // The function that draws PDFs has its fonts beside it.
    const withPackages = names.filter((name) => readdirSync(join(deployment.bundles, name)).includes('node_modules'));
    expect(withPackages).toEqual(['DrawNotice']);
    expect(readdirSync(join(deployment.bundles, 'DrawNotice', 'node_modules'))).toEqual(['dejavu-fonts-ttf']);
  });
});

describe('Least privilege', () => {
  test('allows every call that was made', () => {
    expect(calls.length).toBeGreaterThan(2_000);
    expect([...new Set(calls.flatMap((call) => refusal(policies, call) ?? []))]).toEqual([]);
  });

  test('grants nothing that nobody asks for, but what is listed with its reason', () => {
    expect(unusedGrants(policies, calls)).toEqual([]);
  });

  test('names every action, and every resource but where AWS takes none', () => {
    for (const { action, resource } of grantsOf(policies)) {
      expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
      if (resource === '*') expect(action).toMatch(/^(xray|logs):/);
    }
  });

  test('lets nobody change or remove what is in the ledger or in the evidence', () => {
    const changing = grantsOf(policies).filter(
      ({ action, resource }) =>
        (resource.includes('Ledger') && /:(Update|Delete|Batch|PartiQL)/.test(action)) ||
        /^s3:(Delete|BypassGovernance)/.test(action),
    );
    expect(changing).toEqual([]);
  });

  const without = (principal: string, action: string): Policies => {
    const kept = policies.identities
      .get(principal)!
      .map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((one) => one !== action) }));
    return { ...policies, identities: new Map([...policies.identities, [principal, kept]]) };
  };
  const withMore = (principal: string, Action: string, Resource: string): Policies => {
    const own = [...policies.identities.get(principal)!, { Effect: 'Allow' as const, Action, Resource }];
    return { ...policies, identities: new Map([...policies.identities, [principal, own]]) };
  };

  test('that is too narrow fails by the name of what is missing', () => {
    const narrow = without('SealLedger', 'kms:Sign');
    expect(calls.flatMap((call) => refusal(narrow, call) ?? [])).toEqual([
      expect.stringMatching(/^SealLedger kms:Sign arn:aws:kms:.*SealKey\w+: nothing allows it$/),
    ]);
  });

  test('that is too wide fails by the name of what is not needed', () => {
    const table = 'arn:aws:dynamodb:local:000000000000:table/Other';
    expect(unusedGrants(withMore('SetSwitch', 'dynamodb:Scan', table), calls)).toEqual([
      `SetSwitch dynamodb:Scan ${table}`,
    ]);
  });

  test('is beneath what tables and buckets deny to everybody, whoever allows it', () => {
    const entries = calls.find(({ action, resource }) => action === 'dynamodb:PutItem' && /Ledger/.test(resource))!;
    const object = calls.find(({ action }) => action === 's3:PutObject')!;
    const generous = withMore('SetSwitch', '*', '*');
    const asked = (action: string, resource: string, context: Call['context'] = {}) =>
      refusal(generous, { principal: 'SetSwitch', action, resource, context });
    expect(asked('dynamodb:PutItem', entries.resource)).toBeUndefined();
    for (const action of ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLDelete', 'UpdateTimeToLive'])
      expect(asked(`dynamodb:${action}`, entries.resource)).toMatch(/denied by NobodyChangesEntries$/);
    for (const action of ['DeleteObject', 'DeleteObjectVersion', 'BypassGovernanceRetention'])
      expect(asked(`s3:${action}`, object.resource)).toMatch(/denied by NobodyDeletes$/);
    expect(asked('s3:PutObject', object.resource, object.context)).toBeUndefined();
    expect(asked('s3:PutObject', object.resource, { 's3:ObjectCreationOperation': ['true'] })).toMatch(
      /denied by NobodyWritesOver$/,
    );
    expect(asked('s3:GetObject', object.resource, { 'aws:SecureTransport': ['false'] })).toMatch(/denied/);
  });
});
