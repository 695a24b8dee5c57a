import { documentPage } from '../../documents/html.ts';
import { noticeDocument, noticeText } from '../../documents/notices/document.ts';
import type { Notice } from '../../documents/notices/notice.ts';

/** The formats in which the API gives a notice: as it was sealed, or drawn. */
export const NOTICE_FORMATS = ['json', 'html', 'text'] as const;
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** A drawn notice. `content` is base64. */
interface DrawnNotice {
  readonly mediaType: string;
  readonly content: string;
}

/** Draws a sealed notice: the same notice gives the same bytes. Null for the notice as it was sealed. */
export function drawnNotice(notice: Notice, format: NoticeFormat): DrawnNotice | null {
  if (format === 'json') return null;
  const html = format === 'html';
  const text = html ? documentPage(noticeDocument(notice)) : noticeText(notice);
  return {
    mediaType: `text/${html ? 'html' : 'plain'}; charset=utf-8`,
    content: Buffer.from(text).toString('base64'),
  };
}
