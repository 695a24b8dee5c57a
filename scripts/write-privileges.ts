/**
 * `npm run privileges`: writes docs/privileges.md, one row for each role, from the synthesised policies of the sandbox. With
 * `--full` it runs everything, too, and writes each right with the reason for it as a line of cdk.out/privileges.md. A test
 * compares the committed page with the policies.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

import type { Call } from '../test/support/deployment/calls.ts';
import { grantsOf, policiesOf, uses, type Grant, type Policies } from '../test/support/deployment/policies.ts';
import { runEverything } from '../test/support/deployment/run.ts';
import { deployed } from '../test/support/deployment/template.ts';
import { AFTER_FAULTS, OTHER_CASES, keptAs, ON_BEHALF } from '../test/support/deployment/unused.ts';
import { openDeployment } from '../test/support/deployment/world.ts';

const HEAD = `# Privileges

\`npm run privileges\` writes this page from the synthesised policies of the sandbox; do not edit it. A test
(\`test/lib/deployment.test.ts\`) runs every function as its bundle, in a process of its own and under its own name, through a
whole life of applications. The commands of an auditor run under the auditor's name. The test records each call to AWS over
the protocol. The policies allow every call, and each right was used or has a named reason. Why:
[decision 0015](decisions/0015-privileges-from-a-run.md).

No action is \`*\`. Even where a policy allows it, the ledger's table denies every principal to change or remove entries, and the
evidence bucket denies deletion and overwriting.
`;

const SUMMARY = `Each role may also write its log and its trace, and use the keys of what it reads and writes. **Rights** counts the
role's rights, and the fingerprint is the start of their SHA-256, conditions included: it changes when a right is added,
removed, widened or narrowed. \`npm run privileges -- --full\` writes each right with its reason to \`cdk.out/privileges.md\`.
`;

const FULL = `# Every right

\`npm run privileges -- --full\` writes this list. **used**: a call of the run needed the right. Any other word names a reason of
docs/privileges.md.
`;

/** A right as a line of the full list: the role, the action, the resource, the condition and the reason. */
function linesOf(policies: Policies, calls: readonly Call[]): Map<string, string> {
  const rows = new Map<string, { used: boolean; name: string | undefined }>();
  for (const grant of grantsOf(policies)) {
    const key = keyOf(grant);
    const used = rows.get(key)?.used === true || calls.some((call) => uses(grant, call));
    rows.set(key, { used, name: keptAs(grant, calls) });
  }
  return new Map([...rows].map(([key, { used, name }]) => [key, used ? 'used' : (name ?? '**not used**')]));
}

const keyOf = (grant: Grant) => [grant.principal, grant.action, shortened(grant), condition(grant)].join(' | ');

/** Every right of every role, a line each. */
export function fullPrivilegesText(policies: Policies, calls: readonly Call[]): string {
  const table = [...linesOf(policies, calls)].map(([key, why]) => `| ${key} | ${why} |`).toSorted();
  return [FULL, '| Who | Action | Resource | Only | Why |', '| --- | --- | --- | --- | --- |', ...table, ''].join('\n');
}

/** What a role may do, by the verb of the action. Log, trace and keys of stores are in no column. */
const COLUMNS: readonly (readonly [string, RegExp])[] = [
  ['Reads', /^(dynamodb|s3|states|sqs|lambda):(Get|Query|Scan|List|Describe|Receive)/],
  ['Writes', /^(dynamodb|s3|states|sqs|events|lambda):(Put|Update|Delete|Send|Abort|Stop|Redrive)/],
  ['Signs', /^kms:(Sign|GenerateMac|GetPublicKey)/],
  ['Starts', /^(lambda:Invoke|states:StartExecution)/],
];

/** The committed page. @returns one row for each role */
export function privilegesText(policies: Policies): string {
  const grants = Map.groupBy(grantsOf(policies), ({ principal }) => principal);
  const rows = [...grants].map(([principal, all]) => `| ${[principal, ...summaryOf(all)].join(' | ')} |`).toSorted();
  const reasons = (of: typeof ON_BEHALF) => Object.entries(of).map(([name, { reason }]) => `- **${name}.** ${reason}`);
  const head = ['Who', ...COLUMNS.map(([name]) => name), 'Rights'];
  return `${[
    HEAD,
    SUMMARY,
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows,
    '',
    '## What services do in the name of a function',
    '',
    ...reasons(ON_BEHALF),
    '',
    '## What only faults need',
    '',
    ...reasons(AFTER_FAULTS),
    '',
    '## What applications outside the run need',
    '',
    ...reasons(OTHER_CASES),
  ].join('\n')}\n`;
}

function summaryOf(grants: readonly Grant[]): string[] {
  const columns = COLUMNS.map(([, verb]) => {
    const of = Map.groupBy(
      grants.filter(({ action }) => verb.test(action)),
      (grant) => named(grant),
    );
    const parts = [...of].map(([resource, rights]) => {
      const actions = new Set(rights.map(({ action }) => action.replace(/^\w+:/, '')));
      return `${resource}: ${[...actions].toSorted().join(', ')}`;
    });
    return parts.toSorted().join('; ');
  });
  const rights = [
    ...new Set(grants.map(({ action, resource, condition: only = {} }) => JSON.stringify([action, resource, only]))),
  ].toSorted();
  const fingerprint = createHash('sha256').update(rights.join('\n')).digest('hex').slice(0, 12);
  return [...columns, `${rights.length} \`${fingerprint}\``];
}

/** The resource by the name of its construct, without what is beneath it. */
const named = (grant: Grant): string =>
  shortened(grant)
    .replaceAll('`', '')
    .replace(/^(table|key|event-bus|function|log-group)[/:]/, '')
    .replace(/^underwright-sandbox-workflow-|(?<=:)underwright-sandbox-(workflow|batch)-/, '')
    .replace(/^(execution|stateMachine):(\w+).*$/, '$2')
    .replace(/^files[0-9a-f]{8}/, 'batch-files')
    .replace(/:\*$/, '')
    .replace(/\/(evidence\/\*|index\/\w+)$/, '');

/** `arn:aws:dynamodb:REGION:ACCOUNT:table/LedgerEntriesTable4C1C8898/index/recorded` → `table/LedgerEntriesTable/index/recorded`. */
const shortened = ({ resource }: Grant): string =>
  `\`${resource
    .replace(/^arn:aws:[a-z0-9]+:[a-z0-9-]*:\d*:/, '')
    .replace(/evidencebucket[0-9a-f]{8}/, 'evidence-bucket')
    .replaceAll(/[0-9A-F]{8}(?=$|[/:*])/g, '')}\``;

const condition = ({ condition: given = {} }: Grant): string =>
  Object.values(given)
    .flatMap((tests) => Object.entries(tests))
    .map(
      ([key, values]) =>
        `\`${key}\` ${[values]
          .flat()
          .join(', ')
          .replace(/^arn:.*(:|\/)(?=[^:/]+$)/, '')
          .replace(/[0-9A-F]{8}$/, '')
          .replace('.local.', '.')}`,
    )
    .join(', ');

/** The policies of the sandbox, as the CDK synthesises them: no run is needed to read them. */
export function sandboxPolicies(): Policies {
  const address = 'https://example.com/';
  return policiesOf(deployed('sandbox', { bureauUrl: address, queueUrl: () => address, issuers: address }));
}

if (import.meta.main) {
  writeFileSync('docs/privileges.md', privilegesText(sandboxPolicies()));
  if (process.argv.includes('--full')) {
    const deployment = await openDeployment();
    await runEverything(deployment);
    mkdirSync('cdk.out', { recursive: true });
    writeFileSync('cdk.out/privileges.md', fullPrivilegesText(policiesOf(deployment.template), deployment.calls));
    await deployment.close();
  }
}
