import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { damageOf } from '../audit/damage.ts';
import type { Records } from '../audit/records.ts';
import { REPORTS } from '../audit/reports/index.ts';
import { madeOf, PAGE_ROWS, reportDocument, shown, type MadeReport } from '../audit/reports/page.ts';
import { readRecorded, type LeftOut } from '../audit/reports/read.ts';
import type { Report, Row, Scope } from '../audit/reports/report.ts';
import { csvLine } from '../documents/csv.ts';
import { documentPage } from '../documents/html.ts';
import { plotTable } from '../documents/plot.ts';
import { localDate } from '../domain/calendar.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { progress } from './progress.ts';
import { Spool } from './report-spool.ts';
import type { CommonOptions } from './run-options.ts';
import { jsonText, plainLine, print, printJson, style, table } from './terminal.ts';

interface ReportOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly outcome?: Scope['outcome'];
  readonly reason?: string;
  readonly late?: boolean;
  readonly csv?: string;
  readonly html?: string;
}

/** Rows that a terminal shows. */
const BRIEF_ROWS = 20;

/** Makes a report over what is recorded; without a name, lists what there is. @returns 1 when something cannot be read. */
export async function report(name: string | undefined, options: ReportOptions): Promise<ExitCode> {
  if (name === undefined) return list(options);
  const definition = definitionOf(name);
  const { from = null, to = null, outcome, reason, late } = options;
  refusePeriod(from, to);
  refuseOptions(definition, options);
  const records = await openRecords(options);
  const folder = options.json ? mkdtempSync(join(tmpdir(), 'underwright-report-')) : undefined;
  const spools: Spools = {};
  try {
    const rows = folder && join(folder, 'rows');
    openSpools(spools, rows, options);
    const now = records.clock.now().toISOString();
    const today = localDate(now, records.lending.lender.timeZone);
    const made = await make(definition, records, { from, to, now, today, outcome, reason, late }, spools);
    spools.html?.write(documentPage(reportDocument(made)));
    for (const spool of Object.values(spools)) spool.keep();
    if (rows === undefined) printBrief(made, options);
    else await printWhole(made, rows);
    return made.leftOut.unreadable.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    for (const spool of Object.values(spools)) spool.drop();
    records.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

/** Where what was asked for is written; the rows of a JSON document wait until the document is whole. */
interface Spools {
  csv?: Spool;
  html?: Spool;
  json?: Spool;
}

/** Opens one after the other, so that the caller can drop those that were opened when the next fails. */
function openSpools(spools: Spools, rows: string | undefined, { csv, html }: ReportOptions): void {
  if (rows !== undefined) spools.json = new Spool(rows);
  if (csv !== undefined) spools.csv = new Spool(csv);
  if (html !== undefined) spools.html = new Spool(html);
}

function definitionOf(name: string): Report {
  const definition = REPORTS.find((each) => each.name === name);
  if (definition) return definition;
  throw usage(`There is no report ${name}: take one of ${REPORTS.map((each) => each.name).join(', ')}.`);
}

function list({ json }: ReportOptions): ExitCode {
  if (json) {
    printJson({ reports: REPORTS.map(({ name, title, question, dated }) => ({ name, title, question, dated })) });
  } else {
    print(
      table(
        ['report', 'the question it answers'],
        REPORTS.map(({ name, question }) => [name, question]),
        [null, 82],
      ),
    );
    print('\nunderwright report NAME --from DATE --to DATE --html FILE --csv FILE');
  }
  return EXIT.OK;
}

function refusePeriod(from: string | null, to: string | null): void {
  if (from !== null && to !== null && from > to) throw usage(`--from ${from} is after --to ${to}: exchange them.`);
}

function refuseOptions({ name, selectsDecisions, selectsLate }: Report, options: ReportOptions): void {
  const { outcome, reason, late, csv, html } = options;
  if (late === true && !selectsLate) throw usage(`The report ${name} takes no --late: leave it out.`);
  if (!selectsDecisions && (outcome ?? reason) !== undefined) {
    throw usage(`The report ${name} takes no --outcome and no --reason: leave them out, or make the register.`);
  }
  if (csv !== undefined && csv === html) throw usage('--csv and --html name one file: name two.');
}

const usage = (message: string) => new CommandFailed(EXIT.USAGE, 'ReportUnclear', message);

/** Reads every application once. Rows go out as they come; only the first are kept, for a page. */
async function make(definition: Report, records: Records, scope: Scope, spools: Spools): Promise<MadeReport> {
  const ids = await Array.fromAsync(records.ledger.applications());
  const leftOut: LeftOut = { forgotten: 0, unreadable: [] };
  const names = definition.columns.map((column) => column.name);
  const firstRows: Row[] = [];
  let [rows, applications] = [0, 0];
  const out = (row: Row): void => {
    spools.csv?.write(csvLine(names.map((name) => row[name] ?? null)));
    spools.json?.write(`${rows === 0 ? '' : ',\n'}${jsonText(row)}`);
    if (firstRows.length < PAGE_ROWS) firstRows.push(row);
    rows += 1;
  };
  const bar = progress(definition.name, ids.length);
  try {
    spools.csv?.write(csvLine(names));
    const run = definition.begin(scope);
    for await (const recorded of readRecorded(records, ids, definition, leftOut)) {
      const made = rowsOf(() => run.add(recorded));
      if (made) applications += 1;
      else leftOut.unreadable.push(recorded.applicationId);
      for (const row of made ?? []) out(row);
      bar.step();
    }
    const end = run.end();
    for (const row of end.rows ?? []) out(row);
    return { report: definition, scope, applications, leftOut, rows, firstRows, end };
  } finally {
    bar.stop();
  }
}

/** @returns undefined where what is recorded has a shape that this release does not know. */
function rowsOf(add: () => Iterable<Row>): Row[] | undefined {
  try {
    return [...add()];
  } catch (error) {
    if (damageOf(error) !== undefined) return undefined;
    throw error;
  }
}

function printBrief(made: MadeReport, { csv, html }: ReportOptions): void {
  const { report, end, rows, firstRows } = made;
  print(style('bold', report.title));
  for (const line of [report.question, ...madeOf(made)]) print(plainLine(line));
  // Lines are over time, as the rows are; their figures are wider than a terminal.
  for (const plot of end.plots.filter(({ shape }) => shape === 'BARS')) {
    const { columns, rows: drawn } = plotTable(plot);
    print(`\n${style('bold', `${plot.title}, ${plot.unit}`)}`);
    if (drawn.length === 0) print('None.');
    else {
      const cells = drawn.map((row) => row.map(plainLine));
      print(
        table(
          columns.map(({ heading }) => heading),
          cells,
          columns.map(() => null),
        ),
      );
    }
  }
  const brief = report.columns.filter((column) => column.brief);
  if (rows > 0) {
    const cells = firstRows
      .slice(0, BRIEF_ROWS)
      .map((row) => brief.map(({ name, format }) => plainLine(shown(row[name] ?? null, format))));
    print();
    print(
      table(
        brief.map(({ heading }) => heading),
        cells,
        brief.map(() => null),
      ),
    );
  }
  const more = rows > BRIEF_ROWS ? `, of which ${BRIEF_ROWS} are shown` : '';
  print(
    `\n${rows.toLocaleString('en-US')} rows${more}. Every row and column: ${[
      csv === undefined ? '--csv FILE' : csv,
      html === undefined ? '--html FILE' : html,
    ].join(', ')}.`,
  );
}

/** One document, its rows copied from where they were spooled. */
async function printWhole({ report, scope, applications, leftOut, end }: MadeReport, rows: string): Promise<void> {
  const { name, title, question, dated, columns, notes, selectsDecisions } = report;
  const { from, to, now, outcome = null, reason = null } = scope;
  const said = {
    report: name,
    title,
    question,
    dated,
    from,
    to,
    ...(selectsDecisions && { outcome, reason }),
    madeAt: now,
    applications,
    ...leftOut,
    columns: columns.map(({ name, heading, format = 'TEXT' }) => ({ name, heading, format })),
    figures: end.plots.map(({ title, unit, series, points }) => ({ title, unit, series, points })),
    notes: [...notes, ...(end.notes ?? [])],
  };
  // Without its last line, the brace that closes it.
  process.stdout.write(`${jsonText(said).slice(0, -2)},\n  "rows": [\n`);
  await pipeline(createReadStream(rows), process.stdout, { end: false });
  print('\n  ]\n}');
}
