import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

import type { Json } from '../../domain/json.ts';
import { FunctionFailed, type Functions } from '../ports.ts';
import { answered } from './errors.ts';

/** Lambda. Needs `lambda:InvokeFunction` on the functions that are called. */
export function awsFunctions(client: LambdaClient): Functions {
  return {
    async invoke(functionName, payload) {
      const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) });
      const { FunctionError, Payload } = await answered('Lambda', client.send(command));
      const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Json;
      if (FunctionError === undefined) return answer;
      throw new FunctionFailed(`${functionName} ended in ${(answer as { errorType?: string } | null)?.errorType}.`);
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
