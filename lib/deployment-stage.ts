import { Duration, type Environment } from 'aws-cdk-lib';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What differs between an account to try things in and one that lends. */
export interface DeploymentStage {
  readonly name: 'sandbox' | 'production';
  /** @default - the account and region of whoever deploys: one template for all */
  readonly env?: Environment;
  /**
   * How long evidence can be neither changed nor deleted. `COMPLIANCE`: by nobody, not even the account's root user;
   * `GOVERNANCE`: by nobody but who may bypass it, which the bucket's policy denies to all.
   */
  readonly evidenceRetention: ObjectLockRetention;
  readonly logRetention: RetentionDays;
  /** How long the daily copies of ledger and work are kept. */
  readonly backupRetention: Duration;
  /** The share of new executions that try a new version of the workflow, and for how long; all at once when absent. */
  readonly canary?: { readonly percentage: number; readonly interval: Duration };
}

// 7 years of 365 days and the two leap days that seven years may hold: 7 × 365 + 2 = 2,557. Longer than the 25 months of
// Regulation B (12 CFR 1002.12(b)), because civil claims may come later (5 years, 15 USC 1691e(f)).
const SEVEN_YEARS = Duration.days(2_557);

export const DEPLOYMENT_STAGES: Readonly<Record<DeploymentStage['name'], DeploymentStage>> = {
  sandbox: {
    name: 'sandbox',
    evidenceRetention: ObjectLockRetention.governance(SEVEN_YEARS),
    logRetention: RetentionDays.ONE_MONTH,
    backupRetention: Duration.days(7),
  },
  production: {
    name: 'production',
    evidenceRetention: ObjectLockRetention.compliance(SEVEN_YEARS),
    logRetention: RetentionDays.TWO_YEARS,
    backupRetention: Duration.days(35),
    canary: { percentage: 10, interval: Duration.minutes(30) },
  },
};

export class UnknownDeploymentStage extends Error {
  override readonly name = 'UnknownDeploymentStage';
}

/** @throws UnknownDeploymentStage */
export function deploymentStage(name: unknown): DeploymentStage {
  const stage = Object.values(DEPLOYMENT_STAGES).find((known) => known.name === name);
  if (stage) return stage;
  throw new UnknownDeploymentStage(
    `The context "stage" is ${JSON.stringify(name)}: give --context stage=sandbox or --context stage=production.`,
  );
}
