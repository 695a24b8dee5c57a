import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { withTable } from '../../scripts/write-access.ts';
import { withDuties } from '../../scripts/write-duties.ts';

const root = path.join(import.meta.dirname, '../..');
const decisions = path.join(root, 'docs/decisions');
const TOP_FOLDERS =
  /^(?:adapters|app|audit|bench|bin|cli|client|core|docs|documents|domain|examples|http|lambdas|lib|local|models|packages|policies|scripts|statemachines|test|training|verify)\//;

/** The paths of a document's links and of the code spans that begin with a folder of this repository. */
function pathsOf(document: string): string[] {
  const text = readFileSync(path.join(root, document), 'utf8');
  const spans = [...text.matchAll(/`([\w@.-]+(?:\/[\w@.-]+)+\/?)`/g)]
    .map((match) => match[1]!)
    .filter((span) => TOP_FOLDERS.test(span));
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) =>
    path.join(path.dirname(document), match[1]!),
  );
  return [...spans, ...links];
}

describe('the documents', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'models/*/*/*.md', 'examples/models/*/*.md'], {
    cwd: root,
  });

  it.each(documents.filter((document) => document !== 'CHANGELOG.md'))(
    'names only files that exist: %s',
    (document) => {
      expect(pathsOf(document).filter((one) => !existsSync(path.join(root, one)))).toEqual([]);
    },
  );
});

describe('CONTRIBUTING', () => {
  const { overrides } = JSON.parse(readFileSync(path.join(root, '.oxlintrc.json'), 'utf8')) as {
    overrides: { rules: Record<string, [string, { patterns: { message: string }[] }]> }[];
  };
  const messages = overrides.flatMap(({ rules }) => rules['eslint/no-restricted-imports']?.[1].patterns ?? []);
  const rows = messages.flatMap(({ message }) => {
    const [, folder, allowed] = /^(\w+)\/ imports from (.+): see the table/.exec(message) ?? [];
    return folder === undefined || ['client', 'verify'].includes(folder) ? [] : [{ folder, allowed }];
  });
  const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');

  it('has for each folder the imports that the linter allows', () => {
    expect(new Set(rows.map(({ folder }) => folder)).size).toBeGreaterThanOrEqual(10);
    const missing = rows.filter(
      ({ folder, allowed }) =>
        !text.split('\n').some((line) => line.startsWith(`| \`${folder}/\` |`) && line.endsWith(`| ${allowed} |`)),
    );
    expect(missing).toEqual([]);
  });
});

describe('the page on access', () => {
  it('has the table of roles that the program enforces: npm run access writes it', () => {
    const page = readFileSync(path.join(root, 'docs/access.md'), 'utf8');
    expect(page).toBe(withTable(page));
    expect(page).toContain('| Decide a review | yes |');
  });
});

describe('the page on duties', () => {
  it('has the tables of duties and exemptions that the program derives: npm run duties writes them', () => {
    const page = readFileSync(path.join(root, 'docs/duties.md'), 'utf8');
    expect(page).toBe(withDuties(page));
    expect(page).toContain('| `ECOA_NOTICE_OF_ACTION` |');
  });
});

describe('the decisions', () => {
  const files = globSync('0*.md', { cwd: decisions }).toSorted();

  it('each have a number, a title, a status and a date, and their index repeats them', () => {
    const rows = files.map((file) => {
      const [title, , status] = readFileSync(path.join(decisions, file), 'utf8').split('\n');
      const [, number, name] = /^# (\d{4}): (.+)$/.exec(title!)!;
      const [, state, date, change] =
        /^Status: (accepted|superseded), (\d{4}-\d\d-\d\d)\.(?: (?:Amended|Superseded) by (\[\d{4}\]\([\w-]+\.md\)).*)?$/.exec(
          status!,
        )!;
      if (!change) return `| [${number}](${file}) | ${name} | ${state} | ${date} |`;
      return `| [${number}](${file}) | ${name} | ${state === 'accepted' ? `accepted, amended by ${change}` : `superseded by ${change}`} | ${date} |`;
    });
    const index = readFileSync(path.join(decisions, 'README.md'), 'utf8');
    expect(index.split('\n').filter((line) => line.startsWith('| ['))).toEqual(rows);
  });
});
