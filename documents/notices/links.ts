import { formatted, type Language } from './language.ts';
import type { Notice, Sentence } from './notice.ts';
import { printedValue, type NoticeRecord } from './record.ts';
import { isCurrent } from './render.ts';

/** Every sentence of a notice, in the order in which it is printed. */
export function sentencesOf({ title, blocks }: Pick<Notice, 'title' | 'blocks'>): Sentence[] {
  const within = blocks.flatMap((block): readonly Sentence[] => {
    switch (block.kind) {
      case 'HEADING':
        return [block.text];
      case 'ADDRESS':
        return block.lines;
      case 'PARAGRAPH':
        return block.sentences;
      case 'LIST':
        return block.items;
      case 'TABLE':
        return [...block.head, ...block.rows.flat()];
    }
  });
  return [title, ...within];
}

/**
 * Compares each value that a notice prints with the record that its sentence names. The agencies and the days for conditions
 * are part of a release, so they are compared in notices of this edition alone.
 * @returns the messages and sources that differ, never a value.
 */
export function linkFaults(notice: Notice, record: NoticeRecord, language: Language): string[] {
  return sentencesOf(notice).flatMap(({ message, text, from }) =>
    from.flatMap((source): string[] => {
      if (!('as' in source) || source.as === undefined) return [];
      if (('bureau' in source || 'clearing' in source) && !isCurrent(notice, language)) return [];
      const value = printedValue(record, source);
      const differs = value === undefined || !text.includes(formatted(value, source.as, language));
      return differs ? [`${message} does not print ${JSON.stringify(source)}`] : [];
    }),
  );
}
