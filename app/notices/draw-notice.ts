import * as z from 'zod';

import { noticeDocument } from '../../documents/notices/document.ts';
import { notice } from '../../documents/notices/notice.ts';
import { documentPdf } from '../../documents/pdf.ts';
import { instant, type Contract, type UseCase } from '../contracts.ts';

export const contract = {
  input: z.strictObject({
    notice,
    /** The PDF states it as its date. */
    issuedAt: instant,
  }),
  /** The bytes in base64. */
  output: z.strictObject({ content: z.string() }),
} as const satisfies Contract;

/**
 * Draws a sealed notice as a tagged PDF. The same notice gives the same bytes. It reads no records, so its function has the
 * renderer and the fonts, and no rights.
 */
export function drawNotice(): UseCase<typeof contract> {
  return async ({ notice: sealed, issuedAt }) => {
    const bytes = await documentPdf(noticeDocument(sealed), issuedAt);
    return { content: Buffer.from(bytes).toString('base64') };
  };
}
