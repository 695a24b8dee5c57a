import type { Inputs, PolicyModule, Stage } from '@underwright/policy-compiler/module';

import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import type { Records } from '../../audit/records.ts';
import { localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { productOf } from '../../domain/products/index.ts';
import type { CreditFile, Product } from '../../domain/products/product.ts';

/** What the policy was told of an application, from its sealed evidence: no identity is opened. */
export interface PolicyFile {
  readonly product: string;
  readonly stage: Stage;
  /** The inputs of policies: the common ones, and the cut-offs and bands of the model that any of them names. */
  readonly inputsOf: (policies: readonly PolicyModule[]) => Inputs;
  /** What the policy said then. */
  readonly recorded: PolicyResult;
}

type WithEvidence = {
  [Type in EventType]: EventBody<Type> extends { evidence: readonly unknown[] } ? Type : never;
}[EventType];

/** @returns undefined when no policy has been applied to it yet. */
export async function readPolicyFile(
  { evidence }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<PolicyFile | undefined> {
  const applied = entries.findLast(({ type }) => type === 'POLICY_APPLIED' || type === 'PRE_BUREAU_POLICY_APPLIED');
  if (!applied) return undefined;
  const upToIt = entries.filter(({ sequence }) => sequence <= applied.sequence);
  const before = [...entries.slice(0, 1), ...ofNewestExecution(upToIt)];
  const open = async <Kind extends keyof EvidenceKinds>(
    type: WithEvidence,
    kind: Kind,
  ): Promise<EvidenceKinds[Kind] | null> => {
    const entry = before.findLast((each) => each.type === type);
    const found = entry && readBody(entry, type).evidence.find((each) => each.kind === kind);
    return found ? await readEvidence(evidence, applicationId, kind, found.address) : null;
  };
  const type = applied.type as 'POLICY_APPLIED' | 'PRE_BUREAU_POLICY_APPLIED';
  const [application, screening, report, scoring, recorded] = await Promise.all([
    open('APPLICATION_RECEIVED', 'application'),
    open('APPLICANTS_SCREENED', 'screening'),
    open('BUREAU_REPORT_PULLED', 'bureau-report'),
    open('APPLICATION_SCORED', 'score'),
    open(type, 'policy'),
  ]);
  if (!application || !screening || !recorded) return undefined;
  const product = productOf(application);
  const lender = recorded.lender ?? UNRECORDED_LENDER;
  const asOf = localDate(applied.occurredAt, lender.timeZone);
  if (type === 'PRE_BUREAU_POLICY_APPLIED') {
    const inputs = product.preBureauInputs({ application, screening, lender, asOf });
    return { product: application.product, stage: 'pre-bureau', inputsOf: () => inputs, recorded };
  }
  const pulled = before.findLast((each) => each.type === 'BUREAU_REPORT_PULLED');
  const said = pulled ? readBody(pulled, 'BUREAU_REPORT_PULLED').output['status'] : undefined;
  const status = (typeof said === 'string' ? said : 'UNAVAILABLE') as CreditFile['status'];
  const file = { application, screening, lender, asOf, status, report, scoring };
  return {
    product: application.product,
    stage: 'full',
    inputsOf: (policies) => fullInputsOf(product, file, policies),
    recorded,
  };
}

/** The inputs of several policies at once: each module is to receive only those that it declares. */
export function fullInputsOf(product: Product, file: CreditFile, policies: readonly PolicyModule[]): Inputs {
  return policies.reduce<Inputs>((inputs, { model }) => ({ ...inputs, ...product.fullInputs(file, model) }), {});
}
