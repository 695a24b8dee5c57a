import * as z from 'zod';

import type { Ledger, WorkStore } from '../../adapters/ports.ts';
import { type ProductName } from '../../domain/application/products.ts';
import { localDate } from '../../domain/calendar.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import type { LendingMode, LendingSettings } from '../../domain/lender.ts';
import { inForceOn, isGoverned, proposal, type Proposal } from '../../domain/policy/approval.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { keys } from '../../domain/projections/keys.ts';
import { POLICIES } from '../../policies/index.ts';
import type { Called } from '../workflow/record-step.ts';
import { indexAffected } from './affected.ts';

/** No approved version is in force on the date that counts: a person approves one, then resumes the application. */
class PolicyNotApproved extends Error {
  override readonly name = 'PolicyNotApproved';
}

/** The approved version is not among the compiled ones of this release. */
export class PolicyMissing extends Error {
  override readonly name = 'PolicyMissing';
}

/** Every compiled version of every product, the oldest first. */
export type Policies = Readonly<Record<ProductName, readonly PolicyInForce[]>>;

/** Those of this release. */
export const COMPILED_POLICIES: Policies = POLICIES;

/** The newest committed version of a product. @throws PolicyMissing for a product without any. */
export function newestPolicy(product: ProductName, policies: Policies = COMPILED_POLICIES): PolicyInForce {
  const newest = policies[product].at(-1);
  if (!newest)
    throw new PolicyMissing(`There is no compiled policy of ${product}: compile one with "npm run policies".`);
  return newest;
}

/** The versions of a product that were proposed, in the order in which they were. */
export async function proposalsOf(workStore: WorkStore, product: ProductName): Promise<Proposal[]> {
  const { pk, sk } = keys.policy(product);
  const item = await workStore.get(pk, sk);
  return item ? proposal.array().parse(item.data['proposals']) : [];
}

export interface Chosen {
  readonly policy: PolicyInForce;
  /** The ledger entry of its approval; null for a newest committed version that nobody needs to approve. */
  readonly approval: string | null;
}

/** What decides about an application. */
export interface Ruling extends Chosen {
  /** Whether the applicant asked for a person, so that nothing comes of the policy by itself. */
  readonly reviewRequested: boolean;
}

/** For which applications a version is looked up. */
export interface PolicyAsked {
  readonly product: ProductName;
  /** The creditor's local date of receipt, YYYY-MM-DD. */
  readonly date: string;
  readonly mode: LendingMode;
}

/**
 * The version in force on a date. A product of which no version was ever approved has its newest committed one in sandbox
 * mode, and none in production.
 * @throws PolicyNotApproved, PolicyMissing
 */
export async function policyInForce(
  workStore: WorkStore,
  asked: PolicyAsked,
  policies: Policies = COMPILED_POLICIES,
): Promise<Chosen> {
  const { product, date } = asked;
  const found = versionInForce(await proposalsOf(workStore, product), asked, policies);
  if (!found) {
    throw new PolicyNotApproved(
      `No approved policy of ${product} is in force on ${date}: have a version proposed and approved (underwright policy propose, approve), then resume.`,
    );
  }
  return { policy: compiled(product, found.digest, policies), approval: found.approval };
}

/**
 * Which version is in force on a date, whether or not this release has it; undefined where none is.
 * @param proposals of the product.
 */
export function versionInForce(
  proposals: readonly Proposal[],
  { product, date, mode }: PolicyAsked,
  policies: Policies = COMPILED_POLICIES,
): { readonly version: string; readonly digest: string; readonly approval: string | null } | undefined {
  if (mode === 'sandbox' && !isGoverned(proposals)) {
    const { module, digest } = newestPolicy(product, policies);
    return { version: module.policy.version, digest, approval: null };
  }
  const found = inForceOn(proposals, date);
  return found && { version: found.version, digest: found.digest, approval: found.approved.entry };
}

/**
 * Lists the versions in force from a date on, each from its first day to the next; null for days on which no version decides.
 * @param proposals of the product. @param asked `date`: the first day of the list.
 */
export function versionsFrom(
  proposals: readonly Proposal[],
  asked: PolicyAsked,
  policies: Policies = COMPILED_POLICIES,
): { readonly from: string; readonly version: string | null }[] {
  const changes = proposals.flatMap(({ effective, withdrawn }) => [effective, ...(withdrawn ? [withdrawn.from] : [])]);
  const days = [...new Set([asked.date, ...changes.filter((day) => day > asked.date)])].toSorted();
  const versions = days.map((from) => ({
    from,
    version: versionInForce(proposals, { ...asked, date: from }, policies)?.version ?? null,
  }));
  return versions.filter(({ version }, index) => index === 0 || version !== versions[index - 1]?.version);
}

export interface ChoicePorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly lending: LendingSettings;
}

/** What the first stage of an execution records of its choice. */
const chosen = z.object({ policyDigest: z.string(), policyApproval: z.string().nullable() });

/**
 * The version that decides about an application: the one in force on the local date on which it was received, or on which
 * its newest reopening was. Later stages of an execution use the version of the first, whatever was approved or withdrawn
 * since.
 * @throws PolicyNotApproved, PolicyMissing
 */
export async function choosePolicy(
  { ledger, workStore, lending }: ChoicePorts,
  { application: { applicationId } }: Called,
  product: ProductName,
  policies: Policies,
): Promise<Ruling> {
  const entries = ofNewestExecution(await ledger.read(applicationId));
  const [opening] = entries;
  const reopened = opening?.type === 'DECISION_REOPENED' ? opening : undefined;
  const reviewRequested = reopened !== undefined && readBody(reopened, 'DECISION_REOPENED').why === 'REVIEW_REQUESTED';
  const first = entries.find(({ type }) => type === 'PRE_BUREAU_POLICY_APPLIED');
  if (first) {
    const { policyDigest, policyApproval } = chosen.parse(readBody(first, 'PRE_BUREAU_POLICY_APPLIED').facts);
    return { policy: compiled(product, policyDigest, policies), approval: policyApproval, reviewRequested };
  }
  const received = reopened ?? entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const date = received ? localDate(received.occurredAt, lending.lender.timeZone) : '';
  const inForce = await policyInForce(workStore, { product, date, mode: lending.mode }, policies);
  // Before the policy is asked: who was touched is listed, whatever dies then.
  await indexAffected(workStore, applicationId, inForce.policy.digest);
  return { ...inForce, reviewRequested };
}

function compiled(product: ProductName, digest: string, policies: Policies): PolicyInForce {
  const found = policies[product].find((each) => each.digest === digest);
  if (found) return found;
  throw new PolicyMissing(
    `The policy of ${product} with the digest ${digest} is not in this release: deploy one that has it, then resume.`,
  );
}
