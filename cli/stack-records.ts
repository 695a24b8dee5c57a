import * as aws from '../adapters/compose/aws.ts';
import type { Records } from '../audit/records.ts';

/**
 * The records of a deployment on AWS, found by the environment variables that its functions have. Credentials and region
 * are found as any AWS SDK finds them.
 * @throws SettingMissing naming the variable.
 */
export function stackRecords(): Records {
  return {
    place: `the ledger ${process.env['LEDGER_TABLE']}`,
    option: '--aws',
    clock: aws.clock(),
    ledger: aws.ledger(),
    workStore: aws.workStore(),
    vault: aws.vault(),
    identities: aws.identities(),
    evidenceStore: aws.evidenceStore(),
    evidenceLocks: aws.evidenceLocks(),
    evidence: aws.evidence(),
    executions: aws.executions(),
    signer: aws.signer(),
    exportSigner: aws.exportSigner(),
    sealLog: aws.sealLog(),
    // DynamoDB lists the vault and the summaries only by reading both whole: seals and executions tell what is gone.
    async *leftBehind() {},
    isInUse: () => true,
    close() {},
  };
}
