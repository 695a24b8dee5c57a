import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { AwsV4Signer } from 'aws4fetch';

import type { AccessKey } from '../../adapters/embedded/access-key.ts';
import type { Clock } from '../../adapters/ports.ts';

/** The services that the loopback endpoints answer as. */
type Service = 'states' | 'lambda';

/** Why a request is refused, under the names that AWS SDKs know. */
export type SignatureFault =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException';

/** A request without a good signature. The message repeats nothing of the request. */
export class SignatureRefused extends Error {
  override readonly name = 'SignatureRefused';
  readonly type: SignatureFault;

  constructor(type: SignatureFault, message: string) {
    super(message);
    this.type = type;
  }
}

/** How far the signing clock may be from this machine's, as on AWS. */
const MAX_SKEW_MS = 15 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(\w{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request, *SignedHeaders=([a-z0-9_;-]{1,2048}), *Signature=([0-9a-f]{64})$/;
const INSTANT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const WAY_OUT = 'Sign with the key pair of the data folder: underwright start prints the variables.';

export interface Verifier {
  /**
   * Verifies a request by AWS Signature Version 4, and the body over which it was signed.
   * @param read reads the body, once, and only of a caller who names the access key.
   * @returns the body. @throws SignatureRefused, and any error of `read`.
   */
  verify(request: IncomingMessage, service: Service, read: () => Promise<Buffer>): Promise<Buffer>;
}

/** Verifies by signing the received request again with the same signer that the program signs with. */
export function signatureVerifier(key: AccessKey, clock: Clock): Verifier {
  // Keys that were derived from the secret, by date, region and service.
  const derived = new Map<string, ArrayBuffer>();
  return {
    async verify(request, service, read) {
      // Any text may be a region, so a caller who names many must not fill the memory.
      if (derived.size > 16) derived.clear();
      const signed = readSignature(request, service, key, clock.now());
      const claimed = signed.headers['x-amz-content-sha256'];
      // A signed digest of the body is checked before the body is read; the AWS CLI sends none to these services.
      if (claimed !== undefined) await requireSignature(signed, key, derived, '');
      const body = await read();
      if (claimed === undefined) await requireSignature(signed, key, derived, body);
      else if (!equal(claimed, createHash('sha256').update(body).digest('hex'))) {
        throw new SignatureRefused('InvalidSignatureException', 'The body is not the one that was signed.');
      }
      return body;
    },
  };
}

interface Signed {
  readonly method: string;
  readonly url: string;
  /** Signed headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: string;
  readonly signature: string;
  /** Such as `20261130T090000Z`. */
  readonly datetime: string;
  readonly region: string;
  readonly service: Service;
}

/** Checks all that needs no body. @throws SignatureRefused */
function readSignature(request: IncomingMessage, service: Service, key: AccessKey, now: Date): Signed {
  const refuse = (type: SignatureFault, message: string) => new SignatureRefused(type, `${message} ${WAY_OUT}`);
  const { authorization = [] } = request.headersDistinct;
  if (authorization.length === 0) {
    throw refuse('MissingAuthenticationTokenException', 'The request has no Authorization header.');
  }
  const parts = authorization.length === 1 ? AUTHORIZATION.exec(authorization[0]!) : null;
  if (!parts) throw refuse('IncompleteSignatureException', 'The Authorization header is no Signature Version 4.');
  const [, accessKeyId, date, region, scope, signedHeaders, signature] = parts as unknown as [string, ...string[]];
  if (!equal(accessKeyId!, key.accessKeyId) || request.headersDistinct['x-amz-security-token'] !== undefined) {
    throw refuse('UnrecognizedClientException', 'The access key is not the one of this data folder.');
  }
  const headers = headersOf(request, signedHeaders!);
  if (typeof headers === 'string') throw refuse('IncompleteSignatureException', headers);
  const datetime = headers['x-amz-date']!;
  const at = INSTANT.exec(datetime);
  const [, year, month, day, hour, minute, second] = at ?? [];
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(instant) || date !== datetime.slice(0, 8) || scope !== service) {
    const what = `Credential must be scoped to the date of x-amz-date and to the service ${service}.`;
    throw refuse('InvalidSignatureException', what);
  }
  if (Math.abs(now.getTime() - instant) > MAX_SKEW_MS) {
    const what = 'Signature expired or not yet valid: x-amz-date is more than 15 minutes from this machine’s clock.';
    throw new SignatureRefused('InvalidSignatureException', what);
  }
  const { method = '', url = '' } = request;
  return {
    method,
    url,
    headers,
    signedHeaders: signedHeaders!,
    signature: signature!,
    datetime,
    region: region!,
    service,
  };
}

/** The headers that were signed, or what is wrong with them. */
function headersOf(request: IncomingMessage, signedHeaders: string): Record<string, string> | string {
  const names = signedHeaders.split(';');
  const received = request.headersDistinct;
  const missing = ['host', 'x-amz-date', ...Object.keys(received).filter((name) => name.startsWith('x-amz-'))];
  if (!missing.every((name) => names.includes(name))) {
    return 'SignedHeaders must have host, x-amz-date and every other x-amz- header of the request.';
  }
  if (names.join(';') !== [...new Set(names)].sort().join(';')) return 'SignedHeaders must be sorted, each once.';
  const values = names.map((name) => [name, Object.hasOwn(received, name) ? received[name] : undefined] as const);
  if (!values.every(([, value]) => value?.length === 1)) return 'Each signed header must be sent, once.';
  return Object.fromEntries(values.map(([name, value]) => [name, value![0]!]));
}

/** @throws SignatureRefused */
async function requireSignature(
  { method, url, headers, signedHeaders, signature, datetime, region, service }: Signed,
  { accessKeyId, secretAccessKey }: AccessKey,
  derived: Map<string, ArrayBuffer>,
  body: Buffer | '',
): Promise<void> {
  const to = `http://${headers['host']}${url}`;
  let expected: string | undefined;
  // A request line may name a whole URL instead of a path.
  if (url.startsWith('/') && URL.canParse(to)) {
    const signer = new AwsV4Signer({
      method,
      url: to,
      headers: { ...headers },
      body,
      accessKeyId,
      secretAccessKey,
      service,
      region,
      datetime,
      cache: derived,
      allHeaders: true,
    });
    // Of paths that are signed alike, such as `/`, `//` and `/.`, one is taken: the one that is routed as it was signed.
    const { pathname, search } = signer.url;
    const plain = `${pathname}${search}` === url && !pathname.includes('//');
    if (plain && signer.signedHeaders === signedHeaders) expected = await signer.signature();
  }
  if (expected !== undefined && equal(expected, signature)) return;
  throw new SignatureRefused(
    'InvalidSignatureException',
    `The request signature does not match the request. ${WAY_OUT}`,
  );
}

/** In a time that does not depend on where two texts differ. */
function equal(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}
