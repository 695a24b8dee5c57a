import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key, type KeyProps } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * A key of the account's own, rotated every year and kept when its stack goes: what it encrypted would be lost with it.
 * @param description what it encrypts.
 */
export function customerKey(scope: Construct, id: string, description: string, props: KeyProps = {}): Key {
  return new Key(scope, id, {
    description,
    // KMS rotates no key of another kind: digests could not be found again, nor signatures be checked.
    enableKeyRotation: props.keySpec === undefined,
    removalPolicy: RemovalPolicy.RETAIN,
    pendingWindow: Duration.days(30),
    ...props,
  });
}
