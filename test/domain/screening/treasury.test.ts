import { describe, expect, test } from '@jest/globals';

import { readTreasuryList } from '../../../domain/screening/treasury.ts';

const ENTRIES = `\uFEFF1,"KARBUNKEL, Zoltan","individual","INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 12 Jan 1965; alt. DOB 1966; POB Nowhere; a.k.a. 'THE ""CARBUNCLE""'; DOB Feb 1964."
2,"QUILLFEATHER, Thaddeus","individual","INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB circa 29 Feb 1960; alt. DOB 1 Dec 1958 to 31 Dec 1958; citizen Now"
3,"MARROWBANE SHIPPING","-0-","INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- 
\u001A`;

const files = {
  entries: ENTRIES,
  aliases: '1,11,"aka","CARBUNCLE, Zoltan",-0- \r\n3,12,"fka","BANE LINES",-0- \r\n',
  addresses: '1,21,"1 Invented Street, Flat 2","Nowhere","United States",-0- \n1,22,-0- ,-0- ,"Iran",-0- \n',
  comments: `2,"here; a.k.a. 'FEATHER'."\n`,
};

describe('The list of the U.S. Treasury', () => {
  test('gives its people with their names, dates of birth, weak aliases and countries', () => {
    expect(readTreasuryList(files)).toEqual({
      people: [
        {
          id: '1',
          names: [
            { kind: 'PRIMARY', name: 'KARBUNKEL, Zoltan' },
            { kind: 'ALIAS', name: 'CARBUNCLE, Zoltan' },
          ],
          weakAliases: ['THE "CARBUNCLE"'],
          birthDates: [
            { from: '1965-01-12', to: '1965-01-12' },
            { from: '1966-01-01', to: '1966-12-31' },
            { from: '1964-02-01', to: '1964-02-29' },
          ],
          countries: ['United States', 'Iran'],
        },
        {
          id: '2',
          names: [{ kind: 'PRIMARY', name: 'QUILLFEATHER, Thaddeus' }],
          weakAliases: ['FEATHER'],
          birthDates: [
            { from: '1958-02-28', to: '1962-02-28' },
            { from: '1958-12-01', to: '1958-12-31' },
          ],
          countries: [],
        },
      ],
      others: 1,
      faults: [],
    });
  });

  test.each([
    [{ aliases: '1,11,"aka"\n' }, 'ALT.CSV, line 1: has 3 members, and the layout has 5'],
    [
      { comments: `2,"; DOB 31 Feb 1960."\n` },
      'SDN.CSV, entry 2: a date of birth in the remarks is no date of this layout',
    ],
    [
      { comments: `2,"; DOB someday."\n` },
      'SDN.CSV, entry 2: a date of birth in the remarks is no date of this layout',
    ],
  ])('names what cannot be read: %j', (changed, fault) => {
    expect(readTreasuryList({ ...files, ...changed }).faults).toEqual([fault]);
  });
});
