import type { Likeness } from './similarity.ts';
import { isParticle, type NameWord } from './words.ts';

/** Neighbouring words of a name, taken as one word: `de la cruz` and `delacruz` are one name. */
export interface Span {
  readonly text: string;
  readonly from: number;
  /** The first word after the span. */
  readonly to: number;
}

/** A span of one name that is like a span of another. */
export interface Pair {
  readonly left: Span;
  readonly right: Span;
  readonly likeness: Likeness;
  /** What the pair is worth, in bits. */
  readonly bits: number;
}

/** More words are never written as one. */
const MAX_SPAN = 3;

/** Every span of up to three neighbouring words, each in every spelling. */
export function spansOf(words: readonly NameWord[]): Span[] {
  return words.flatMap((_, from) =>
    Array.from({ length: Math.min(MAX_SPAN, words.length - from) }, (__, more) => from + more + 1).flatMap((to) =>
      spellingsOf(words.slice(from, to)).map((text) => ({ text, from, to })),
    ),
  );
}

/** The spellings of words written as one: all in their first spelling, or all in their other one. */
function spellingsOf(words: readonly NameWord[]): string[] {
  const joined = words.map(({ text }) => text).join('');
  const other = words.map(({ text, alternatives }) => alternatives[0] ?? text).join('');
  return joined === other ? [joined] : [joined, other];
}

/**
 * Chooses pairs of which no two share a word, so that their bits come to the most (an optimal assignment).
 * @param length the number of words of the left name.
 */
export function bestPairs(pairs: readonly Pair[], length: number): Pair[] {
  const from = Array.from({ length }, (_, at) => pairs.filter(({ left }) => left.from === at));
  const known = new Map<number, { readonly bits: number; readonly pairs: Pair[] }>();
  const search = (at: number, taken: number): { readonly bits: number; readonly pairs: Pair[] } => {
    if (at >= length) return { bits: 0, pairs: [] };
    const state = taken * (length + 1) + at;
    const earlier = known.get(state);
    if (earlier) return earlier;
    let best = search(at + 1, taken);
    for (const pair of from[at] ?? []) {
      const words = maskOf(pair.right);
      if ((taken & words) !== 0) continue;
      const rest = search(pair.left.to, taken | words);
      if (rest.bits + pair.bits > best.bits) best = { bits: rest.bits + pair.bits, pairs: [pair, ...rest.pairs] };
    }
    known.set(state, best);
    return best;
  };
  return search(0, 0).pairs;
}

/** The positions of a span's words, as bits. */
export function maskOf({ from, to }: Span): number {
  return (1 << to) - (1 << from);
}

/** The words, particles left out, that are in no pair. */
export function unpaired(words: readonly NameWord[], spans: readonly Span[]): NameWord[] {
  const paired = spans.reduce((mask, span) => mask | maskOf(span), 0);
  return words.filter((word, at) => (paired & (1 << at)) === 0 && !isParticle(word));
}
