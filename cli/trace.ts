import type { HistoryEvent } from '../adapters/ports.ts';
import { newestAddress } from '../app/status.ts';
import { redactTaskTokens } from '../app/workflow/archive-history.ts';
import { executionArnFor } from '../audit/execution.ts';
import type { Records } from '../audit/records.ts';
import { activeMs, processingMs, timelineOf, type Timeline, type TimelineStep } from '../audit/timeline.ts';
import type { Json } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody, type EventType } from '../domain/ledger/events.ts';
import { byExecution } from '../domain/ledger/reopening.ts';
import { readApplicationView, type ApplicationView } from './application-view.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { recordedRead, type ReaderOptions } from './recorded-read.ts';
import type { CommonOptions } from './run-options.ts';
import { cut, outcomeStyled, plain, plainLine, print, printJson, style, WIDTH } from './terminal.ts';

interface TraceOptions extends CommonOptions, ReaderOptions {
  readonly full?: boolean;
  readonly evidence?: boolean;
}

interface PersonActed {
  readonly at: string;
  readonly by: string;
  readonly action: string;
}

/** One execution of an application. */
interface Traced {
  /** Null for the first. */
  readonly reopened: { readonly at: string; readonly by: string; readonly why: string } | null;
  readonly source: 'engine' | 'archive';
  readonly timeline: Timeline;
  readonly people: readonly PersonActed[];
}

const BAR_WIDTH = 30;

/** Draws every step of an application, from the engine's history or, once the engine has forgotten it, from the archive. */
export async function trace(applicationId: string, options: TraceOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json, full, evidence } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    const traced = await tracedExecutions(records, applicationId, entries);
    const newest = traced.at(-1);
    const view = await readApplicationView(records, applicationId);
    if (!view) throw notFound(applicationId, records);
    if (!newest && view.status === 'FORGOTTEN') return traceForgotten(view, entries, json);
    if (!newest) throw notFound(applicationId, records);
    const opened = evidence ? await openEvidence(records, applicationId, entries, options) : undefined;
    if (json) {
      const superseded = traced.slice(0, -1).map((each) => ({ source: each.source, ...inJson(each) }));
      printJson({
        application: view,
        source: newest.source,
        ...inJson(newest),
        ...(superseded.length > 0 && { superseded }),
        ...(opened && { evidence: opened }),
      });
      return EXIT.OK;
    }
    printTraced(view, traced, full ?? false);
    if (opened) printEvidence(opened);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

/** The executions of an application whose history can still be read, oldest first. */
async function tracedExecutions(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<Traced[]> {
  const traced: Traced[] = [];
  for (const [reopening, part] of byExecution(entries).entries()) {
    const found = await historyOf(records, applicationId, part, reopening);
    if (!found) continue;
    const timeline = timelineOf(redactTaskTokens(found.history));
    traced.push({ reopened: reopenedIn(part), source: found.source, timeline, people: peopleOf(part) });
  }
  return traced;
}

function printTraced(
  { applicationId, status, outcome }: ApplicationView,
  traced: readonly Traced[],
  full: boolean,
): void {
  print(
    `${style('bold', plainLine(applicationId))}  ${outcomeStyled(status)}${outcome ? ` ${outcomeStyled(outcome)}` : ''}`,
  );
  for (const { reopened, source, timeline, people } of traced) {
    if (reopened) print(`\ndecided again since ${reopened.at}: ${reopened.why}, by ${plainLine(reopened.by)}`);
    const seconds = `${processingMs(timeline)} ms of processing`;
    print(
      `execution ${timeline.status}, started ${timeline.startedAt}, ${seconds}, ${timeline.events} events (${source})\n`,
    );
    for (const line of drawn(timeline, people, full)) print(line);
  }
}

function printEvidence(opened: readonly OpenedEvidence[]): void {
  print(
    `\n${style('yellow', 'Sealed evidence, opened. It is personal data: reading it is a privilege, not part of looking.')}`,
  );
  for (const { kind, address, value } of opened) {
    print(`\n${style('bold', kind)} ${address}`);
    print(plain(JSON.stringify(value, null, 2)));
  }
}

/** What the chain alone still tells. */
function traceForgotten(view: ApplicationView, entries: readonly LedgerEntry[], json: boolean | undefined): ExitCode {
  const events = entries.map(({ sequence, occurredAt, type, actor }) => ({ sequence, at: occurredAt, type, actor }));
  if (json) printJson({ application: view, source: 'ledger', events });
  else {
    print(`${style('bold', plainLine(view.applicationId))}  ${outcomeStyled(view.status)}`);
    print('What was sealed can never be read again, its step history too. The ledger has:\n');
    for (const { sequence, at, type, actor } of events) {
      print(`${String(sequence).padStart(4)}  ${at}  ${plainLine(type).padEnd(28)} ${plainLine(actor)}`);
    }
  }
  return EXIT.OK;
}

function inJson({ timeline, people, reopened }: Traced) {
  const steps = timeline.steps.map((step) => ({
    ...step,
    durationMs: step.endedAt === null ? null : activeMs(step),
  }));
  return { execution: { ...timeline, processingMs: processingMs(timeline), steps }, people, reopened };
}

function reopenedIn([opening]: readonly LedgerEntry[]): Traced['reopened'] {
  if (opening?.type !== 'DECISION_REOPENED') return null;
  return { at: opening.occurredAt, by: opening.actor, why: readBody(opening, 'DECISION_REOPENED').why };
}

/** @returns undefined when neither the engine nor an archive that opens has it. */
async function historyOf(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  reopening: number,
): Promise<{ source: 'engine' | 'archive'; history: HistoryEvent[] } | undefined> {
  const history = await records.executions.history(await executionArnFor(records, applicationId, entries, reopening));
  if (history) return { source: 'engine', history };
  const address = newestAddress(entries, 'HISTORY_ARCHIVED');
  if (!address) return undefined;
  try {
    const opened = await records.evidence.open(applicationId, 'history', address);
    return { source: 'archive', history: (opened as unknown as { events: HistoryEvent[] }).events };
  } catch (error) {
    if ((error as Error).name === 'KeyDestroyed') return undefined;
    throw error;
  }
}

function peopleOf(entries: readonly LedgerEntry[]): PersonActed[] {
  return entries
    .filter(({ type }) => type === 'REVIEW_COMPLETED' || type === 'ATTENTION_COMPLETED')
    .map((entry) => {
      const { action } = readBody(entry, entry.type as 'REVIEW_COMPLETED' | 'ATTENTION_COMPLETED');
      return { at: entry.occurredAt, by: entry.actor, action };
    });
}

interface OpenedEvidence {
  readonly kind: string;
  readonly address: string;
  readonly value: Json;
}

async function openEvidence(
  { evidence }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  options: TraceOptions,
): Promise<OpenedEvidence[]> {
  const references = entries.flatMap((entry) => {
    const body = readBody(entry, entry.type as EventType);
    return 'evidence' in body ? body.evidence : [];
  });
  // The step history is what the trace itself draws.
  const wanted = references.filter(({ kind }) => kind !== 'history');
  const kinds = wanted.map(({ kind }) => kind);
  const read = { command: 'trace --evidence', action: 'READ_EVIDENCE', kinds } as const;
  if (kinds.length > 0) await recordedRead(options, applicationId, read, options);
  return Promise.all(
    wanted.map(async ({ kind, address }) => ({
      kind,
      address,
      value: await evidence.open(applicationId, kind, address),
    })),
  );
}

/** The steps on one axis of working time: waits for people, which may take days, are left out of it. */
function* drawn(timeline: Timeline, people: readonly PersonActed[], full: boolean): Generator<string> {
  const total = Math.max(1, processingMs(timeline));
  const acted = people.values();
  let worked = 0;
  let inner = 0;
  yield style('dim', `${'at ms'.padStart(8)} ${'took'.padStart(7)}  ${'state'.padEnd(30)} working time`);
  for (const step of timeline.steps) {
    const took = activeMs(step);
    if (step.depth === 0) inner = worked;
    const from = step.depth === 0 ? worked : inner;
    if (step.depth === 0) worked += took;
    const mark = step.type === 'Choice' ? '◇' : step.type === 'Fail' ? '✕' : '●';
    const name = `${'  '.repeat(step.depth)}${mark} ${plainLine(step.state)}`.padEnd(30);
    const bar = barOf(from, took, total);
    yield `${String(from).padStart(8)} ${String(took).padStart(7)}  ${step.type === 'Choice' ? style('dim', name) : name} ${style('cyan', bar)}`;
    if (step.type !== 'Choice') yield* detail(step, acted, timeline.redrivenAt, full);
  }
}

function barOf(from: number, took: number, total: number): string {
  const start = Math.min(BAR_WIDTH - 1, Math.floor((from / total) * BAR_WIDTH));
  const length = Math.max(1, Math.min(BAR_WIDTH - start, Math.round((took / total) * BAR_WIDTH)));
  return `${' '.repeat(start)}${'█'.repeat(length)}`;
}

function* detail(
  step: TimelineStep,
  acted: IterableIterator<PersonActed>,
  redrivenAt: readonly string[],
  full: boolean,
): Generator<string> {
  const margin = ' '.repeat(20 + 2 * step.depth);
  const line: Line = (label, text) => {
    const cleaned = plainLine(text);
    return `${margin}${style('dim', label)} ${full ? cleaned : cut(cleaned, WIDTH - margin.length - label.length - 1)}`;
  };
  if (step.type === 'Task' && JSON.stringify(step.input) !== '{}') yield line('in ', compact(step.input, full));
  if (step.tries.length > 1 || step.tries.some(({ error }) => error !== null)) {
    for (const [index, { at, error }] of step.tries.entries()) {
      yield line('try', `${index + 1} at ${at.slice(11, 23)}: ${error ?? 'answered'}`);
    }
  }
  for (const at of redrivenAt) {
    if (at >= step.enteredAt && (step.endedAt === null || at <= step.endedAt)) yield line('↻  ', `redriven at ${at}`);
  }
  yield* waitOf(step, acted, line);
  if (step.endedAt !== null) yield line('out', compact(step.output, full));
}

type Line = (label: string, text: string) => string;

/** The wait for a person, and who answered. */
function* waitOf({ waitingSince, endedAt }: TimelineStep, acted: IterableIterator<PersonActed>, line: Line) {
  if (waitingSince === null) return;
  const answer = endedAt === null ? undefined : acted.next().value;
  yield line('wait', `for a person since ${waitingSince}${endedAt === null ? '' : ` until ${endedAt}`}`);
  if (answer) yield line('by ', `${answer.by}: ${answer.action} at ${answer.at}`);
}

/** JSON on one line; addresses of evidence by their first eight digits unless all is asked for. */
function compact(value: Json, full: boolean): string {
  const text = JSON.stringify(value);
  return full ? text : text.replaceAll(/"([0-9a-f]{8})[0-9a-f]{56}"/g, '$1…').replaceAll('"', '');
}
