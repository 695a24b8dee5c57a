import { pullConsentAt } from '../domain/application/consents.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { LendingSettings } from '../domain/lender.ts';
import { readApplicationView } from './application-view.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { CommandFailed, EXIT, notFound, type ExitCode } from './failure.ts';
import { printApplication } from './print-application.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

interface ReviewOptions extends RunOptions {
  readonly by: string;
  readonly action: string;
  readonly note: string;
  readonly reason: readonly string[];
  readonly clear: readonly string[];
  readonly evidence: readonly JsonObject[];
  readonly amountCents?: number;
  readonly term?: number;
  readonly rateBps?: number;
  readonly confirmSecondInquiry?: string;
  readonly consentGiven?: string;
  readonly role: string;
  readonly ownReason?: string;
  readonly draft?: string;
}

/** Records what a person decided, and waits until the application has gone as far as it can without the next person. */
export async function review(applicationId: string, options: ReviewOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const waiting = await readApplicationView(folder.records, applicationId);
    if (!waiting) throw notFound(applicationId, folder.records);
    const sent = command(applicationId, waiting.task ?? 'none', options, folder.records.lending);
    const answer = await folder.invoke('CompleteTask', sent);
    if (answer.result === 'AWAITS_CONFIRMATION') {
      printDraft(answer, options);
      return EXIT.OK;
    }
    if (answer.result !== 'COMPLETED') {
      if (options.json) printJson(answer);
      else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
      else print(`${style('red', 'not waiting')}  ${plainLine(applicationId)}: ${plainLine(answer.message)}`);
      return EXIT.NOT_SO;
    }
    await folder.settled([applicationId]);
    const said = `${answer.action} by ${plainLine(options.by)} is recorded.`;
    await printApplication(folder.records, answer, said, options.json);
    return EXIT.OK;
  } finally {
    await folder.close();
  }
}

/** Prints what a second person must confirm. */
function printDraft(
  answer: { applicationId: string; action: string; evidence: string; second: string[]; roles: string[] },
  { by, json }: ReviewOptions,
): void {
  if (json) return printJson(answer);
  const { applicationId, action, evidence, second, roles } = answer;
  print(`${plainLine(applicationId)}  ${action} by ${plainLine(by)} waits for a second person (${second.join(', ')}).`);
  print(`  confirm    a ${roles.join(' or a ')}: --action CONFIRM or REJECT --draft ${evidence}`);
}

function command(applicationId: string, task: string, options: ReviewOptions, { lender }: LendingSettings): Json {
  const { by, action, note, reason, clear, evidence, amountCents, term, rateBps, confirmSecondInquiry } = options;
  const { role, ownReason, draft, consentGiven } = options;
  if ((amountCents === undefined) !== (rateBps === undefined) || (term !== undefined && amountCents === undefined)) {
    throw new CommandFailed(
      EXIT.USAGE,
      'UsageError',
      'Terms need --amount-cents and --rate-bps, and for a loan --term; a line has no term.',
    );
  }
  return {
    applicationId,
    task,
    by,
    role,
    action,
    note,
    reasons: [...reason],
    clears: [...clear],
    // A check that names no instant has just ended.
    clearances: evidence.map((each) => ({ at: new Date().toISOString(), ...each })),
    ...(confirmSecondInquiry !== undefined && { confirmSecondInquiry }),
    ...(consentGiven !== undefined && { consent: pullConsentAt(consentGiven, lender.consentTexts) }),
    ...(ownReason !== undefined && { ownReason }),
    ...(draft !== undefined && { draft }),
    ...(amountCents !== undefined &&
      rateBps !== undefined && {
        terms: { amountCents, termMonths: term ?? null, annualRateBasisPoints: rateBps },
      }),
  };
}
