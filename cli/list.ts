import { damageOf } from '../audit/damage.ts';
import { CursorRefused, listApplications, listQueue } from '../audit/list-applications.ts';
import type { Records } from '../audit/records.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import {
  reversedPeriods,
  selectsDecisions,
  type ListedDecision,
  type ListFilter,
} from '../domain/projections/listed.ts';
import { readApplicationView, type ApplicationView } from './application-view.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { outcomeStyled, plainLine, print, printJson, style, table } from './terminal.ts';

interface ListCommandOptions extends CommonOptions, ListFilter {
  readonly queue?: 'review' | 'attention';
  readonly limit?: number;
  readonly cursor?: string;
  /** Every page. */
  readonly all?: boolean;
}

/** Applications of a page that no option sizes. */
const PAGE = 50;

/** Applications that one call reads, at most. */
const MAX_PAGE = 1_000;

/** Views read at once: more would only wait for the stores. */
const AT_ONCE = 32;

/** Prints a page of applications: those of a filter, newest first, or those of a queue, longest wait first. */
export async function list(options: ListCommandOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const records = await openRecords(options);
  try {
    const { shown, unreadable, next } = await readPages(records, filter, options);
    if (options.json) {
      const applications = shown.map(({ view, decision }) => ({ ...view, decision }));
      printJson({ applications, unreadable, next: next ?? null });
    } else {
      for (const { applicationId, detail } of unreadable) {
        print(`${style('red', 'RECORDS_UNREADABLE')}  ${plainLine(applicationId)}: ${plainLine(detail)}`);
      }
      if (shown.length > 0) print(tableOf(shown, options));
      else print(options.queue ? `No application waits in the ${options.queue} queue.` : 'No application matches.');
      if (next !== undefined) print(`\nNext page: ${nextCommand(records, options, next)}`);
    }
    return unreadable.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}

/** @throws CommandFailed where a period ends before it begins. */
function filterOf(options: ListCommandOptions): ListFilter {
  const { product, receivedSince, receivedUntil, decidedSince, decidedUntil, outcome, reason } = options;
  const filter = { product, receivedSince, receivedUntil, decidedSince, decidedUntil, outcome, reason };
  const [reversed] = reversedPeriods(filter);
  if (reversed === undefined) return filter;
  const message = `--${reversed}-until is before --${reversed}-since: exchange the two.`;
  throw new CommandFailed(EXIT.USAGE, 'PeriodReversed', message);
}

/** An application of the list, with the decision that the list shows. */
interface Shown {
  readonly view: ApplicationView;
  readonly decision: ListedDecision | null;
}

interface Page {
  readonly shown: readonly Shown[];
  /** Applications whose records cannot be read. */
  readonly unreadable: readonly { readonly applicationId: string; readonly detail: string }[];
  readonly next?: string | undefined;
}

/** Reads one page, or every page. A page of the store may be short, so it reads on until the page is full. */
async function readPages(records: Records, filter: ListFilter, options: ListCommandOptions): Promise<Page> {
  const limit = options.all ? Infinity : (options.limit ?? PAGE);
  const shown: Shown[] = [];
  const unreadable: { applicationId: string; detail: string }[] = [];
  let next = options.cursor;
  do {
    const wanted = limit - shown.length - unreadable.length;
    const page = await readPage(records, filter, {
      queue: options.queue,
      limit: Math.min(wanted, MAX_PAGE),
      cursor: next,
    });
    shown.push(...page.shown);
    unreadable.push(...page.unreadable);
    next = page.next;
  } while (next !== undefined && shown.length + unreadable.length < limit);
  return { shown, unreadable, next };
}

interface PageOptions {
  readonly queue: ListCommandOptions['queue'];
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** @throws CommandFailed for a cursor that no page of this list had. */
async function readPage(records: Records, filter: ListFilter, { queue, ...page }: PageOptions): Promise<Page> {
  try {
    if (queue === undefined) {
      const { applications, unreadable, next } = await listApplications(records, filter, page);
      const read = await viewsOf(records, applications);
      return { shown: read.shown, unreadable: [...unreadable, ...read.unreadable], next };
    }
    const wanted = queue === 'review' ? 'REVIEW' : 'ATTENTION';
    const { ids, next } = await listQueue(records, wanted, page);
    const queued = ids.map((applicationId) => ({ applicationId, decision: null }));
    const { shown, unreadable } = await viewsOf(records, queued);
    // A queue's row may be older than the entry that takes the application off the queue.
    return { shown: shown.filter(({ view }) => view.queue === wanted), unreadable, next };
  } catch (error) {
    if (!(error instanceof CursorRefused)) throw error;
    throw new CommandFailed(EXIT.USAGE, error.name, `--cursor ${error.message}.`);
  }
}

interface Listed {
  readonly applicationId: string;
  readonly decision: ListedDecision | null;
  readonly entries?: readonly LedgerEntry[];
}

/** Reads the views of applications, in their order. */
async function viewsOf(records: Records, listed: readonly Listed[]): Promise<Omit<Page, 'next'>> {
  const shown: Shown[] = [];
  const unreadable: { applicationId: string; detail: string }[] = [];
  const viewOf = async ({ applicationId, decision, entries }: Listed): Promise<Shown | undefined> => {
    try {
      const view = await readApplicationView(records, applicationId, entries);
      return view && { view, decision };
    } catch (error) {
      const detail = damageOf(error);
      if (detail === undefined) throw error;
      unreadable.push({ applicationId, detail });
      return undefined;
    }
  };
  for (let first = 0; first < listed.length; first += AT_ONCE) {
    const read = await Promise.all(listed.slice(first, first + AT_ONCE).map(viewOf));
    shown.push(...read.filter((each) => each !== undefined));
  }
  return { shown, unreadable };
}

function tableOf(shown: readonly Shown[], options: ListCommandOptions): string {
  if (selectsDecisions(options)) return decisionTable(shown);
  const { queue } = options;
  return table(
    ['application', queue === undefined ? 'received (UTC)' : 'waits since (UTC)', 'status', 'waits for'],
    shown.map(({ view }) => [
      plainLine(view.applicationId),
      ((queue !== undefined && view.waitsSince) || view.receivedAt).slice(0, 19).replace('T', ' '),
      statusText(view),
      plainLine(view.waitsFor.join(', ')),
    ]),
    [null, 20, 17, 36],
  );
}

function decisionTable(shown: readonly Shown[]): string {
  return table(
    ['application', 'decided on', 'decision', 'reasons', 'status'],
    shown.map(({ view, decision }) => [
      plainLine(view.applicationId),
      decision?.decidedOn ?? '',
      `${outcomeStyled(decision?.outcome ?? '')}${decision?.superseded ? ' (superseded)' : ''}`,
      plainLine(decision?.reasons.join(', ') ?? ''),
      statusText(view),
    ]),
    [null, 12, 16, 26, 17],
  );
}

const statusText = ({ status, outcome }: ApplicationView): string =>
  outcomeStyled(status === 'FORGOTTEN' ? status : (outcome ?? status));

/** The command that prints the next page. */
function nextCommand({ option }: Records, options: ListCommandOptions, cursor: string): string {
  const { queue, limit, keyDir } = options;
  const flags = Object.entries({ 'key-dir': keyDir, queue, ...filterOf(options), limit, cursor }).flatMap(
    ([name, value]) =>
      value === undefined ? [] : [`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`],
  );
  return ['underwright list', option, ...flags].join(' ');
}
