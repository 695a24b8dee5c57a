import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { KeySpec, KeyUsage, type Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { customerKey } from './customer-key.ts';
import type { Grantee } from './underwriting-function.ts';

export interface SigningKeyProps {
  /** What it signs. */
  readonly description: string;
  /** The environment variable by which the program finds it. */
  readonly setting: string;
}

/**
 * A key pair whose private key never leaves KMS: ECDSA on P-256 with SHA-256. What it signed is checked without AWS, by
 * whoever has its public key (`kms:GetPublicKey`), for as long as that is kept.
 */
export class SigningKey extends Construct {
  readonly #key: Key;
  readonly #setting: string;

  constructor(scope: Construct, id: string, { description, setting }: SigningKeyProps) {
    super(scope, id);
    this.#setting = setting;
    this.#key = customerKey(this, 'Key', description, {
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
    });
  }

  /** Lets somebody check what was signed. */
  grantVerify(to: Grantee): void {
    to.addEnvironment(this.#setting, this.#key.keyArn);
    this.#grant(to, ['kms:GetPublicKey']);
  }

  /** Lets somebody sign. */
  grantSign(to: Grantee): void {
    to.addEnvironment(this.#setting, this.#key.keyArn);
    this.#grant(to, ['kms:GetPublicKey', 'kms:Sign']);
  }

  #grant(to: Grantee, actions: string[]): void {
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.#key.keyArn] }));
  }
}
