import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

import type { Json } from '../../domain/json.ts';
import { FunctionFailed, StoreUnavailable, type CallQueue, type Functions } from '../ports.ts';
import { answered } from './errors.ts';

/** Errors that a later call may not meet: the function was throttled past all retries, ran out of time, or was killed. */
const TRANSIENT = ['StoreUnavailable', 'Sandbox.Timedout', 'Runtime.ExitError'];

/** Lambda. Needs `lambda:InvokeFunction` on the functions that are called. */
export function awsFunctions(client: LambdaClient): Functions & CallQueue {
  return {
    async invoke(functionName, payload) {
      const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) });
      const { FunctionError, Payload } = await answered('Lambda', client.send(command));
      const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Json;
      if (FunctionError === undefined) return answer;
      const { errorType } = answer as { errorType?: string };
      const fault = `${functionName} ended in ${errorType}.`;
      throw TRANSIENT.includes(String(errorType)) ? new StoreUnavailable(fault) : new FunctionFailed(fault);
    },
    async send(functionName, payload) {
      const command = new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify(payload),
      });
      await answered('Lambda', client.send(command));
    },
  };
}
