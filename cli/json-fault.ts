/** Where a text stops being JSON. Lines and columns count from 1, columns in UTF-16 units. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

/**
 * Finds the first place at which a text is not JSON (RFC 8259). The parser's own message may quote the text, which may be
 * personal, and does not always say where.
 * @returns undefined for JSON.
 */
export function jsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  };
  const skip = () => take(SPACE);
  const sign = (letter: string): boolean => {
    skip();
    if (text[at] !== letter) return false;
    at += 1;
    return true;
  };
  const members = (end: string, member: () => boolean): boolean => {
    if (sign(end)) return true;
    do if (!member()) return false;
    while (sign(','));
    return sign(end);
  };
  const value = (): boolean => {
    skip();
    if (sign('{')) return members('}', () => (skip(), take(STRING)) && sign(':') && value());
    if (sign('[')) return members(']', value);
    return take(STRING) || take(SCALAR);
  };
  const whole = value();
  if (whole) skip();
  if (whole && at === text.length) return undefined;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
