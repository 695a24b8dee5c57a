import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readSample } from '../adapters/sample-applications.ts';
import { ledgerCounts } from '../audit/applications.ts';
import type { Records } from '../audit/records.ts';
import { processingMs, timelineOf } from '../audit/timeline.ts';
import { verifyApplication, type Verification } from '../audit/verify/verification.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { UnderwritingProcess } from '../local/underwriting-process.ts';
import { decisionInWords, readDecision, readApplicationView, type ApplicationView } from './application-view.ts';
import { apiFunctions, openProcess, settled, type Functions } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { folderRecords } from './folder-records.ts';
import { progress } from './progress.ts';
import { processOptions, stopped, type RunOptions } from './run-options.ts';
import { pointers } from './start.ts';
import { outcomeStyled, plainLine, print, printJson, PROGRAM, style, table } from './terminal.ts';
import { inWords as verificationInWords } from './verify.ts';

interface DemoOptions extends Omit<RunOptions, 'data'> {
  readonly data?: string;
  readonly once?: boolean;
  readonly port: number;
}

interface Expectation {
  readonly status: ApplicationView['status'];
  readonly outcome: ApplicationView['outcome'];
  /** What the example shows. */
  readonly shows: string;
}

interface Shown {
  readonly view: ApplicationView;
  readonly words: string;
  readonly processingMs: number;
}

const EXAMPLES = join(import.meta.dirname, '..', 'examples');
/** Long enough for a loaded machine's disk, short enough that the slow bureau does not hold up the demo. */
const BUREAU_TIMEOUT_MS = 2_000;

/** Decides the invented applications of examples/ on a new data folder, shows how each came out, and serves on. */
export async function demo(options: DemoOptions): Promise<ExitCode> {
  const folder = newFolder(options.data);
  const running = await openProcess({
    bureauTimeoutMs: BUREAU_TIMEOUT_MS,
    ...processOptions({ ...options, data: folder }, options.port),
  });
  const records = folderRecords(running.embedded, folder);
  const failed = new Promise<Error>((resolve) => running.embedded.database.onFailure(resolve));
  try {
    const expectations = readExample('expectations.json') as unknown as Record<string, Expectation>;
    if (!options.json) {
      print(
        `${style('bold', 'Underwright demo')}: invented people, real credit attributes of anonymous borrowers, simulated bureau\n`,
      );
    }
    const began = performance.now();
    const api = await apiFunctions(running.url, folder);
    await decideAll(running, records, api, Object.keys(expectations)).finally(() => api.close());
    const elapsedMs = Math.round(performance.now() - began);
    const shown = await Promise.all(Object.keys(expectations).map((id) => show(records, id)));
    const verifications = await verifyAll(records, Object.keys(expectations));
    const differences = shown.flatMap((each) => differenceOf(each, expectations[each.view.applicationId]));
    const faults = verifications.flatMap((each) => each.faults);
    const pulls = readPulls(running.embedded.bureauLog);
    const end = stopped();
    if (options.json) {
      printJson({
        data: folder,
        url: running.url,
        elapsedMs,
        applications: shown.map(({ view, words, ...rest }) => ({ ...view, words, ...rest })),
        ledger: ledgerCounts(running.embedded),
        hardPulls: pulls.hard,
        repeatedPulls: pulls.repeated,
        verifications,
        differences,
      });
    } else {
      print(drawnTable(shown));
      print(`\n${summary(shown, elapsedMs)}`);
      print(verificationInWords(verifications));
      for (const difference of differences) print(`${style('red', 'differs')}  ${plainLine(difference)}`);
      print(`\n${whereabouts(running, folder, pulls)}`);
      print(`\n${whatNext(options.once ? undefined : running.url, folder)}`);
    }
    const code = differences.length + faults.length > 0 ? EXIT.NOT_SO : EXIT.OK;
    if (options.once) return code;
    if (!options.json) print(`\n${style('dim', 'Serving until Ctrl-C; the data folder stays.')}`);
    const failure = await Promise.race([end, failed]);
    if (failure instanceof Error) throw failure;
    return code;
  } finally {
    await running.close();
  }
}

function newFolder(data: string | undefined): string {
  if (data === undefined) return mkdtempSync(join(tmpdir(), 'underwright-demo-'));
  if (!existsSync(data) || readdirSync(data).length === 0) return data;
  throw new CommandFailed(
    EXIT.DATA_FOLDER,
    'DataFolderNotEmpty',
    `${data} is not empty, and the demo starts on a new folder: name another with --data, or leave it out for a temporary one.`,
  );
}

function readExample(name: string): Json {
  return JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as Json;
}

/** Submits every example, then plays the reviews in their order. */
async function decideAll(
  { engine }: UnderwritingProcess,
  records: Records,
  api: Functions,
  applicationIds: readonly string[],
): Promise<void> {
  const reviews = readExample('reviews.json') as unknown as ExampleReview[];
  const bar = progress('deciding', applicationIds.length + reviews.length);
  const check = () => engine.drain();
  try {
    for (const id of applicationIds) {
      const submission = readSample(EXAMPLES, id, new Date(), records.lending.lender.consentTexts);
      const answer = await api.invoke('IntakeApplication', submission);
      if (answer.result !== 'ACCEPTED') {
        throw new ExampleRefused(`An example was not accepted: ${JSON.stringify(answer)}`);
      }
    }
    await settled(records, applicationIds, () => bar.step(), check);
    for (const { confirm, ...command } of reviews) {
      const task = (await readApplicationView(records, command.applicationId))?.task ?? 'none';
      // The check has just ended.
      const at = new Date().toISOString();
      const clearances = (command.clearances ?? []).map((each) => ({ ...each, at }));
      const answer = await answered(api, { ...command, clearances, task }, confirm);
      // Under another policy it may not have come to a person: then its status differs from the expected one, which is printed.
      if (answer.result === 'NOT_WAITING') continue;
      if (answer.result !== 'COMPLETED') {
        throw new ExampleRefused(`The review of ${command.applicationId} was not taken: ${JSON.stringify(answer)}`);
      }
      await settled(records, [command.applicationId], () => bar.step(), check);
    }
  } finally {
    bar.stop();
  }
}

/** A command of examples/reviews.json. Its evidence names no instant. */
type ExampleReview = Omit<JsonObject, 'clearances'> & {
  readonly applicationId: string;
  readonly clearances?: readonly JsonObject[];
  /** The answer of the second person, where the decision is beyond the first. */
  readonly confirm?: JsonObject;
};

/** Decides a task, and has a second person confirm what is beyond the first. */
async function answered(
  api: Functions,
  command: { readonly applicationId: string; readonly task: string } & JsonObject,
  confirm: JsonObject | undefined,
) {
  const answer = await api.invoke('CompleteTask', command);
  if (answer.result !== 'AWAITS_CONFIRMATION' || !confirm) return answer;
  const { applicationId, task } = command;
  return api.invoke('CompleteTask', { ...confirm, applicationId, task, action: 'CONFIRM', draft: answer.evidence });
}

class ExampleRefused extends Error {
  override readonly name = 'ExampleRefused';
}

async function show(records: Records, applicationId: string): Promise<Shown> {
  const view = (await readApplicationView(records, applicationId))!;
  const decision = await readDecision(records, applicationId);
  const timeline = timelineOf((await records.executions.history(records.executions.arnOf(applicationId))) ?? []);
  const by = decision && decision.decidedBy !== 'POLICY' ? ` (decided by ${decision.decidedBy})` : '';
  return {
    view,
    words: decision ? decisionInWords(decision) + by : `waits for a person: ${view.waitsFor.join(', ')}`,
    processingMs: processingMs(timeline),
  };
}

async function verifyAll(records: Records, applicationIds: readonly string[]): Promise<Verification[]> {
  const verifications: Verification[] = [];
  for (const id of applicationIds) verifications.push((await verifyApplication(records, id))!);
  return verifications;
}

function differenceOf({ view }: Shown, expected: Expectation | undefined): string[] {
  const { applicationId, status, outcome } = view;
  if (status === expected?.status && outcome === expected.outcome) return [];
  const inWords = (each: { status: string; outcome: string | null }) =>
    each.outcome === null ? each.status : `${each.status} ${each.outcome}`;
  return [`${applicationId} is ${inWords(view)}, expected ${expected ? inWords(expected) : 'nothing'}`];
}

function drawnTable(shown: readonly Shown[]): string {
  return table(
    ['application', 'status', 'offer, reasons, or what it waits for', 'ms'],
    shown.map(({ view, words, processingMs }) => [
      plainLine(view.applicationId),
      outcomeStyled(view.outcome ?? view.status),
      plainLine(words),
      String(processingMs),
    ]),
    [20, 18, 57, 6],
  );
}

function summary(shown: readonly Shown[], elapsedMs: number): string {
  const counts = new Map<string, number>();
  for (const { view } of shown) {
    const status = view.outcome ?? view.status;
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const each = [...counts].map(([status, count]) => `${count} ${outcomeStyled(status)}`);
  // A line has at most 100 columns.
  const listed = [each.slice(0, 4), each.slice(4)].map((line) => line.join(', ')).join(',\n  ');
  return `${shown.length} applications in ${(elapsedMs / 1000).toFixed(1)} s, retries and a slow bureau included:\n  ${listed}`;
}

function readPulls(path: string): { hard: number; repeated: number } {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  const posted = lines
    .map((line) => JSON.parse(line) as { reference: string; inquiry: string; posted: boolean })
    .filter(({ inquiry, posted }) => inquiry === 'HARD' && posted)
    .map(({ reference }) => reference);
  return { hard: posted.length, repeated: posted.length - new Set(posted).size };
}

function whereabouts(running: UnderwritingProcess, folder: string, pulls: { hard: number; repeated: number }): string {
  const { applications, entries, evidence } = ledgerCounts(running.embedded);
  return [
    style('bold', 'Where it lies'),
    `  data folder       ${folder}`,
    `  ledger            ${applications} applications, ${entries} chained entries; ${evidence} stored objects, core and model among them`,
    `  simulated bureau  ${pulls.hard} hard inquiries posted, ${pulls.repeated} twice: ${running.embedded.bureauLog}`,
    `  endpoint          ${running.url} (Step Functions and Lambda, this machine only)`,
  ].join('\n');
}

/** @param url of the process, where it goes on serving. */
function whatNext(url: string | undefined, folder: string): string {
  return [
    `${style('bold', 'What to try')}${url === undefined ? '' : ' (in another terminal)'}`,
    `  ${PROGRAM} trace bureau-recovers --data ${folder}`,
    `  ${PROGRAM} notice decline-by-model --data ${folder}`,
    `  ${PROGRAM} verify --all --data ${folder}`,
    `  ${PROGRAM} review refer-no-file --by r.vega --action DECLINE --reason AA14 \\`,
    `      --note "No file anywhere." --data ${folder}`,
    ...(url === undefined ? [] : [pointers(url, folder)]),
  ].join('\n');
}
