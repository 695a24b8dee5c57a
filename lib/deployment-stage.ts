import { Duration, type Environment } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';

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
  readonly trial?: { readonly percentage: number; readonly interval: Duration };
  /**
   * Whom a report is asked of: the simulator, or a gateway that speaks domain/bureau/gateway.ts and takes IAM signatures.
   * @default - nobody: the bureau step fails, and every application that comes to it waits for an operator
   */
  readonly bureau?: 'SIMULATED' | { readonly url: string };
  /** The sample of examples/applications that is submitted end to end, again and again. */
  readonly canary: { readonly sample: string; readonly every: Duration };
  /** What the API takes; past it a caller is answered 429, past `fromAddress` 403. */
  readonly requests: {
    readonly perSecond: number;
    readonly atOnce: number;
    /** Of one address in five minutes: a front end that many people come through has one. */
    readonly fromAddress: number;
  };
  /**
   * Whether the API stack sets the role by which API Gateway writes every log of the account in this region. `true` replaces
   * a role that another team may have set.
   * @default false - the account has the role already: docs/deploy.md, "Once for each account and region"
   */
  readonly setsApiGatewayLogRole?: boolean;
  readonly alarms: {
    /** How long an application may wait for a reviewer. */
    readonly reviewAge: Duration;
    /** Failed, timed-out and held executions of a new version, in percent of those started: more roll it back. */
    readonly newVersionFailures: number;
    /** Reports that no bureau gave, in percent of those asked for. */
    readonly bureauOutage: number;
    /** Requests that the API answered with a fault of its own, in percent of all in five minutes. */
    readonly apiFailures: number;
    /** Population stability index of the scores of a day against the training data: 0.25 is the field's "look into it". */
    readonly scoreDrift: number;
    /** Approvals and counteroffers of a day, in percent of its decisions: below the first or above the second is unusual. */
    readonly approvalRate: readonly [number, number];
  };
  /** Of the whole account, in US dollars: at 80 % and at 100 % of it operators are told. */
  readonly monthlyBudget: number;
  /** Where docs/runbooks is read: the address of a folder, without a slash at its end. */
  readonly runbooks: string;
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
    bureau: 'SIMULATED',
    canary: { sample: 'approve-lowest-rate', every: Duration.minutes(15) },
    requests: { perSecond: 20, atOnce: 40, fromAddress: 2_000 },
    alarms: {
      reviewAge: Duration.days(3),
      newVersionFailures: 20,
      bureauOutage: 50,
      apiFailures: 20,
      scoreDrift: 0.25,
      approvalRate: [0, 100],
    },
    monthlyBudget: 50,
    runbooks: 'docs/runbooks',
  },
  production: {
    name: 'production',
    evidenceRetention: ObjectLockRetention.compliance(SEVEN_YEARS),
    logRetention: RetentionDays.TWO_YEARS,
    backupRetention: Duration.days(35),
    trial: { percentage: 10, interval: Duration.minutes(30) },
    // Refused for where the applicant lives, before any bureau is asked: nobody's report is pulled for an invented person.
    canary: { sample: 'not-offered-state', every: Duration.minutes(15) },
    // 50 a second are 4 million a day; a front end that is refused tries again.
    requests: { perSecond: 50, atOnce: 100, fromAddress: 2_000 },
    alarms: {
      reviewAge: Duration.hours(24),
      newVersionFailures: 5,
      bureauOutage: 20,
      apiFailures: 1,
      scoreDrift: 0.25,
      // For the lender's own portfolio to say.
      approvalRate: [20, 80],
    },
    monthlyBudget: 2_000,
    runbooks: 'docs/runbooks',
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
