import { shownOffers } from '../app/offers/shown-offers.ts';
import { formatDollars } from '../domain/money.ts';
import { offerInWords, readDecision, readApplicationView } from './application-view.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { processOptions, type CommonOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

/** Shows the offers of an application's newest decision; none is an empty list. */
export async function offers(applicationId: string, options: CommonOptions): Promise<ExitCode> {
  const records = await openRecords(options);
  try {
    if (!(await readApplicationView(records, applicationId))) throw notFound(applicationId, records);
    const decision = await readDecision(records, applicationId);
    const found = decision ? await shownOffers(records.evidence, decision) : [];
    if (options.json) printJson({ applicationId, offers: found, conditions: decision?.conditions ?? [] });
    else if (found.length === 0) print(`${plainLine(applicationId)} has no offers.`);
    else {
      for (const offer of found) {
        const arrives = `${formatDollars(offer.netProceedsCents)} arrives`;
        print(`${offer.offerId}  ${offerInWords(offer)}; ${arrives}; until ${offer.expiresOn}`);
      }
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}

export interface AcceptOptions extends RunOptions {
  readonly by: string;
}

/** Accepts one offer for the applicant. @returns NOT_SO where it was not accepted, having said why and the way out. */
export async function accept(applicationId: string, offerId: string, options: AcceptOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const answer = await folder.invoke('AcceptOffer', { applicationId, offerId, acceptedBy: options.by });
    if (options.json) printJson(answer);
    else if (answer.result === 'ACCEPTED') {
      const before = answer.repeated ? ' (it was accepted before)' : '';
      print(`${plainLine(applicationId)}  ${style('green', 'accepted')} ${answer.offerId}${before}`);
      if (answer.conditions.length > 0) print(`  to clear   ${answer.conditions.join(', ')}`);
    } else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else print(`${style('red', answer.result)}  ${plainLine(applicationId)}: ${plainLine(answer.message)}`);
    return answer.result === 'ACCEPTED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}
