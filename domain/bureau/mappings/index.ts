import { KEPT_AS_TEXT } from '../kept-answer.ts';
import { BureauReportUnreadable, type CreditReport, type ReachableContact } from '../report.ts';
import type { BureauAnswer, BureauRequest } from '../request.ts';
import { SIMULATED_FORMAT, readSimulatedAnswer, readSimulatedContacts } from './simulated.ts';

interface Mapping {
  readonly report: (answer: BureauAnswer, request: BureauRequest) => CreditReport;
  /** The contacts that the report numbers, each with its telephone number or address. */
  readonly contacts: (answer: BureauAnswer) => ReachableContact[];
}

const MAPPINGS: ReadonlyMap<string, Mapping> = new Map([
  [SIMULATED_FORMAT, { report: readSimulatedAnswer, contacts: readSimulatedContacts }],
]);

/** Returns the contacts of an answer's alerts; none for an answer that no mapping reads. */
export const readAlertContacts = (answer: BureauAnswer): ReachableContact[] =>
  MAPPINGS.get(answer.format)?.contacts(answer) ?? [];

/**
 * The canonical report of a bureau's answer, by the mapping of its format.
 * @throws BureauReportUnreadable when no mapping knows the format, or the format's mapping cannot read the answer.
 */
export function readBureauAnswer(answer: BureauAnswer, request: BureauRequest): CreditReport {
  if (answer.format === KEPT_AS_TEXT) {
    throw new BureauReportUnreadable(
      `The answer of ${request.bureau} to ${request.reference} is no answer of a format, or has text or numbers that JSON ` +
        'cannot have. It is kept as text: have a person look at it.',
    );
  }
  const mapping = MAPPINGS.get(answer.format);
  if (!mapping) {
    throw new BureauReportUnreadable(
      `The answer of ${request.bureau} to ${request.reference} has a format that no mapping reads ` +
        `(known: ${[...MAPPINGS.keys()].join(', ')}). Keep the raw answer and have a person look at it.`,
    );
  }
  return mapping.report(answer, request);
}
