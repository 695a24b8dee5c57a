import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { underwrightClient, type Client } from '../../client/index.ts';
import type { Role } from '../../domain/access/access.ts';
import { openUnderwriting, type UnderwritingProcess } from '../../local/underwriting-process.ts';

export interface UnderwritingApi {
  readonly underwriting: UnderwritingProcess;
  /** With the base path. */
  readonly url: string;
  token(role: Role, by?: string, minutes?: number): Promise<string>;
  client(role: Role, by?: string): Client;
  /** A request as it is put on the wire: fetch would clean its path and refuse its headers. */
  raw(method: string, path: string, headers?: Record<string, string | string[]>, body?: string): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export const ACTORS: Readonly<Record<Role, string>> = {
  'front-end': 'web-shop',
  reviewer: 'r.vega',
  'senior-reviewer': 's.lind',
  auditor: 'a.moss',
  officer: 'o.lind',
  administrator: 'it.ops',
};

/** A process on a folder of its own, with the API on loopback. */
export async function openUnderwritingApi(): Promise<UnderwritingApi> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-'));
  const underwriting = await openUnderwriting({ folder, bureauTimeoutMs: 200 });
  const url = `${underwriting.url}/v1`;
  const token = (role: Role, by = ACTORS[role], minutes = 10) =>
    underwriting.embedded.issuer.sign({ role, by, minutes });
  return {
    underwriting,
    url,
    token,
    client: (role, by) => underwrightClient({ url, token: () => token(role, by), retries: 0 }),
    raw: (method, path, headers = {}, body) =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const sent = httpRequest({ hostname, port, method, path, headers: { ...length, ...headers } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: async () => {
      await underwriting.close();
      rmSync(folder, { recursive: true });
    },
  };
}
