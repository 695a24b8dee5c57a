import { createRequire } from 'node:module';

import { openSync, type Font } from 'fontkit';
import PdfDocument from 'pdfkit';

import type { Document, TableBlock, Text, TextBlock } from './document.ts';

const installed = createRequire(import.meta.url).resolve;
/** Latin, Greek, Cyrillic, Armenian and Georgian letters; the subset in use is embedded. */
const REGULAR = 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf';
const BOLD = 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf';
/** Scripts that stand from left to right, a letter a glyph: no others are drawn right without a shaper. */
const DRAWN =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}\p{Script=Inherited}]$/u;
const CONTROL = /^[\p{C}\p{Zl}\p{Zp}]$/u;

const MARGIN = 48;
/** Of the text of a list, from its bullets or numbers. */
const INDENT = 14;
/** Words of a cell that are longer than `word` points, such as digests, may be broken. */
const CELL = { gap: 3, word: 116 };
/** The type of text and of cells, in points. */
const SMALL = { text: 9, cell: 7 };
const LARGE = { text: 10.5, cell: 9.5 };

type Pdf = PDFKit.PDFDocument;
type Struct = PDFKit.PDFStructureElement;

/**
 * A document as a tagged PDF with selectable text. The same document and instant give the same bytes.
 *
 * A letter that the font does not have, or whose script needs shaping, is written as its code point, `[U+5F20]`, and the
 * page says so at its end.
 * @param madeAt UTC instant, which the file says it was made at.
 */
export async function documentPdf(
  { title, blocks, language, large = false }: Document,
  madeAt: string,
): Promise<Uint8Array> {
  const pdf = new PdfDocument({
    size: 'LETTER',
    margin: MARGIN,
    tagged: true,
    pdfVersion: '1.7',
    lang: language ?? 'en-US',
    displayTitle: true,
    bufferPages: true,
    // Without it pdfkit reads a font that a bundle does not have.
    font: installed(REGULAR),
    info: { Title: title, Producer: 'Underwright', Creator: 'Underwright', CreationDate: new Date(madeAt) },
  });
  const bytes = collected(pdf);
  pdf.registerFont('regular', installed(REGULAR)).registerFont('bold', installed(BOLD));
  const root = pdf.struct('Document');
  pdf.addStructure(root);
  const page = new Page(pdf, root, openSync(installed(REGULAR)) as Font, large ? LARGE : SMALL);
  page.heading(1, title);
  for (const block of blocks) page.block(block);
  if (page.spelled) page.paragraph([SPELLED]);
  root.end();
  number(pdf, title);
  pdf.end();
  return bytes;
}

const SPELLED =
  'Letters that this page cannot draw are written as their Unicode code points, such as [U+5F20]: the JSON file has them as they were given.';

/** Where a row goes: into which table, and which of its cells are heads of their column or row. */
interface RowPlace {
  readonly element: Struct;
  readonly widths: readonly number[];
  readonly numeric: readonly boolean[];
  readonly heads: readonly ('Column' | 'Row')[];
}

class Page {
  readonly #pdf: Pdf;
  readonly #root: Struct;
  readonly #font: Font;
  readonly #size: typeof SMALL;
  /** Whether a letter was written as its code point. */
  spelled = false;

  constructor(pdf: Pdf, root: Struct, font: Font, size: typeof SMALL) {
    this.#pdf = pdf;
    this.#root = root;
    this.#font = font;
    this.#size = size;
  }

  block(block: TextBlock): void {
    switch (block.kind) {
      case 'HEADING':
        return this.heading(block.level, block.text);
      case 'PARAGRAPH':
        return this.paragraph(block.text);
      case 'LIST':
        return this.list(block.items, block.ordered);
      case 'LINES':
        return this.#text(block.lines.join('\n'), 'P', this.#size.text, 'regular');
      case 'VERBATIM':
        return this.#text(block.text, 'P', this.#size.text, 'regular');
      case 'TABLE':
        return this.table(block);
    }
  }

  heading(level: 1 | 2 | 3, text: string): void {
    const size = { 1: 18, 2: 13, 3: 10.5 }[level];
    // A heading alone at the foot of a page belongs to the next.
    this.#room(size * 8.5);
    this.#pdf.y += level === 1 ? 0 : size * 0.6;
    this.#text(text, `H${level}`, size, 'bold');
  }

  paragraph(text: readonly Text[]): void {
    // An introduction stays with the first lines of what it introduces.
    const introduces = text.length === 1 && this.#plain(text[0] ?? '').endsWith(':');
    this.#room(this.#size.text * (introduces ? 7 : 2));
    const runs = text.filter((each) => this.#plain(each) !== '');
    const element = this.#pdf.struct('P');
    this.#root.add(element);
    for (const [at, each] of runs.entries()) {
      this.#pdf
        .font(typeof each !== 'string' && 'strong' in each ? 'bold' : 'regular')
        .fontSize(this.#size.text)
        .text(this.#drawable(this.#plain(each)), {
          ...(at === 0 ? { structParent: element, structType: 'Span' } : {}),
          continued: at < runs.length - 1,
        });
    }
    element.end();
    this.#pdf.y += this.#size.text * 0.5;
  }

  list(items: readonly string[], ordered: boolean): void {
    const list = this.#pdf.struct('L');
    this.#root.add(list);
    for (const [at, item] of items.entries()) {
      this.#room(this.#size.text * 2);
      const element = this.#pdf.struct('LI');
      list.add(element);
      this.#pdf.font('regular').fontSize(this.#size.text);
      const top = this.#pdf.y;
      const label = { structParent: element, structType: 'Lbl', lineBreak: false };
      this.#pdf.text(ordered ? `${at + 1}.` : '•', MARGIN, top, label);
      const body = { width: this.#pdf.page.width - MARGIN * 2 - INDENT, structParent: element, structType: 'LBody' };
      this.#pdf.text(this.#drawable(item), MARGIN + INDENT, top, body);
      element.end();
      this.#pdf.x = MARGIN;
      this.#pdf.y += this.#size.text * 0.3;
    }
    list.end();
    this.#pdf.y += this.#size.text * 0.3;
  }

  table({ columns, rows, rowHeads = false }: TableBlock): void {
    const widths = this.#widths({ kind: 'TABLE', columns, rows });
    const element = this.#pdf.struct('Table');
    this.#root.add(element);
    const head = columns.map(({ heading }) => heading);
    const numeric = columns.map(({ numeric = false }) => numeric);
    const top = { element, widths, numeric, heads: columns.map(() => 'Column' as const) };
    const below = { element, widths, numeric, heads: rowHeads ? (['Row'] as const) : [] };
    this.#room(60);
    this.#row(head, top);
    for (const row of rows.flatMap((each) => this.#continued(each, widths))) {
      if (!this.#fits(this.#height(row, widths, 'regular'))) {
        this.#pdf.addPage();
        this.#row(head, top);
      }
      this.#row(row, below);
    }
    element.end();
    this.#pdf.x = MARGIN;
    this.#pdf.y += this.#size.text;
  }

  #plain = (text: Text): string => (typeof text === 'string' ? text : 'strong' in text ? text.strong : text.code);

  #text(text: string, structType: string, size: number, fontName: string): void {
    const element = this.#pdf.struct(structType);
    this.#root.add(element);
    this.#pdf.font(fontName).fontSize(size).text(this.#drawable(text), { structParent: element, structType: 'Span' });
    element.end();
    this.#pdf.y += size * 0.5;
  }

  #row(cells: readonly string[], { element, widths, numeric, heads }: RowPlace): void {
    const fontName = heads.length > 1 ? 'bold' : 'regular';
    const height = this.#height(cells, widths, fontName);
    const row = this.#pdf.struct('TR');
    element.add(row);
    const top = this.#pdf.y;
    let left = MARGIN;
    for (const [at, cell] of cells.entries()) {
      const width = widths[at] ?? 0;
      const scope = heads[at];
      const cellElement = scope ? this.#pdf.struct('TH', { scope } as object) : this.#pdf.struct('TD');
      row.add(cellElement);
      this.#pdf
        .font(fontName)
        .fontSize(this.#size.cell)
        .text(this.#drawable(cell), left, top, {
          width: width - CELL.gap * 2,
          align: numeric[at] ? 'right' : 'left',
          structParent: cellElement,
          structType: 'P',
        });
      cellElement.end();
      left += width;
    }
    row.end();
    this.#pdf.y = top + height;
    const line = top + height - CELL.gap / 2;
    this.#pdf.markContent('Artifact', { type: 'Layout' });
    this.#pdf.moveTo(MARGIN, line).lineTo(left, line).lineWidth(0.4).strokeColor('#c4ccd4').stroke();
    this.#pdf.endMarkedContent();
    this.#pdf.x = MARGIN;
  }

  /** Shares the width of the page by what the columns hold; none is narrower than its longest word, if it can be. */
  #widths({ columns, rows }: TableBlock): number[] {
    const whole = this.#pdf.page.width - MARGIN * 2;
    const measured = columns.map(({ heading }, at) => {
      const cells = [heading, ...rows.slice(0, 60).map((row) => row[at] ?? '')].map((each) => this.#drawable(each));
      this.#pdf.font('bold').fontSize(this.#size.cell);
      const widest = Math.max(...cells.map((each) => this.#pdf.widthOfString(each)));
      const word = Math.max(...cells.flatMap((each) => each.split(/\s+/)).map((each) => this.#pdf.widthOfString(each)));
      return { wants: widest + CELL.gap * 3, needs: Math.min(word, CELL.word) + CELL.gap * 2.5 };
    });
    const sum = (of: 'wants' | 'needs') => measured.reduce((total, each) => total + each[of], 0);
    const [wants, needs] = [sum('wants'), sum('needs')];
    if (wants <= whole) return measured.map((each) => each.wants);
    if (needs >= whole) return measured.map((each) => (each.needs / needs) * whole);
    const spare = (whole - needs) / (wants - needs);
    return measured.map((each) => each.needs + (each.wants - each.needs) * spare);
  }

  #height(cells: readonly string[], widths: readonly number[], fontName: string): number {
    this.#pdf.font(fontName).fontSize(this.#size.cell);
    const heights = cells.map((cell, at) =>
      this.#pdf.heightOfString(this.#drawable(cell) || ' ', { width: (widths[at] ?? 0) - CELL.gap * 2 }),
    );
    return Math.max(...heights) + CELL.gap;
  }

  /** A row that is higher than half a page goes on in rows below it. */
  #continued(row: readonly string[], widths: readonly number[]): (readonly string[])[] {
    const most = (this.#pdf.page.height - MARGIN * 2) / 2;
    if (this.#height(row, widths, 'regular') <= most) return [row];
    const halves = row.map((cell) => {
      const letters = Array.from(cell);
      const middle = Math.ceil(letters.length / 2);
      return [letters.slice(0, middle).join(''), letters.slice(middle).join('')] as const;
    });
    return [0, 1].flatMap((half) =>
      this.#continued(
        halves.map((each) => each[half] ?? ''),
        widths,
      ),
    );
  }

  #room(height: number): void {
    if (!this.#fits(height)) this.#pdf.addPage();
  }

  #fits(height: number): boolean {
    return this.#pdf.y + height <= this.#pdf.page.height - MARGIN;
  }

  #drawable(text: string): string {
    return Array.from(text.normalize('NFC'), (letter) => {
      if (letter === '\n') return letter;
      // In a narrow column pdfkit breaks a word between the two halves of a letter beyond the basic plane.
      const whole = letter.length === 1 && DRAWN.test(letter) && !CONTROL.test(letter);
      if (whole && this.#font.hasGlyphForCodePoint(letter.charCodeAt(0))) return letter;
      this.spelled = true;
      return `[U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
    }).join('');
  }
}

/** At the foot of each page, outside of what is read aloud. */
function number(pdf: Pdf, title: string): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let at = start; at < start + count; at += 1) {
    pdf.switchToPage(at);
    const { margins } = pdf.page;
    margins.bottom = 0;
    pdf.markContent('Artifact', { type: 'Pagination' });
    pdf
      .font('regular')
      .fontSize(7)
      .text(`${title}, page ${at + 1} of ${count}`, MARGIN, pdf.page.height - 30, { lineBreak: false });
    pdf.endMarkedContent();
    margins.bottom = MARGIN;
  }
}

function collected(pdf: Pdf): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
  });
}
