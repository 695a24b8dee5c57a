import { inflateSync } from 'node:zlib';

/**
 * The text of a PDF as a reader would select it: the glyphs of the pages in their order, each through the ToUnicode map of
 * its font. Reads what pdfkit writes: one object after the other, streams deflated, text as hexadecimal glyph ids.
 */
export function pdfText(bytes: Uint8Array): string {
  const objects = objectsOf(Buffer.from(bytes));
  const fonts = new Map<string, Map<string, string>>();
  for (const { head } of objects.values()) {
    const [, named] = /\/Font <<([^>]*)>>/.exec(head) ?? [];
    for (const [, name, id] of (named ?? '').matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const [, map] = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id!)?.head ?? '') ?? [];
      fonts.set(name!, toUnicode(objects.get(map!)?.stream ?? ''));
    }
  }
  const pages = [...objects.values()].filter(({ stream }) => /\bBT\b/.test(stream));
  return pages.map(({ stream }) => pageText(stream, fonts)).join('\n');
}

function objectsOf(file: Buffer): Map<string, { head: string; stream: string }> {
  const text = file.toString('latin1');
  const objects = new Map<string, { head: string; stream: string }>();
  for (const { 1: id, index } of text.matchAll(/^(\d+) 0 obj$/gm)) {
    const body = text.slice(index, text.indexOf('\nendobj', index));
    const at = body.indexOf('stream\n');
    const head = (at === -1 ? body : body.slice(0, at)).replaceAll('\n', ' ');
    objects.set(id!, { head, stream: at === -1 ? '' : inflated(body.slice(at + 7), head) });
  }
  return objects;
}

function inflated(stream: string, head: string): string {
  const [, length] = /\/Length (\d+)/.exec(head) ?? [];
  const bytes = Buffer.from(stream, 'latin1').subarray(0, Number(length));
  return head.includes('/FlateDecode') ? inflateSync(bytes).toString('latin1') : bytes.toString('latin1');
}

/** `beginbfrange <from> <to> [<text> ...]` */
function toUnicode(cmap: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const [, from, texts] of cmap.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gi)) {
    for (const [at, [, text]] of [...texts!.matchAll(/<([0-9a-f ]*)>/gi)].entries()) {
      const glyph = (Number.parseInt(from!, 16) + at).toString(16).padStart(4, '0');
      map.set(glyph, Buffer.from(text!.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'));
    }
  }
  return map;
}

function pageText(stream: string, fonts: ReadonlyMap<string, Map<string, string>>): string {
  let map = new Map<string, string>();
  let text = '';
  for (const [, font, shown] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (font !== undefined) map = fonts.get(font) ?? new Map();
    else {
      for (const [, glyphs] of shown!.matchAll(/<([0-9a-f]*)>/gi)) {
        for (const glyph of glyphs!.match(/.{4}/g) ?? []) text += map.get(glyph.toLowerCase()) ?? '\uFFFD';
      }
      text += '\n';
    }
  }
  return text;
}
