import type { Context } from 'aws-lambda';

import type { Embedded } from '../adapters/compose/embedded.ts';
import type { Executions, Functions, Workflows } from '../adapters/ports.ts';
import { rescoreBatch } from '../app/batch/rescore-batch.ts';
import { summariseBatch } from '../app/batch/summarise-batch.ts';
import type { FunctionName } from '../app/contracts.ts';
import { governPolicy } from '../app/governance/govern-policy.ts';
import { setSwitch } from '../app/governance/set-switch.ts';
import { intakeApplication } from '../app/intake/intake-application.ts';
import { startAccepted } from '../app/intake/start-accepted.ts';
import { acceptOffer } from '../app/offers/accept-offer.ts';
import { lapseOffers } from '../app/offers/lapse-offers.ts';
import { reopenApplication } from '../app/reopening/reopen-application.ts';
import { forgetApplicants } from '../app/retention/forget-applicants.ts';
import { requestForgetting } from '../app/retention/request-forgetting.ts';
import { setLegalHold } from '../app/retention/set-legal-hold.ts';
import { completeTask } from '../app/review/complete-task.ts';
import { sealLedger, type SealOptions } from '../app/sealing/seal-ledger.ts';
import { applyPolicy } from '../app/workflow/apply-policy.ts';
import { applyPreBureauPolicy } from '../app/workflow/apply-pre-bureau-policy.ts';
import { archiveHistory } from '../app/workflow/archive-history.ts';
import { awaitReview } from '../app/workflow/await-review.ts';
import { issueNotices } from '../app/workflow/issue-notices.ts';
import { needsAttention } from '../app/workflow/needs-attention.ts';
import { pullBureauReport } from '../app/workflow/pull-bureau-report.ts';
import { recordDecision } from '../app/workflow/record-decision.ts';
import { scoreApplication } from '../app/workflow/score-application.ts';
import { screenApplicants } from '../app/workflow/screen-applicants.ts';
import { validateApplication } from '../app/workflow/validate-application.ts';
import { reconcileRecords } from '../audit/reconcile/reconcile-records.ts';
import type { Json } from '../domain/json.ts';
import { auditApi } from '../http/audit-api.ts';
import { authoriseRequest } from '../http/authorise-request.ts';
import { frontEndApi } from '../http/front-end-api.ts';
import { staffApi } from '../http/staff-api.ts';
import { lambdaHandler, type LambdaHandler } from '../lambdas/handler.ts';

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
