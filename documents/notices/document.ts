import { heading, type Document, type TextBlock } from '../document.ts';
import type { Notice, NoticeBlock, Sentence } from './notice.ts';

/** The notice as a page, which documents/html.ts and documents/pdf.ts draw. */
export const noticeDocument = ({ title, language, blocks }: Notice): Document => ({
  title: title.text,
  language,
  large: true,
  blocks: blocks.map(textBlock),
});

function textBlock(block: NoticeBlock): TextBlock {
  switch (block.kind) {
    case 'HEADING':
      return heading(2, block.text.text);
    case 'ADDRESS':
      return { kind: 'LINES', lines: block.lines.map(({ text }) => text) };
    case 'PARAGRAPH':
      return { kind: 'PARAGRAPH', text: [inOne(block.sentences)] };
    case 'LIST':
      return { kind: 'LIST', ordered: false, items: block.items.map(({ text }) => text) };
    case 'TABLE':
      return {
        kind: 'TABLE',
        columns: block.head.map(({ text }) => ({ heading: text })),
        rows: block.rows.map((row) => row.map(({ text }) => text)),
        rowHeads: true,
      };
  }
}

const inOne = (sentences: readonly Sentence[]): string => sentences.map(({ text }) => text).join(' ');

/** The notice as plain text, such as the text part of an e-mail. */
export function noticeText({ title, blocks }: Notice): string {
  const parts = blocks.map((block) => {
    switch (block.kind) {
      case 'HEADING':
        return block.text.text;
      case 'ADDRESS':
        return block.lines.map(({ text }) => text).join('\n');
      case 'PARAGRAPH':
        return inOne(block.sentences);
      case 'LIST':
        return block.items.map(({ text }) => `- ${text}`).join('\n');
      case 'TABLE':
        return block.rows.map((row) => `- ${row.map(({ text }) => text).join(': ')}`).join('\n');
    }
  });
  return `${[title.text, ...parts].join('\n\n')}\n`;
}
