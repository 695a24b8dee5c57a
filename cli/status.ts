import { decisionInWords, readDecision, readApplicationView } from './application-view.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { outcomeStyled, plainLine, print, printJson } from './terminal.ts';

/** Prints an application's status, and what was decided. */
export async function status(applicationId: string, { data, keyDir, aws, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir, aws });
  try {
    const view = await readApplicationView(records, applicationId);
    if (!view) throw notFound(applicationId, records);
    const decision = view.status === 'FORGOTTEN' ? undefined : await readDecision(records, applicationId);
    if (json) {
      printJson({ ...view, decision: decision ?? null });
      return EXIT.OK;
    }
    const { receivedAt, outcome, reopenings, waitsFor, waitsSince } = view;
    print(`${plainLine(applicationId)}  ${outcomeStyled(view.status)}${outcome ? ` ${outcomeStyled(outcome)}` : ''}`);
    print(`  received   ${receivedAt}`);
    if (reopenings > 0) print(`  reopened   ${reopenings === 1 ? 'once' : `${reopenings} times`}: see its trace`);
    if (waitsSince) print(`  waits      since ${waitsSince} for: ${plainLine(waitsFor.join(', '))}`);
    if (decision) {
      print(`  decided    ${decision.decidedAt} by ${plainLine(decision.decidedBy)}`);
      print(`  decision   ${plainLine(decisionInWords(decision))}`);
      if (decision.supersedes) print(`  replaces   ${decision.supersedes.decision}: ${decision.supersedes.why}`);
      print(`  notice due ${decision.noticeDueOn}`);
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}
