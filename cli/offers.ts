import { offersView, type OffersView } from '../app/offers/current-offers.ts';
import { offerStateOf } from '../domain/decision/offer-state.ts';
import type { JsonObject } from '../domain/json.ts';
import { formatDollars } from '../domain/money.ts';
import type { OutputOf } from '../lambdas/functions.ts';
import { requireSubmitter } from './answers.ts';
import { offerInWords, readApplicationView } from './application-view.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { processOptions, type CommonOptions, type RunOptions } from './run-options.ts';
import { readSubmissions } from './submission-file.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

/** Shows the offers of an application's newest decision; none is an empty list. */
export async function offers(applicationId: string, options: CommonOptions): Promise<ExitCode> {
  const records = await openRecords(options);
  try {
    const entries = await records.ledger.read(applicationId);
    if (!(await readApplicationView(records, applicationId, entries))) throw notFound(applicationId, records);
    const view = await offersView(records.evidence, applicationId, entries);
    const isReopened = offerStateOf(entries).state === 'REOPENED';
    if (options.json) printJson({ applicationId, ...view });
    else if (view.offers.length === 0)
      print(`${plainLine(applicationId)} has no offers${isReopened ? ': it is being decided again' : ''}.`);
    else {
      for (const offer of view.offers) {
        const until = view.state === 'OPEN' ? `until ${offer.expiresOn}` : offerState(view, offer.offerId);
        print(`${offer.offerId}  ${offerInWords(offer)}; ${arrives(offer)}; ${until}`);
      }
      const isOpen = view.state === 'OPEN' || view.state === 'ACCEPTED';
      if (isOpen && view.conditionsOpen.length > 0) print(`  to clear   ${openInWords(view)}`);
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}

const arrives = ({ netProceedsCents }: { readonly netProceedsCents: number }): string =>
  `${formatDollars(netProceedsCents)} arrives`;

/** What became of one offer of a decision that is closed. */
function offerState({ state, acceptedOfferId }: OffersView, offerId: string): string {
  if (offerId !== acceptedOfferId) return acceptedOfferId === null ? state : 'not accepted';
  return state === 'LAPSED' ? 'LAPSED (it had been accepted)' : state.toLowerCase();
}

function openInWords({
  conditionsOpen,
  clearBy,
}: {
  readonly conditionsOpen: readonly string[];
  readonly clearBy: string | null;
}): string {
  return conditionsOpen.join(', ') + (clearBy === null ? '' : `, until ${clearBy}`);
}

export interface AcceptOptions extends RunOptions {
  readonly by: string;
}

/** Accepts one offer for the applicant. @returns NOT_SO where it was not accepted, having said why and the way out. */
export async function accept(applicationId: string, offerId: string, options: AcceptOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    await requireSubmitter(folder.records, applicationId, options.by);
    const answer = await folder.invoke('AcceptOffer', { applicationId, offerId, acceptedBy: options.by });
    if (options.json) printJson(answer);
    else printAcceptance(applicationId, answer);
    return answer.result === 'ACCEPTED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

function printAcceptance(applicationId: string, answer: OutputOf<'AcceptOffer'>): void {
  const name = plainLine(applicationId);
  switch (answer.result) {
    case 'ACCEPTED': {
      const before = answer.repeated ? ' (it was accepted before)' : '';
      print(`${name}  ${style('green', 'accepted')} ${answer.offerId}${before}`);
      if (answer.firstPaymentOn !== null) print(`  first payment  ${answer.firstPaymentOn}`);
      if (answer.conditionsOpen.length > 0) print(`  to clear       ${openInWords(answer)}`);
      else print('  booked');
      return;
    }
    case 'REJECTED':
      print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
      return;
    case 'CONFLICT':
    case 'NEW_TERMS':
    case 'REOPEN':
    case 'NO_SUCH_OFFER':
      print(`${style('red', answer.result)}  ${name}: ${plainLine(answer.message)}`);
      if (answer.result === 'NEW_TERMS') print(`  ${answer.offer.offerId}  ${offerInWords(answer.offer)}`);
  }
}

interface ClearOptions extends RunOptions {
  readonly evidence: string;
  readonly by: string;
  readonly role?: string;
}

/** Records what a person verified for a condition. @returns NOT_SO unless the condition is cleared. */
export async function clearCondition(
  applicationId: string,
  condition: string,
  { evidence, by, role, ...options }: ClearOptions,
): Promise<ExitCode> {
  requireFolder(options.data);
  const [{ value } = { value: null }, ...more] = await readSubmissions(evidence);
  if (more.length > 0 || value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CommandFailed(EXIT.USAGE, 'EvidenceNotOneObject', `${evidence} must have one JSON object.`);
  }
  const folder = await openFolder(processOptions(options));
  try {
    const verified: JsonObject = { ...value, condition: condition.toUpperCase() };
    const command = { applicationId, by, ...(role !== undefined && { role }), verified };
    const answer = await folder.invoke('ClearCondition', command);
    if (options.json) printJson(answer);
    else printClearing(applicationId, answer);
    return answer.result === 'CLEARED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

function printClearing(applicationId: string, answer: OutputOf<'ClearCondition'>): void {
  const name = plainLine(applicationId);
  switch (answer.result) {
    case 'CLEARED': {
      print(
        `${name}  ${style('green', 'cleared')} ${answer.condition}${answer.repeated ? ' (it was cleared before)' : ''}`,
      );
      if (answer.conditionsOpen.length > 0) print(`  to clear   ${answer.conditionsOpen.join(', ')}`);
      else print(answer.booked ? '  booked' : '  no condition is open');
      return;
    }
    case 'REVIEW_NEEDED':
      print(
        `${style('red', answer.result)}  ${name}: ${answer.contradictions.join(', ')}\n  ${plainLine(answer.message)}`,
      );
      return;
    case 'REFUSED':
      print(`${style('red', answer.reason)}  ${name}: ${plainLine(answer.message)}`);
      return;
    case 'REJECTED':
      print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
  }
}
