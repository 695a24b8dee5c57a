import { queued, receivedOn } from '../audit/applications.ts';
import { damageOf } from '../audit/damage.ts';
import type { Records } from '../audit/records.ts';
import { readApplicationView, type ApplicationView } from './application-view.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { outcomeStyled, plainLine, print, printJson, style, table } from './terminal.ts';

interface ListCommandOptions extends CommonOptions {
  readonly queue?: 'review' | 'attention';
  readonly date?: string;
}

/** Applications read at once: more would only wait for the stores. */
const AT_ONCE = 32;

/** Applications: all, of a day, or those in a queue with the longest wait first. */
export async function list({ data, keyDir, aws, json, queue, date }: ListCommandOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir, aws });
  try {
    const ids =
      queue !== undefined
        ? await queued(records, queue === 'review' ? 'REVIEW' : 'ATTENTION')
        : date !== undefined
          ? await receivedOn(records, date)
          : await Array.fromAsync(records.ledger.applications());
    const { views, unreadable } = await viewsOf(records, ids, { queue, date });
    const code = unreadable.length > 0 ? EXIT.NOT_SO : EXIT.OK;
    if (json) {
      printJson({ applications: views, unreadable });
      return code;
    }
    for (const { applicationId, detail } of unreadable) {
      print(`${style('red', 'RECORDS_UNREADABLE')}  ${plainLine(applicationId)}: ${plainLine(detail)}`);
    }
    if (views.length === 0) print('None.');
    else {
      print(
        table(
          ['application', queue === undefined ? 'received (UTC)' : 'waits since (UTC)', 'status', 'waits for'],
          views.map(({ applicationId, receivedAt, status, outcome, waitsFor, waitsSince }) => [
            plainLine(applicationId),
            ((queue !== undefined && waitsSince) || receivedAt).slice(0, 19).replace('T', ' '),
            outcomeStyled(status === 'FORGOTTEN' ? status : (outcome ?? status)),
            plainLine(waitsFor.join(', ')),
          ]),
          [null, 20, 17, 36],
        ),
      );
    }
    return code;
  } finally {
    records.close();
  }
}

interface Listed {
  readonly views: readonly ApplicationView[];
  /** Applications whose records cannot be read. */
  readonly unreadable: readonly { readonly applicationId: string; readonly detail: string }[];
}

/** Reads the views of applications: of a queue in its order, of others in the order of receipt. */
async function viewsOf(
  records: Records,
  ids: readonly string[],
  { queue, date }: Pick<ListCommandOptions, 'queue' | 'date'>,
): Promise<Listed> {
  const found: ApplicationView[] = [];
  const unreadable: { applicationId: string; detail: string }[] = [];
  const viewOf = async (applicationId: string): Promise<ApplicationView | undefined> => {
    try {
      return await readApplicationView(records, applicationId);
    } catch (error) {
      const detail = damageOf(error);
      if (detail === undefined) throw error;
      unreadable.push({ applicationId, detail });
      return undefined;
    }
  };
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const read = await Promise.all(ids.slice(first, first + AT_ONCE).map(viewOf));
    found.push(...read.filter((each) => each !== undefined));
  }
  if (queue !== undefined) {
    // A queue's row may be older than the entry that takes the application off the queue.
    return { views: found.filter((each) => each.queue === queue.toUpperCase()), unreadable };
  }
  const views = found
    .filter(({ receivedOn: day }) => date === undefined || day === date)
    .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0));
  return { views, unreadable };
}
