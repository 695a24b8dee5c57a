import { describe, expect, test } from '@jest/globals';

import { isParticle, nameWords } from '../../../domain/names/words.ts';

const texts = (name: string) => nameWords(name).words.map(({ text }) => text);

describe('the words of a name', () => {
  test.each([
    ['Karbunkel, Zoltan', ['karbunkel', 'zoltan']],
    ['ZOLTÁN  KÁRBUNKEL', ['zoltan', 'karbunkel']],
    ['O’Brien-Smith', ['obrien', 'smith']],
    ["Ma'ruf", ['maruf']],
    ['J.P. Quill', ['j', 'p', 'quill']],
    ['ﬁona', ['fiona']],
    ['--', []],
    ['Zol\u200Btan Kar\u00ADbunkel', ['zoltan', 'karbunkel']],
    ['Zol\u3164tan Kar\u034Fbunkel', ['zoltan', 'karbunkel']],
    ['Ｚｏｌｔａｎ Ⓚarbunkel', ['zoltan', 'karbunkel']],
    ['Øłıveß Ægir Þór', ['olivess', 'aegir', 'thor']],
    ['Łukasz İZ', ['lukasz', 'iz']],
    ['Юрий Щербаков', ['yuriy', 'shcherbakov']],
    ['Νικόλαος', ['nikolaos']],
    ['王伟', ['wang', 'wei']],
  ])('of %p are %p', (name, words) => {
    expect(texts(name)).toEqual(words);
  });

  test.each([
    ['Smith Jr.', ['smith'], 'jr'],
    ['SMITH III', ['smith'], 'iii'],
    ['Smith, Senior', ['smith'], 'sr'],
    ['Jr', ['jr'], null],
    ['Smith', ['smith'], null],
  ])('of %p end before its suffix', (name, words, suffix) => {
    expect(texts(name)).toEqual(words);
    expect(nameWords(name).suffix).toBe(suffix);
  });

  test('of umlauts have both of their spellings', () => {
    const [word] = nameWords('Müller').words;
    expect(word).toMatchObject({ text: 'muller', alternatives: ['mueller'] });
  });

  test('of an article are particles', () => {
    expect(
      nameWords('Abd al-Hassan de la Cruz')
        .words.filter(isParticle)
        .map(({ text }) => text),
    ).toEqual(['al', 'de', 'la']);
  });

  test.each([
    ['Søren', true],
    ['Nguyễn', true],
    ['Щербаков', true],
    ['Νικόλαος', true],
    ['محمد', false],
    ['金正恩', false],
    ['김정은', false],
    ['K\u0430rbunk\u0435l', false],
    ['-', false],
    ['12', false],
    ['a '.repeat(13), false],
  ])('of %p compare as well as Latin ones: %p', (name, comparable) => {
    expect(nameWords(name).comparable).toBe(comparable);
  });
});
