import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Comparison, PolicyExplanation, PolicyModule } from '@underwright/policy-compiler/module';

import { loadPolicyModule } from '../../adapters/policy-module.ts';
import { decidedByInWords, type DecisionRecord } from '../../domain/decision/record.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { readDecision } from '../application-view.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from '../failure.ts';
import { openRecords } from '../open-records.ts';
import { recordedRead, type ReaderOptions } from '../recorded-read.ts';
import type { CommonOptions } from '../run-options.ts';
import { outcomeStyled, plainLine, print, printJson, style } from '../terminal.ts';
import { readPolicyFile } from './policy-file.ts';
import { POLICIES_FOLDER } from './policy-text.ts';

interface ExplainOptions extends CommonOptions, ReaderOptions {
  readonly all?: boolean;
}

/** What readPolicyFile opens: the stated facts, the report and the score are personal data. */
const READ = {
  command: 'policy explain',
  action: 'READ_EVIDENCE',
  kinds: ['application', 'screening', 'bureau-report', 'score', 'policy', 'decision'],
} as const;

/**
 * Why each rule fired or did not, with what it read and how far it was from turning, by the very policy that decided. The
 * inputs of the policy are shown and no identity.
 */
export async function policyExplain(applicationId: string, options: ExplainOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json, all } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    if (entries.length === 0) throw notFound(applicationId, records);
    await recordedRead({ data, keyDir, aws }, applicationId, READ, options);
    const file = await readPolicyFile(records, applicationId, entries);
    if (!file) {
      throw new CommandFailed(
        EXIT.NOT_SO,
        'NoPolicyApplied',
        `No policy has been applied to ${applicationId}: see its status with underwright status.`,
      );
    }
    const { recorded } = file;
    const module = await moduleOf(file.product, recorded);
    const decision = await readDecision(records, applicationId);
    const explained = module.explain(file.stage, file.inputsOf([module]));
    if (json) {
      const { outcome, constraints, reasons, policy } = recorded;
      const people = decision && peopleOf(decision);
      printJson({ applicationId, policy, outcome, reasons, constraints, ...pathOf(recorded), people, explained });
      return EXIT.OK;
    }
    print(
      `${style('bold', plainLine(applicationId))}  ${outcomeStyled(recorded.outcome)}  by ${recorded.policy.id} ` +
        `${recorded.policy.version}, ${file.stage}`,
    );
    print(`  path    ${pathOf(recorded).path.join(' > ')}`);
    if (decision) print(`  decided ${decision.outcome} by ${plainLine(decidedByInWords(decision))}`);
    for (const { name, fault } of explained.invalidInputs) print(`  refused ${name}: ${fault}`);
    for (const { termMonths, boundBy } of recorded.constraints) {
      print(`  ${termMonths === null ? 'limit ' : `${termMonths} mo.`}  bound by ${boundBy}`);
    }
    print();
    for (const rule of explained.rules) {
      const passed = rule.outcome === 'PASSED' || rule.outcome === 'MISSING_PASSED';
      if (passed && !all) continue;
      for (const line of ruleLines(rule)) print(line);
    }
    const passed = explained.rules.filter(({ outcome }) => outcome.endsWith('PASSED')).length;
    print(`${passed} of ${explained.rules.length} rules passed${all ? '' : '; --all shows them too'}.`);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

/** The committed module that decided, by the digest that the decision names. @throws CommandFailed when it is not here. */
async function moduleOf(product: string, { policy }: PolicyResult): Promise<PolicyModule> {
  const folder = join(POLICIES_FOLDER, product);
  for (const version of readdirSync(folder)) {
    try {
      return await loadPolicyModule(readFileSync(join(folder, version, 'policy.js'), 'utf8'), policy.digest);
    } catch {
      // Another version's.
    }
  }
  throw new CommandFailed(
    EXIT.NOT_SO,
    'PolicyMissing',
    `The policy ${policy.id} ${policy.version} with the digest ${policy.digest} is not in ${folder}: check out the release that decided.`,
  );
}

/** Who requested, decided and confirmed the decision that followed, and under which limits. */
function peopleOf({
  requestedBy,
  decidedBy,
  authority,
}: DecisionRecord): Pick<DecisionRecord, 'requestedBy' | 'decidedBy' | 'authority'> {
  return { decidedBy, ...(requestedBy !== undefined && { requestedBy }), ...(authority && { authority }) };
}

/** What was asked in the order of precedence, up to what decided. */
function pathOf({ rules, outcome }: PolicyResult): { path: string[]; decidedBy: string[] } {
  const asks = (action: string): string[] =>
    rules
      .filter(({ result }) => result === 'FIRED' || result === 'MISSING_FIRED' || result === 'MISSING')
      .filter((rule) => (rule.result === 'MISSING' ? 'REFER' : rule.action) === action)
      .map(({ id }) => id);
  const path: string[] = [];
  for (const action of ['HOLD', 'NOT_OFFERED', 'DECLINE', 'REFER']) {
    const ids = asks(action);
    path.push(ids.length === 0 ? `no ${action.toLowerCase()}` : `${action} by ${ids.join(', ')}`);
    if (action === outcome) return { path, decidedBy: ids };
  }
  return { path: [...path, outcome], decidedBy: [] };
}

function ruleLines({ rule, action, outcome, reads, comparisons }: PolicyExplanation['rules'][number]): string[] {
  const values = Object.entries(reads).map(
    ([name, value]) => `${name} = ${value === null ? 'missing' : String(value)}`,
  );
  return [
    `${style('bold', rule)}  ${action}  ${outcome}`,
    `    read  ${values.join(', ')}`,
    ...comparisons.map((comparison) => `    ${comparisonLine(comparison)}`),
  ];
}

function comparisonLine({ text: written, name, threshold, holds, change }: Comparison): string {
  const isNumber = threshold === null || written.includes(String(threshold));
  const text = isNumber ? written : `${written} (${threshold})`;
  if (holds === null || change === null) return `${text}: cannot be said, a value is missing`;
  const distance = `${name} ${change > 0 ? '+' : ''}${change} turns it`;
  return `${text}: ${holds ? 'so' : 'not so'}; ${distance}`;
}
