import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { paragraph, table, type Document } from '../../documents/document.ts';
import { documentPdf } from '../../documents/pdf.ts';
import { pdfText } from '../support/pdf-text.ts';

const AT = '2026-11-23T15:04:05.000Z';
const joined = (text: string) => text.replaceAll(/\s/g, '');
const textOf = async (document: Document) => joined(pdfText(await documentPdf(document, AT)));
const page = (text: string): Document => ({ title: 'Page', blocks: [paragraph(text)] });

describe('A document as a PDF', () => {
  test('has the same bytes for the same content and instant', async () => {
    const document: Document = { title: 'Twice', blocks: [table(['A', 'B'], [['one', 'two']]), paragraph('end')] };
    const [first, second] = [await documentPdf(document, AT), await documentPdf(document, AT)];
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
    expect(Buffer.from(first).equals(Buffer.from(await documentPdf(document, '2026-11-24T15:04:05.000Z')))).toBe(false);
  });

  test('is tagged, titled and in a language', async () => {
    const text = Buffer.from(await documentPdf(page('text'), AT)).toString('latin1');
    expect(text.startsWith('%PDF-1.7')).toBe(true);
    for (const part of ['/StructTreeRoot', '/Marked true', '/Title ', '(Page)', '/Lang (en-US)', 'D:20261123150405Z']) {
      expect(text).toContain(part);
    }
  });

  test('draws Latin, Greek and Cyrillic letters as they are', async () => {
    const names = 'Zoë Ångström-Nguyễn, Ωμέγα, Щукина, Łukasiewicz';
    expect(await textOf(page(names))).toContain(joined(names.normalize('NFC')));
    expect(await textOf(page(names))).not.toContain('U+');
  });

  test.each([
    ['Chinese', '张伟', '[U+5F20][U+4F1F]'],
    ['Arabic, which goes from right to left', 'علي', '[U+0639][U+0644][U+064A]'],
    ['Devanagari, which needs shaping', 'राज', '[U+0930][U+093E][U+091C]'],
    ['beyond the basic plane', '𠮷', '[U+20BB7]'],
    ['a mark that turns text around', 'a\u202Eb', 'a[U+202E]b'],
  ])('writes letters as code points and says so: %s', async (_, letters, spelled) => {
    const text = await textOf(page(`Applicant ${letters}`));
    expect(text).toContain(`Applicant${spelled}`);
    expect(text).toContain('writtenastheirUnicodecodepoints');
  });

  test('loses nothing, whatever the text', async () => {
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(words, async (cells) => {
        const text = await textOf({
          title: 'T',
          blocks: [
            table(
              cells.map(() => 'H'),
              [cells],
            ),
          ],
        });
        const drawn = (letter: string) =>
          text.includes(letter) ||
          text.includes(`[U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);
        return cells.flatMap((cell) => Array.from(joined(cell.normalize('NFC')))).every(drawn);
      }),
      { numRuns: 40 },
    );
  });

  test('goes over pages with a cell that is longer than one, and loses no word of it', async () => {
    const long = Array.from({ length: 4_000 }, (_, at) => `w${at}`).join(' ');
    const text = await textOf({
      title: 'Long',
      blocks: [
        table(
          ['A', 'B'],
          [
            ['start', long],
            ['last', 'row'],
          ],
        ),
      ],
    });
    expect(text).toContain('w3999');
    const missing = Array.from({ length: 4_000 }, (_, at) => `w${at}`).filter((word) => !text.includes(word));
    expect(missing.length).toBeLessThan(10);
    expect(text).toContain('last');
  });
});
