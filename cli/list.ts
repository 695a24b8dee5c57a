import { queued, receivedOn } from './applications.ts';
import { openRecords } from './open-records.ts';
import { EXIT, type ExitCode } from './failure.ts';
import type { CommonOptions } from './program.ts';
import { readStanding, type Standing } from './standing.ts';
import { outcomeStyled, plainLine, print, printJson, table } from './terminal.ts';

interface ListCommandOptions extends CommonOptions {
  readonly queue?: 'review' | 'attention';
  readonly date?: string;
}

/** Applications: all, of a day, or those in a queue with the longest wait first. */
export async function list({ data, json, queue, date }: ListCommandOptions): Promise<ExitCode> {
  const records = await openRecords({ data });
  try {
    const ids =
      queue !== undefined
        ? await queued(records, queue === 'review' ? 'REVIEW' : 'ATTENTION')
        : date !== undefined
          ? await receivedOn(records, date)
          : await Array.fromAsync(records.ledger.applications());
    const found = await Promise.all(ids.map((id) => readStanding(records, id)));
    const standings = found
      .filter((each): each is Standing => each !== undefined)
      .filter((each) => date === undefined || each.receivedOn === date);
    if (json) {
      printJson({ applications: standings });
      return EXIT.OK;
    }
    if (standings.length === 0) print('None.');
    else {
      print(
        table(
          ['application', 'received (UTC)', 'stands', 'waits for'],
          standings.map(({ applicationId, receivedAt, status, outcome, waitsFor }) => [
            plainLine(applicationId),
            receivedAt.slice(0, 19).replace('T', ' '),
            outcomeStyled(status === 'FORGOTTEN' ? status : (outcome ?? status)),
            plainLine(waitsFor.join(', ')),
          ]),
          [null, 20, 17, 36],
        ),
      );
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}
