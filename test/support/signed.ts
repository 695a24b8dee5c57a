import { AwsV4Signer } from 'aws4fetch';

import { readAccessKey, type AccessKey } from '../../adapters/embedded/access-key.ts';

/** Of servers that tests start themselves. */
export const LOCAL_KEY: AccessKey = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What an AWS SDK needs to call the process that runs on a data folder. */
export const folderClient = (endpoint: string, folder: string) => ({
  endpoint,
  region: 'local',
  credentials: readAccessKey(folder),
  maxAttempts: 1,
});

export interface Signable {
  readonly service: 'states' | 'lambda';
  readonly url: string;
  /** @default POST */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default LOCAL_KEY */
  readonly key?: AccessKey;
  /** When it says that it was signed. @default now */
  readonly at?: Date;
}

/** The headers of a signed request, by lower-case name. */
export async function signedHeaders({
  service,
  url,
  method = 'POST',
  headers = {},
  body = '',
  key = LOCAL_KEY,
  at = new Date(),
}: Signable): Promise<Record<string, string>> {
  const datetime = at.toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const signer = new AwsV4Signer({
    ...key,
    url,
    method,
    headers,
    body,
    service,
    datetime,
    region: 'local',
    allHeaders: true,
  });
  return Object.fromEntries((await signer.sign()).headers);
}

/** Calls an operation of Step Functions with a body that need not be JSON. */
export async function callSigned(
  endpoint: string,
  operation: string,
  body: string,
  key = LOCAL_KEY,
): Promise<Response> {
  const target = { 'x-amz-target': `AWSStepFunctions.${operation}`, 'content-type': 'application/x-amz-json-1.0' };
  const headers = await signedHeaders({ service: 'states', url: `${endpoint}/`, headers: target, body, key });
  return fetch(endpoint, { method: 'POST', headers, body });
}
