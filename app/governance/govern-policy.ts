import * as z from 'zod';

import type { Clock, Ledger, Models, WorkItem, WorkStore } from '../../adapters/ports.ts';
import { type ProductName } from '../../domain/application/products.ts';
import { fieldErrors, type FieldError } from '../../domain/application/submission.ts';
import { isCalendarDate, localDate } from '../../domain/calendar.ts';
import { policyChangeId } from '../../domain/ledger/acts.ts';
import type { LedgerEvent } from '../../domain/ledger/chain.ts';
import { digestText } from '../../domain/ledger/digest.ts';
import { EVENT_TYPES, ledgerEvent } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import {
  afterChange,
  isGoverned,
  openProposal,
  proposal,
  standingFrom,
  type PolicyChange,
  type Proposal,
} from '../../domain/policy/approval.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { keys } from '../../domain/projections/keys.ts';
import { packageFaults } from '../../domain/scoring/fit.ts';
import {
  actingRole,
  evidenceAddress,
  fieldError,
  instant,
  person,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { modelsFrom, registryOf } from '../models/models.ts';
import { faultOfNote } from '../retention/retention.ts';
import { compareAndSwap, RACE_LOST, writeItem } from '../work-items.ts';
import { COMPILED_POLICIES, versionsFrom, type Policies, type PolicyAsked } from './policies.ts';

/** Proposes, approves or withdraws a version of a policy: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('GOVERNED'),
      action: z.enum(['PROPOSE', 'APPROVE', 'WITHDRAW']),
      product: z.string(),
      version: z.string(),
      digest: evidenceAddress,
      /** The local date from which on it decides, or of a withdrawal no longer does. */
      date: z.string(),
      at: instant,
      /** Whether it stood so already, by the same person. */
      repeated: z.boolean(),
      /** The versions in force from today on; null for days without one, on which applications wait for an operator. */
      inForce: z.array(z.strictObject({ from: z.string(), version: z.string().nullable() })),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
  ]),
} as const satisfies Contract;

export interface GovernPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  /** Names what the models in force have. */
  readonly models: Pick<Models, 'released' | 'manifestOf'>;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

/** Under which the ledger keeps the history of all proposals, approvals and withdrawals. */
export const POLICIES_LEDGER = 'control-policies';

const date = z.string().refine(isCalendarDate, 'must be a date as YYYY-MM-DD');
const common = {
  digest: digestText('must be the 64 lower-case hexadecimal digits of the compiled module: see digest.json'),
  by: person,
  role: actingRole('GOVERN_POLICY'),
  note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2000),
};
const command = z.discriminatedUnion('action', [
  /** `effective`: the local date from which on it is to decide. */
  z.strictObject({ action: z.literal('PROPOSE'), effective: date, ...common }),
  /** `effective` must equal the proposed date. */
  z.strictObject({ action: z.literal('APPROVE'), effective: date, ...common }),
  /** `from`: the first local date of which it is no longer in force. */
  z.strictObject({ action: z.literal('WITHDRAW'), from: date, ...common }),
]);
type Command = z.infer<typeof command>;

/** What the item of a product holds: the status of its versions, and the change that set it. */
const state = z.strictObject({
  proposals: z.array(proposal),
  change: EVENT_TYPES.POLICY_GOVERNED.body.extend({ by: z.string(), at: z.string() }),
});
type State = z.infer<typeof state>;

type Judged = { readonly repeated: string } | { readonly errors: FieldError[] } | undefined;

/**
 * Brings a version of a policy into force with two pairs of eyes: its author proposes it, another officer approves it, and
 * an approval can be withdrawn; nothing of it for days that have passed. An entry that a died call owes is written by the
 * next one.
 */
export function governPolicy(ports: GovernPorts, policies: Policies = COMPILED_POLICIES): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const fault = faultOfNote(asked.note, ports);
    if (fault) return rejected('note', fault);
    const policy = Object.values(policies)
      .flat()
      .find(({ digest }) => digest === asked.digest);
    if (!policy) return rejected('digest', 'is of no compiled policy of this release: see policies/*/*/digest.json');
    const product = policy.module.policy.product as ProductName;
    const place = keys.policy(product);
    return compareAndSwap(
      ports.workStore,
      place,
      async (present): Promise<Output<typeof contract> | typeof RACE_LOST> => {
        if (present) await record(ports, present);
        const before = present ? state.parse(present.data).proposals : [];
        const at = ports.clock.now().toISOString();
        const { mode, lender } = ports.lending;
        const { timeZone } = lender;
        const entry = policyChangeId(product, (present?.version ?? 0) + 1);
        const judged = judge(asked, policy.module.policy.effective, before, { at, timeZone });
        if (judged && 'errors' in judged) return { result: 'REJECTED', errors: judged.errors };
        const today = { product, date: localDate(at, timeZone), mode };
        const done = { asked, policy };
        if (judged)
          return answer({
            ...done,
            at: judged.repeated,
            repeated: true,
            inForce: versionsFrom(before, today, policies),
          });
        const gap = gapBefore(asked, before, today, policies);
        if (gap) return rejected('effective', gap);
        const misfit = await misfitOf(ports, asked, policy);
        if (misfit) return rejected('digest', misfit);
        const { action, digest, note, by, role } = asked;
        const { version } = policy.module.policy;
        const change = { action, product, version, digest, date: dateOf(asked), role, note, by, at };
        const proposals = afterChange(before, { ...change, entry });
        const data: State = { proposals, change };
        const written = await writeItem(ports.workStore, present, { ...place, data });
        if (!written) return RACE_LOST;
        await record(ports, written);
        return answer({ ...done, at, repeated: false, inForce: versionsFrom(proposals, today, policies) });
      },
    );
  };
}

/** An instant, UTC, and the lender's time zone, which gives it a date. */
interface Moment {
  readonly at: string;
  readonly timeZone: string;
}

/** Whether a recorded change could not have been made. The date in the policy's text is not in the ledger. */
export function isRefused(
  { action, digest, date: on, by }: Pick<PolicyChange, 'action' | 'digest' | 'date' | 'by'>,
  before: readonly Proposal[],
  moment: Moment,
): boolean {
  const parsed = command.safeParse({
    action,
    digest,
    by,
    note: 'As the entry has it.',
    ...(action === 'WITHDRAW' ? { from: on } : { effective: on }),
  });
  return !parsed.success || judge(parsed.data, '', before, moment) !== undefined;
}

/** Returns the objection to a command, or when it was done before; undefined for a command that is to be done. */
function judge(asked: Command, effectiveOfText: string, before: readonly Proposal[], { at, timeZone }: Moment): Judged {
  const today = localDate(at, timeZone);
  const open = openProposal(before, asked.digest);
  switch (asked.action) {
    case 'PROPOSE':
      return judgeProposal(asked, open, { today, effectiveOfText });
    case 'APPROVE':
      return judgeApproval(asked, open, today);
    case 'WITHDRAW':
      return judgeWithdrawal(asked, before, today);
  }
}

type CommandOf<Action extends Command['action']> = Extract<Command, { action: Action }>;

function judgeProposal(
  { by, effective }: CommandOf<'PROPOSE'>,
  open: Proposal | undefined,
  { today, effectiveOfText }: { readonly today: string; readonly effectiveOfText: string },
): Judged {
  if (open?.proposed.by === by && open.effective === effective) return { repeated: open.proposed.at };
  if (open) {
    return fault(
      'digest',
      `was proposed by ${open.proposed.by} to be in force from ${open.effective}: withdraw that first`,
    );
  }
  if (effective < today) return fault('effective', `is before today, ${today}: what was decided stays decided`);
  if (effective < effectiveOfText) {
    return fault('effective', `is before ${effectiveOfText}, the date in the text of the policy`);
  }
  return undefined;
}

function judgeApproval({ by, effective }: CommandOf<'APPROVE'>, open: Proposal | undefined, today: string): Judged {
  if (!open) return fault('digest', 'was not proposed, or was withdrawn: its author proposes it first');
  if (open.proposed.by === by) return fault('by', 'proposed it: another officer must approve it');
  if (open.effective !== effective) return fault('effective', `is not the date that was proposed, ${open.effective}`);
  if (open.approved?.by === by) return { repeated: open.approved.at };
  if (open.approved) return fault('digest', `was approved by ${open.approved.by} on ${open.approved.at}`);
  if (effective < today) {
    return fault('effective', `has passed, today is ${today}: withdraw the proposal and propose it with a later date`);
  }
  return undefined;
}

function judgeWithdrawal(
  { by, digest, from }: CommandOf<'WITHDRAW'>,
  before: readonly Proposal[],
  today: string,
): Judged {
  const newest = before.findLast((each) => each.digest === digest)?.withdrawn;
  if (standingFrom(before, digest, from).length === 0) {
    if (newest?.by === by && newest.from === from) return { repeated: newest.at };
    if (newest) return fault('from', `is not before ${newest.from}, from which on it is withdrawn already`);
    return fault('digest', 'is neither proposed nor approved: there is nothing to withdraw');
  }
  if (from < today) return fault('from', `is before today, ${today}: what was decided stays decided`);
  return undefined;
}

/**
 * Returns why an approval would take the policy from the applications of today; undefined for one that does not. Only a first
 * approval can: it ends the rule of the sandbox that the newest compiled version decides.
 */
function gapBefore(
  asked: Command,
  before: readonly Proposal[],
  { product, date: today, mode }: PolicyAsked,
  policies: Policies,
): string | undefined {
  if (asked.action !== 'APPROVE' || asked.effective <= today || mode !== 'sandbox' || isGoverned(before))
    return undefined;
  const { effective } = asked;
  return (
    `would leave applications received before ${effective} without a policy, because no version of ${product} is ` +
    `approved for them: ${firstFor(today, { asked: asked.digest, before, versions: policies[product] }) ?? `approve it on ${effective}`}`
  );
}

/**
 * Returns why an approval would bring in a policy that a model in force from its date on cannot serve. Days without a model
 * have no such reason: a promotion compares its package with the policies in force.
 */
async function misfitOf(
  { models, workStore, lending: { mode } }: GovernPorts,
  asked: Command,
  { module: { policy, model } }: PolicyInForce,
): Promise<string | undefined> {
  if (asked.action !== 'APPROVE') return undefined;
  const product = policy.product as ProductName;
  const needed = { product, purpose: model?.purpose ?? 'default', date: asked.effective, mode } as const;
  for (const { from, inForce } of modelsFrom(await registryOf(workStore), await models.released(), needed)) {
    const manifest = inForce && (await models.manifestOf(inForce.digest));
    const [first] = manifest ? packageFaults({ product, model }, manifest, mode) : [];
    if (first) return `does not fit the model in force on ${from}: ${first} Promote a package that fits first`;
  }
  return undefined;
}

/** Returns what brings a version into force from today; undefined where the text of each version has a later date. */
function firstFor(
  today: string,
  given: { readonly asked: string; readonly before: readonly Proposal[]; readonly versions: readonly PolicyInForce[] },
): string | undefined {
  const possible = given.versions.filter(({ module }) => module.policy.effective <= today);
  const present = possible.findLast(({ digest }) => digest !== given.asked) ?? possible.at(-1);
  if (!present) return undefined;
  const { version } = present.module.policy;
  const open = openProposal(given.before, present.digest);
  if (present.digest === given.asked)
    return `withdraw the proposal of ${version}, then propose and approve ${version} from ${today}`;
  if (!open) return `propose and approve ${version} from ${today} first, then approve this one`;
  if (open.effective <= today) return `approve ${version}, which was proposed from ${open.effective}, first`;
  return (
    `withdraw the proposal of ${version} from ${open.effective}, propose and approve ${version} from ${today}, ` +
    `then approve this one`
  );
}

const dateOf = (asked: Command): string => (asked.action === 'WITHDRAW' ? asked.from : asked.effective);

async function record({ ledger }: GovernPorts, item: WorkItem): Promise<void> {
  await ledger.append(policyEvent(item));
}

/** Returns the entry of the newest change in a row. Each version of the row is one entry, however often it is written. */
export function policyEvent(item: WorkItem): LedgerEvent {
  const { by: actor, at, ...body } = state.parse(item.data).change;
  const id = policyChangeId(body.product, item.version);
  return ledgerEvent({ id, applicationId: POLICIES_LEDGER, type: 'POLICY_GOVERNED', occurredAt: at, actor, body });
}

type Governed = Extract<Output<typeof contract>, { readonly result: 'GOVERNED' }>;

function answer({
  asked,
  policy: { module },
  ...rest
}: { readonly asked: Command; readonly policy: PolicyInForce } & Pick<
  Governed,
  'at' | 'repeated' | 'inForce'
>): Governed {
  const { action, digest } = asked;
  const { product, version } = module.policy;
  return { result: 'GOVERNED', action, product, version, digest, date: dateOf(asked), ...rest };
}

function fault(path: string, message: string): Judged {
  return { errors: [{ path, message }] };
}

function rejected(path: string, message: string): Output<typeof contract> {
  return { result: 'REJECTED', errors: [{ path, message }] };
}
