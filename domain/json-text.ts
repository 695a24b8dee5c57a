import type { Json } from './json.ts';

/** What is wrong with a text, and where. Lines and columns count from 1, columns in UTF-16 units. */
export interface JsonFault {
  /**
   * `DUPLICATE_NAME`: readers differ in which member of that name they take (RFC 8259, section 4), so none is taken.
   * `INEXACT_NUMBER`: the number is read as another one, such as 1500000.0000000000000001 as 1500000.
   */
  readonly kind: 'NOT_JSON' | 'DUPLICATE_NAME' | 'TOO_DEEP' | 'INEXACT_NUMBER';
  readonly line: number;
  readonly column: number;
}

export type JsonText = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly fault: JsonFault };

/** Deeper than anything that is sent here, and far from what a stack can take. */
export const MAX_DEPTH = 32;

/** What to write instead, by fault; never a part of the text, which may be personal. */
export const JSON_FAULTS: Readonly<Record<JsonFault['kind'], string>> = {
  NOT_JSON: 'is not JSON',
  DUPLICATE_NAME: 'has a member of the same name twice: send each once',
  TOO_DEEP: `is nested deeper than ${MAX_DEPTH} levels: nothing that is asked for is`,
  INEXACT_NUMBER: 'has a number that cannot be read exactly: send whole cents, and at most 15 digits',
};

const SPACE = /[ \t\n\r]*/y;
const QUOTE = /"/y;
// In runs of some length: one pattern over megabytes would exhaust the stack, how soon depends on the machine.
const PLAIN = /[^"\\\p{Cc}]{1,4096}|[\u007f-\u009f]{1,4096}/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

/** Reads JSON (RFC 8259) that says one thing to every reader. Messages of the parser itself may quote the text. */
export function readJson(given: string): JsonText {
  // A byte order mark, which RFC 8259 lets a reader ignore.
  const text = given.replace(/^\uFEFF/, '');
  const fault = jsonFault(text);
  return fault ? { ok: false, fault } : { ok: true, value: JSON.parse(text) as Json };
}

/** Finds the first place at which a text is not JSON, repeats a name in an object, or is too deep. */
export function jsonFault(text: string): JsonFault | undefined {
  return new JsonReader(text).fault();
}

/** Reads a text from its start. Each method returns whether it read what it is named after, and moves past it. */
class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #kind: JsonFault['kind'] = 'NOT_JSON';

  constructor(text: string) {
    this.#text = text;
  }

  fault(): JsonFault | undefined {
    const whole = this.#value();
    if (whole) this.#take(SPACE);
    if (whole && this.#at === this.#text.length) return undefined;
    const before = this.#text.slice(0, this.#at).split('\n');
    return { kind: this.#kind, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }

  #value(): boolean {
    this.#take(SPACE);
    if (this.#sign('{')) return this.#object();
    if (this.#sign('[')) return this.#members(']', () => this.#value());
    const from = this.#at;
    if (this.#string()) return true;
    if (!this.#take(SCALAR)) return false;
    return isExact(this.#text.slice(from, this.#at)) || this.#failed('INEXACT_NUMBER', from);
  }

  #object(): boolean {
    const names = new Set<string>();
    return this.#members('}', () => {
      this.#take(SPACE);
      const from = this.#at;
      if (!this.#string()) return false;
      // By what it means: "a" and "\u0061" are one name.
      const name = JSON.parse(this.#text.slice(from, this.#at)) as string;
      if (names.has(name)) return this.#failed('DUPLICATE_NAME', from);
      names.add(name);
      return this.#sign(':') && this.#value();
    });
  }

  #members(end: string, member: () => boolean): boolean {
    if (this.#depth === MAX_DEPTH) return this.#failed('TOO_DEEP', this.#at - 1);
    this.#depth += 1;
    if (!this.#sign(end)) {
      do if (!member()) return false;
      while (this.#sign(','));
      if (!this.#sign(end)) return false;
    }
    this.#depth -= 1;
    return true;
  }

  #string(): boolean {
    const from = this.#at;
    if (!this.#take(QUOTE)) return false;
    while (this.#take(PLAIN) || this.#take(ESCAPE));
    if (this.#take(QUOTE)) return true;
    this.#at = from;
    return false;
  }

  #sign(letter: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== letter) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found !== null;
  }

  #failed(kind: JsonFault['kind'], at: number): false {
    this.#kind = kind;
    this.#at = at;
    return false;
  }
}

/** Whether a scalar is no number, or the number that it is read as has the same decimal value. */
function isExact(scalar: string): boolean {
  // A double keeps every decimal of 15 digits.
  if (/^(?:[tfn]|-?[\d.]{1,15}$)/.test(scalar)) return true;
  const read = Number(scalar);
  return Number.isFinite(read) && decimal(scalar) === decimal(String(read));
}

/** A number's digits without leading and trailing zeros, and the power of ten of the last; the same for equal values. */
function decimal(number: string): string {
  const [mantissa = '', power = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let first = 0;
  let end = digits.length;
  while (digits[first] === '0') first += 1;
  while (end > first && digits[end - 1] === '0') end -= 1;
  if (first === end) return '0';
  const sign = number.startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(first, end)}e${Number(power) - fraction.length + digits.length - end}`;
}
