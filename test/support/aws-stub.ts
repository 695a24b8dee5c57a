import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { JsonObject } from '../../domain/json.ts';

export interface StubAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly body: JsonObject;
}

/** An error as the services' JSON protocols say it. */
export const awsError = (name: string): StubAnswer => ({ status: 400, body: { __type: name, message: name } });

/**
 * A server on this machine for what no emulator does: throttling, partial failures, lost tokens. It speaks the JSON
 * protocols of DynamoDB, EventBridge and Step Functions.
 * @param answer to an operation, such as `PutItem`, and its input.
 */
export async function startStub(answer: (operation: string, input: JsonObject) => StubAnswer) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      const { status = 200, body } = answer(operation, JSON.parse(Buffer.concat(chunks).toString()) as JsonObject);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
