import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { newestPolicy } from '../../../app/governance/policies.ts';
import type { PrequalifyRequest, SubmitApplicationRequest } from '../../../client/index.ts';
import type { Condition } from '../../../domain/decision/condition-evidence.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { lenderDate } from '../lender.ts';
import { filesOf, variant } from '../model-packages.ts';
import { sampleNow } from '../samples.ts';
import { verifiedFor } from '../verified.ts';
import type { Deployment } from './world.ts';

const run = promisify(execFile);
const example = (id: string) => sampleNow(id) as SubmitApplicationRequest & JsonObject;
/** A request for a quote with the content of a sample. */
const quoteRequest = (id: string) => {
  const { applicationId, consents, ...content } = example(id);
  const soft = consents.map((consent) => ({ ...consent, kind: 'SOFT_PULL' as const }));
  return { ...content, prequalificationId: `prequal-${applicationId}`, consents: soft } as unknown as PrequalifyRequest;
};
const reviews = JSON.parse(readFileSync('examples/reviews.json', 'utf8')) as (JsonObject & { applicationId: string })[];

const PURPOSE = { headers: { 'access-purpose': 'Quarterly audit 2026-4' } };
const REDRIVABLE = [
  'ArchiveHistory',
  'DeliverNotices',
  'ExpireRequests',
  'ForgetApplicants',
  'LapseOffers',
  'MeasureQueues',
  'ReapVersions',
  'ReconcileRecords',
  'RecordBounce',
  'SealLedger',
  'StartAccepted',
  'SubmitSamples',
];
/** What a mail service reports of a message that no application has. */
const RETURNED = { applicationId: 'decline-bankruptcy', notice: 'f'.repeat(64), attempt: '1' };
const PAYLOADS: Readonly<Record<string, JsonObject>> = {
  SubmitSamples: { samples: [] },
  RecordBounce: { event: 'Bounce', ...RETURNED },
};
const STEPS = [
  'ValidateApplication',
  'ScreenApplicants',
  'ApplyPreBureauPolicy',
  'PullBureauReport',
  'ScoreApplication',
  'ApplyPolicy',
  'AwaitReview',
  'RecordDecision',
  'IssueNotices',
  'NeedsAttention',
];

/** Through the API, as a front end. */
export const OUTCOMES = {
  'approve-lowest-rate': 'APPROVE',
  'counteroffer-dti': 'COUNTEROFFER',
  'decline-bankruptcy': 'DECLINE',
  'not-offered-state': 'NOT_OFFERED',
  incomplete: 'INCOMPLETE',
} as const;
/** Decided by a person. */
export const REVIEWED = ['refer-approved', 'refer-declined', 'list-match-cleared'];
const HELD = 'attention-open';

/** One application that can be decided anew, and one line that is none. */
const BATCH: readonly JsonObject[] = [
  {
    id: 'loan-1',
    asOf: '2026-11-25',
    application: {
      product: 'personal-loan',
      request: { amountCents: 1_000_000, termMonths: 36, purpose: 'OTHER' },
      income: { annualGrossCents: 8_000_000 },
      employment: { status: 'EMPLOYED', yearsInJob: 8 },
      housing: { status: 'RENT', monthlyPaymentCents: 120_000 },
      residence: { state: 'IL' },
    },
    report: { status: 'HIT', attributes: { delinquencies2y: 0, inquiries6m: 1 } },
  },
  { id: 'loan-2' },
];

/** Everything that an account does with applications, from the first submission to their being forgotten. */
export async function runEverything(deployment: Deployment) {
  const { invoke, client, settled } = deployment;
  const frontEnd = client('front-end');
  const decided: Record<string, string | undefined> = {};
  for (const id of Object.keys(OUTCOMES)) {
    const { decision } = await frontEnd.submitAndWait(example(id));
    decided[id] = decision?.outcome;
  }
  for (const id of [...REVIEWED, HELD, 'bureau-recovers']) await invoke('IntakeApplication', example(id));
  await settled(10_000);
  await stopAndRedrive(deployment);
  // Accepted, and never started.
  deployment.refuseStarts(true);
  for (const id of ['decline-delinquent', 'decline-obligations'])
    await invoke('IntakeApplication', example(id)).catch(() => {});
  deployment.refuseStarts(false);
  // Asked again after its end, of a process that has no key in memory.
  await deployment.recycle('IntakeApplication');
  await invoke('IntakeApplication', example('approve-lowest-rate'));

  await frontEnd.call('getApplicantData', { params: { applicationId: Object.keys(OUTCOMES)[0]! } });

  const staff = client('reviewer');
  const held = await staff.call('listTasks', { params: { queue: 'attention' } });
  const queue = await staff.call('listTasks', { params: { queue: 'review' } });
  await staff.call('getReview', { params: { applicationId: 'refer-approved' } }, PURPOSE);
  const matched = { params: { applicationId: 'list-match-cleared' } };
  await staff.call('workCase', { ...matched, body: { act: 'CLAIM' } });
  await staff.call('getHoldIdentity', matched, PURPOSE);
  const { firstName, lastName, dateOfBirth, ssn } = example('refer-approved').applicant;
  await staff.call('searchApplicant', { body: { firstName, lastName, dateOfBirth, ssn } }, PURPOSE);
  await staff.call('workCase', { ...matched, body: { act: 'RELEASE' } });
  await workOnCase(deployment, 'refer-approved');
  const measured = await invoke('MeasureQueues', {});
  const completed: Json[] = [];
  for (const { applicationId, confirm, ...answer } of reviews.filter(({ applicationId }) =>
    REVIEWED.includes(applicationId),
  )) {
    const task = queue.tasks.find((each) => each.applicationId === applicationId)?.task ?? '';
    const first = (await invoke('CompleteTask', { applicationId, task, ...answer })) as JsonObject;
    const second = first['result'] === 'AWAITS_CONFIRMATION' && {
      ...(confirm as JsonObject),
      action: 'CONFIRM',
      draft: first['evidence']!,
    };
    completed.push(second ? await invoke('CompleteTask', { applicationId, task, ...second }) : first);
  }
  const { applicationId, task } = held.tasks[0]!;
  const release = { task, action: 'REFER', note: 'The report cannot be read: a person must look.' } as const;
  await client('administrator').call('completeTask', { params: { applicationId }, body: release });
  await settled();
  // A request that no applicant answers.
  const unanswered = { act: 'REQUEST_DOCUMENT', text: 'Please send a pay slip.', answerBy: inAWeek() } as const;
  await staff.call('workCase', { params: { applicationId }, body: unanswered });

  const officer = client('officer');
  const model = { kind: 'model', id: 'f'.repeat(64) } as const;
  for (const on of [true, false])
    await officer.call('setSwitch', { params: model, body: { on, note: 'Losses of this month are under review.' } });
  await officer.call('listSwitches', {});
  const digest = newestPolicy('personal-loan').digest;
  const effective = lenderDate(new Date().toISOString());
  const govern = { digest, effective, note: 'As it was backtested.' };
  const proposal = { effective, note: govern.note };
  await officer.call('proposePolicy', { params: { digest }, body: proposal });
  const made = await variant(() => ({ version: '2.1.0' }));
  const place = { product: 'personal-loan', note: govern.note } as const;
  await officer.call('registerModel', { body: { digest: made.digest, files: filesOf(made), note: govern.note } });
  await invoke('GovernModel', {
    action: 'PROMOTE',
    by: 'r.vega',
    digest: made.digest,
    ...place,
    stage: 'SHADOW',
    effective,
  });
  await officer.call('rollbackModel', { params: { digest: made.digest }, body: { ...place, stage: 'SHADOW' } });
  await invoke('GovernModel', { action: 'PROMOTE', by: 'r.vega', digest: made.digest, ...place, effective });
  await invoke('GovernPolicy', { action: 'APPROVE', by: 'r.vega', ...govern });
  await officer.call('listModels', { query: { date: effective } });

  await frontEnd.call('listConsentTexts', { query: {} });
  await frontEnd.call('prequalify', { body: quoteRequest('approve-lowest-rate') });
  const { offers } = await frontEnd.call('getOffers', { params: { applicationId: 'approve-lowest-rate' } });
  const { offerId } = offers[0]!;
  const accepted = { params: { applicationId: 'approve-lowest-rate', offerId } };
  const { conditionsOpen } = await frontEnd.call('acceptOffer', accepted);
  for (const condition of conditionsOpen as Condition[])
    await staff.call('clearCondition', {
      params: { applicationId: 'approve-lowest-rate', condition },
      body: verifiedFor('approve-lowest-rate', condition),
    });
  // Repeats the booking of an acceptance whose conditions are cleared.
  await frontEnd.call('acceptOffer', accepted);
  // It stays incomplete, and lapses later.
  const part = { income: { annualGrossCents: 6_000_000 } };
  await frontEnd.call('completeApplication', { params: { applicationId: 'incomplete' }, body: part });
  await invoke('WithdrawApplication', { applicationId: 'bureau-recovers', by: 'web-shop' });
  await settled();
  const declined = { applicationId: 'decline-bankruptcy' };
  const { notices } = await frontEnd.call('getNotices', { params: declined });
  const params = { ...declined, notice: notices[0]!.address };
  await frontEnd.call('getNotice', { params, query: { format: 'pdf' } }, PURPOSE);

  const delivered = (await invoke('DeliverNotices', {})) as { printing: number };
  const mailed = { applicationId: 'decline-bankruptcy', by: 'r.vega', act: 'MAILED' };
  await invoke('RecordDelivery', mailed);
  const { applicationId: mailedTo } = mailed;
  await client('reviewer').call('recordDelivery', {
    params: { applicationId: mailedTo },
    body: { act: 'RETURNED', why: 'MOVED' },
  });
  await invoke('RecordBounce', { event: 'Bounce', ...RETURNED });

  const auditor = client('auditor');
  const one = { params: { applicationId: 'decline-bankruptcy' } };
  await auditor.call('getTimeline', one);
  await auditor.call('listEntries', one);
  await auditor.call('listApplications', { query: { outcome: 'DECLINE' } });
  await auditor.call('getEvidence', one, PURPOSE);

  await invoke('SubmitSamples', { canary: true, samples: ['not-offered-state'] });
  const decisionOf = async (applicationId: string) => {
    const { entries } = await auditor.call('listEntries', { params: { applicationId } });
    const { body } = entries.findLast(({ type }) => type === 'DECISION_RECORDED')!;
    const [{ address }] = body['evidence'] as [{ address: string }];
    return { applicationId, decision: address };
  };
  const hold = { matter: 'case-1', by: 'o.lind', note: 'A claim was announced.' };
  const asked = { by: 'o.lind', note: 'By telephone, identity confirmed.' };
  await invoke('SetLegalHold', { applicationId: 'counteroffer-dti', ...hold, on: true });
  const decision = await decisionOf('counteroffer-dti');
  const why = 'REVIEW_REQUESTED';
  await frontEnd.call('reopenDecision', { params: decision, body: { why } });
  await auditor.call('exportDecision', {
    params: { applicationId: 'refer-approved' },
    body: { purpose: 'Quarterly audit 2026-4' },
  });
  await settled();
  const bankrupt = { applicationId: 'decline-bankruptcy' };
  await invoke('SetLegalHold', { ...bankrupt, ...hold, on: true });
  await invoke('RequestForgetting', { ...bankrupt, ...asked });
  await invoke('SetLegalHold', { ...bankrupt, ...hold, on: false });
  const notOffered = { applicationId: 'not-offered-state' };
  await staff.call('requestForgetting', { params: notOffered, body: { note: asked.note } });
  await client('administrator').call('setLegalHold', {
    params: { ...notOffered, matter: 'case-2' },
    body: { on: true, note: hold.note },
  });
  await invoke('SetLegalHold', { ...notOffered, ...hold, matter: 'case-2', on: false });
  await invoke('ReconcileRecords', {});
  // A call that died over a reopening, of what is listed to be forgotten one day.
  deployment.refuseStarts(true);
  await invoke('ReopenApplication', { ...(await decisionOf('refer-declined')), why, by: 'o.lind' }).catch(() => {});
  deployment.refuseStarts(false);
  await invoke('StartAccepted', {});
  await settled();
  deployment.loseEnds(true);
  await invoke('IntakeApplication', example('decline-under-age'));
  await settled();
  deployment.loseEnds(false);

  const rescored = await deployment.rescore('portfolio', BATCH);
  // Again, with more: what is there is found, and what is not is made.
  await deployment.recycle('RescoreBatch');
  await deployment.rescore('portfolio', [...BATCH, { ...BATCH[0]!, id: 'loan-3' }]);

  for (const name of REDRIVABLE) await deployment.deadLetter(name, PAYLOADS[name] ?? {});
  const redriven = await invoke('RedriveDeadLetters', {});
  await settled();
  deployment.refuseStarts(true);
  await invoke('IntakeApplication', example('decline-income')).catch(() => {});
  deployment.refuseStarts(false);
  for (const name of STEPS) deployment.versions.set(name, ['$LATEST', '1', '2', '3', '4', '5', '6']);

  deployment.advance(1);
  // What nobody started, and what nobody heard the end of.
  await invoke('ReconcileRecords', {});
  await settled();
  await invoke('SealLedger', {});
  deployment.advance(60);
  await invoke('LapseOffers', {});
  await invoke('ExpireRequests', {});
  await invoke('WithdrawApplication', { applicationId: HELD, by: 'web-shop' });
  await settled();
  const reaped = await invoke('ReapVersions', {});
  const verified = await runAudit(deployment);
  // Past every retention.
  deployment.advance(6_000);
  const forgotten = await invoke('ForgetApplicants', {});
  await settled();
  const ids = ({ tasks }: { readonly tasks: readonly { readonly applicationId: string }[] }) =>
    tasks.map(({ applicationId }) => applicationId);
  return {
    decided,
    printing: delivered.printing,
    held: ids(held),
    queue: ids(queue).toSorted(),
    measured,
    completed: completed.map((answer) => (answer as { result: string }).result),
    redriven,
    rescored,
    verified,
    reaped: (reaped as { functionVersions: string[] }).functionVersions.length,
    forgotten: (forgotten as { forgotten: string[] }).forgotten.length,
  };
}

const inAWeek = (): string => lenderDate(new Date(Date.now() + 7 * 86_400_000).toISOString());

/** Claims a case, requests a document of the applicant, comments, gives the claim back, and attaches the document. */
async function workOnCase({ client }: Deployment, applicationId: string): Promise<void> {
  const staff = client('reviewer');
  const params = { applicationId };
  for (const body of [
    { act: 'CLAIM' },
    { act: 'REQUEST_DOCUMENT', text: 'Please send a pay slip.', answerBy: inAWeek() },
    { act: 'COMMENT', text: 'The pay slip is in the other file.' },
    { act: 'RELEASE' },
  ] as const)
    await staff.call('workCase', { params, body });
  await staff.call('getDocumentRequest', { params }, PURPOSE);
  const content = Buffer.from('%PDF-1.7 pay').toString('base64');
  const document = { name: 'pay-slip.pdf', mediaType: 'application/pdf', content } as const;
  await staff.call('attachDocument', { params, body: { document } });
  const { documents } = await staff.call('getReview', { params }, PURPOSE);
  await staff.call('getDocument', { params: { ...params, document: documents[0]!.document } }, PURPOSE);
  await staff.call('getCase', { params });
  await staff.call('listCases', { query: { unclaimed: 'true' } });
  await staff.call('countCases', {});
  const { case: next } = await staff.call('nextCase', { body: {} });
  if (next) await staff.call('workCase', { params: { applicationId: next.applicationId }, body: { act: 'RELEASE' } });
}

/** Stops each execution that waits for a person, and redrives it once its history is archived. */
async function stopAndRedrive({ running, stop, redrive, settled }: Deployment): Promise<void> {
  const waiting = await running();
  for (const execution of waiting) await stop(execution);
  await settled(10_000);
  for (const execution of waiting) await redrive(execution);
  await settled(10_000);
}

/** The commands of an auditor, under the auditor's own role. */
async function runAudit(deployment: Deployment) {
  const out = mkdtempSync(join(tmpdir(), 'underwright-audit-'));
  const underwright = async (...args: string[]): Promise<JsonObject> => {
    const env = { ...deployment.auditor(), NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
    const program = ['bin/underwright.ts', ...args, '--aws', '--json'];
    const { stdout } = await run(process.execPath, program, { env, maxBuffer: 1e8 }).catch(
      // A finding is an exit code and a document.
      (error: { stdout: string }) => error,
    );
    return JSON.parse(stdout) as JsonObject;
  };
  try {
    const [id] = REVIEWED as [string];
    const verified = await underwright('verify', '--all');
    const asked = ['--by', 'a.moss', '--purpose', 'Examination 2026-14'];
    await underwright('export', id, ...asked, '--out', join(out, 'export'));
    await underwright('keys', '--out', join(out, 'keys'));
    await underwright('status', id);
    await underwright('trace', id);
    await underwright('notice', id, ...asked);
    await underwright('list', '--outcome', 'DECLINE');
    await underwright('list', '--queue', 'review');
    await underwright('retention', id);
    await underwright('policy', 'affected', newestPolicy('personal-loan').digest);
    return verified;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
