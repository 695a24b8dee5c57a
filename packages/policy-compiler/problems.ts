export type PolicyErrorCode =
  | 'ADVERSE_ACTION'
  | 'ALWAYS_FIRES'
  | 'ARITHMETIC_IN_CONDITION'
  | 'CONSTANT_COMPARISON'
  | 'CONTRADICTION'
  | 'CUT_POINTS_OUT_OF_ORDER'
  | 'CUT_POINT_OUT_OF_RANGE'
  | 'CYCLE'
  | 'DUPLICATE_ID'
  | 'FALSE_REASON_SOURCE'
  | 'GENERIC_REASON'
  | 'INEXACT_ARITHMETIC'
  | 'LITERAL_CUTOFF'
  | 'MALFORMED'
  | 'MISSING_KEY'
  | 'MODEL_MISFIT'
  | 'NEEDLESS_ALLOW'
  | 'NEEDLESS_MISSING'
  | 'NEVER_APPROVES'
  | 'NOT_IN_ENUMERATION'
  | 'NO_REASON'
  | 'NO_ROUNDING'
  | 'ONE_PERSON'
  | 'PRICE_INVERSION'
  | 'PROHIBITED_READ'
  | 'SUBSUMED'
  | 'SYNTAX'
  | 'TABLE_GAP'
  | 'TABLE_VALUE_OUT_OF_RANGE'
  | 'TOO_LARGE'
  | 'TYPE_CLASH'
  | 'UNHANDLED_NULL'
  | 'UNKNOWN_KEY'
  | 'UNKNOWN_NAME'
  | 'UNKNOWN_REASON'
  | 'UNREACHABLE'
  | 'UNREAD_INPUT'
  | 'UNSUPPORTED'
  | 'WRONG_STAGE';

/** One fault of a policy's text, said to the credit officer who wrote it. */
export interface PolicyError {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly code: PolicyErrorCode;
  /** A sentence that names the thing and its fault. */
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Gathers every fault of one source, so that a writer learns of all at once. */
export class Problems {
  readonly errors: PolicyError[] = [];
  readonly warnings: PolicyError[] = [];
  readonly #file: string;
  readonly #lineStarts: number[] = [0];

  constructor(source: string, file: string) {
    this.#file = file;
    for (let index = source.indexOf('\n'); index >= 0; index = source.indexOf('\n', index + 1)) {
      this.#lineStarts.push(index + 1);
    }
  }

  /** @param at offset in the source, in UTF-16 units. */
  error(at: number, code: PolicyErrorCode, message: string, fix: string): void {
    this.errors.push(this.#place(at, code, message, fix));
  }

  warn(at: number, code: PolicyErrorCode, message: string, fix: string): void {
    this.warnings.push(this.#place(at, code, message, fix));
  }

  #place(at: number, code: PolicyErrorCode, message: string, fix: string): PolicyError {
    const next = this.#lineStarts.findIndex((start) => start > at);
    const line = next < 0 ? this.#lineStarts.length : next;
    const column = at - (this.#lineStarts[line - 1] ?? 0) + 1;
    return { file: this.#file, line, column, code, message, fix };
  }
}

/** In the order of the text, so that equal sources give equal lists. */
export function inTextOrder(errors: readonly PolicyError[]): PolicyError[] {
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
}

/** The candidate nearest to what was written, as the start of a fix: at most two letters away. */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of candidates) {
    const distance = editDistance(written, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 3;
}
