import { AwsV4Signer } from 'aws4fetch';

import type { BureauGatewayOptions } from './gateway.ts';

/** Signs as the role of this process, for a function URL that asks for IAM. Lambda keeps the role's keys in the environment. */
export function iamSignature(environment: NodeJS.ProcessEnv): BureauGatewayOptions['sign'] {
  return async (url, headers, body) => {
    const sessionToken = environment['AWS_SESSION_TOKEN'];
    const signed = await new AwsV4Signer({
      method: 'POST',
      url,
      headers,
      body,
      service: 'lambda',
      region: environment['AWS_REGION'] ?? '',
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      ...(sessionToken !== undefined && { sessionToken }),
      // Only these headers leave as they are written here.
      allHeaders: true,
    }).sign();
    return Object.fromEntries(signed.headers);
  };
}
