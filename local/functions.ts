import type { Context } from 'aws-lambda';

import type { Embedded } from '../adapters/compose/embedded.ts';
import type { Executions, Functions, Workflows } from '../adapters/ports.ts';
import type { Json } from '../domain/json.ts';
import { acceptOffer } from '../lambdas/accept-offer/accept-offer.ts';
import { applyPolicy } from '../lambdas/apply-policy/apply-policy.ts';
import { applyPreBureauPolicy } from '../lambdas/apply-pre-bureau-policy/apply-pre-bureau-policy.ts';
import { archiveHistory } from '../lambdas/archive-history/archive-history.ts';
import { auditApi } from '../lambdas/audit-api/audit-api.ts';
import { authoriseRequest } from '../lambdas/authorise-request/authorise-request.ts';
import { awaitReview } from '../lambdas/await-review/await-review.ts';
import { completeTask } from '../lambdas/complete-task/complete-task.ts';
import type { FunctionName } from '../lambdas/contracts.ts';
import { lambdaHandler, type LambdaHandler } from '../lambdas/handler.ts';
import { governPolicy } from '../lambdas/govern-policy/govern-policy.ts';
import { forgetApplicants } from '../lambdas/forget-applicants/forget-applicants.ts';
import { frontEndApi } from '../lambdas/front-end-api/front-end-api.ts';
import { intakeApplication } from '../lambdas/intake-application/intake-application.ts';
import { issueNotices } from '../lambdas/issue-notices/issue-notices.ts';
import { lapseOffers } from '../lambdas/lapse-offers/lapse-offers.ts';
import { needsAttention } from '../lambdas/needs-attention/needs-attention.ts';
import { pullBureauReport } from '../lambdas/pull-bureau-report/pull-bureau-report.ts';
import { reopenApplication } from '../lambdas/reopen-application/reopen-application.ts';
import { reconcileRecords } from '../lambdas/reconcile-records/reconcile-records.ts';
import { recordDecision } from '../lambdas/record-decision/record-decision.ts';
import { rescoreBatch } from '../lambdas/rescore-batch/rescore-batch.ts';
import { requestForgetting } from '../lambdas/request-forgetting/request-forgetting.ts';
import { scoreApplication } from '../lambdas/score-application/score-application.ts';
import { screenApplicants } from '../lambdas/screen-applicants/screen-applicants.ts';
import { setLegalHold } from '../lambdas/set-legal-hold/set-legal-hold.ts';
import { sealLedger, type SealOptions } from '../lambdas/seal-ledger/seal-ledger.ts';
import { setSwitch } from '../lambdas/set-switch/set-switch.ts';
import { staffApi } from '../lambdas/staff-api/staff-api.ts';
import { startAccepted } from '../lambdas/start-accepted/start-accepted.ts';
import { summariseBatch } from '../lambdas/summarise-batch/summarise-batch.ts';
import { validateApplication } from '../lambdas/validate-application/validate-application.ts';

/**
 * How a data folder is sealed. The one process that writes sees its own writes at once: only those of the present
 * millisecond may still grow in number. A machine's clock can be wrong by any amount, so a seal 31 days after the newest one
 * waits until a person confirms the clock, and entries are looked for 100 years ahead.
 */
export const ONE_PROCESS: SealOptions = {
  settledMs: 1,
  maxGapMs: 31 * 86_400_000,
  lookAheadMs: 36_525 * 86_400_000,
};

/** The very handlers that AWS runs, over the adapters of one data folder. @param sealing how they are sealed. */
export function embeddedFunctions(
  stores: Embedded & { readonly workflows: Workflows; readonly executions: Pick<Executions, 'describe' | 'lastEvent'> },
  sealing: SealOptions = ONE_PROCESS,
): Record<FunctionName, LambdaHandler> {
  const callable: Pick<Functions, 'invoke'> = { invoke: (name, payload) => invokeFunction(functions, name, payload) };
  // In a data folder one key signs all.
  const ports = { ...stores, functions: callable, exportSigner: stores.signer, outbox: stores.events };
  const functions: Record<FunctionName, LambdaHandler> = {
    IntakeApplication: lambdaHandler('IntakeApplication', intakeApplication(ports)),
    ValidateApplication: lambdaHandler('ValidateApplication', validateApplication(ports)),
    ScreenApplicants: lambdaHandler('ScreenApplicants', screenApplicants(ports)),
    ApplyPreBureauPolicy: lambdaHandler('ApplyPreBureauPolicy', applyPreBureauPolicy(ports)),
    PullBureauReport: lambdaHandler('PullBureauReport', pullBureauReport(ports)),
    ScoreApplication: lambdaHandler('ScoreApplication', scoreApplication(ports)),
    ApplyPolicy: lambdaHandler('ApplyPolicy', applyPolicy(ports)),
    AwaitReview: lambdaHandler('AwaitReview', awaitReview(ports)),
    RecordDecision: lambdaHandler('RecordDecision', recordDecision(ports)),
    IssueNotices: lambdaHandler('IssueNotices', issueNotices(ports)),
    NeedsAttention: lambdaHandler('NeedsAttention', needsAttention(ports)),
    CompleteTask: lambdaHandler('CompleteTask', completeTask(ports)),
    StartAccepted: lambdaHandler('StartAccepted', startAccepted(ports)),
    FrontEndApi: lambdaHandler('FrontEndApi', frontEndApi(ports)),
    StaffApi: lambdaHandler('StaffApi', staffApi(ports)),
    AuditApi: lambdaHandler('AuditApi', auditApi(ports)),
    AuthoriseRequest: lambdaHandler('AuthoriseRequest', authoriseRequest(ports)),
    AcceptOffer: lambdaHandler('AcceptOffer', acceptOffer(ports)),
    ReopenApplication: lambdaHandler('ReopenApplication', reopenApplication(ports)),
    LapseOffers: lambdaHandler('LapseOffers', lapseOffers(ports)),
    SetSwitch: lambdaHandler('SetSwitch', setSwitch(ports)),
    GovernPolicy: lambdaHandler('GovernPolicy', governPolicy(ports)),
    SetLegalHold: lambdaHandler('SetLegalHold', setLegalHold(ports)),
    RequestForgetting: lambdaHandler('RequestForgetting', requestForgetting(ports)),
    ForgetApplicants: lambdaHandler('ForgetApplicants', forgetApplicants(ports)),
    SealLedger: lambdaHandler('SealLedger', sealLedger({ ...ports, measure: () => {} }, sealing)),
    ReconcileRecords: lambdaHandler('ReconcileRecords', reconcileRecords(ports)),
    RescoreBatch: lambdaHandler('RescoreBatch', rescoreBatch(ports)),
    SummariseBatch: lambdaHandler('SummariseBatch', summariseBatch(ports)),
    ArchiveHistory: lambdaHandler('ArchiveHistory', archiveHistory(ports)),
  };
  return functions;
}

/** Calls a handler as Lambda would. @returns what it answers, as JSON: `undefined` members are gone. */
export async function invokeFunction(
  functions: Readonly<Record<string, LambdaHandler>>,
  name: string,
  payload: Json,
  timeoutMs = 60_000,
): Promise<Json> {
  const handler = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!handler) throw new FunctionMissing(`There is no function ${name}.`);
  const answer = await handler(payload, lambdaContext(name, timeoutMs));
  return JSON.parse(JSON.stringify(answer ?? null)) as Json;
}

export class FunctionMissing extends Error {
  override readonly name = 'FunctionMissing';
}

let requests = 0;

function lambdaContext(functionName: string, timeoutMs: number): Context {
  const deadline = Date.now() + timeoutMs;
  requests += 1;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '0',
    awsRequestId: `local-${process.pid}-${requests}`,
    logGroupName: 'local',
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
