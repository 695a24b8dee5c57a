import { queued, receivedOn } from '../audit/applications.ts';
import { damageOf } from '../audit/damage.ts';
import type { Records } from '../audit/records.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { readStanding, type Standing } from './standing.ts';
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
    const { standings, unreadable } = await standingsOf(records, ids, { queue, date });
    const code = unreadable.length > 0 ? EXIT.NOT_SO : EXIT.OK;
    if (json) {
      printJson({ applications: standings, unreadable });
      return code;
    }
    for (const { applicationId, detail } of unreadable) {
      print(`${style('red', 'RECORDS_UNREADABLE')}  ${plainLine(applicationId)}: ${plainLine(detail)}`);
    }
    if (standings.length === 0) print('None.');
    else {
      print(
        table(
          ['application', queue === undefined ? 'received (UTC)' : 'waits since (UTC)', 'stands', 'waits for'],
          standings.map(({ applicationId, receivedAt, status, outcome, waitsFor, waitsSince }) => [
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
  readonly standings: readonly Standing[];
  /** Applications whose records cannot be read. */
  readonly unreadable: readonly { readonly applicationId: string; readonly detail: string }[];
}

/** Where applications stand: those in a queue in its order, others in the order in which they came. */
async function standingsOf(
  records: Records,
  ids: readonly string[],
  { queue, date }: Pick<ListCommandOptions, 'queue' | 'date'>,
): Promise<Listed> {
  const found: Standing[] = [];
  const unreadable: { applicationId: string; detail: string }[] = [];
  const standingOf = async (applicationId: string): Promise<Standing | undefined> => {
    try {
      return await readStanding(records, applicationId);
    } catch (error) {
      const detail = damageOf(error);
      if (detail === undefined) throw error;
      unreadable.push({ applicationId, detail });
      return undefined;
    }
  };
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const read = await Promise.all(ids.slice(first, first + AT_ONCE).map(standingOf));
    found.push(...read.filter((each) => each !== undefined));
  }
  if (queue !== undefined) {
    // A queue's row may be older than the entry that takes the application off the queue.
    return { standings: found.filter((each) => each.queue === queue.toUpperCase()), unreadable };
  }
  const standings = found
    .filter(({ receivedOn: day }) => date === undefined || day === date)
    .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0));
  return { standings, unreadable };
}
