import { textShown, type ConsentKind, type ConsentTexts } from '../application/consents.ts';
import type { FieldError } from '../application/submission.ts';
import { localDate } from '../calendar.ts';
import { isInForce } from './duties.ts';

interface Shown {
  /** The state of residence. */
  readonly state: string;
  readonly consents: readonly { readonly kind: ConsentKind }[];
}

/**
 * Checks that the applicant saw the notice of automated decisions, where the law of the residence requires it.
 * @param at UTC instant of the submission.
 * @returns the fault; undefined where the notice was shown, or none is required.
 */
export function interactionNoticeFault(
  { state, consents }: Shown,
  at: string,
  { consentTexts, timeZone }: { readonly consentTexts: ConsentTexts; readonly timeZone: string },
): FieldError | undefined {
  const isRequired = isInForce('CO_INTERACTION_NOTICE', { state, on: localDate(at, timeZone) });
  if (!isRequired || consents.some(({ kind }) => kind === 'AUTOMATED_DECISION')) return undefined;
  const text = textShown(consentTexts.AUTOMATED_DECISION, at) ?? 'none';
  const message =
    `has no AUTOMATED_DECISION: a resident of ${state} sees the notice of automated decisions first. ` +
    `Show its text ${text}, then send here that it was shown`;
  return { path: 'consents', message };
}
