import { abandonedIntakes } from '../app/intake/abandoned-intakes.ts';
import { keepRecords, listRestored, lockedUntil, readReceived, today } from '../app/retention/retention.ts';
import { everyApplication } from '../audit/applications.ts';
import { damageOf } from '../audit/damage.ts';
import type { Records } from '../audit/records.ts';
import { readBody } from '../domain/ledger/events.ts';
import type { Summary } from '../domain/projections/summary.ts';
import {
  evidenceOf,
  forgettingOf,
  refusalToForget,
  RETENTION_CLASSES,
  retentionOf,
  type Refusal,
} from '../domain/retention/retention.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import { progress } from './progress.ts';
import { processOptions, type CommonOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style, table } from './terminal.ts';

const REASONS: Readonly<Record<Refusal['reason'], string>> = {
  LEGAL_HOLD: 'a legal hold keeps it',
  APPLICATION_OPEN: 'it is not decided',
  STATUTORY_MINIMUM: 'law keeps it',
  OBJECT_LOCK: 'its evidence is locked',
  RETENTION_PERIOD: 'the creditor keeps it',
};

/** Says how long an application is kept and why. */
export async function retention(applicationId: string, { data, keyDir, aws, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await readReceived(records, applicationId);
    if (!entries) throw notFound(applicationId, records);
    const kept = retentionOf(entries, records.lending.lender.timeZone);
    const { decided, done } = forgettingOf(entries);
    const refusal = refusalToForget(kept, today(records), await lockedUntil(records, entries));
    const requests = entries
      .filter(({ type }) => type === 'FORGETTING_REQUESTED')
      .map((entry) => ({ at: entry.occurredAt, by: entry.actor, ...readBody(entry, 'FORGETTING_REQUESTED') }));
    // What was taken out with identity, nobody here can take back.
    const takenOut = entries
      .filter((entry) => entry.type === 'EVIDENCE_EXPORTED' && readBody(entry, entry.type).withIdentity)
      .map(({ occurredAt, actor }) => ({ at: occurredAt, by: actor }));
    const view = {
      applicationId,
      ...kept,
      keptBecause: decided ? null : (refusal ?? null),
      forgettingDecidedAt: decided?.occurredAt ?? null,
      forgottenAt: done?.occurredAt ?? null,
      objects: evidenceOf(entries).length,
      requests,
      takenOut,
    };
    if (json) printJson(view);
    else for (const line of inWords(view)) print(line);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

type RetentionView = ReturnType<typeof retentionOf> & {
  readonly applicationId: string;
  readonly keptBecause: Refusal | null;
  readonly forgettingDecidedAt: string | null;
  readonly forgottenAt: string | null;
  readonly objects: number;
  readonly requests: readonly {
    at: string;
    by: string;
    answer: string;
    reason: string | null;
    doneOn: string | null;
  }[];
  readonly takenOut: readonly { at: string; by: string }[];
};

function* inWords(view: RetentionView): Generator<string> {
  const { applicationId, retainUntil, keptBecause, forgottenAt, forgettingDecidedAt, periods, holds } = view;
  const id = style('bold', plainLine(applicationId));
  if (forgottenAt) yield `${id}  FORGOTTEN since ${forgottenAt}: ${view.objects} sealed objects open no more`;
  else if (forgettingDecidedAt) yield `${id}  is being forgotten: run underwright sweep`;
  else
    yield `${id}  kept until ${retainUntil}${keptBecause ? `: ${REASONS[keptBecause.reason]}` : ', and nothing keeps it'}`;
  yield table(
    ['class', 'from', 'until', 'source'],
    periods.map((period) => [period.class, period.from, period.until, RETENTION_CLASSES[period.class].source]),
    [22, 12, 12, 52],
  );
  for (const { matter, by, since, note } of holds) {
    yield `  hold     ${plainLine(matter)} since ${since} by ${by}: ${plainLine(note)}`;
  }
  for (const { at, by, answer, reason, doneOn } of view.requests) {
    yield `  request  ${at} taken by ${by}: ${answer}${reason ? ` (${reason}), ${on(doneOn)}` : ''}`;
  }
  for (const { at, by } of view.takenOut)
    yield `  exported with identity ${at} by ${by}: that file must be deleted there`;
}

const on = (doneOn: string | null): string => (doneOn ? `to be done on ${doneOn}` : 'with no date yet');

interface ActingOptions extends RunOptions {
  readonly by: string;
  readonly note: string;
}

/** Places or lifts the hold of one proceeding. */
export async function hold(
  applicationId: string,
  placed: boolean,
  options: ActingOptions & { readonly matter: string },
): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, note, matter } = options;
    const answer = await folder.invoke('SetLegalHold', { applicationId, matter, on: placed, by, note });
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result === 'CONFLICT') print(`${style('red', 'conflict')}: ${plainLine(answer.message)}`);
    else {
      const effect = answer.on ? 'nobody is forgotten while it is' : 'it keeps the application no more';
      print(`${plainLine(applicationId)}  hold ${plainLine(matter)} is ${answer.on ? 'on' : 'off'}: ${effect}`);
    }
    return answer.result === 'SET' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

/** Records an applicant's request, and does what is granted. */
export async function forget(applicationId: string, options: ActingOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, note } = options;
    const answer = await folder.invoke('RequestForgetting', { applicationId, by, note });
    const swept = answer.result === 'GRANTED' ? await folder.invoke('ForgetApplicants', {}) : undefined;
    const done = answer.result === 'FORGOTTEN' || (swept?.forgotten.includes(applicationId) ?? false);
    if (options.json) printJson({ ...answer, done });
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result === 'CONFLICT') print(`${style('red', 'conflict')}: ${plainLine(answer.message)}`);
    else if (answer.result === 'DENIED') {
      print(`${plainLine(applicationId)}  DENIED, ${REASONS[answer.reason]} (${answer.reason}): ${on(answer.doneOn)}`);
    } else
      print(`${plainLine(applicationId)}  ${done ? 'FORGOTTEN' : 'granted, and not done yet: run underwright sweep'}`);
    return done ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

/** Forgets everyone whose records nothing keeps, or says who that is. @returns 1 when something was not wholly done. */
export async function sweep(options: RunOptions & { readonly dryRun?: boolean }): Promise<ExitCode> {
  const { data, json, dryRun = false } = options;
  if (dryRun) return listDue(options);
  requireFolder(data);
  const folder = await openFolder(processOptions(options));
  try {
    const unreadable = folder.shared ? [] : await keepAll(folder.records);
    const forgotten: string[] = [];
    const failed: { applicationId: string; error: string }[] = [];
    let more = true;
    while (more && failed.length === 0) {
      const answer = await folder.invoke('ForgetApplicants', {});
      forgotten.push(...answer.forgotten);
      failed.push(...answer.failed);
      ({ more } = answer);
    }
    failed.push(...unreadable.filter((each) => !failed.some((other) => other.applicationId === each.applicationId)));
    if (json) printJson({ forgotten, failed });
    else {
      for (const id of forgotten) print(`${plainLine(id)}  FORGOTTEN`);
      for (const { applicationId, error } of failed) {
        print(`${style('red', error)}  ${plainLine(applicationId)}: not wholly forgotten; run it again`);
      }
      print(`${forgotten.length} forgotten, ${failed.length} not.`);
    }
    return failed.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    await folder.close();
  }
}

/** Brings the list of what is kept up to the ledger: an application that ended since is not on it. @returns those that cannot be read. */
async function keepAll(records: Records): Promise<{ applicationId: string; error: string }[]> {
  const unreadable: { applicationId: string; error: string }[] = [];
  const ids = await Array.fromAsync(everyApplication(records));
  const bar = progress('reading', ids.length);
  try {
    for (const id of ids) {
      try {
        await keepRecords(records, id);
        await listRestored(records, id);
      } catch (error) {
        if (damageOf(error) === undefined) throw error;
        unreadable.push({ applicationId: id, error: (error as Error).name });
      }
      bar.step();
    }
  } finally {
    bar.stop();
  }
  return unreadable;
}

/** From the ledgers themselves, not from the list: nothing is written. */
async function listDue({ data, keyDir, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir });
  try {
    const due: { applicationId: string; keptUntil: string }[] = [];
    const unreadable: string[] = [];
    for await (const applicationId of everyApplication(records)) {
      try {
        const entries = await readReceived(records, applicationId);
        if (!entries || forgettingOf(entries).done) continue;
        const kept = retentionOf(entries, records.lending.lender.timeZone);
        const refusal = refusalToForget(kept, today(records), await lockedUntil(records, entries));
        if (!refusal || forgettingOf(entries).decided) due.push({ applicationId, keptUntil: kept.retainUntil });
      } catch (error) {
        if (damageOf(error) === undefined) throw error;
        unreadable.push(applicationId);
      }
    }
    const dead = (await abandonedIntakes(records, 1000)).map(({ data }) => (data as Summary).applicationId);
    if (json) printJson({ due, neverAccepted: dead, unreadable });
    else {
      for (const applicationId of unreadable)
        print(`${style('red', 'RECORDS_UNREADABLE')}  ${plainLine(applicationId)}`);
      for (const applicationId of dead) print(`${plainLine(applicationId)}  never accepted`);
      for (const { applicationId, keptUntil } of due) print(`${plainLine(applicationId)}  kept until ${keptUntil}`);
      print(`${due.length + dead.length} would be forgotten. Nothing was done.`);
    }
    return unreadable.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}
