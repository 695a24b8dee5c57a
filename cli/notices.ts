import type { LedgerEntry } from '../domain/ledger/chain.ts';
import {
  deliveriesOf,
  deliveryState,
  givenOn,
  presentAttempt,
  type DeliveryState,
} from '../domain/notices/delivery.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

/** Sends the notices that are to be sent now. @returns 1 where one was not sent. */
export async function sendNotices(options: RunOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const sum = { sent: 0, printing: 0, failed: [] as { applicationId: string; error: string }[], warned: 0 };
    for (let more = true; more;) {
      const answer = await folder.invoke('DeliverNotices', {});
      sum.sent += answer.sent;
      sum.printing += answer.printing;
      sum.warned += answer.warned;
      sum.failed.push(...answer.failed);
      ({ more } = answer);
    }
    if (options.json) printJson(sum);
    else {
      for (const { applicationId, error } of sum.failed) print(`${style('red', error)}  ${plainLine(applicationId)}`);
      print(
        `${sum.sent} sent by e-mail, ${sum.printing} at the print shop, ${sum.failed.length} not sent, ${sum.warned} warnings.`,
      );
    }
    return sum.failed.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    await folder.close();
  }
}

interface RecordOptions extends RunOptions {
  readonly by: string;
  readonly role?: string;
  readonly notice?: string;
  readonly on?: string;
  /** Of a mailing. */
  readonly reference?: string;
  readonly all?: boolean;
  /** Of a return. */
  readonly why?: string;
}

/** Records that a printed notice was mailed, or that a sent one came back. */
export async function recordDelivery(
  act: 'MAILED' | 'RETURNED',
  applicationId: string,
  options: RecordOptions,
): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, role, notice, on, reference, all, why, json } = options;
    if ((await folder.records.ledger.read(applicationId)).length === 0) throw notFound(applicationId, folder.records);
    const stated = Object.entries({ notice, on, reference, all, why, role }).filter(([, value]) => value !== undefined);
    const answer = await folder.invoke('RecordDelivery', { act, applicationId, by, ...Object.fromEntries(stated) });
    if (json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result !== 'RECORDED') print(`${style('red', answer.result.toLowerCase())}: ${answer.message}`);
    else {
      const verb = `${answer.repeated ? 'was recorded as' : 'is'} ${act === 'MAILED' ? 'mailed' : 'returned'}`;
      for (const each of answer.notices) print(`${plainLine(applicationId)}  ${each.kind} ${verb} on ${each.on}`);
    }
    return answer.result === 'RECORDED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

const STATES: Readonly<Record<DeliveryState, string>> = {
  READY: 'to be sent',
  PRINTING: 'at the print shop',
  SENT: 'sent',
  RETURNED: 'came back on paper',
  SUPERSEDED: 'not sent any more: the application was decided again or closed before',
};

/** How far each notice has come, as `status` shows it. */
export function* noticeLines(entries: readonly LedgerEntry[]): Generator<string> {
  for (const delivery of deliveriesOf(entries)) {
    const { number, sent, returned } = presentAttempt(delivery);
    const by = sent ? `${returned ? ', sent' : ''} by ${sent.carrier} on ${sent.sentOn}` : '';
    const again = number > 1 ? `, attempt ${number} after a return` : '';
    const next = returned
      ? '. Find out the applicant’s address, mail it again, and record it with: notices mailed'
      : '';
    yield `  notice     ${plainLine(delivery.kind)}: ${STATES[deliveryState(delivery)]}${by}${again}${next}`;
  }
}

/** How far each notice has come, for JSON. */
export const noticeStates = (entries: readonly LedgerEntry[]) =>
  deliveriesOf(entries).map((delivery) => ({
    notice: delivery.notice,
    kind: delivery.kind,
    state: deliveryState(delivery),
    attempt: presentAttempt(delivery).number,
    givenOn: givenOn(delivery) ?? null,
  }));
