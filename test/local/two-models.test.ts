import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { readPackage } from '../../adapters/onnx/scorer.ts';
import type { PackageFiles } from '../../adapters/ports.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { localDate } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { readBody } from '../../domain/ledger/events.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import { openUnderwriting, type UnderwritingProcess } from '../../local/underwriting-process.ts';
import { underwright } from '../cli/program.ts';
import { registering } from '../support/model-packages.ts';
import { sampleNow } from '../support/samples.ts';
import { smallPackage } from '../support/small-package.ts';

const NOTE = 'Read beside its card of this week.';
const folder = mkdtempSync(join(tmpdir(), 'underwright-two-models-'));
let underwriting: UnderwritingProcess;
beforeAll(async () => {
  underwriting = await openUnderwriting({ folder, bureauTimeoutMs: 200 });
});
afterAll(async () => {
  await underwriting.close();
  rmSync(folder, { recursive: true });
});

const govern = async (command: object) => {
  const answer = await underwriting.invoke('GovernModel', { note: NOTE, ...command });
  expect(answer).toEqual(expect.objectContaining({ result: 'GOVERNED', repeated: false }));
};
const today = () => localDate(new Date().toISOString(), underwriting.embedded.lending.lender.timeZone);

const packageOf = (files: PackageFiles) => ({ digest: sha256(files.manifest), files });
/** The groups whose part of the margin is worse than at the reference. */
const groupsBelow = ({ result }: Scoring) =>
  result?.contributions.filter(({ deficitMicros }) => deficitMicros > 0).map(({ group }) => group);

/** Decides an application, and reads its score and what its entry states. */
async function scored(applicationId: string, submitted: JsonObject) {
  const submission = { ...submitted, applicationId };
  const answer = await underwriting.invoke('IntakeApplication', submission);
  expect(answer).toMatchObject({ result: 'ACCEPTED' });
  await underwriting.engine.drain();
  const entries = await underwriting.embedded.ledger.read(applicationId);
  const entry = entries.find(({ type }) => type === 'APPLICATION_SCORED')!;
  const { evidence, facts } = readBody(entry, 'APPLICATION_SCORED');
  const scoring = await readEvidence(underwriting.embedded.evidence, applicationId, 'score', evidence[0]!.address);
  const applied = entries.find(({ type }) => type === 'POLICY_APPLIED')!;
  return { scoring, facts, policy: readBody(applied, 'POLICY_APPLIED').facts };
}

test('Two packages decide side by side, and a rollback takes effect for the next application', async () => {
  const second = packageOf(await smallPackage('credit-line'));
  const first = packageOf(await readPackage(join('models', 'personal-loan-default', '2.0.0')));
  const place = { product: 'credit-line', role: 'officer', by: 'r.vega' };
  for (const [at, each] of [first, second].entries()) {
    const { digest } = each;
    await govern({ ...registering(each), by: 'a.author', role: 'officer' });
    await govern({ action: 'PROMOTE', digest, ...place, effective: today() });
    const line = await scored(`two-models-approved-${at}`, sampleNow('line-approve'));
    expect(line.scoring.model.packageDigest).toBe(digest);
  }

  const loan = await scored('two-models-loan', sampleNow('decline-by-model'));
  expect(loan.scoring.model.packageDigest).toBe(first.digest);
  expect(loan.facts).toMatchObject({ modelApproval: null, scored: true });
  expect(loan.policy).toMatchObject({ outcome: 'DECLINE' });

  // The same credit file, which both models decline for other reasons.
  const { applicant = null } = sampleNow('decline-by-model');
  const line = await scored('two-models-line', { ...sampleNow('line-approve'), applicant });
  expect(line.scoring.model.packageDigest).toBe(second.digest);
  expect(line.facts).toMatchObject({ model: 'credit-line-default', modelApproval: 'models/4', scored: true });
  const names = ['annual_income', 'delinquencies_2y', 'inquiries_6m', 'revolving_utilisation'];
  expect(Object.keys(line.scoring.features)).toEqual(names);
  expect(Object.keys(loan.scoring.features)).toHaveLength(20);
  expect(groupsBelow(line.scoring)).toEqual(['REVOLVING_UTILISATION']);
  expect(groupsBelow(loan.scoring)).not.toContain('REVOLVING_UTILISATION');
  expect(line.policy).toMatchObject({ outcome: 'DECLINE' });
  expect(line.policy['reasons']).not.toEqual(loan.policy['reasons']);

  const { digest } = second;
  await govern({ action: 'ROLLBACK', digest, ...place });
  const later = await scored('two-models-later', sampleNow('line-approve'));
  expect(later.scoring.model.packageDigest).toBe(first.digest);
  expect(later.facts).toMatchObject({ modelApproval: 'models/2', scored: true });
});

test('Replay and verification find no fault across the promotions and the rollback', async () => {
  const replayed = await underwright('replay', '--all', '--data', folder);
  const verified = await underwright('verify', '--all', '--data', folder);
  expect(replayed.out).toContain('5 decisions reproduced byte by byte, 0 not');
  expect(replayed.code).toBe(0);
  expect(verified.out).toContain('no fault');
  expect(verified.code).toBe(0);
});
