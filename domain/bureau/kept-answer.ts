import type { Json } from '../json.ts';
import { canonicalJson, NotCanonicalizable } from '../ledger/canonical-json.ts';
import type { BureauAnswer } from './request.ts';

/** The format of an answer that is kept as the text of what came: no mapping reads it, so a person does. */
export const KEPT_AS_TEXT = 'kept-as-text';

/**
 * A bureau's answer in a form that can be sealed and digested: itself where it can be, else its JSON text, in which half a
 * surrogate pair is an escape and a number that JSON has not is named. A hard pull leaves a trace whatever it answered.
 */
export function keptAnswer(answer: unknown): BureauAnswer {
  if (isAnswer(answer) && isCanonical(answer)) return answer;
  const text: unknown = JSON.stringify(answer, (_key, value: unknown) =>
    typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? `(${String(value)})` : value,
  );
  return { format: KEPT_AS_TEXT, body: typeof text === 'string' ? text : String(answer) };
}

function isAnswer(answer: unknown): answer is BureauAnswer {
  if (answer === null || typeof answer !== 'object') return false;
  const { format, body } = answer as { readonly format?: unknown; readonly body?: Json };
  return typeof format === 'string' && body !== undefined;
}

function isCanonical(answer: BureauAnswer): boolean {
  try {
    canonicalJson(answer);
    return true;
  } catch (error) {
    if (error instanceof NotCanonicalizable) return false;
    throw error;
  }
}
