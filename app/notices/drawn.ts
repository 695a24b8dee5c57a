import type { Functions } from '../../adapters/ports.ts';
import { documentPage } from '../../documents/html.ts';
import { noticeDocument, noticeText } from '../../documents/notices/document.ts';
import type { Notice } from '../../documents/notices/notice.ts';
import type { JsonObject } from '../../domain/json.ts';

/** The formats in which the API gives a notice: as it was sealed, or drawn. */
export const NOTICE_FORMATS = ['json', 'html', 'pdf', 'text'] as const;
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** A drawn notice. `content` is base64. */
interface DrawnNotice {
  readonly mediaType: string;
  readonly content: string;
}

/** Draws a sealed notice: the same notice gives the same bytes. Null for the notice as it was sealed. */
export async function drawnNotice(
  { functions }: { readonly functions: Functions },
  { notice, issuedAt }: { readonly notice: Notice; readonly issuedAt: string },
  format: NoticeFormat,
): Promise<DrawnNotice | null> {
  const ofText = (mediaType: string, text: string): DrawnNotice => ({
    mediaType: `${mediaType}; charset=utf-8`,
    content: Buffer.from(text).toString('base64'),
  });
  switch (format) {
    case 'json':
      return null;
    case 'html':
      return ofText('text/html', documentPage(noticeDocument(notice)));
    case 'text':
      return ofText('text/plain', noticeText(notice));
    case 'pdf': {
      // Only this function has the renderer and its fonts.
      const drawn = await functions.invoke('DrawNotice', { notice: notice as unknown as JsonObject, issuedAt });
      return { mediaType: 'application/pdf', content: (drawn as { content: string }).content };
    }
  }
}
