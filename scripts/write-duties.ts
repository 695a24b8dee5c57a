/** `npm run duties`: writes the tables of docs/duties.md from domain/duties. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DUTIES, type Duty, type Means } from '../domain/duties/duties.ts';
import { EXEMPTIONS } from '../domain/duties/exemptions.ts';
import { dueInWords } from '../domain/duties/status.ts';

const page = join(import.meta.dirname, '../docs/duties.md');
const START = '<!-- written by npm run duties -->';

function metBy(means: Means): string {
  switch (means.by) {
    case 'NOTICE':
      return `a sent notice: ${means.kinds.join(', ')}${means.field ? `; the record has \`${means.field}\`` : ''}`;
    case 'CONSENT':
      return `the ${means.kind} entry of the consents, given by then`;
    case 'EARLIER_EVENT':
      return means.event === 'CLEARING_REVIEW' ? 'an earlier review whose evidence clears the alert' : means.event;
    case 'LATER_DECISION':
      return means.person ? 'the next decision on the credit, which a person made' : 'the next decision on the credit';
    case 'OUTSIDE':
      return 'no event here: a person, outside';
    case 'OCCASION':
      return 'the answer, which is recorded as a read';
    case 'RECORD':
      return `the decision record: \`${means.field}\``;
    case 'RETENTION':
      return `RETENTION_EXTENDED to the end of the class ${means.class}`;
  }
}

const MARKS = { source: '', memory: ' [from memory]', own: ' [the lender’s own]' } as const;

const row = ({ id, title, citation, mark, due, means, effectiveFrom, state }: Duty): string => {
  const limits = [...(state ? [`residence ${state}`] : []), ...(effectiveFrom ? [`from ${effectiveFrom}`] : [])];
  const when = [dueInWords(due), ...limits].join('; ');
  return `| \`${id}\` | ${title} | ${citation}${MARKS[mark]} | ${when} | ${metBy(means)} |`;
};

/** The page with its tables rewritten from the code. @param text the page. */
export function withDuties(text: string): string {
  const [head = ''] = text.split(START);
  const tables = [
    '| Duty | What | Law | Due | Met by |\n|---|---|---|---|---|',
    ...DUTIES.map(row),
    '',
    '| Exemption | What | Law |\n|---|---|---|',
    ...Object.entries(EXEMPTIONS).map(([id, { inWords, citation }]) => `| \`${id}\` | ${inWords} | ${citation} |`),
  ];
  return `${head}${START}\n\n${tables.join('\n')}\n`;
}

if (import.meta.main) writeFileSync(page, withDuties(readFileSync(page, 'utf8')));
