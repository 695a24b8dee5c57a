/**
 * `npm run privileges`: writes docs/privileges.md from the synthesised policies of the sandbox and from what its functions
 * ask AWS for in a run of everything. A test holds the committed file to it.
 */
import { writeFileSync } from 'node:fs';

import type { Call } from '../test/support/deployment/calls.ts';
import { grantsOf, policiesOf, uses, type Grant, type Policies } from '../test/support/deployment/policies.ts';
import { runEverything } from '../test/support/deployment/run.ts';
import { AFTER_FAULTS, keptAs, ON_BEHALF } from '../test/support/deployment/unused.ts';
import { openDeployment } from '../test/support/deployment/world.ts';

const HEAD = `# Privileges

Written by \`npm run privileges\`; do not edit. Every function of the sandbox ran as its bundle in a process of its own, under
its own name, through a whole life of applications (\`test/support/deployment/run.ts\`), and the commands of an auditor under the
auditor's. What each asked AWS for was recorded over the protocol and held against the synthesised policies: all of it is
allowed, and of what is allowed each line was asked for (**used**) or stands by a name that is explained below. Why:
[decision 0015](decisions/0015-privileges-from-a-run.md).

No action is \`*\`. The ledger's table denies changing or removing entries to everybody, and the evidence bucket deleting and
writing over, whatever a policy allows.
`;

/** What the document says. Writes nothing itself. */
export function privilegesText(policies: Policies, calls: readonly Call[]): string {
  const rows = new Map<string, { used: boolean; name: string | undefined }>();
  for (const grant of grantsOf(policies)) {
    const key = [grant.principal, grant.action, shortened(grant), condition(grant)].join(' | ');
    const used = rows.get(key)?.used === true || calls.some((call) => uses(grant, call));
    rows.set(key, { used, name: keptAs(grant, calls) });
  }
  const table = [...rows]
    .map(([key, { used, name }]) => `| ${key} | ${used ? 'used' : (name ?? '**not used**')} |`)
    .toSorted();
  const reasons = (of: typeof ON_BEHALF) => Object.entries(of).map(([name, { reason }]) => `- **${name}.** ${reason}`);
  return `${[
    HEAD,
    '| Who | Action | Resource | Only | Why |',
    '| --- | --- | --- | --- | --- |',
    ...table,
    '',
    '## What services do in the name of a function',
    '',
    ...reasons(ON_BEHALF),
    '',
    '## What is asked for after faults only',
    '',
    ...reasons(AFTER_FAULTS),
  ].join('\n')}\n`;
}

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

if (import.meta.main) {
  const deployment = await openDeployment();
  await runEverything(deployment);
  writeFileSync('docs/privileges.md', privilegesText(policiesOf(deployment.template), deployment.calls));
  await deployment.close();
}
