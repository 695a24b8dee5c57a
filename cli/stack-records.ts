import * as aws from '../adapters/compose/aws.ts';
import type { Records } from '../audit/records.ts';
import type { Role } from '../domain/access/access.ts';
import { decisionFile } from '../domain/decision/file.ts';
import { CommandFailed, EXIT } from './failure.ts';

/**
 * The records of a deployment on AWS, found by the environment variables that its functions have. Credentials and region
 * are found as any AWS SDK finds them.
 * @throws SettingMissing naming the variable.
 */
export function stackRecords(): Records {
  return {
    place: `the ledger ${process.env['LEDGER_TABLE']}`,
    option: '--aws',
    lending: aws.lending(),
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
    async takeOut(applicationId, { role, ...taken }) {
      requireAuditor(role);
      // A function's error arrives as a name alone. Reading the key here names a missing or destroyed one in a sentence.
      await aws.vault().dataKey(applicationId);
      return decisionFile.parse(await aws.functions().invoke('ExportDecisionFile', { applicationId, ...taken }));
    },
    async recordRead(applicationId, { role, kinds, ...read }) {
      requireAuditor(role);
      await aws.functions().invoke('RecordPersonalDataRead', { applicationId, kinds: [...kinds], ...read });
    },
    // DynamoDB lists the vault and the summaries only by reading both whole: seals and executions tell what is gone.
    async *leftBehind() {},
    isInUse: () => true,
    close() {},
  };
}

/** The functions record every export and read under the auditor's role, which alone may invoke them. */
function requireAuditor(role: Role): void {
  if (role !== 'auditor')
    throw new CommandFailed(
      EXIT.USAGE,
      'UsageError',
      `--role is ${role}: with --aws a command runs under the auditor's role of the account, so leave --role out.`,
    );
}
