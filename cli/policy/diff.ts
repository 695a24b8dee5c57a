import { writeFileSync } from 'node:fs';

import { diffPolicies, type PolicyChange } from '../../domain/policy/officer/diff.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { plain, print, printJson } from '../terminal.ts';
import { columns, sideBySide } from './columns.ts';
import { diffPage } from './html.ts';
import { policyData, readPolicyText } from './policy-text.ts';

interface DiffOptions {
  readonly json?: boolean;
  readonly html?: string;
}

/** What changed from one policy to another, side by side. Ends with 0 whether or not they differ. */
export async function policyDiff(before: string, after: string, { json, html }: DiffOptions): Promise<ExitCode> {
  const [left, right] = [readPolicyText(before), readPolicyText(after)];
  const changes = diffPolicies(policyData(left), policyData(right));
  if (html !== undefined) writeFileSync(html, diffPage(left.name, right.name, changes));
  if (json) printJson({ before: left.name, after: right.name, changes });
  else for (const line of diffLines(left.name, right.name, changes)) print(plain(line));
  return EXIT.OK;
}

/** Mark and name, before, after: 100 wide with the spaces between. */
const WIDTHS = [24, 37, 37] as const;
const MARKS = { added: '+', removed: '-', changed: '~' } as const;

export function diffLines(before: string, after: string, changes: readonly PolicyChange[]): string[] {
  if (changes.length === 0) return [`${before} and ${after} say the same.`];
  const lines = [...sideBySide(['', before, after], WIDTHS)];
  let section = '';
  for (const { section: of, name, change, fields, table } of changes) {
    if (of !== section) lines.push('', (section = of));
    if (of !== 'policy') lines.push(`${MARKS[change]} ${name}`);
    for (const field of fields) {
      const label = of === 'policy' ? `${MARKS[change]} ${name}` : `    ${field.field === 'is' ? '' : field.field}`;
      lines.push(...sideBySide([label, field.before ?? '', field.after ?? ''], WIDTHS));
    }
    if (table) {
      const rows = table.rows.map(({ row, cells }) => [
        `    ${row}`,
        ...cells.map((cell) => (cell.before === cell.after ? cell.after : `* ${cell.before} -> ${cell.after}`)),
      ]);
      lines.push(...columns(['', ...table.columns], rows));
    }
  }
  const count = (of: PolicyChange['change']): number => changes.filter(({ change }) => change === of).length;
  lines.push('', `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed.`);
  return lines;
}
