import { COMPILED_POLICIES, newestPolicy, proposalsOf } from '../../app/governance/policies.ts';
import type { Records } from '../../audit/records.ts';
import { PRODUCT_NAMES, type ProductName } from '../../domain/application/products.ts';
import { localDate } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { isDigest } from '../../domain/ledger/digest.ts';
import { inForceOn, isGoverned } from '../../domain/policy/approval.ts';
import { openFolder, requireFolder } from '../data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from '../failure.ts';
import { openRecords } from '../open-records.ts';
import { processOptions, type CommonOptions, type RunOptions } from '../run-options.ts';
import { fieldErrorLines } from '../submit.ts';
import { plainLine, print, printJson, style } from '../terminal.ts';
import { isProduct } from './policy-text.ts';

export interface GovernOptions extends RunOptions {
  readonly by: string;
  readonly note: string;
  readonly effective?: string;
  readonly from?: string;
}

/** Proposes, approves or withdraws a compiled version of a policy. @returns NOT_SO where it was refused, having said why. */
export async function govern(
  action: 'PROPOSE' | 'APPROVE' | 'WITHDRAW',
  reference: string,
  options: GovernOptions,
): Promise<ExitCode> {
  requireFolder(options.data);
  const { by, note, effective, from } = options;
  const command: JsonObject = { action, digest: digestOf(reference), by, note };
  const folder = await openFolder(processOptions(options));
  try {
    if (action === 'WITHDRAW') command['from'] = from ?? todayIn(folder.records);
    else command['effective'] = effective ?? '';
    const answer = await folder.invoke('GovernPolicy', command);
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else {
      print(`${answer.product}@${answer.version}  ${EFFECTS[answer.action]} ${answer.date}  ${answer.digest}`);
      for (const { from, version } of answer.inForce)
        print(`  from ${from}: ${version ?? style('red', 'no version, so applications wait under PolicyNotApproved')}`);
    }
    return answer.result === 'GOVERNED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

const EFFECTS = {
  PROPOSE: 'proposed, to be approved by another officer, from',
  APPROVE: 'approved: in force for applications received from',
  WITHDRAW: 'withdrawn: not in force for applications received from',
} as const;

const todayIn = ({ lending }: Pick<Records, 'lending'>): string =>
  localDate(new Date().toISOString(), lending.lender.timeZone);

/** @param reference PRODUCT, PRODUCT@VERSION or a digest. @throws CommandFailed */
export function digestOf(reference: string): string {
  if (isDigest(reference)) return reference;
  const [product = '', version] = reference.split('@');
  if (isProduct(product)) {
    const found = version
      ? COMPILED_POLICIES[product].find(({ module }) => module.policy.version === version)
      : newestPolicy(product);
    if (found) return found.digest;
  }
  throw new CommandFailed(
    EXIT.USAGE,
    'PolicyUnknown',
    `There is no compiled policy ${reference}: name PRODUCT@VERSION, or its digest, as policies/*/*/digest.json has it.`,
  );
}

/** Which version is in force for applications received on a date, and what else was proposed or approved. */
export async function policyActive(
  product: string | undefined,
  options: CommonOptions & { readonly on?: string },
): Promise<ExitCode> {
  const { json } = options;
  const records = await openRecords(options);
  try {
    const { on = todayIn(records) } = options;
    const products = PRODUCT_NAMES.filter((name) => product === undefined || name === product);
    const shown = await Promise.all(
      products.map(async (name) => {
        const proposals = await proposalsOf(records.workStore, name);
        return { ...activeVersion(name, on, proposals), proposals };
      }),
    );
    if (json) printJson({ on, products: shown });
    else {
      for (const { product: name, active, approved, proposals } of shown) {
        print(active ? `${name}@${active.version}  ${active.digest}` : `${name}  ${style('red', 'none')}`);
        print(`  ${approved}`);
        for (const each of proposals) {
          const status = each.withdrawn
            ? `withdrawn by ${each.withdrawn.by}, not in force from ${each.withdrawn.from}`
            : each.approved
              ? `approved by ${each.approved.by}`
              : 'waits for the approval of another officer';
          print(
            `  ${each.version}  from ${each.effective}, proposed by ${plainLine(each.proposed.by)}: ${plainLine(status)}`,
          );
        }
      }
    }
    return shown.every(({ active }) => active !== null) ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    records.close();
  }
}

function activeVersion(product: ProductName, on: string, proposals: Awaited<ReturnType<typeof proposalsOf>>) {
  if (!isGoverned(proposals)) {
    const { module, digest } = newestPolicy(product);
    const approved = 'no version was ever approved: the newest committed one decides, in sandbox mode only';
    return { product, active: { version: module.policy.version, digest }, approved };
  }
  const found = inForceOn(proposals, on);
  return found
    ? {
        product,
        active: { version: found.version, digest: found.digest },
        approved: `in force on ${on}, since ${found.effective}: ${found.proposed.by}, approved by ${found.approved.by}`,
      }
    : { product, active: null, approved: `no approved version is in force on ${on}: applications wait for a person` };
}
