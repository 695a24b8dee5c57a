import { HEX_DIGEST } from '../ledger/digest.ts';

/** Rows that nothing derives: notes by which reconciliation goes on. Each says why a change of it does no harm. */
const CACHES: readonly { readonly kind: string; readonly pattern: RegExp; readonly reason: string }[] = [
  {
    kind: 'NAMED',
    pattern: new RegExp(`^EVIDENCE#${HEX_DIGEST} NAMED$`),
    reason: 'Which ledger names a sealed object; reconciliation rewrites it, and no answer reads it.',
  },
  {
    kind: 'FINDINGS',
    pattern: /^APPLICATION#\S+ FINDINGS$/,
    reason:
      'The digest of the findings that a person was notified of; a change repeats or omits a notice, never a finding.',
  },
  {
    kind: 'RECONCILIATION',
    pattern: /^RECONCILIATION (RECENT|WHOLE|EVIDENCE|ROWS)$/,
    reason: 'How far reconciliation has come; a change makes it start elsewhere, and the next pass is whole.',
  },
];

/** Whether a row is a cache. None has an index: a row on a list is an answer. */
export const isCache = ({
  pk,
  sk,
  index,
}: {
  readonly pk: string;
  readonly sk: string;
  readonly index?: unknown;
}): boolean => index === undefined && CACHES.some(({ pattern }) => pattern.test(`${pk} ${sk}`));
