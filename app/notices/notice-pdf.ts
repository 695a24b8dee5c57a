import type { NoticePdf } from '../../adapters/ports.ts';
import { noticeDocument } from '../../documents/notices/document.ts';
import { notice } from '../../documents/notices/notice.ts';
import { documentPdf } from '../../documents/pdf.ts';

/** Draws sealed notices as tagged PDF. It is a port, because a deployed function has no fonts. */
export const drawNoticePdf: NoticePdf = (sealed, issuedAt) =>
  documentPdf(noticeDocument(notice.parse(sealed)), issuedAt);
