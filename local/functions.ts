import type { Context } from 'aws-lambda';

import type { Embedded } from '../adapters/compose/embedded.ts';
import type { Executions, Functions, Workflows } from '../adapters/ports.ts';
import type { Contract } from '../app/contracts.ts';
import { sealLedger, type SealOptions } from '../app/sealing/seal-ledger.ts';
import type { ReconciliationPorts } from '../audit/reconcile/reconcile-records.ts';
import { MS_PER_DAY } from '../domain/calendar.ts';
import type { Json } from '../domain/json.ts';
import { FUNCTION_NAMES, loadFunction, type FunctionName, type PortsOf } from '../lambdas/functions.ts';
import { lambdaHandler, type LambdaHandler } from '../lambdas/handler.ts';

/**
 * How a data folder is sealed. The one process that writes sees its own writes at once: only those of the present
 * millisecond may still grow in number. A machine's clock can be wrong by any amount, so a seal 31 days after the newest one
 * waits until a person confirms the clock, and entries are looked for 100 years ahead.
 */
export const ONE_PROCESS: SealOptions = {
  settledMs: 1,
  maxGapMs: 31 * MS_PER_DAY,
  lookAheadMs: 36_525 * MS_PER_DAY,
};

type LocalExecutions = Pick<Executions, 'describe' | 'lastEvent'>;
/** The ports of all functions that run in a data folder. */
type Needed = { [Name in FunctionName]: (ports: PortsOf<Name>) => void }[FunctionName] extends (
  ports: infer All,
) => void
  ? All
  : never;

/**
 * The engine of a data folder keeps every execution, so ReconcileRecords needs no list of them. The folder also keeps the
 * published events, which ReconcileRecords repairs.
 */
type LocalPorts = Omit<Needed, 'executions'> & { readonly executions: LocalExecutions } & Required<
    Pick<ReconciliationPorts, 'outbox' | 'sealLog'>
  >;

/**
 * Returns the handlers that AWS runs, over the adapters of one data folder. Each loads its use case with its first call.
 * @param sealing how SealLedger seals the folder
 */
export function embeddedFunctions(
  stores: Embedded & { readonly workflows: Workflows; readonly executions: LocalExecutions },
  sealing: SealOptions = ONE_PROCESS,
): Record<FunctionName, LambdaHandler> {
  const callable: Functions = { invoke: (name, payload) => invokeFunction(functions, name, payload) };
  // A data folder has one signing key, and nothing reads its metrics.
  const ports: LocalPorts = {
    ...stores,
    functions: callable,
    exportSigner: stores.signer,
    outbox: stores.events,
    measure: () => {},
    noticePdf: async (...sealed) => (await import('../app/notices/notice-pdf.ts')).drawNoticePdf(...sealed),
  };
  const made = FUNCTION_NAMES.map((name) => [
    name,
    onFirstCall(async () => {
      const { contract, useCase } = await loadFunction(name);
      const step = name === 'SealLedger' ? sealLedger(ports, sealing) : useCase(ports as never);
      return lambdaHandler<Contract>(contract, step);
    }),
  ]);
  const functions = Object.fromEntries(made) as Record<FunctionName, LambdaHandler>;
  return functions;
}

function onFirstCall(load: () => Promise<LambdaHandler>): LambdaHandler {
  let loaded: Promise<LambdaHandler> | undefined;
  return async (event, context) => (await (loaded ??= load()))(event, context);
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

class FunctionMissing extends Error {
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
