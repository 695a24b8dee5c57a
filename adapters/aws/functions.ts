import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

import type { Json } from '../../domain/json.ts';
import { FunctionFailed, StoreUnavailable, type CallQueue, type Functions } from '../ports.ts';
import { answered } from './errors.ts';

/** What a function ends in that a later call may not: it was throttled past all retries, or its time was over. */
const PASSING = ['StoreUnavailable', 'Sandbox.Timedout'];

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
      throw PASSING.includes(String(errorType)) ? new StoreUnavailable(fault) : new FunctionFailed(fault);
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
