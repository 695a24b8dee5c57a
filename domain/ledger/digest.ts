import * as z from 'zod';

/** Source of the pattern of a digest, for patterns in which a digest is one part. */
export const HEX_DIGEST = '[0-9a-f]{64}';

const DIGEST = new RegExp(`^${HEX_DIGEST}$`);

/** Whether a text is a SHA-256 digest as this program writes it: 64 lower-case hexadecimal digits. */
export const isDigest = (text: string): boolean => DIGEST.test(text);

/**
 * A SHA-256 digest: 64 lower-case hexadecimal digits.
 * @param error what a refused value is reported with. @default the pattern
 */
export const digestText = (error?: string): z.ZodString => z.string().regex(DIGEST, error);

export const digest = digestText();
