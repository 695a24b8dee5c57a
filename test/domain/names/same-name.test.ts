import { describe, expect, test } from '@jest/globals';

import { isSameName, type FullName } from '../../../domain/names/same-name.ts';

const of = ([firstName, lastName]: readonly [string | null, string]): FullName => ({ firstName, lastName });

describe('Two records have the same name', () => {
  test.each([
    ['letters with strokes', ['Łukasz', 'Ødegård'], ['LUKASZ', 'ODEGARD']],
    ['ligatures', ['Ægir', 'Weiß'], ['AEGIR', 'WEISS']],
    ['the two-letter spelling of an umlaut', ['Jörg', 'Müller'], ['JOERG', 'MUELLER']],
    ['a suffix of ours', ['John', 'Smith Jr.'], ['JOHN', 'SMITH']],
    ['a suffix of theirs', ['John', 'Smith'], ['JOHN', 'SMITH JR']],
    ['a suffix in the other field', ['John', 'Smith, Jr'], ['JOHN JR', 'SMITH']],
    ['a middle initial of theirs', ['Anne', 'Quill'], ['ANNE M', 'QUILL']],
    ['a middle initial of ours', ['Anne M.', 'Quill'], ['ANNE', 'QUILL']],
    ['a middle initial for a middle name', ['Anne Marie', 'Quill'], ['ANNE M', 'QUILL']],
    ['a middle name of one', ['Anne Marie', 'Quill'], ['ANNE', 'QUILL']],
    ['a joined first name', ['Jean-Luc', 'Quill'], ['JEANLUC', 'QUILL']],
    ['an apostrophe', ['Sinéad', "O'Connor"], ['SINEAD', 'O CONNOR']],
    ['joined particles', ['Ana', 'De La Cruz'], ['ANA', 'DELACRUZ']],
    ['a dropped particle', ['Omar', 'al-Hassan'], ['OMAR', 'HASSAN']],
    ['another script', ['Юрий', 'Щербаков'], ['YURIY', 'SHCHERBAKOV']],
    ['one name', [null, 'Suharto'], ['', 'SUHARTO']],
    ['one name in the other field', [null, 'Suharto'], ['SUHARTO', '']],
    ['the same Han letters', ['雷', '李'], ['雷', '李']],
  ] as const)('despite %s', (_, ours, theirs) => {
    expect(isSameName(of(ours), of(theirs))).toBe(true);
    expect(isSameName(of(theirs), of(ours))).toBe(true);
  });

  test.each([
    ['another surname', ['Anne', 'Quill'], ['ANNE', 'VANE']],
    ['another first name', ['Anne', 'Quill'], ['JANE', 'QUILL']],
    ['an initial for a first name', ['Anne', 'Quill'], ['A', 'QUILL']],
    ['another suffix', ['John', 'Smith Jr'], ['JOHN', 'SMITH SR']],
    ['another middle initial', ['Anne M', 'Quill'], ['ANNE K', 'QUILL']],
    ['another middle name', ['Anne Marie', 'Quill'], ['ANNE LOUISE', 'QUILL']],
    ['a letter more', ['Anne', 'Quill'], ['ANNE', 'QUILLS']],
    ['a second surname of one', ['Ana', 'García López'], ['ANA', 'GARCIA']],
    ['first and last name swapped', ['Thomas', 'James'], ['JAMES', 'THOMAS']],
    ['a middle name alone', ['Anne Marie', 'Quill'], ['MARIE', 'QUILL']],
    ['no name', ['Anne', 'Quill'], ['', '']],
    ['no first name', ['Anne', 'Quill'], ['', 'QUILL']],
    ['no letters', ['-', '-'], ['-', '-']],
    ['letters that look the same', ['Anne', 'Qu\u0456ll'], ['ANNE', 'QUILL']],
  ] as const)('but not with %s', (_, ours, theirs) => {
    expect(isSameName(of(ours), of(theirs))).toBe(false);
    expect(isSameName(of(theirs), of(ours))).toBe(false);
  });
});
