import { folderLending } from '../adapters/compose/embedded.ts';
import { clientId } from '../app/contracts.ts';
import { checkSubmission } from '../app/intake/intake-application.ts';
import type { FieldError } from '../domain/application/submission.ts';
import type { OutputOf } from '../lambdas/functions.ts';
import { decisionInWords, readDecision, readApplicationView, type ApplicationView } from './application-view.ts';
import { openFolder } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { progress } from './progress.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { readSubmissions, type FileSubmission } from './submission-file.ts';
import { outcomeStyled, plainLine, print, printJson, style } from './terminal.ts';

type Answer = OutputOf<'IntakeApplication'>;

/** Applications on their way at once: enough to share commits, few enough that every bureau's answer is read in time. */
const AT_ONCE = 32;

interface SubmitOptions extends RunOptions {
  readonly wait?: boolean;
  /** The front end that submits. */
  readonly by?: string;
}

/**
 * Submits what a file holds. Every submission is checked before the first is sent: a file with one that the intake
 * refuses stores nothing.
 */
export async function submit(file: string, options: SubmitOptions): Promise<ExitCode> {
  const { by } = options;
  if (by !== undefined && !clientId.safeParse(by).success) {
    throw new CommandFailed(
      EXIT.USAGE,
      'ClientIdInvalid',
      '--by must be the client id of a front end, such as web-shop.',
    );
  }
  const submissions = await readSubmissions(file);
  const lending = folderLending(options.data);
  const malformed = submissions.flatMap(({ value, line }) => {
    const parsed = checkSubmission(value, new Date(), lending);
    return parsed.ok ? [] : [{ line, answer: { result: 'REJECTED' as const, errors: parsed.errors } }];
  });
  if (malformed.length > 0) return report(malformed, [], options);

  const folder = await openFolder(processOptions(options));
  try {
    const answers: { line: number | null; answer: Answer }[] = [];
    const wait = options.wait || !folder.shared;
    const bar = progress(wait ? 'deciding' : 'submitting', submissions.length);
    await inLanes(submissions, async ({ value, line }) => {
      const answer = await folder.invoke(
        'IntakeApplication',
        by === undefined ? value : { submittedBy: by, submission: value },
      );
      answers.push({ line, answer });
      if (wait && answer.result === 'ACCEPTED') await folder.settled([answer.applicationId]);
      bar.step();
    }).finally(() => bar.stop());
    const accepted = answers.flatMap(({ answer }) => (answer.result === 'ACCEPTED' ? [answer.applicationId] : []));
    let views: { view: ApplicationView; words: string }[] = [];
    if (options.wait) {
      views = await Promise.all(
        accepted.map(async (id) => {
          const decision = await readDecision(folder.records, id);
          const view = (await readApplicationView(folder.records, id))!;
          return { view, words: decision ? decisionInWords(decision) : view.waitsFor.join(', ') };
        }),
      );
    }
    answers.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
    return report(answers, views, options);
  } finally {
    await folder.close();
  }
}

async function inLanes(submissions: readonly FileSubmission[], send: (each: FileSubmission) => Promise<void>) {
  const rest = submissions.values();
  const lane = async () => {
    for (const each of rest) await send(each);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, submissions.length) }, lane));
}

function report(
  answers: readonly { line: number | null; answer: Answer }[],
  views: readonly { view: ApplicationView; words: string }[],
  { json }: RunOptions,
): ExitCode {
  const refused = answers.filter(({ answer }) => answer.result !== 'ACCEPTED');
  if (json) {
    printJson({
      submitted: answers.map(({ line, answer }) => ({ ...(line !== null && { line }), ...answer })),
      ...(views.length > 0 && { applications: views.map(({ view }) => view) }),
    });
    return refused.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  }
  const viewOf = new Map(views.map((each) => [each.view.applicationId, each]));
  const brief = answers.length > 50 && refused.length < answers.length;
  for (const { line, answer } of answers) {
    if (brief && answer.result === 'ACCEPTED') continue;
    print(`${line === null ? '' : `line ${line}: `}${inWords(answer, viewOf)}`);
  }
  if (answers.length > 1) {
    print(
      `${answers.length - refused.length} accepted, ${refused.length} refused${refused.length === answers.length ? '; nothing was stored' : ''}.`,
    );
  } else if (refused.length > 0) print('Nothing was stored.');
  return refused.length > 0 ? EXIT.NOT_SO : EXIT.OK;
}

function inWords(answer: Answer, viewOf: ReadonlyMap<string, { view: ApplicationView; words: string }>): string {
  switch (answer.result) {
    case 'ACCEPTED': {
      const known = viewOf.get(answer.applicationId);
      if (known) {
        const { status, outcome } = known.view;
        return `${answer.applicationId}  ${outcomeStyled(outcome ?? status)}  ${plainLine(known.words)}`;
      }
      return `${answer.applicationId}  accepted${answer.repeated ? ' before: this is its first receipt' : ''}, received ${answer.receivedAt}`;
    }
    case 'CONFLICT':
      return `${style('red', 'conflict')}  ${answer.applicationId}: ${answer.message}`;
    case 'REJECTED':
      return `${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`;
  }
}

export function fieldErrorLines(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => `  ${plainLine(path) || '(the whole)'}: ${plainLine(message)}`).join('\n');
}
