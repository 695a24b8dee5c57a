/** Errors by which a store, a parser or a reader refuses records that were damaged or that this release does not know. */
const DAMAGE: readonly string[] = [
  'LedgerDamaged',
  'EntryUnreadable',
  'EvidenceMissing',
  'EvidenceDamaged',
  'KeyMissing',
  'IdentityMissing',
  'NotCanonicalizable',
  'NotAReference',
  // A value of another shape than its writer gives it.
  'ZodError',
  'SyntaxError',
  'TypeError',
  'RangeError',
];

/**
 * What is wrong with an application's records, for readers of several applications: they name it and read the others.
 * @returns undefined for any other error, such as a store that does not answer: that stops the reader.
 */
export function damageOf(error: unknown): string | undefined {
  const { name = '', message = '' } = (error ?? {}) as Partial<Error>;
  // A table or a column that another program took away (sqlite.org/rescode.html: SQLITE_ERROR).
  if ((error as { errcode?: number }).errcode === 1) return `The database has other tables or columns: ${message}.`;
  if (!DAMAGE.includes(name)) return undefined;
  // Messages of parsers may quote the text, which may be personal.
  return /^(Zod|Syntax|Type|Range)Error$/.test(name)
    ? `Its records have another shape than this release writes (${name}).`
    : message;
}
