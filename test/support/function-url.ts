import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { OutputOf } from '../../lambdas/functions.ts';
import type { LambdaHandler } from '../../lambdas/handler.ts';

export interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A function URL on this machine: HTTP in, the event of Lambda's payload format 2.0 to the handler. */
export async function startFunctionUrl(handler: LambdaHandler) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      heard.push({ headers: request.headers, body: body.toString() });
      const event = {
        version: '2.0',
        rawPath: request.url,
        headers: request.headers,
        body: body.toString('base64'),
        isBase64Encoded: true,
      };
      const failed = { statusCode: 502, headers: {}, body: 'Internal Server Error' };
      void handler(event, {} as never)
        .catch(() => failed)
        .then((answer) => {
          const { statusCode, headers, body: text } = answer as OutputOf<'SimulatedBureau'>;
          return response.writeHead(statusCode, headers).end(text);
        });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
