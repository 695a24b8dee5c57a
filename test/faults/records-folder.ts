import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../../adapters/ports.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { takeOut } from '../../audit/decision-file/collect.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { FunctionName } from '../../lambdas/functions.ts';
import { BATCH_MACHINE_ARN, openUnderwriting, type UnderwritingProcess } from '../../local/underwriting-process.ts';
import { lenderDate } from '../support/lender.ts';
import { champion, registering } from '../support/model-packages.ts';
import { sampleNow } from '../support/samples.ts';
import { verifiedFor } from '../support/verified.ts';

export const ACCEPTED = 'approve-lowest-rate';
export const OPEN = 'approve-middle-rate';
export const DECLINED = 'decline-income';
export const WAITING = 'refer-no-file';
export const HELD_UP = 'attention-open';
const LAPSED = 'counteroffer-dti';
const REOPENED = 'approve-60-months';
export const LIFTED = 'line-approve';
export const ON_HOLD = 'refer-declined';
const FORGOTTEN = 'incomplete';
const AMBIGUOUS = 'bureau-slow';
const SEALED = [ACCEPTED, DECLINED, WAITING, REOPENED, FORGOTTEN];
const UNSEALED = [OPEN, HELD_UP, LAPSED, LIFTED, ON_HOLD, AMBIGUOUS];
export const APPLICATIONS: readonly string[] = [...SEALED, ...UNSEALED];

const FRONT_END = 'web-shop';
const OFFICER = 'o.lind';
const NOTE = { by: OFFICER, note: 'Seen in the weekly meeting.' };
/** One application to be decided by the present policy. */
const BATCH = [
  'id,asOf,application.product,application.residence.state,application.request.amountCents,application.request.termMonths,application.request.purpose,application.income.annualGrossCents,application.housing.status,application.housing.monthlyPaymentCents,report.status',
  '1,2026-01-05,personal-loan,IL,1000000,36,OTHER,8000000,RENT,100000,NO_HIT',
];
const DAY_MS = 86_400_000;

const laterBy = (days: number): Clock => ({ now: () => new Date(Date.now() + days * DAY_MS) });

/** The files of a data folder that has every kind of record, and that no process holds. */
export async function recordsFolder(): Promise<ReadonlyMap<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-records-'));
  try {
    const running = await openUnderwriting({ folder, bureauTimeoutMs: 100 });
    try {
      await fill(running);
    } finally {
      await running.close();
    }
    const kept = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile());
    return new Map(kept.map(({ name }) => [name, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fill(running: UnderwritingProcess): Promise<void> {
  const { embedded, engine } = running;
  const call = async (name: FunctionName, payload: Json) => {
    const answer = (await running.invoke(name, payload)) as JsonObject;
    if (/REJECTED|CONFLICT|NOT_/.test(answer['result'] as string))
      throw new Error(`${name}: ${JSON.stringify(answer)}`);
    await engine.drain();
    return answer;
  };
  const submit = async (id: string) => {
    await call('IntakeApplication', { submittedBy: FRONT_END, submission: sampleNow(id) });
  };
  const { digest } = newestPolicy('credit-line');
  // The first approval of a product governs from today.
  const effective = lenderDate(new Date().toISOString());
  for (const id of SEALED) await submit(id);
  await call('SealLedger', {});
  for (const id of UNSEALED) await submit(id);
  await call('GovernPolicy', { action: 'PROPOSE', digest, effective, ...NOTE });
  await call('GovernPolicy', { action: 'APPROVE', digest, effective, ...NOTE, by: 'c.reyes' });
  const model = await champion();
  await call('GovernModel', { ...registering(model), ...NOTE });
  const place = { digest: model.digest, product: 'credit-line', effective };
  await call('GovernModel', { action: 'PROMOTE', ...place, ...NOTE, by: 'c.reyes' });
  for (const on of [true, false, true]) await call('SetSwitch', { kind: 'product', id: 'auto-loan', on, ...NOTE });
  await call('AcceptOffer', {
    applicationId: ACCEPTED,
    offerId: await offerOf(running, ACCEPTED),
    acceptedBy: FRONT_END,
  });
  for (const condition of ['INCOME', 'IDENTITY'] as const) {
    const verified = { ...verifiedFor(ACCEPTED, condition), condition };
    await call('ClearCondition', { applicationId: ACCEPTED, by: 'r.vega', verified });
  }
  const late = { applicationId: LAPSED, offerId: await offerOf(running, LAPSED), acceptedBy: FRONT_END };
  await acceptOffer({ ...embedded, clock: laterBy(90) })(late);
  const decision = await decisionOf(running, REOPENED);
  await call('ReopenApplication', { applicationId: REOPENED, decision, why: 'REVIEW_REQUESTED', ...NOTE });
  for (const on of [true, false]) {
    await call('SetLegalHold', { applicationId: LIFTED, matter: 'matter-2026-14', on, ...NOTE });
  }
  await call('SetLegalHold', { applicationId: ON_HOLD, matter: 'matter-2026-15', on: true, ...NOTE });
  await call('RequestForgetting', { applicationId: FORGOTTEN, ...NOTE });
  await forgetApplicants({ ...embedded, clock: laterBy(900) })({});
  for (const withIdentity of [false, true]) {
    const wanted = {
      purpose: 'Examination 2026-14',
      by: 'a.moss',
      role: 'auditor' as const,
      requestId: crypto.randomUUID(),
      withIdentity,
    };
    await takeOut({ ...embedded, exportSigner: embedded.signer }, ACCEPTED, wanted);
  }
  const key = 'input/items.csv';
  await embedded.batchFiles.write(key, Buffer.from(BATCH.join('\n')));
  const batch = {
    batchId: 'batch-1',
    key,
    format: 'CSV',
    champion: null,
    candidate: null,
    toleratedFailurePercentage: 0,
  };
  await engine.startExecution({ stateMachineArn: BATCH_MACHINE_ARN, input: JSON.stringify(batch) });
  await engine.drain();
}

async function decisionOf({ embedded }: UnderwritingProcess, applicationId: string): Promise<string> {
  const decided = (await embedded.ledger.read(applicationId)).find(({ type }) => type === 'DECISION_RECORDED');
  return (decided!.body['evidence'] as { address: string }[])[0]!.address;
}

async function offerOf(running: UnderwritingProcess, applicationId: string): Promise<string> {
  const address = await decisionOf(running, applicationId);
  const record = (await running.embedded.evidence.open(applicationId, 'decision', address)) as unknown as {
    offers: { offerId: string }[];
  };
  return record.offers[0]!.offerId;
}
